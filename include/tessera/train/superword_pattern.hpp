// Which words may become part of a superword: the three patterns of BoundlessBPE.
// Source: kensho-technologies/fastboundlessbpe, python/boundlessbpe/regexconstants.py.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <tessera/core/unicode_class.hpp>
#include <tessera/core/utf8.hpp>

namespace tessera::inline v0 {

enum class superword_pattern : std::uint8_t {
    simple,    ///< a letter anywhere
    improved,  ///< letters with their marks, spaces, `_`, `'` and U+2019; a letter that is not the first character
    original,  ///< a-z, A-Z, spaces, `_`, `'`; a letter among them
};

/// The pattern as the reference writes it.
[[nodiscard]] constexpr std::string_view text_of(superword_pattern pattern) noexcept {
    switch (pattern) {
        case superword_pattern::improved:
            return R"(^(?=.+\p{L})(?:\p{L}\p{M}*|[ _'\u2019])+$)";
        case superword_pattern::original:
            return "^[ _'a-zA-Z]*[a-zA-Z][ _'a-zA-Z]*$";
        case superword_pattern::simple:
            break;
    }
    return R"(\p{L})";
}

/// True if the pattern is found in the token. One that is not UTF-8 never matches.
/// @par Differs  Unicode 16.0, where Python's `regex` may have another version
[[nodiscard]] inline bool matches(superword_pattern pattern, std::string_view token) noexcept {
    if (!is_valid_utf8(token)) return false;
    // Python's `$` matches before a newline at the end, too.
    if (pattern != superword_pattern::simple && token.ends_with('\n')) token.remove_suffix(1);
    bool has_letter = false;     // one that counts
    bool may_have_mark = false;  // after a letter and its marks
    for (std::size_t at = 0; at < token.size();) {
        auto const [c, length] = decode_utf8(token, at);
        std::uint8_t const flags = unicode_16_0::class_of(c);
        bool const is_ascii_letter = (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z');
        bool const is_joiner = c == U' ' || c == U'_' || c == U'\'';
        bool const is_letter = (flags & unicode_class::letter) != 0;
        switch (pattern) {
            case superword_pattern::simple:
                if (is_letter) return true;
                break;
            case superword_pattern::original:
                if (!is_ascii_letter && !is_joiner) return false;
                has_letter |= is_ascii_letter;
                break;
            case superword_pattern::improved:
                if (is_letter) {
                    has_letter |= at > 0;
                    may_have_mark = true;
                } else if (is_joiner || c == 0x2019) {
                    may_have_mark = false;
                } else if ((flags & unicode_class::mark) == 0 || !may_have_mark) {
                    return false;
                }
                break;
        }
        at += length;
    }
    return has_letter;
}

}  // namespace tessera::inline v0
