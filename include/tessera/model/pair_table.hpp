// Where merges are looked up: (left, right) -> (rank, result). Open addressing: 16-byte slots, and one byte of each
// slot's hash apart from them, eight of which are compared at once. Most pairs of a text do not merge, and the bytes
// alone say so: they stay in the L2 cache where the slots would not (100,000 merges: 256 KiB and 4 MiB).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/core/huge_pages.hpp>
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
        : slots_(std::bit_ceil(merges.size() + merges.size() / 2 + 2)),
          tags_(slots_.size() + group),
          mask_(slots_.size() - 1) {
        constexpr std::size_t ahead = 16;  // places of later merges are fetched while this one is put in
        for (std::size_t n = 0; n < merges.size(); ++n) {
            if (n + ahead < merges.size()) {
                merge const& soon = merges[n + ahead];
                std::size_t const place = hash_key(key_of(soon.left, soon.right)) & mask_;
                __builtin_prefetch(&slots_[place], 1);
                __builtin_prefetch(&tags_[place], 1);
            }
            merge const& m = merges[n];
            std::uint64_t const key = key_of(m.left, m.right);
            std::uint64_t const hash = hash_key(key);
            std::size_t i = hash & mask_;
            while (tags_[i] != 0 && slots_[i].key != key) i = (i + 1) & mask_;
            slots_[i] = {key, m.rank, m.result};
            tags_[i] = tag_of(hash);
            if (i < group) tags_[slots_.size() + i] = tags_[i];
        }
    }

    [[nodiscard]] found find(token_id left, token_id right) const noexcept {
        std::uint64_t const key = key_of(left, right);
        std::uint64_t const hash = hash_key(key);
        for (std::size_t i = hash & mask_;; i = (i + group) & mask_) {
            std::uint64_t tags;
            std::memcpy(&tags, tags_.data() + i, group);
            for (std::uint64_t same = zero_bytes(tags ^ each_byte * tag_of(hash)); same != 0; same &= same - 1) {
                slot const& s = slots_[(i + static_cast<std::size_t>(std::countr_zero(same)) / 8) & mask_];
                if (s.key == key) return {s.rank, s.result};
            }
            if (zero_bytes(tags) != 0) return {0xFFFF'FFFFU, no_token};
        }
    }

private:
    struct slot {
        std::uint64_t key = 0;
        std::uint32_t rank = 0;
        token_id result = no_token;
    };
    static constexpr std::size_t group = 8;  // tags looked at together
    static constexpr std::uint64_t each_byte = 0x0101'0101'0101'0101ULL;

    static std::uint64_t key_of(token_id left, token_id right) noexcept { return std::uint64_t{left} << 32 | right; }
    static std::uint8_t tag_of(std::uint64_t hash) noexcept { return static_cast<std::uint8_t>(hash >> 56 | 1); }

    // The upper bit of each byte that is 0, and perhaps of bytes above one that is.
    static std::uint64_t zero_bytes(std::uint64_t x) noexcept { return (x - each_byte) & ~x & (each_byte << 7); }

    huge_page_vector<slot> slots_;
    std::vector<std::uint8_t> tags_;  // of each slot, 0: empty; the first ones again at the end
    std::size_t mask_;
};

static_assert(MergeTable<pair_table>);

}  // namespace tessera::inline v0
