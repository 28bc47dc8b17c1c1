// A short name for what a file has in it.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#ifndef XXH_INLINE_ALL
#define XXH_INLINE_ALL
#endif
#include <xxhash.h>

#include <tessera/io/mapped_file.hpp>

namespace tessera::inline v0 {

struct file_hash {
    std::uint64_t bytes = 0;
    std::string xxh128;  ///< XXH3, 128 bits, 32 hexadecimal digits; as `xxhsum -H2` prints it. Not for secrets
};

/// @throws error  io
[[nodiscard]] inline file_hash hash_file(std::filesystem::path const& path) {
    mapped_file const file(path);
    std::string_view const bytes = file.bytes();
    XXH128_hash_t const hash = XXH3_128bits(bytes.data(), bytes.size());
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (std::uint64_t const half : {std::uint64_t{hash.high64}, std::uint64_t{hash.low64}}) {
        for (int shift = 60; shift >= 0; shift -= 4) text += digits[half >> shift & 15];
    }
    return {bytes.size(), text};
}

}  // namespace tessera::inline v0
