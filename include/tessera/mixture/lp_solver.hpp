// What a solver of linear programs has to offer: rows and columns that come later, and a start from where it was.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace tessera::inline v0 {

inline constexpr double lp_infinity = std::numeric_limits<double>::infinity();

enum class lp_status : std::uint8_t { optimal, infeasible, unbounded, stopped };

/// Rows to add: their bounds and, one after another, their entries.
struct lp_rows {
    std::vector<double> lower, upper;      ///< of each row
    std::vector<std::size_t> begin = {0};  ///< of each row in the entries, and the end
    std::vector<int> column;
    std::vector<double> value;

    [[nodiscard]] std::size_t size() const noexcept { return lower.size(); }
    void put(std::size_t in_column, double entry) {
        column.push_back(static_cast<int>(in_column));
        value.push_back(entry);
    }
    void end_row(double at_least, double at_most) {
        lower.push_back(at_least);
        upper.push_back(at_most);
        begin.push_back(column.size());
    }
};

/// Minimizes cost * x subject to bounds of columns and rows. `solve` starts from the basis of the last one, with what
/// was added since. Columns and rows are numbered in the order in which they came; rows that go close the gap.
template <class S>
concept LpSolver = requires(S s, S const c, std::size_t n, double x, lp_rows const& rows, std::span<int const> which) {
    { s.add_columns(n, x, x, x) } -> std::same_as<void>;  // n columns: lower, upper, cost
    { s.add_rows(rows) } -> std::same_as<void>;
    { s.delete_rows(which) } -> std::same_as<void>;
    { s.solve() } -> std::same_as<lp_status>;
    { c.objective() } -> std::same_as<double>;
    { c.primal() } -> std::same_as<std::span<double const>>;  // of columns
    { c.row_values() } -> std::same_as<std::span<double const>>;
    { c.duals() } -> std::same_as<std::span<double const>>;  // of rows
    { c.n_rows() } -> std::same_as<std::size_t>;
    { c.n_columns() } -> std::same_as<std::size_t>;
};

}  // namespace tessera::inline v0
