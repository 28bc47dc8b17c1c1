// Which inequalities a mixture and its slacks break.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/mixture/detail/range_minimum.hpp>
#include <tessera/mixture/pair_history.hpp>

namespace tessera::inline v0 {

/// Which merges a program speaks of: those that occur in some category.
[[nodiscard]] inline std::vector<std::uint8_t> merges_seen(pair_history const& history) {
    std::vector<std::uint8_t> seen(history.n_merges());
    for (std::size_t t = 0; t < seen.size(); ++t) {
        auto const own = history.own(t);
        seen[t] = std::any_of(own.begin(), own.end(), [](std::int64_t n) { return n > 0; });
    }
    return seen;
}

/// Finds rows that are broken, of all that there are.
///
/// Merge t, with its slack, stands at the level L(t) = sum_i a_i c_i,t(t) + v(t); a row is broken where a pair stands
/// higher than L(t) + v_p. A pair keeps its count from one change to the next, and there the row broken most is that of
/// the lowest level: a minimum over a range. So each pair tells its worst rows, and all rows are looked at.
class violation_scan {
public:
    using pair_index = pair_history::pair_index;

    struct result {
        std::size_t n_broken = 0;  ///< pairs with a row that is broken
        double worst = 0;
        /// What the slacks of pairs have to grow by in all so that no row is broken: with that, the objective is one
        /// that the whole program can reach.
        double repair = 0;
    };
    struct broken_row {
        std::uint32_t t;
        pair_index pair;
        double by;
    };

    /// @param used       T: 0 for merges of which no row is wanted
    /// @param tolerance  a row may be short by so much, in pairs of a million
    violation_scan(pair_history const& history, std::vector<double> scale, std::vector<std::uint8_t> used,
                   double tolerance)
        : history_(history), scale_(std::move(scale)), used_(std::move(used)), tolerance_(tolerance) {}

    /// @param mixture      n_categories
    /// @param merge_slack  T
    /// @param pair_slack   n_pairs
    /// @param most         rows wanted of each pair
    /// @complexity         O(c + p) for c changes of p pairs
    template <Executor X>
    result run(std::span<double const> mixture, std::span<double const> merge_slack, std::span<double const> pair_slack,
               std::size_t most, X const& executor) {
        std::vector<double> level(history_.n_merges());
        std::vector<double> worth(mixture.size());
        for (std::size_t i = 0; i < mixture.size(); ++i) worth[i] = mixture[i] * scale_[i];
        for (std::size_t t = 0; t < level.size(); ++t) {
            level[t] = merge_slack[t];
            auto const own = history_.own(t);
            for (std::size_t i = 0; i < worth.size(); ++i) level[t] += worth[i] * static_cast<double>(own[i]);
            if (used_[t] == 0) level[t] = std::numeric_limits<double>::infinity();
        }
        levels_.assign(std::move(level));
        ++n_runs_;
        constexpr std::size_t block = 4096;
        std::size_t const n_blocks = (history_.n_pairs() + block - 1) / block;
        std::vector<result> results(n_blocks);
        std::vector<std::vector<broken_row>> rows(n_blocks);
        executor.for_each_index(n_blocks, [&](std::size_t b) {
            std::vector<segment> segments;
            std::size_t const end = std::min(history_.n_pairs(), (b + 1) * block);
            for (std::size_t p = b * block; p < end; ++p) {
                look_at(static_cast<pair_index>(p), worth, pair_slack[p], most, segments, results[b], rows[b]);
            }
        });
        result sum;
        rows_.clear();
        for (std::size_t b = 0; b < n_blocks; ++b) {
            sum.n_broken += results[b].n_broken;
            sum.worst = std::max(sum.worst, results[b].worst);
            sum.repair += results[b].repair;
            rows_.insert(rows_.end(), rows[b].begin(), rows[b].end());
        }
        return sum;
    }

    /// Other merges to make rows of.
    void set_used(std::vector<std::uint8_t> used) { used_ = std::move(used); }

    /// What the last run found, by pair, of each pair those broken most.
    [[nodiscard]] std::span<broken_row const> rows() const noexcept { return rows_; }
    /// Keeps only so many of them, those broken most.
    void keep_worst(std::size_t n) {
        if (rows_.size() <= n) return;
        auto const worse = [](broken_row const& a, broken_row const& b) { return a.by > b.by; };
        std::nth_element(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(n), rows_.end(), worse);
        rows_.resize(n);
    }

private:
    // A pair stands at `height` over merges [begin, end), and the lowest of them is `lowest`.
    struct segment {
        double excess;
        double height;
        std::uint32_t begin, end, lowest;
        friend bool operator<(segment const& a, segment const& b) noexcept { return a.excess < b.excess; }
    };

    // Of equal levels any may come first, lest all pairs name the same.
    void put(double height, double slack, std::uint32_t begin, std::uint32_t end, std::uint64_t seed,
             std::vector<segment>& out) const {
        if (begin >= end) return;
        auto const cut = static_cast<std::uint32_t>(begin + hash_key(seed + begin) % (end - begin));
        std::uint32_t lowest = levels_.find(cut, end);
        if (cut > begin) {
            std::uint32_t const other = levels_.find(begin, cut);
            if (levels_[other] < levels_[lowest]) lowest = other;
        }
        double const excess = height - slack - levels_[lowest];
        if (excess > tolerance_) out.push_back({excess, height, begin, end, lowest});
    }

    void look_at(pair_index p, std::span<double const> worth, double slack, std::size_t most,
                 std::vector<segment>& segments, result& found, std::vector<broken_row>& rows) const {
        segments.clear();
        std::uint64_t const seed = std::uint64_t{p} << 32 | n_runs_ << 16;
        auto const last = static_cast<std::uint32_t>(p < history_.n_merges() ? p : history_.n_merges());
        auto const changes = history_.changes(p);
        double height = 0;
        for (std::size_t k = 0; k < changes.size() && changes[k].from < last;) {
            std::uint32_t const from = changes[k].from;
            for (; k < changes.size() && changes[k].from == from; ++k) {
                height += worth[changes[k].category] * static_cast<double>(changes[k].by);
            }
            put(height, slack, from, k < changes.size() ? std::min(changes[k].from, last) : last, seed, segments);
        }
        if (segments.empty()) return;
        std::make_heap(segments.begin(), segments.end());
        ++found.n_broken;
        found.worst = std::max(found.worst, segments.front().excess);
        found.repair += segments.front().excess;
        for (std::size_t n = 0; n < most && !segments.empty(); ++n) {
            segment const top = segments.front();
            std::pop_heap(segments.begin(), segments.end());
            segments.pop_back();
            rows.push_back({top.lowest, p, top.excess});
            std::size_t const n_before = segments.size();
            put(top.height, slack, top.begin, top.lowest, seed, segments);
            put(top.height, slack, top.lowest + 1, top.end, seed, segments);
            for (std::size_t k = n_before; k < segments.size(); ++k) {
                std::push_heap(segments.begin(), segments.begin() + static_cast<std::ptrdiff_t>(k) + 1);
            }
        }
    }

    pair_history const& history_;
    std::vector<double> scale_;
    std::vector<std::uint8_t> used_;
    double tolerance_;
    detail::range_minimum levels_;
    std::vector<broken_row> rows_;
    std::uint64_t n_runs_ = 0;
};

}  // namespace tessera::inline v0
