// What is asked of a solver of a merge list's program, and what it tells.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tessera/core/hash.hpp>
#include <tessera/core/progress.hpp>
#include <tessera/mixture/constraint_rows.hpp>
#include <tessera/mixture/pair_history.hpp>

namespace tessera::inline v0 {

/// A search that has not ended: from here another one goes on, on the same counts.
struct mixture_search {
    std::uint64_t counts_hash = 0;            ///< of the history. @see hash_of
    std::vector<double> mixture;              ///< the best so far
    std::vector<std::vector<double>> planes;  ///< below the least sum of slacks: its slope in each category
};

struct mixture_program_options {
    double tolerance = 1e-9;            ///< of the objective, in shares of pairs
    std::size_t rows_a_scan = 2;        ///< rows that each pair may add at a time
    std::size_t most_rows = 1'500'000;  ///< beyond which those with slack to spare are dropped
    /// Whether to find the extent: at most where the objective is so low. Many searches, each about as long as the
    /// rest.
    double extent_below = 0;
    progress_listener* progress = nullptr;
    mixture_search const* resume = nullptr;  ///< cutting planes: where to go on; must be of the same counts
    std::function<void(mixture_search const&)> save = {};  ///< cutting planes: told of the search now and then
};

/// Tells histories apart.
[[nodiscard]] inline std::uint64_t hash_of(pair_history const& history) noexcept {
    std::uint64_t hash = hash_key(history.n_merges() * 0x1'0000 + history.n_categories());
    for (std::size_t i = 0; i < history.n_categories(); ++i) hash = hash_key(hash + history.total(i));
    for (std::size_t t = 0; t < history.n_merges(); ++t) {
        for (std::int64_t const n : history.own(t)) hash = hash_key(hash + static_cast<std::uint64_t>(n));
    }
    return hash;
}

struct mixture_solution {
    std::vector<double> mixture;  ///< shares of pairs, which sum to 1
    double objective = 0;         ///< the sum of all slacks at it, in shares of pairs
    /// By how much another mixture can be better, at most: the objective less a bound that a matching proves.
    double gap = 0;
    std::vector<double> merge_slack;  ///< T: by how much the trainer's text has the pair of a merge more often
    std::vector<double> pair_slack;   ///< n_pairs: by how much it has a pair less often
    std::size_t n_rows = 0;
    std::size_t n_planes = 0;  ///< of cutting planes
    /// How low and how high each share is where the objective is at most 0.1 % and the tolerance higher; empty if that
    /// was not asked.
    std::vector<std::pair<double, double>> extent;
};

/// What a fractional matching proves of the objective: with multipliers of rows that sum to 1 or less at each merge and
/// each pair, no mixture has a lower one. Multipliers that sum to more are made smaller.
/// @return  in pairs of a million
[[nodiscard]] inline double lower_bound_of_duals(constraint_rows const& rows, std::span<double const> duals) {
    std::unordered_map<std::uint32_t, double> at_merge, at_pair;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        double const y = std::max(duals[r], 0.0);
        if (y == 0) continue;
        at_merge[rows.merge_of(r)] += y;
        at_pair[rows.pair_of(r)] += y;
    }
    std::vector<double> slope(rows.n_categories());
    for (std::size_t r = 0; r < rows.size(); ++r) {
        double y = std::max(duals[r], 0.0);
        if (y == 0) continue;
        y /= std::max({1.0, at_merge[rows.merge_of(r)], at_pair[rows.pair_of(r)]});
        auto const coefficients = rows.coefficients(r);
        for (std::size_t i = 0; i < slope.size(); ++i) slope[i] -= y * coefficients[i];
    }
    return std::max(*std::ranges::min_element(slope), 0.0);
}

}  // namespace tessera::inline v0
