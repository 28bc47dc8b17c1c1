// A short name for what a file has in it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <tessera/core/hash.hpp>
#include <tessera/io/mapped_file.hpp>

namespace tessera::inline v0 {

struct file_hash {
    std::uint64_t bytes = 0;
    std::string xxh128;  ///< XXH3, 128 bits, 32 hexadecimal digits; as `xxhsum -H2` prints it. Not for secrets
};

/// @throws error  io
[[nodiscard]] inline file_hash hash_file(std::filesystem::path const& path) {
    mapped_file const file(path);
    long_hash const hash = long_hash_of(file.bytes());
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (std::uint64_t const half : {hash.high, hash.low}) {
        for (int shift = 60; shift >= 0; shift -= 4) text += digits[half >> shift & 15];
    }
    return {file.bytes().size(), text};
}

}  // namespace tessera::inline v0
