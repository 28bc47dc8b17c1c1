// How often each pair of neighbouring tokens occurs in a corpus, at most: in bounded memory, by many threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <tessera/core/hash.hpp>
#include <tessera/core/huge_pages.hpp>
#include <tessera/train/detail/pair_counts.hpp>

namespace tessera::inline v0::detail {

/// One array of counters, in which pairs of equal hash share one: what it says of a pair is never too little, up to
/// 2^32 - 1, and of most pairs the count. (A count-min sketch of one row. Cormode & Muthukrishnan 2005.)
class pair_bounds {
public:
    using count = std::uint32_t;
    static constexpr count most = 0xFFFF'FFFFU;  // this or more

    /// Adds up what is frequent before it touches the counters. One a thread; all are gone before a counter is read.
    class front {
    public:
        explicit front(pair_bounds& bounds) : bounds_(&bounds), slots_(n_slots) {}
        front(front&&) = default;
        ~front() {
            for (slot const& s : slots_) {
                if (s.n != 0) bounds_->add(s.pair, s.n);
            }
        }

        void add(symbol_pair p) {
            slot& s = slots_[hash_key(p) % n_slots];
            if (s.pair != p) {
                if (s.n != 0) bounds_->add(s.pair, s.n);
                s = {p, 0};
            }
            ++s.n;
        }

    private:
        static constexpr std::size_t n_slots = std::size_t{1} << 14;
        struct slot {
            symbol_pair pair = 0;
            std::uint64_t n = 0;
        };
        pair_bounds* bounds_;
        std::vector<slot> slots_;
    };

    /// @param n_counters  rounded up to a power of two
    explicit pair_bounds(std::size_t n_counters) : counters_(std::bit_ceil(std::max<std::size_t>(n_counters, 64)), 0) {}

    [[nodiscard]] std::size_t slot_of(symbol_pair p) const noexcept {
        return (hash_key(p) >> 8) & (counters_.size() - 1);  // not the bits that pick a slot of a front
    }
    void prefetch(std::size_t slot) const noexcept { __builtin_prefetch(&counters_[slot]); }
    [[nodiscard]] count at(std::size_t slot) const noexcept { return counters_[slot]; }
    [[nodiscard]] count operator[](symbol_pair p) const noexcept { return counters_[slot_of(p)]; }

    /// Number of pairs by count, as far as is known: calls `f(count, n)`, from the most frequent down, for classes of
    /// counts, eight to each power of two; `count` is the smallest of the class.
    template <class F>
    void for_each_class(F&& f) const {
        std::vector<std::uint64_t> n_in_class(64 * per_octave);
        for (count const c : counters_) {
            if (c != 0) ++n_in_class[class_of(c)];
        }
        for (std::size_t i = n_in_class.size(); i-- > 0;) {
            if (n_in_class[i] != 0) f(smallest_of(i), n_in_class[i]);
        }
    }

    /// The count of the `n`th most frequent pair (from 1), or a little less; 0 if there are not so many.
    [[nodiscard]] std::uint64_t nth_largest(std::size_t n) const {
        std::uint64_t found = 0;
        std::uint64_t so_far = 0;
        for_each_class([&](std::uint64_t least, std::uint64_t n_pairs) {
            if (so_far < n && so_far + n_pairs >= n) found = least;
            so_far += n_pairs;
        });
        return found;
    }

private:
    static constexpr std::size_t per_octave = 8;
    static std::size_t class_of(std::uint64_t count) noexcept {
        if (count < per_octave) return count;
        auto const octave = static_cast<std::size_t>(std::bit_width(count)) - 4;  // 8 .. 15: 0
        return (octave + 1) * per_octave + ((count >> octave) - per_octave);
    }
    static std::uint64_t smallest_of(std::size_t index) noexcept {
        if (index < per_octave) return index;
        return (per_octave + index % per_octave) << (index / per_octave - 1);
    }

    void add(symbol_pair p, std::uint64_t n) noexcept {
        std::atomic_ref counter(counters_[slot_of(p)]);
        count now = counter.load(std::memory_order_relaxed);
        count next = 0;
        do {
            next = static_cast<count>(std::min<std::uint64_t>(now + n, most));
        } while (!counter.compare_exchange_weak(now, next, std::memory_order_relaxed));
    }

    huge_page_vector<count> counters_;
};

}  // namespace tessera::inline v0::detail
