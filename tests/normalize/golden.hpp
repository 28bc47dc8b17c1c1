// How the golden data of normalizers is read: data/golden/normalize/.
#pragma once

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/utf8.hpp>

#include "normalize/stages.hpp"
#include "support.hpp"

namespace golden {

/// But for comments.
inline std::vector<std::string> lines_of(std::string const& name) {
    std::string const file = support::read(support::data("golden/normalize/" + name));
    REQUIRE_MESSAGE(!file.empty(), name);
    std::vector<std::string> lines;
    for (std::string const& line : stages::split(file, '\n')) {
        if (!line.empty() && line[0] != '#') lines.push_back(line);
    }
    return lines;
}

/// Text with characters as \u{HEX}.
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

inline std::uint32_t crc32(std::string_view bytes, std::uint32_t crc) {  // zlib's
    static std::array<std::uint32_t, 256> const table = [] {
        std::array<std::uint32_t, 256> t{};
        for (std::uint32_t i = 0; i < 256; ++i) {
            t[i] = i;
            for (int k = 0; k < 8; ++k) t[i] = (t[i] >> 1) ^ ((t[i] & 1) != 0 ? 0xEDB88320U : 0U);
        }
        return t;
    }();
    crc = ~crc;
    for (char const b : bytes) crc = (crc >> 8) ^ table[(crc ^ static_cast<unsigned char>(b)) & 0xFF];
    return ~crc;
}

}  // namespace golden
