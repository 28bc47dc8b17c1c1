// How often each pair occurred in each category before each merge: what every estimate of a mixture reads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/progress.hpp>
#include <tessera/core/token.hpp>
#include <tessera/mixture/merge_replay.hpp>
#include <tessera/train/detail/pair_counts.hpp>

namespace tessera::inline v0 {

/// The words of a category as merges from `begin` on see them. A category has one part, but where merges are learnt
/// over other pretokens from some point on (SuperBPE), and then as many as there are such points, and one.
struct replay_part {
    std::size_t begin;
    merge_replay words;
};

/// The pair counts of n categories under T merges.
///
/// Pairs are numbered: pair t < T is the one that merge t merges. "At t" means before merge t is applied, so t = T is
/// the end.
class pair_history {
public:
    using pair_index = std::uint32_t;
    /// From `from` on a category has the pair so many times more.
    struct change {
        std::uint32_t from;
        std::uint32_t category;
        std::int64_t by;
    };

    /// Replays the merges on each category.
    /// @param categories  with all words added, not started; used up. The first part of each begins at 0
    /// @throws            what the listener throws
    /// @par Memory        16 bytes each time that a count changes, and twice that while they are sorted
    template <Executor X>
    pair_history(std::span<merge const> merges, std::vector<std::vector<replay_part>>&& categories, X const& executor,
                 progress_listener* progress = nullptr)
        : n_merges_(merges.size()), totals_(categories.size()), own_(merges.size() * categories.size()) {
        std::vector<recorded> records(categories.size());
        std::mutex reporting;
        std::size_t n_done = 0;
        executor.for_each_index(categories.size(), [&](std::size_t i) {
            record(merges, i, std::move(categories[i]), records[i]);
            if (progress == nullptr) return;
            std::lock_guard const lock(reporting);
            progress->report("replaying merges", ++n_done, records.size());
        });
        numbering all;
        for (merge const& m : merges) all.of(detail::make_pair_of(m.left, m.right));
        for (recorded& r : records) {
            std::vector<pair_index> of;
            of.reserve(r.pairs.keys.size());
            for (std::uint64_t const key : r.pairs.keys) of.push_back(all.of(key));
            r.pairs = {};
            for (auto& [pair, c] : r.changes) pair = of[pair];
        }
        keys_ = std::move(all.keys);
        sort_by_pair(records);
    }

    [[nodiscard]] std::size_t n_merges() const noexcept { return n_merges_; }
    [[nodiscard]] std::size_t n_pairs() const noexcept { return keys_.size(); }
    [[nodiscard]] std::size_t n_categories() const noexcept { return totals_.size(); }
    /// The symbols of a pair.
    [[nodiscard]] token_id left(pair_index p) const noexcept { return detail::left_of(keys_[p]); }
    [[nodiscard]] token_id right(pair_index p) const noexcept { return detail::right_of(keys_[p]); }

    /// Neighbours in the text of the category, before the first merge: what counts are divided by.
    [[nodiscard]] std::uint64_t total(std::size_t category) const noexcept { return totals_[category]; }

    /// n_categories() counts of the pair that merge t merges, at t.
    [[nodiscard]] std::span<std::int64_t const> own(std::size_t t) const noexcept {
        return std::span(own_).subspan(t * n_categories(), n_categories());
    }

    /// All changes of a pair's counts, in order of time; those from 0 are what there is at first.
    [[nodiscard]] std::span<change const> changes(pair_index p) const noexcept {
        return std::span(changes_).subspan(begin_[p], begin_[p + 1] - begin_[p]);
    }

    /// Counts of a pair at t in each category.
    /// @param out   n_categories, replaced
    void counts_at(pair_index p, std::size_t t, std::span<std::int64_t> out) const noexcept {
        std::fill(out.begin(), out.end(), 0);
        for (change const& c : changes(p)) {
            if (c.from > t) return;
            out[c.category] += c.by;
        }
    }

private:
    struct numbering {
        detail::pair_counts index;  // number plus one
        std::vector<std::uint64_t> keys;

        pair_index of(std::uint64_t key) {
            std::int64_t n = index.get(key);
            if (n == 0) {
                keys.push_back(key);
                n = static_cast<std::int64_t>(keys.size());
                index.add(key, n);
            }
            return static_cast<pair_index>(n - 1);
        }
    };
    struct recorded {
        numbering pairs;  // as this category meets them
        std::vector<std::pair<pair_index, change>> changes;
    };

    void record(std::span<merge const> merges, std::size_t category, std::vector<replay_part> parts, recorded& out) {
        std::uint32_t from = 0;
        auto const put = [&](std::uint64_t key, std::int64_t by) {
            out.changes.push_back({out.pairs.of(key), {from, static_cast<std::uint32_t>(category), by}});
        };
        parts.front().words.start();
        parts.front().words.for_each_pair([&](std::uint64_t key, std::int64_t n) {
            put(key, n);
            totals_[category] += static_cast<std::uint64_t>(n);
        });
        for (std::size_t part = 0; part < parts.size(); ++part) {
            std::size_t const end = part + 1 < parts.size() ? parts[part + 1].begin : merges.size();
            merge_replay& words = parts[part].words;
            for (std::size_t t = parts[part].begin; t < end; ++t) {
                own_[t * totals_.size() + category] = words.count(merges[t].left, merges[t].right);
                from = static_cast<std::uint32_t>(t + 1);
                for (merge_replay::change const& c : words.apply(merges[t])) put(c.which, c.by);
            }
            if (part + 1 < parts.size()) {  // the counts at `end` are those of the next part
                words.for_each_pair([&](std::uint64_t key, std::int64_t n) { put(key, -n); });
                parts[part + 1].words.start();
                parts[part + 1].words.for_each_pair(put);
            }
            words = merge_replay({});
        }
    }

    // Counting sort of all changes by pair, then each pair's by time. Those of one category and time become one.
    void sort_by_pair(std::vector<recorded>& records) {
        begin_.assign(n_pairs() + 1, 0);
        for (recorded const& r : records) {
            for (auto const& [pair, c] : r.changes) ++begin_[pair + 1];
        }
        std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
        std::vector<std::uint64_t> end(begin_.begin(), begin_.end() - 1);
        changes_.resize(begin_.back());
        for (recorded& r : records) {
            for (auto const& [pair, c] : r.changes) changes_[end[pair]++] = c;
            r = {};
        }
        std::uint64_t write = 0;
        for (pair_index p = 0; p < n_pairs(); ++p) {
            auto const first = changes_.begin() + static_cast<std::ptrdiff_t>(begin_[p]);
            auto const last = changes_.begin() + static_cast<std::ptrdiff_t>(end[p]);
            std::sort(first, last, [](change const& a, change const& b) {
                return a.from != b.from ? a.from < b.from : a.category < b.category;
            });
            begin_[p] = write;
            for (auto at = first; at != last;) {
                change sum = *at++;
                for (; at != last && at->from == sum.from && at->category == sum.category; ++at) sum.by += at->by;
                if (sum.by != 0) changes_[write++] = sum;
            }
        }
        begin_.back() = write;
        changes_.resize(write);
        changes_.shrink_to_fit();
    }

    std::size_t n_merges_ = 0;
    std::vector<std::uint64_t> totals_;
    std::vector<std::int64_t> own_;  // (n_merges, n_categories)
    std::vector<std::uint64_t> keys_;
    std::vector<std::uint64_t> begin_;  // of each pair in `changes_`, and the end
    std::vector<change> changes_;
};

}  // namespace tessera::inline v0
