// How recorded files write texts, and sum up what would be too long to write.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <zlib.h>

#include <tessera/core/utf8.hpp>

namespace recorded {

/// Text in which characters stand as \u{HEX}.
inline std::string unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        if (!text.substr(i).starts_with("\\u{")) {
            out += text[i++];
            continue;
        }
        std::size_t const close = text.find('}', i);
        tessera::encode_utf8(
            static_cast<char32_t>(std::stoul(std::string(text.substr(i + 3, close - i - 3)), nullptr, 16)), out);
        i = close + 1;
    }
    return out;
}

/// zlib's sum of `bytes`, after others whose sum is `crc`; 0: it is the first.
inline std::uint32_t crc32(std::string_view bytes, std::uint32_t crc) {
    return static_cast<std::uint32_t>(
        ::crc32_z(crc, reinterpret_cast<unsigned char const*>(bytes.data()), bytes.size()));
}

}  // namespace recorded
