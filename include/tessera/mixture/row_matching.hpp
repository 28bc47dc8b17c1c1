// The slack program at a fixed mixture: its dual is a matching of merges and pairs.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <tessera/mixture/constraint_rows.hpp>

namespace tessera::inline v0 {

/// For a fixed mixture the least sum of slacks is, by duality, the greatest weight of a matching of merges with pairs,
/// where a row joins its merge and its pair with its shortfall as weight. The matching shows what the slacks cost at
/// least, the slacks what the matching weighs at most: the two prove each other, whatever found them.
///
/// As the weight of each matching is linear in the mixture, the least sum of slacks is convex and piecewise linear in
/// it, and the matching found is a subgradient.
///
/// Primal-dual (Hungarian) method on the rows alone, begun where the last call ended: where the mixture has moved
/// little, little has to be done.
class row_matching {
public:
    /// Rows added later count from the next `solve` on.
    explicit row_matching(constraint_rows const& rows) : rows_(rows) {
        dual_[merges].assign(rows.history().n_merges(), 0.0);
        dual_[pairs].assign(rows.history().n_pairs(), 0.0);
        count_.assign(rows.history().n_merges(), 0.0);
        for (std::size_t const side : {merges, pairs}) {
            mate_[side].assign(dual_[side].size(), none);
            head_[side].assign(dual_[side].size(), none);
            at_[side].resize(dual_[side].size());
        }
    }

    /// @param mixture   n_categories
    /// @return          the weight, which is the sum of the slacks but for rounding
    /// @complexity      O(m r log r) at worst, for r rows of m merges; searches are short where the slacks are near
    double solve(std::span<double const> mixture) {
        take_rows();
        for (std::size_t r = 0; r < weight_.size(); ++r) weight_[r] = rows_.shortfall(r, mixture);
        sort_rows();
        begin(mixture);
        return finish();
    }

    /// The same for the mixture of the last call, where only rows have come since: their number is what it costs.
    double extend(std::span<double const> mixture) {
        std::size_t const n_before = weight_.size();
        take_rows();
        for (std::uint32_t r = static_cast<std::uint32_t>(n_before); r < weight_.size(); ++r) {
            weight_[r] = rows_.shortfall(r, mixture);
            std::uint32_t const t = end(merges, r);
            double const needed = weight_[r] - dual_[pairs][end(pairs, r)];
            if (needed <= dual_[merges][t]) continue;
            dual_[merges][t] = needed;
            if (std::uint32_t const old = std::exchange(mate_[merges][t], none); old != none) {
                mate_[pairs][end(pairs, old)] = none;
            }
        }
        return finish();
    }

    [[nodiscard]] std::span<double const> merge_slack() const noexcept { return dual_[merges]; }
    [[nodiscard]] std::span<double const> pair_slack() const noexcept { return dual_[pairs]; }
    [[nodiscard]] double slack_sum() const noexcept {
        double sum = 0;
        for (auto const& side : dual_) {
            for (double const v : side) sum += v;
        }
        return sum;
    }
    /// By how much a row is more than satisfied.
    [[nodiscard]] double spare(std::size_t row) const noexcept { return slack_of(static_cast<std::uint32_t>(row)); }

    /// The rows have been numbered anew. The slacks stay.
    void forget_rows() {
        weight_.clear();
        ends_.clear();
        next_.clear();
        n_sorted_ = 0;
        for (std::size_t const side : {merges, pairs}) {
            begin_[side].clear();
            edges_[side].clear();
            std::fill(head_[side].begin(), head_[side].end(), none);
            std::fill(mate_[side].begin(), mate_[side].end(), none);
        }
    }

    /// Calls `f(row)` for each row of the matching.
    template <class F>
    void for_each_matched(F&& f) const {
        for (std::uint32_t const r : mate_[merges]) {
            if (r != none) f(std::size_t{r});
        }
    }
    /// The weight of the matching as a linear function of the mixture.
    /// @param slope  n_categories, replaced
    void subgradient(std::span<double> slope) const {
        std::fill(slope.begin(), slope.end(), 0.0);
        for_each_matched([&](std::size_t r) {
            auto const c = rows_.coefficients(r);
            for (std::size_t i = 0; i < slope.size(); ++i) slope[i] -= c[i];
        });
    }

private:
    static constexpr std::size_t merges = 0;
    static constexpr std::size_t pairs = 1;
    static constexpr std::uint32_t none = 0xFFFF'FFFFU;

