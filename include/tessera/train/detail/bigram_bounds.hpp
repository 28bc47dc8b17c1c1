// How often two tokens stand side by side in a corpus, at most: counters that several pairs may share.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <tessera/core/hash.hpp>
#include <tessera/core/huge_pages.hpp>
#include <tessera/train/detail/pair_counts.hpp>

namespace tessera::inline v0::detail {

/// An upper bound for the count of each pair, up to 2^32 - 1; of most it is the count. Several threads may add.
class bigram_bounds {
public:
    /// Adds up what is frequent before it touches the counters. One a thread.
    class front {
    public:
        explicit front(bigram_bounds& bounds) : bounds_(bounds), slots_(std::size_t{1} << 14) {}
        front(front const&) = delete;
        front& operator=(front const&) = delete;
        ~front() { flush(); }

        void add(symbol_pair p) {
            slot& s = slots_[hash_key(p) & (slots_.size() - 1)];
            if (s.pair != p) {
                if (s.n != 0) bounds_.add(s.pair, s.n);
                s = {p, 0};
            }
            ++s.n;
        }
        void flush() {
            for (slot& s : slots_) {
                if (s.n != 0) bounds_.add(s.pair, s.n);
                s = {};
            }
        }

    private:
        struct slot {
            symbol_pair pair = 0;
            std::uint64_t n = 0;
        };
        bigram_bounds& bounds_;
        std::vector<slot> slots_;
    };

    /// @param n_counters  rounded up to a power of two
    explicit bigram_bounds(std::size_t n_counters) : counters_(std::bit_ceil(std::max<std::size_t>(n_counters, 2))) {}

    [[nodiscard]] std::uint64_t operator[](symbol_pair p) const noexcept { return counters_[place(p)]; }

    /// Number of pairs by count, as far as is known: calls `f(count, n)`, from the most frequent down, for classes of
    /// counts; `count` is the smallest of the class.
    template <class F>
    void for_each_class(F&& f) const {
        std::vector<std::uint64_t> n_in_class(64 * per_octave);
        for (std::uint32_t const c : counters_) {
            if (c != 0) ++n_in_class[class_of(c)];
        }
        for (std::size_t i = n_in_class.size(); i-- > 0;) {
            if (n_in_class[i] != 0) f(smallest_of(i), n_in_class[i]);
        }
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

    [[nodiscard]] std::size_t place(symbol_pair p) const noexcept {
        return (hash_key(p) >> 8) & (counters_.size() - 1);
    }
    void add(symbol_pair p, std::uint64_t n) noexcept {
        std::atomic_ref counter(counters_[place(p)]);
        std::uint32_t now = counter.load(std::memory_order_relaxed);
        std::uint32_t next = 0;
        do {
            next = static_cast<std::uint32_t>(std::min<std::uint64_t>(now + n, 0xFFFF'FFFFU));
        } while (!counter.compare_exchange_weak(now, next, std::memory_order_relaxed));
    }

    huge_page_vector<std::uint32_t> counters_;
};

}  // namespace tessera::inline v0::detail
