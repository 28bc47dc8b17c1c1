// Hashing of bytes, and comparing them: XXH3, the header-only build of xxHash. The only third-party include of
// the core.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#ifndef XXH_INLINE_ALL
#define XXH_INLINE_ALL
#endif
#include <xxhash.h>

namespace tessera::inline v0 {

[[nodiscard]] inline std::uint64_t hash_bytes(std::string_view bytes) noexcept {
    return XXH3_64bits(bytes.data(), bytes.size());
}

/// For files: two that differ have the same only if somebody wants them to.
struct long_hash {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    friend bool operator==(long_hash const&, long_hash const&) = default;
};
[[nodiscard]] inline long_hash long_hash_of(std::string_view bytes) noexcept {
    XXH128_hash_t const hash = XXH3_128bits(bytes.data(), bytes.size());
    return {hash.high64, hash.low64};
}

/// a == b. Tokens are short, and a call of memcmp costs more than comparing them.
[[nodiscard]] inline bool same_bytes(std::string_view a, std::string_view b) noexcept {
    std::size_t const n = a.size();
    if (n != b.size()) return false;
    auto const same_ends = [&]<class Word>(Word) {  // they may overlap
        Word x[2];
        Word y[2];
        std::memcpy(&x[0], a.data(), sizeof(Word));
        std::memcpy(&x[1], a.data() + n - sizeof(Word), sizeof(Word));
        std::memcpy(&y[0], b.data(), sizeof(Word));
        std::memcpy(&y[1], b.data() + n - sizeof(Word), sizeof(Word));
        return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
    };
    if (n > 16) return std::memcmp(a.data(), b.data(), n) == 0;
    if (n >= 8) return same_ends(std::uint64_t{});
    if (n >= 4) return same_ends(std::uint32_t{});
    if (n >= 2) return same_ends(std::uint16_t{});
    return n == 0 || a[0] == b[0];
}

/// Mixes a 64-bit key (a pair of token ids) so that its low bits index a table.
[[nodiscard]] constexpr std::uint64_t hash_key(std::uint64_t key) noexcept {
    key ^= key >> 32;
    key *= 0x9E37'79B9'7F4A'7C15ULL;
    return key ^ (key >> 29);
}

}  // namespace tessera::inline v0
