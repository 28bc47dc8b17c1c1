// The linear program of a merge list, solved to a gap that is proved.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/mixture/constraint_rows.hpp>
#include <tessera/mixture/cutting_planes.hpp>
#include <tessera/mixture/lp_solver.hpp>
#include <tessera/mixture/mixture_solution.hpp>
#include <tessera/mixture/pair_history.hpp>
#include <tessera/mixture/violation_scan.hpp>

namespace tessera::inline v0 {

/// Minimizes the sum of slacks of all rows: every merge with every pair that was there.
///
/// Rows are made when they are broken, slacks are never columns (see cutting_planes.hpp), and merges come in stages,
/// the first ones first: their planes are good for all.
/// @param used   T: 0 for merges of which no row is made
/// @param start  a mixture to begin at, or none
/// @throws error bad_option: the search to resume is one of other counts; what the listener throws
/// @par Paper    Hayase et al. 2024, arXiv 2407.16607, section 3 (LP1); their solver's rounds begin again at the first
///               merge when 100 rows are broken, and its tolerance is that of a row, 1e-6
template <LpSolver Solver, Executor X>
[[nodiscard]] mixture_solution solve_mixture_program(pair_history const& history, std::vector<std::uint8_t> const& used,
                                                     X const& executor, mixture_program_options const& options = {},
                                                     std::span<double const> start = {}) {
    std::size_t const n_merges = history.n_merges();
    double const tolerance = options.tolerance * constraint_rows::pairs;
    constraint_rows rows(history);
    cutting_planes<Solver> planes(rows);
    row_matching& matching = planes.matching();
    if (!start.empty()) planes.move_to(start);
    std::uint64_t const counts_hash = hash_of(history);
    if (options.resume != nullptr) {
        if (options.resume->counts_hash != counts_hash) {
            throw error(error_kind::bad_option, "search", "is one of other merges, or other texts",
                        "give what it was begun with, or begin anew");
        }
        planes.restore(options.resume->planes);
        planes.move_to(options.resume->mixture);
    }
    violation_scan scan(history, {rows.scale().begin(), rows.scale().end()}, used, 0.1 * tolerance);
    std::vector<std::int64_t> counts(history.n_categories());
    auto const add_rows = [&] {
        std::size_t n = 0;
        for (violation_scan::broken_row const& row : scan.rows()) {
            if (rows.contains(row.t, row.pair)) continue;
            history.counts_at(row.pair, row.t, counts);
            n += rows.add(row.t, row.pair, counts);
        }
        return n;
    };
    auto const drop_rows = [&](std::size_t most) {
        if (rows.size() <= most) return;
        // A tenth of what a merge lacks, on the mean.
        double const spare = 0.1 * planes.upper() / static_cast<double>(n_merges + 1);
        rows.erase_if([&](std::size_t r) { return matching.spare(r) > spare; });
        matching.forget_rows();
        matching.solve(planes.mixture());
    };

    std::vector<std::size_t> stages{n_merges};
    while (stages.back() > 1500) stages.push_back(stages.back() / 2);
    std::reverse(stages.begin(), stages.end());
    planes.minimize(lp_infinity);
    violation_scan::result found;
    for (std::size_t const stage : stages) {
        std::vector<std::uint8_t> in_stage = used;
        std::fill(in_stage.begin() + static_cast<std::ptrdiff_t>(stage), in_stage.end(), std::uint8_t{0});
        scan.set_used(std::move(in_stage));
        double const enough = stage == n_merges ? 0 : 1e-3;
        while (true) {
            // At one mixture, until what is broken is little beside what the mixture may still gain.
            std::size_t n_added = 0;
            while (true) {
                found = scan.run(planes.mixture(), matching.merge_slack(), matching.pair_slack(), options.rows_a_scan,
                                 executor);
                std::size_t const n = add_rows();
                n_added += n;
                if (n == 0) break;
                planes.extend();
                drop_rows(options.most_rows);
                if (found.repair < std::max(tolerance, 0.01 * (planes.upper() - planes.lower()))) break;
            }
            double const gap = planes.upper() - planes.lower();
            planes.minimize(std::max(0.5 * tolerance, 0.1 * gap));
            if (options.progress != nullptr) {
                options.progress->report("solving, merges", stage, n_merges);
            }
            if (options.save) options.save({counts_hash, planes.mixture(), planes.planes()});
            double const left = planes.upper() - planes.lower();
            if (n_added == 0 && (left <= tolerance || left >= gap)) break;
            if (left + found.repair <= enough * planes.upper()) break;
            drop_rows(options.most_rows / 5);
        }
    }

    mixture_solution out;
    out.mixture = planes.mixture();
    found = scan.run(planes.mixture(), matching.merge_slack(), matching.pair_slack(), 0, executor);
    double const unit = constraint_rows::pairs;
    out.objective = (matching.slack_sum() + found.repair) / unit;
    out.gap = std::max(out.objective - planes.lower() / unit, 0.0);
    for (double const v : matching.merge_slack()) out.merge_slack.push_back(v / unit);
    for (double const v : matching.pair_slack()) out.pair_slack.push_back(v / unit);
    out.n_rows = rows.size();
    out.n_planes = planes.n_planes();
    if (out.objective > options.extent_below) return out;

    // Planes are few where the search did not go: so it goes to each end, until what lies there is that good.
    double const level = 1.001 * out.objective * unit + tolerance;
    for (std::size_t i = 0; i < history.n_categories(); ++i) {
        std::pair<double, double> ends;
        for (bool const highest : {false, true}) {
            double end = 0;
            for (int looks = 0; looks < 40; ++looks) {
                std::vector<double> const mixture = planes.end_of(i, highest, level);
                end = mixture[i];
                double value = planes.look_at(mixture);
                for (int scans = 0; scans < 20 && value <= level; ++scans) {
                    scan.run(mixture, matching.merge_slack(), matching.pair_slack(), options.rows_a_scan, executor);
                    if (add_rows() == 0) break;
                    value = planes.look_again();
                }
                if (value <= level) break;
            }
            (highest ? ends.second : ends.first) = end;
        }
        out.extent.emplace_back(std::min(ends.first, out.mixture[i]), std::max(ends.second, out.mixture[i]));
    }
    return out;
}

}  // namespace tessera::inline v0
