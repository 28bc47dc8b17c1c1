// Clp behind the LpSolver concept. The only header that includes it.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <ClpSimplex.hpp>

#include <tessera/mixture/lp_solver.hpp>

namespace tessera::inline v0 {

/// Clp's dual simplex method, which after new rows goes on from the basis it has.
class clp_solver {
public:
    /// @param tolerance  by how much a bound may be broken, and a reduced cost have the wrong sign
    explicit clp_solver(double tolerance = 1e-9) {
        model_.setLogLevel(0);
        model_.setPrimalTolerance(tolerance);
        model_.setDualTolerance(tolerance);
        model_.setPerturbation(50);  // ties are many: counts are whole numbers
    }

    void add_columns(std::size_t n, double lower, double upper, double cost) {
        int const before = model_.numberColumns();
        model_.resize(model_.numberRows(), before + static_cast<int>(n));
        for (int i = before; i < model_.numberColumns(); ++i) {
            model_.setColumnBounds(i, bound(lower), bound(upper));
            model_.setObjectiveCoefficient(i, cost);
        }
    }

    void add_rows(lp_rows const& rows) {
        if (rows.size() == 0) return;
        std::vector<double> lower, upper;
        std::vector<CoinBigIndex> begin;
        for (double const x : rows.lower) lower.push_back(bound(x));
        for (double const x : rows.upper) upper.push_back(bound(x));
        for (std::size_t const x : rows.begin) begin.push_back(static_cast<CoinBigIndex>(x));
        model_.addRows(static_cast<int>(rows.size()), lower.data(), upper.data(), begin.data(), rows.column.data(),
                       rows.value.data());
    }

    void delete_rows(std::span<int const> which) {
        if (!which.empty()) model_.deleteRows(static_cast<int>(which.size()), which.data());
    }

    lp_status solve() {
        model_.dual();
        switch (model_.status()) {
            case 0:
                return lp_status::optimal;
            case 1:
                return lp_status::infeasible;
            case 2:
                return lp_status::unbounded;
            default:
                return lp_status::stopped;
        }
    }

    [[nodiscard]] double objective() const { return model_.objectiveValue(); }
    [[nodiscard]] std::span<double const> primal() const {
        return {model_.primalColumnSolution(), static_cast<std::size_t>(model_.numberColumns())};
    }
    [[nodiscard]] std::span<double const> row_values() const {
        return {model_.primalRowSolution(), static_cast<std::size_t>(model_.numberRows())};
    }
    [[nodiscard]] std::span<double const> duals() const {
        return {model_.dualRowSolution(), static_cast<std::size_t>(model_.numberRows())};
    }
    [[nodiscard]] std::size_t n_rows() const { return static_cast<std::size_t>(model_.numberRows()); }
    [[nodiscard]] std::size_t n_columns() const { return static_cast<std::size_t>(model_.numberColumns()); }

private:
    static double bound(double x) noexcept {
        return x > COIN_DBL_MAX ? COIN_DBL_MAX : x < -COIN_DBL_MAX ? -COIN_DBL_MAX : x;
    }

    ClpSimplex model_;
};

static_assert(LpSolver<clp_solver>);

}  // namespace tessera::inline v0