    // What a search knows of a node.
    struct reached {
        double distance = 0;
        std::uint32_t search = 0;
        std::uint32_t by = none;  // the row it was reached by
    };
    struct edge {
        double weight;
        std::uint32_t row;
        std::uint32_t to;
    };
    struct step {
        double distance;
        std::uint32_t node;
        friend bool operator>(step const& a, step const& b) noexcept { return a.distance > b.distance; }
    };

    [[nodiscard]] std::uint32_t end(std::size_t side, std::uint32_t row) const noexcept { return ends_[row][side]; }
    [[nodiscard]] double slack_of(std::uint32_t row) const noexcept {
        return std::max(dual_[merges][ends_[row][merges]] + dual_[pairs][ends_[row][pairs]] - weight_[row], 0.0);
    }

    void take_rows() {
        for (std::size_t r = weight_.size(); r < rows_.size(); ++r) {
            ends_.push_back({rows_.merge_of(r), rows_.pair_of(r)});
            next_.push_back({head_[merges][ends_[r][merges]], head_[pairs][ends_[r][pairs]]});
            for (std::size_t const side : {merges, pairs}) head_[side][ends_[r][side]] = static_cast<std::uint32_t>(r);
            weight_.push_back(0);
        }
    }

    // Rows side by side by merge, and again by pair, with their weights: the searches read little else.
    void sort_rows() {
        for (std::size_t const side : {merges, pairs}) {
            auto& begin = begin_[side];
            if (n_sorted_ != weight_.size() || begin.empty()) {
                begin.assign(dual_[side].size() + 1, 0);
                for (auto const& ends : ends_) ++begin[ends[side] + 1];
                std::partial_sum(begin.begin(), begin.end(), begin.begin());
                std::fill(head_[side].begin(), head_[side].end(), none);
                edges_[side].resize(weight_.size());
                for (std::uint32_t r = 0; r < weight_.size(); ++r) {
                    edges_[side][begin[ends_[r][side]]++] = {weight_[r], r, ends_[r][1 - side]};
                }
                std::rotate(begin.begin(), begin.end() - 1, begin.end());
                begin.front() = 0;
            } else {
                for (edge& e : edges_[side]) e.weight = weight_[e.row];
            }
        }
        n_sorted_ = weight_.size();
        next_.clear();
    }

    // Calls `f(row, to, weight)` for each row of a node.
    template <class F>
    void for_each_row(std::size_t side, std::uint32_t node, F&& f) const {
        if (!begin_[side].empty()) {
            for (std::uint32_t k = begin_[side][node]; k < begin_[side][node + 1]; ++k) {
                edge const& e = edges_[side][k];
                f(e.row, e.to, e.weight);
            }
        }
        for (std::uint32_t r = head_[side][node]; r != none; r = next_[r - n_sorted_][side]) {
            f(r, ends_[r][1 - side], weight_[r]);
        }
    }

    double finish() {
        for (std::size_t const side : {merges, pairs}) {
            for (std::uint32_t node = 0; node < dual_[side].size(); ++node) {
                if (mate_[side][node] == none && dual_[side][node] > 0) settle(side, node);
            }
        }
        double sum = 0;
        for (std::uint32_t const r : mate_[merges]) {
            if (r != none) sum += weight_[r];
        }
        return sum;
    }

    // Merges stay at the levels they had, from which the slacks of pairs follow. A pair that keeps its count from one
    // of its merges to another rises or falls beside all of them alike, so that nearly all rows of the last matching
    // are still those that its pair needs most. (The other way round, from the slacks of pairs, hardly any is.)
    void begin(std::span<double const> mixture) {
        auto const& history = rows_.history();
        for (std::uint32_t t = 0; t < dual_[merges].size(); ++t) {
            double count = 0;
            auto const own = history.own(t);
            for (std::size_t i = 0; i < mixture.size(); ++i) {
                count += mixture[i] * rows_.scale()[i] * static_cast<double>(own[i]);
            }
            double const level = count_[t] + dual_[merges][t];
            dual_[merges][t] = std::max(level - count, 0.0);
            count_[t] = count;
        }
        for (std::uint32_t p = 0; p < dual_[pairs].size(); ++p) {
            double most = 0;
            std::uint32_t best = none;
            for_each_row(pairs, p, [&](std::uint32_t r, std::uint32_t t, double weight) {
                if (weight - dual_[merges][t] > most) {
                    most = weight - dual_[merges][t];
                    best = r;
                }
            });
            dual_[pairs][p] = most;
            std::uint32_t const before = mate_[pairs][p];
            if (before != none && slack_of(before) > rounding) {
                mate_[merges][end(merges, before)] = none;
                mate_[pairs][p] = none;
            }
            if (best != none && mate_[pairs][p] == none && mate_[merges][end(merges, best)] == none) match(best);
        }
    }

