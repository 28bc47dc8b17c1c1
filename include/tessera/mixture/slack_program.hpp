// The linear program of a merge list with its slacks as columns, by a simplex method.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/mixture/constraint_rows.hpp>
#include <tessera/mixture/lp_solver.hpp>
#include <tessera/mixture/mixture_solution.hpp>
#include <tessera/mixture/pair_history.hpp>
#include <tessera/mixture/violation_scan.hpp>

namespace tessera::inline v0 {

/// The program as it was published: shares and slacks are columns, rows and the slacks they need come when they are
/// broken, and the solver goes on from its last basis. Rows that have had slack to spare for ten rounds are cut.
///
/// For some thousand merges. Beyond, counts are small whole numbers and most bases are ties: see mixture_program.hpp.
/// @throws error  limit: the solver gave up
/// @par Paper     Hayase et al. 2024, arXiv 2407.16607, section 3 (LP1)
template <LpSolver Solver, Executor X>
[[nodiscard]] mixture_solution solve_slack_program(pair_history const& history, std::vector<std::uint8_t> const& used,
                                                   X const& executor, mixture_program_options const& options = {},
                                                   Solver solver = Solver()) {
    constexpr std::size_t no_column = ~std::size_t{0};
    constexpr int rounds_to_spare = 10;
    std::size_t const n = history.n_categories();
    double const tolerance = options.tolerance * constraint_rows::pairs;
    constraint_rows rows(history);
    violation_scan scan(history, {rows.scale().begin(), rows.scale().end()}, used, 0.1 * tolerance);
    solver.add_columns(n, 0.0, 1.0, 0.0);
    lp_rows sum;
    for (std::size_t i = 0; i < n; ++i) sum.put(i, 1.0);
    sum.end_row(1.0, 1.0);
    solver.add_rows(sum);

    std::vector<double> mixture(n, 1.0 / static_cast<double>(n));
    std::vector<std::size_t> merge_column(history.n_merges(), no_column), pair_column(history.n_pairs(), no_column);
    std::vector<double> merge_slack(history.n_merges()), pair_slack(history.n_pairs());
    std::vector<int> idle;  // rounds that each row has had slack to spare
    std::vector<std::int64_t> counts(n);
    std::size_t n_columns = n;
    violation_scan::result found;
    double worst_before = std::numeric_limits<double>::infinity();
    bool may_cut = true;
    while (true) {
        found = scan.run(mixture, merge_slack, pair_slack, options.rows_a_scan, executor);
        scan.keep_worst(std::max<std::size_t>(1000, history.n_merges() / 2));
        std::size_t const n_before = rows.size();
        lp_rows more;
        for (violation_scan::broken_row const& row : scan.rows()) {
            if (rows.contains(row.t, row.pair)) continue;
            history.counts_at(row.pair, row.t, counts);
            rows.add(row.t, row.pair, counts);
        }
        if (rows.size() == n_before) break;
        std::size_t const columns_before = n_columns;
        for (std::size_t r = n_before; r < rows.size(); ++r) {
            auto const coefficients = rows.coefficients(r);
            for (std::size_t i = 0; i < n; ++i) {
                if (coefficients[i] != 0) more.put(i, coefficients[i]);
            }
            std::size_t& t = merge_column[rows.merge_of(r)];
            std::size_t& p = pair_column[rows.pair_of(r)];
            if (t == no_column) t = n_columns++;
            if (p == no_column) p = n_columns++;
            more.put(t, 1.0);
            more.put(p, 1.0);
            more.end_row(0.0, lp_infinity);
        }
        if (n_columns > columns_before) solver.add_columns(n_columns - columns_before, 0.0, lp_infinity, 1.0);
        solver.add_rows(more);
        idle.resize(rows.size());
        if (solver.solve() != lp_status::optimal) {
            throw error(error_kind::limit, "linear program",
                        "the solver gave up at " + std::to_string(rows.size()) + " rows",
                        "use fewer merges, or the cutting planes");
        }
        auto const x = solver.primal();
        for (std::size_t i = 0; i < n; ++i) mixture[i] = std::max(x[i], 0.0);
        for (std::size_t t = 0; t < merge_slack.size(); ++t) {
            merge_slack[t] = merge_column[t] == no_column ? 0 : std::max(x[merge_column[t]], 0.0);
        }
        for (std::size_t p = 0; p < pair_slack.size(); ++p) {
            pair_slack[p] = pair_column[p] == no_column ? 0 : std::max(x[pair_column[p]], 0.0);
        }
        if (options.progress != nullptr) options.progress->report("solving, rows", rows.size(), 0);
        // Cutting stops when it could go in circles: once the rows that are broken no longer get fewer.
        may_cut = may_cut && found.repair < 2 * worst_before;
        worst_before = std::min(worst_before, found.repair);
        auto const values = solver.row_values();
        std::vector<int> cut;
        for (std::size_t r = 0; r < rows.size(); ++r) {
            idle[r] = values[r + 1] > 100 * tolerance ? idle[r] + 1 : 0;
            if (may_cut && idle[r] >= rounds_to_spare) cut.push_back(static_cast<int>(r + 1));
        }
        if (cut.size() * 4 < rows.size()) continue;
        solver.delete_rows(cut);
        rows.erase_if([&](std::size_t r) { return idle[r] >= rounds_to_spare; });
        std::erase_if(idle, [](int rounds) { return rounds >= rounds_to_spare; });
    }

    mixture_solution out;
    double const unit = constraint_rows::pairs;
    double const share_sum = std::max(std::accumulate(mixture.begin(), mixture.end(), 0.0), 1e-300);
    for (double& a : mixture) a /= share_sum;
    out.mixture = mixture;
    for (double const v : merge_slack) out.objective += v / unit;
    for (double const v : pair_slack) out.objective += v / unit;
    out.objective += found.repair / unit;
    for (double& v : merge_slack) v /= unit;
    for (double& v : pair_slack) v /= unit;
    out.merge_slack = std::move(merge_slack);
    out.pair_slack = std::move(pair_slack);
    out.n_rows = rows.size();
    out.gap = std::max(out.objective - lower_bound_of_duals(rows, solver.duals().subspan(1)) / unit, 0.0);
    return out;
}

}  // namespace tessera::inline v0
