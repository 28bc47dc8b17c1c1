// How often each pair of neighbouring symbols occurs in the corpus at this moment of training.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <tessera/core/hash.hpp>
#include <tessera/core/token.hpp>

namespace tessera::inline v0::detail {

/// Left id in the upper half: pairs compare as (left, right).
using symbol_pair = std::uint64_t;

[[nodiscard]] constexpr symbol_pair make_pair_of(token_id left, token_id right) noexcept {
    return std::uint64_t{left} << 32 | right;
}
[[nodiscard]] constexpr token_id left_of(symbol_pair p) noexcept { return static_cast<token_id>(p >> 32); }
[[nodiscard]] constexpr token_id right_of(symbol_pair p) noexcept { return static_cast<token_id>(p); }

/// symbol_pair -> 64-bit count; open addressing. A pair that is not there counts 0.
class pair_counts {
public:
    pair_counts() : slots_(1024) {}

    [[nodiscard]] std::int64_t get(symbol_pair p) const noexcept {
        slot const& s = slots_[probe(p)];
        return s.key == p ? s.count : 0;
    }

    void add(symbol_pair p, std::int64_t change) {
        std::size_t i = probe(p);
        if (slots_[i].key != p) {
            if (4 * (used_ + 1) > 3 * slots_.size()) {
                rebuild();
                i = probe(p);
            }
            slots_[i] = {p, 0};
            ++used_;
        }
        slots_[i].count += change;
    }

    void prefetch(symbol_pair p) const noexcept { __builtin_prefetch(&slots_[hash_key(p) & (slots_.size() - 1)], 1); }

    template <class F>
    void for_each(F&& f) const {
        for (slot const& s : slots_) {
            if (s.key != empty && s.count != 0) f(s.key, s.count);
        }
    }

private:
    static constexpr symbol_pair empty = ~std::uint64_t{0};
    struct slot {
        symbol_pair key = empty;
        std::int64_t count = 0;
    };

    [[nodiscard]] std::size_t probe(symbol_pair p) const noexcept {
        std::size_t const mask = slots_.size() - 1;
        std::size_t i = hash_key(p) & mask;
        while (slots_[i].key != p && slots_[i].key != empty) i = (i + 1) & mask;
        return i;
    }

    // Drops pairs that no longer occur, which in the long run most do; grows only if the rest still fills the table.
    void rebuild() {
        std::size_t live = 0;
        for (slot const& s : slots_) live += s.key != empty && s.count != 0;
        std::vector<slot> old(2 * live > slots_.size() ? 2 * slots_.size() : slots_.size());
        old.swap(slots_);
        used_ = live;
        for (slot const& s : old) {
            if (s.key != empty && s.count != 0) slots_[probe(s.key)] = s;
        }
    }

    std::vector<slot> slots_;
    std::size_t used_ = 0;
};

}  // namespace tessera::inline v0::detail
