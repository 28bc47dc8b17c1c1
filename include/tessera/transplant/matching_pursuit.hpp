// Orthogonal matching pursuit for many targets over one set of anchors, exactly and fast.
#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/progress.hpp>
#include <tessera/transplant/anchor_set.hpp>
#include <tessera/transplant/detail/byte_gram.hpp>
#include <tessera/transplant/detail/byte_residual_engine.hpp>
#include <tessera/transplant/detail/float_gram.hpp>
#include <tessera/transplant/detail/gram_engine.hpp>
#include <tessera/transplant/detail/residual_engine.hpp>
#include <tessera/transplant/matrix.hpp>
#include <tessera/transplant/pursuit_cost.hpp>
#include <tessera/transplant/sparse_combinations.hpp>

namespace tessera::inline v0::transplant {

struct pursuit_options {
    std::size_t k = 64;    ///< anchors for each target, at most
    double tolerance = 0;  ///< a target is done when its residual is at most this part of its length
    pursuit_engine engine = pursuit_engine::automatic;
    std::uint64_t memory_limit = std::uint64_t{8} << 30;  ///< bytes the engine may take, beyond targets and anchors
    /// What the engine is chosen by. measure_speed finds it out.
    machine_speed speed = detail::processor_kernels().speed;
    progress_listener* progress = nullptr;
};

/// How it went.
struct pursuit_statistics {
    pursuit_engine engine = pursuit_engine::automatic;  ///< the one that ran
    std::uint64_t n_chosen = 0;                         ///< anchors, over all targets
    std::uint64_t n_scored = 0;                         ///< scores computed in double precision to find them
    pursuit_size size{};                                ///< of the problem
    pursuit_cost cost{};                                ///< of that engine
};

/// Approximates each row of `targets` by a combination of at most `k` rows of `anchors`: in each step takes in the
/// anchor with the best score (see atom_selection), then fits all coefficients anew by least squares. Scores are
/// compared in double precision, so that every engine gives the same anchors and coefficients to the bit.
/// @param targets  (n_targets, dim), in the anchors' space and on their scale
/// @return         for each target its anchors, coefficients and residual. Fewer than k where the residual reaches the
///                 tolerance, or no anchor has anything left to add: a target of zeros has none
/// @throws error   bad_option: the dimensions differ, or k is 0; bad_token: a target is not finite, or too long;
///                 limit: no engine fits in memory_limit where one was asked for
/// @complexity     O(n_targets k n_anchors dim) for the residual engines;
///                 O(n_anchors^2 dim + n_targets n_anchors (dim + k^2)) for the Gram ones
/// @par Paper      Goddard and Fernandes Neto 2025, arXiv:2506.06607. Differs: stops where nothing is left to gain; of
///                 two anchors with the same score the lower index is taken
template <Executor E>
[[nodiscard]] sparse_combinations matching_pursuit(anchor_set const& anchors, matrix const& targets,
                                                   pursuit_options const& options, E const& executor,
                                                   pursuit_statistics* statistics = nullptr) {
    check_same_columns(targets, anchors.rows(), "targets and anchors");
    if (options.k == 0) throw error(error_kind::bad_option, "k", "is 0", "at least one anchor is needed");
    std::size_t const k = std::min(options.k, std::min(anchors.size(), anchors.dim()));
    std::size_t const n = n_rows(targets);
    for (std::size_t i = 0; i < n; ++i) {
        double const norm = row_norm(targets, i);
        if (!(norm <= longest_row)) {
            throw error(error_kind::bad_token, "target " + std::to_string(i), "its row is not finite, or too long",
                        "leave that token out");
        }
    }
    pursuit_size const size{n, anchors.size(), anchors.dim(), k, executor.concurrency()};
    pursuit_engine const engine = options.engine == pursuit_engine::automatic
                                      ? fastest_engine(size, static_cast<double>(options.memory_limit), options.speed)
                                      : options.engine;
    if (double const bytes = cost_of(engine, size).bytes;
        engine != pursuit_engine::residual && bytes > static_cast<double>(options.memory_limit)) {
        throw error(error_kind::limit, "memory limit",
                    "the engine " + std::string(name(engine)) + " takes " +
                        std::to_string(static_cast<std::uint64_t>(bytes)) + " bytes",
                    "allow that much, or let the engine be chosen");
    }
    sparse_combinations result(n, k);
    std::atomic<std::uint64_t> n_scored{0};
    std::mutex reporting;
    std::size_t n_done = 0;
    auto const stop = [&](detail::pursuit_state const& state) {
        double const least = std::max(options.tolerance, detail::pursuit_state::least_part);
        return state.residual_norm() <= least * state.target_norm() || state.target_norm() < shortest_row;
    };
    auto const run = [&](auto const& working) {
        std::size_t const at_once = std::min(working.targets_at_once, 1 + n / (4 * executor.concurrency()));
        executor.for_each_index((n + at_once - 1) / at_once, [&](std::size_t part) {
            std::size_t const begin = part * at_once;
            std::size_t const count = std::min(at_once, n - begin);
            auto const some = targets.middleRows(static_cast<Eigen::Index>(begin), static_cast<Eigen::Index>(count));
            n_scored += working.run(some, k, stop, [&](std::size_t i, detail::pursuit_state const& state) {
                std::size_t const target = begin + i;
                auto const at = static_cast<std::ptrdiff_t>(target * k);
                std::copy(state.support().begin(), state.support().end(), result.index.begin() + at);
                std::copy(state.coefficients().begin(), state.coefficients().end(), result.coefficient.begin() + at);
                result.count[target] = static_cast<std::uint32_t>(state.support().size());
                result.residual_norm[target] = state.residual_norm();
            });
            if (options.progress == nullptr) return;
            std::lock_guard const lock(reporting);
            n_done += count;
            options.progress->report("approximating rows", n_done, n);
        });
    };
    if (n != 0) {
        if (options.progress != nullptr &&
            (engine == pursuit_engine::gram || engine == pursuit_engine::screened_gram)) {
            options.progress->report("products of anchors", 0, 0);
        }
        switch (engine) {
            case pursuit_engine::gram:
                run(detail::gram_engine<detail::float_gram>(anchors, executor));
                break;
            case pursuit_engine::screened_gram:
                run(detail::gram_engine<detail::byte_gram>(anchors, executor));
                break;
            case pursuit_engine::screened_residual:
                run(detail::byte_residual_engine(anchors, executor));
                break;
            default:
                run(detail::residual_engine(anchors, executor));
        }
    }
    if (statistics != nullptr) {
        statistics->engine = engine;
        statistics->size = size;
        statistics->cost = cost_of(engine, size);
        statistics->n_scored = n_scored;
        statistics->n_chosen = 0;
        for (std::uint32_t const count : result.count) statistics->n_chosen += count;
    }
    return result;
}

}  // namespace tessera::inline v0::transplant
