// Base64 (RFC 4648, section 4): the tokens of tiktoken's files, and the character map of a Precompiled normalizer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tessera::inline v0 {
namespace detail {

inline constexpr std::string_view base64_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::uint8_t, 256> make_base64_values() noexcept {
    std::array<std::uint8_t, 256> values{};
    for (auto& v : values) v = 0xFF;
    for (std::size_t i = 0; i < 64; ++i)
        values[static_cast<unsigned char>(base64_alphabet[i])] = static_cast<std::uint8_t>(i);
    return values;
}
inline constexpr std::array<std::uint8_t, 256> base64_values = make_base64_values();

/// Appends the bytes that `text` stands for. Strict: whole groups of four, `=` only at the end, unused bits zero.
/// @return  null, or what is wrong
inline char const* append_from_base64(std::string_view text, std::string& out) {
    if (text.size() % 4 != 0) return "the base64 has a length that is not a multiple of 4";
    for (std::size_t at = 0; at < text.size(); at += 4) {
        std::string_view group = text.substr(at, 4);
        std::size_t padding = 0;
        if (at + 4 == text.size()) padding = group[3] != '=' ? 0 : group[2] != '=' ? 1 : 2;
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            std::uint8_t const value = i + padding < 4 ? base64_values[static_cast<unsigned char>(group[i])] : 0;
            if (value == 0xFF) return "a character is not base64";
            bits = bits << 6 | value;
        }
        if ((padding == 1 && (bits & 0xFF) != 0) || (padding == 2 && (bits & 0xFFFF) != 0)) {
            return "the base64 ends in bits that are not zero";
        }
        for (std::size_t i = 0; i + padding < 3; ++i) out += static_cast<char>(bits >> (16 - 8 * i) & 0xFF);
    }
    return nullptr;
}

inline void append_to_base64(std::string_view bytes, std::string& out) {
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        std::uint32_t bits = 0;
        std::size_t const n = bytes.size() - at < 3 ? bytes.size() - at : 3;
        for (std::size_t i = 0; i < 3; ++i) bits = bits << 8 | (i < n ? static_cast<unsigned char>(bytes[at + i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i) out += i <= n ? base64_alphabet[bits >> (18 - 6 * i) & 0x3F] : '=';
    }
}

}  // namespace detail
}  // namespace tessera::inline v0
