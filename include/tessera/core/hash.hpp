// Hashing of bytes: XXH3, 64 bits, the header-only build of xxHash. The only third-party include of the core.
#pragma once

#include <cstdint>
#include <string_view>

#ifndef XXH_INLINE_ALL
#define XXH_INLINE_ALL
#endif
#include <xxhash.h>

namespace tessera::inline v0 {

[[nodiscard]] inline std::uint64_t hash_bytes(std::string_view bytes) noexcept {
    return XXH3_64bits(bytes.data(), bytes.size());
}

/// Mixes a 64-bit key (a pair of token ids) so that its low bits index a table.
[[nodiscard]] constexpr std::uint64_t hash_key(std::uint64_t key) noexcept {
    key ^= key >> 32;
    key *= 0x9E37'79B9'7F4A'7C15ULL;
    return key ^ (key >> 29);
}

}  // namespace tessera::inline v0
