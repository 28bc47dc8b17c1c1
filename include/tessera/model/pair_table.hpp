// Where merges are looked up: (left, right) -> (rank, result). Open addressing over 16-byte slots.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/core/token.hpp>

namespace tessera::inline v0 {

/// An immutable table of merges.
class pair_table {
public:
    struct found {
        std::uint32_t rank;
        token_id result;  ///< no_token: these two do not merge
    };

    pair_table() : pair_table(std::span<merge const>{}) {}

    /// Of merges of the same pair the last one counts, as in Hugging Face's library.
    explicit pair_table(std::span<merge const> merges)
        : slots_(std::bit_ceil(2 * merges.size() + 2)), mask_(slots_.size() - 1) {
        for (merge const& m : merges) {
            slot& s = slots_[probe(key_of(m.left, m.right))];
            s = {key_of(m.left, m.right), m.rank, m.result};
        }
    }

    [[nodiscard]] found find(token_id left, token_id right) const noexcept {
        slot const& s = slots_[probe(key_of(left, right))];
        return {s.rank, s.result};
    }

private:
    struct slot {
        std::uint64_t key = empty_key;
        std::uint32_t rank = 0xFFFF'FFFFU;
        token_id result = no_token;
    };
    static constexpr std::uint64_t empty_key = ~std::uint64_t{0};  // (no_token, no_token)

    static std::uint64_t key_of(token_id left, token_id right) noexcept { return std::uint64_t{left} << 32 | right; }

    [[nodiscard]] std::size_t probe(std::uint64_t key) const noexcept {
        std::size_t i = hash_key(key) & mask_;
        while (slots_[i].key != key && slots_[i].key != empty_key) i = (i + 1) & mask_;
        return i;
    }

    std::vector<slot> slots_;
    std::size_t mask_;
};

static_assert(MergeTable<pair_table>);

}  // namespace tessera::inline v0
