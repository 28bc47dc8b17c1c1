// How often each pair of neighbouring tokens occurs in a corpus, at most: in bounded memory, by many threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include <tessera/core/hash.hpp>
#include <tessera/core/huge_pages.hpp>
#include <tessera/train/detail/pair_counts.hpp>

namespace tessera::inline v0::detail {

/// One array of counters, in which pairs of equal hash share one: what it says of a pair is never too little. (A
/// count-min sketch of one row. Cormode & Muthukrishnan 2005.)
class pair_bounds {
public:
    using count = std::uint32_t;
    static constexpr count most = 0xFFFF'FFFFU;  // this or more

    /// @param n_counters  rounded up to a power of two
    explicit pair_bounds(std::size_t n_counters) : counters_(std::bit_ceil(std::max<std::size_t>(n_counters, 64)), 0) {}

    [[nodiscard]] std::size_t slot_of(symbol_pair p) const noexcept { return hash_key(p) & (counters_.size() - 1); }
    void prefetch(std::size_t slot) const noexcept { __builtin_prefetch(&counters_[slot], 1); }

    /// From any thread.
    void add(std::size_t slot) noexcept {
        std::atomic_ref<count> counter(counters_[slot]);
        if (counter.load(std::memory_order_relaxed) < most - max_threads)
            counter.fetch_add(1, std::memory_order_relaxed);
    }
    /// After all were added. Counters stop short of overflowing; those that did say `most`.
    [[nodiscard]] count at(std::size_t slot) const noexcept {
        count const c = counters_[slot];
        return c < most - max_threads ? c : most;
    }

    /// The `n`th largest counter (from 1); 0 if there are not so many.
    /// @complexity  linear in the number of counters
    [[nodiscard]] count nth_largest(std::size_t n) const {
        if (n == 0 || n > counters_.size()) return 0;
        std::vector<count> copy(counters_.begin(), counters_.end());
        auto const at = copy.begin() + static_cast<std::ptrdiff_t>(n - 1);
        std::nth_element(copy.begin(), at, copy.end(), std::greater<>());
        return *at;
    }
    [[nodiscard]] std::size_t memory_bytes() const noexcept { return counters_.size() * sizeof(count); }

private:
    static constexpr count max_threads = 1 << 16;
    huge_page_vector<count> counters_;
};

}  // namespace tessera::inline v0::detail
