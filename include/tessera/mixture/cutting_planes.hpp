// The linear program of a merge list in as many dimensions as there are categories: its slacks are solved for.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <tessera/mixture/constraint_rows.hpp>
#include <tessera/mixture/lp_solver.hpp>
#include <tessera/mixture/row_matching.hpp>

namespace tessera::inline v0 {

/// Minimizes the least sum of slacks, a convex piecewise linear function of the mixture, over the rows there are.
///
/// Each matching gives a plane below that function. The highest of these planes is minimized by a small linear program,
/// whose minimum is a lower bound; the next matching is taken between there and the best mixture so far (Ben-Ameur and
/// Neto 2007, "Acceleration of cutting-plane and column generation algorithms"), which takes a fraction of the planes.
/// Planes stay good when rows are added, as the function only rises then.
template <LpSolver Solver>
class cutting_planes {
public:
    explicit cutting_planes(constraint_rows const& rows, Solver solver = Solver())
        : matching_(rows),
          solver_(std::move(solver)),
          best_(rows.n_categories(), 1.0 / static_cast<double>(rows.n_categories())) {
        std::size_t const n = rows.n_categories();
        solver_.add_columns(n, 0.0, 1.0, 0.0);
        solver_.add_columns(1, 0.0, lp_infinity, 1.0);
        lp_rows sum;
        put_sum(sum);
        solver_.add_rows(sum);
    }

    /// Goes on from the best mixture so far until the bounds are so near.
    /// @param tolerance  of the objective, in pairs of a million
    void minimize(double tolerance) {
        std::size_t const n = best_.size();
        upper_ = evaluate(best_);
        std::vector<double> lowest(n), query(n);
        double step = 0.5;
        while (true) {
            solver_.solve();
            auto const x = solver_.primal();
            lower_ = std::max({lower_, x[n], 0.0});
            std::copy_n(x.begin(), n, lowest.begin());
            if (upper_ - lower_ <= tolerance) break;
            for (std::size_t i = 0; i < n; ++i) query[i] = step * lowest[i] + (1 - step) * best_[i];
            double const value = evaluate(query);
            double plane = 0;
            for (std::size_t i = 0; i < n; ++i) plane += slope_[i] * lowest[i];
            if (value < upper_) {
                upper_ = value;
                best_ = query;
            }
            if (plane <= lower_ + 0.1 * tolerance) {  // the plane does not cut the lowest point off
                if (step == 1.0) break;               // nor will any other, but for rounding
                step = std::min(1.0, step + 0.25);
            } else {
                step = std::max(0.3, step * 0.9);
            }
        }
        if (at_ != best_) upper_ = evaluate(best_);
    }

    /// The matching at the best mixture, with the rows that have come since.
    void extend() { upper_ = matching_.extend(at_); }

    /// Begins anew at a mixture; planes stay.
    void move_to(std::span<double const> mixture) { best_.assign(mixture.begin(), mixture.end()); }

    [[nodiscard]] std::vector<double> const& mixture() const noexcept { return best_; }
    [[nodiscard]] double lower() const noexcept { return lower_; }
    [[nodiscard]] double upper() const noexcept { return upper_; }
    [[nodiscard]] row_matching& matching() noexcept { return matching_; }
    [[nodiscard]] std::size_t n_planes() const { return slopes_.size(); }
    /// The slope of each plane in each category.
    [[nodiscard]] std::vector<std::vector<double>> const& planes() const noexcept { return slopes_; }
    /// Takes planes of an earlier search on the same counts.
    void restore(std::vector<std::vector<double>> const& planes) {
        for (auto const& slope : planes) {
            slope_ = slope;
            put_plane();
        }
    }

    /// A mixture whose share of a category is the lowest, or the highest, of those where no plane is above `level`. As
    /// all planes lie below the function, no mixture that good is beyond it.
    [[nodiscard]] std::vector<double> end_of(std::size_t category, bool highest, double level) const {
        Solver solver;
        for (std::size_t i = 0; i < best_.size(); ++i) {
            solver.add_columns(1, 0.0, 1.0, i != category ? 0.0 : highest ? -1.0 : 1.0);
        }
        lp_rows rows;
        put_sum(rows);
        for (auto const& slope : slopes_) {
            for (std::size_t i = 0; i < slope.size(); ++i) rows.put(i, slope[i]);
            rows.end_row(-lp_infinity, level);
        }
        solver.add_rows(rows);
        if (solver.solve() != lp_status::optimal) return best_;
        return {solver.primal().begin(), solver.primal().end()};
    }

    /// Takes one more plane, at a mixture. @return  the least sum of slacks there
    double look_at(std::vector<double> const& mixture) { return evaluate(mixture); }
    /// The same where rows have come since.
    double look_again() {
        double const value = matching_.extend(at_);
        add_plane();
        return value;
    }

private:
    void put_sum(lp_rows& rows) const {
        for (std::size_t i = 0; i < best_.size(); ++i) rows.put(i, 1.0);
        rows.end_row(1.0, 1.0);
    }

    double evaluate(std::vector<double> const& mixture) {
        double const value = matching_.solve(mixture);
        at_ = mixture;
        add_plane();
        return value;
    }

    void add_plane() {
        slope_.resize(best_.size());
        matching_.subgradient(slope_);
        put_plane();
    }

    void put_plane() {
        slopes_.push_back(slope_);
        lp_rows plane;
        for (std::size_t i = 0; i < slope_.size(); ++i) plane.put(i, -slope_[i]);
        plane.put(slope_.size(), 1.0);
        plane.end_row(0.0, lp_infinity);
        solver_.add_rows(plane);
    }

    row_matching matching_;
    Solver solver_;
    std::vector<double> best_;
    std::vector<double> at_;  // where the last matching was taken
    std::vector<double> slope_;
    std::vector<std::vector<double>> slopes_;
    double lower_ = 0;
    double upper_ = 0;
};

}  // namespace tessera::inline v0
