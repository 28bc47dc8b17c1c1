// UTF-8 that is total: any bytes decode, each ill-formed byte as one unit of its own, so that scanners and encoders
// never fail on text. Next: unicode_class.hpp, what kind of character a code point is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tessera::inline v0 {

/// What an ill-formed byte decodes as.
inline constexpr char32_t replacement_character = 0xFFFD;

/// One code point and the bytes it took.
struct decoded_code_point {
    char32_t code_point = replacement_character;
    std::size_t length = 1;  ///< 1 to 4 bytes; U+FFFD with length 1 is an ill-formed byte

    friend constexpr bool operator==(decoded_code_point, decoded_code_point) = default;
};

namespace detail {

[[nodiscard]] constexpr std::uint32_t byte_at(char const* p) noexcept { return static_cast<unsigned char>(*p); }

/// Decodes at `p`, where a byte >= 0x80 lies; `available` >= 1 bytes may be read.
[[nodiscard]] constexpr decoded_code_point decode_non_ascii(char const* p, std::size_t available) noexcept {
    std::uint32_t const b0 = byte_at(p);
    if (available < 2 || b0 < 0xC2 || b0 > 0xF4) return {};
    std::uint32_t const b1 = byte_at(p + 1);
    if ((b1 & 0xC0) != 0x80) return {};
    if (b0 < 0xE0) return {((b0 & 0x1F) << 6) | (b1 & 0x3F), 2};
    if (available < 3) return {};
    std::uint32_t const b2 = byte_at(p + 2);
    if ((b2 & 0xC0) != 0x80) return {};
    if (b0 < 0xF0) {
        std::uint32_t const c = ((b0 & 0x0F) << 12) | ((b1 & 0x3F) << 6) | (b2 & 0x3F);
        if (c < 0x800 || (c >> 11) == 0x1B) return {};  // overlong, or a surrogate
        return {c, 3};
    }
    if (available < 4) return {};
    std::uint32_t const b3 = byte_at(p + 3);
    if ((b3 & 0xC0) != 0x80) return {};
    std::uint32_t const c = ((b0 & 0x07) << 18) | ((b1 & 0x3F) << 12) | ((b2 & 0x3F) << 6) | (b3 & 0x3F);
    if (c < 0x10000 || c > 0x10FFFF) return {};
    return {c, 4};
}

}  // namespace detail

/// The code point that starts at byte `at`. Total: a byte that starts no well-formed sequence (Unicode 16.0, table 3-7:
/// overlong forms, surrogates, beyond U+10FFFF, stray or missing continuation bytes) is U+FFFD with length 1. This is
/// one unit a byte, where Python and Rust replace a truncated sequence by one U+FFFD.
/// @pre at < text.size()
[[nodiscard]] constexpr decoded_code_point decode_utf8(std::string_view text, std::size_t at) noexcept {
    std::uint32_t const first = detail::byte_at(text.data() + at);
    if (first < 0x80) return {first, 1};
    return detail::decode_non_ascii(text.data() + at, text.size() - at);
}

/// Appends `code_point` to `out`; what is not a Unicode scalar value is appended as U+FFFD.
inline void encode_utf8(char32_t code_point, std::string& out) {
    if (code_point > 0x10FFFF || (code_point >> 11) == 0x1B) code_point = replacement_character;
    auto const put = [&out](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
    if (code_point < 0x80) {
        put(code_point);
    } else if (code_point < 0x800) {
        put(0xC0 | (code_point >> 6));
        put(0x80 | (code_point & 0x3F));
    } else if (code_point < 0x10000) {
        put(0xE0 | (code_point >> 12));
        put(0x80 | ((code_point >> 6) & 0x3F));
        put(0x80 | (code_point & 0x3F));
    } else {
        put(0xF0 | (code_point >> 18));
        put(0x80 | ((code_point >> 12) & 0x3F));
        put(0x80 | ((code_point >> 6) & 0x3F));
        put(0x80 | (code_point & 0x3F));
    }
}

/// Whether every byte belongs to a well-formed sequence. O(n).
[[nodiscard]] constexpr bool is_valid_utf8(std::string_view text) noexcept {
    for (std::size_t at = 0; at < text.size();) {
        auto const [code_point, length] = decode_utf8(text, at);
        if (length == 1 && code_point == replacement_character) return false;
        at += length;
    }
    return true;
}

/// Units of `decode_utf8` in `text`: code points, and one for each ill-formed byte. O(n).
[[nodiscard]] constexpr std::size_t count_code_points(std::string_view text) noexcept {
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); at += decode_utf8(text, at).length) ++count;
    return count;
}

static_assert(decode_utf8("\xF0\x9F\xA6\x99", 0) == decoded_code_point{0x1F999, 4});
static_assert(!is_valid_utf8("\xC0\x80") && !is_valid_utf8("\xED\xA0\x80") && count_code_points("\xE2\x82") == 2);

}  // namespace tessera::inline v0