    void match(std::uint32_t row) {
        for (std::size_t const side : {merges, pairs}) mate_[side][end(side, row)] = row;
    }

    // Makes an unmatched node matched, or its slack 0. The slacks on its side fall, those on the other rise, along a
    // tree of tight rows, until the tree reaches an unmatched node of the other side or a slack on this one is 0.
    void settle(std::size_t side, std::uint32_t root) {
        std::size_t const other = 1 - side;
        ++search_;
        heap_.clear();
        tree_.clear();
        double stop = std::numeric_limits<double>::infinity();
        std::uint32_t last = none;  // on this side, where the slack gets 0
        auto const enter = [&](std::uint32_t node, double distance) {
            at_[side][node].distance = distance;
            tree_.push_back(node);
            if (distance + dual_[side][node] < stop) {
                stop = distance + dual_[side][node];
                last = node;
            }
            double const base = distance + dual_[side][node];
            for_each_row(side, node, [&](std::uint32_t r, std::uint32_t to, double weight) {
                double const d = std::max(base + dual_[other][to] - weight, distance);
                if (d >= stop) return;
                reached& there = at_[other][to];
                if (there.search == search_ && there.distance <= d) return;
                there = {d, search_, r};
                heap_.push_back({d, to});
                std::push_heap(heap_.begin(), heap_.end(), std::greater{});
            });
        };
        enter(root, 0);
        settled_.clear();
        std::uint32_t free_end = none;
        while (!heap_.empty() && heap_.front().distance < stop) {
            step const next = heap_.front();
            std::pop_heap(heap_.begin(), heap_.end(), std::greater{});
            heap_.pop_back();
            if (next.distance != at_[other][next.node].distance) continue;
            if (mate_[other][next.node] == none) {
                free_end = next.node;
                stop = next.distance;
                break;
            }
            settled_.push_back(next.node);
            enter(end(side, mate_[other][next.node]), next.distance);
        }
        for (std::uint32_t const node : tree_) {
            if (at_[side][node].distance < stop) {
                dual_[side][node] = std::max(dual_[side][node] - (stop - at_[side][node].distance), 0.0);
            }
        }
        for (std::uint32_t const node : settled_) {
            if (at_[other][node].distance < stop) dual_[other][node] += stop - at_[other][node].distance;
        }
        // The rows along the path change places.
        std::uint32_t node = free_end;
        if (free_end == none) {
            if (last == root) {
                dual_[side][root] = 0;
                return;
            }
            node = end(other, mate_[side][last]);
            dual_[side][last] = 0;
            mate_[side][last] = none;
        }
        while (true) {
            std::uint32_t const row = at_[other][node].by;
            std::uint32_t const parent = end(side, row);
            std::uint32_t const before = mate_[side][parent];
            match(row);
            if (parent == root) break;
            node = end(other, before);
        }
    }

    constraint_rows const& rows_;
    static constexpr double rounding = 1e-9;

    std::vector<double> weight_;
    std::vector<double> count_;                       // of each merge's pair, in the mixture of the last call
    std::vector<std::array<std::uint32_t, 2>> ends_;  // of rows: merge and pair
    std::array<std::vector<double>, 2> dual_;
    std::array<std::vector<std::uint32_t>, 2> mate_;  // rows
    // The rows of each node: those that were there at the last `solve` side by side, later ones in lists.
    std::array<std::vector<std::uint32_t>, 2> begin_;
    std::array<std::vector<edge>, 2> edges_;
    std::array<std::vector<std::uint32_t>, 2> head_;
    std::vector<std::array<std::uint32_t, 2>> next_;  // of rows from n_sorted_ on
    std::size_t n_sorted_ = 0;
    std::array<std::vector<reached>, 2> at_;
    std::vector<step> heap_;
    std::vector<std::uint32_t> tree_, settled_;
    std::uint32_t search_ = 0;
};

}  // namespace tessera::inline v0
