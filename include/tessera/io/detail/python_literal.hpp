// String literals of Python, as `repr` writes them: 'text', "text", b'bytes', b"bytes".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <tessera/core/utf8.hpp>

namespace tessera::inline v0::detail {

/// Appends the value of hexadecimal `digits` to `value`; false if one is none.
constexpr bool parse_hexadecimal(std::string_view digits, std::uint32_t& value) noexcept {
    for (char const c : digits) {
        std::uint32_t digit = 0;
        if (c >= '0' && c <= '9') {
            digit = static_cast<std::uint32_t>(c - '0');
        } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
            digit = static_cast<std::uint32_t>((c | 0x20) - 'a') + 10;
        } else {
            return false;
        }
        value = value << 4 | digit;
    }
    return true;
}

/// Appends the bytes that the escape at `at` (its backslash) stands for, and moves `at` behind it. In a string, \xHH,
/// \uHHHH, \UHHHHHHHH and octal escapes are code points and appended as UTF-8; among bytes, \xHH and octal are bytes.
/// @return  null, or what is wrong
inline char const* append_python_escape(std::string_view text, std::size_t& at, bool is_bytes, std::string& out) {
    static constexpr std::string_view names = "\\'\"abfnrtv";
    static constexpr std::string_view values = "\\'\"\a\b\f\n\r\t\v";
    if (at + 1 >= text.size()) return "a backslash is at the end";
    char const kind = text[at + 1];
    if (std::size_t const i = names.find(kind); i != std::string_view::npos) {
        out += values[i];
        at += 2;
        return nullptr;
    }
    std::uint32_t value = 0;
    std::size_t end = at + 2;
    if (kind >= '0' && kind <= '7') {
        for (end = at + 1; end < text.size() && end < at + 4 && text[end] >= '0' && text[end] <= '7'; ++end)
            value = value << 3 | static_cast<std::uint32_t>(text[end] - '0');
    } else {
        std::size_t const n_digits = kind == 'x' ? 2 : is_bytes ? 0 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
        if (n_digits == 0) return "the escape is not one that Python's repr writes";
        if (text.size() - end < n_digits || !parse_hexadecimal(text.substr(end, n_digits), value))
            return "an escape has too few hexadecimal digits";
        end += n_digits;
    }
    if (is_bytes) {
        if (value > 0xFF) return "an escape is beyond a byte";
        out += static_cast<char>(static_cast<unsigned char>(value));
    } else {
        if (value > 0x10FFFF || (value >> 11) == 0x1B) return "an escape is not a Unicode character";
        encode_utf8(value, out);
    }
    at = end;
    return nullptr;
}

/// Appends what the literal stands for, a string as UTF-8.
/// @return  null, or what is wrong
inline char const* append_python_literal(std::string_view literal, std::string& out) {
    bool const is_bytes = literal.starts_with('b');
    if (is_bytes) literal.remove_prefix(1);
    if (literal.size() < 2 || (literal.front() != '\'' && literal.front() != '"') || literal.back() != literal.front())
        return "it is not a string in quotes";
    char const quote = literal.front();
    std::string_view const text = literal.substr(1, literal.size() - 2);
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == '\\') {
            // The closing quote is not part of `text`, so an escape cannot swallow it.
            if (char const* const wrong = append_python_escape(text, at, is_bytes, out)) return wrong;
            continue;
        }
        if (text[at] == quote) return "the string goes on after its closing quote";
        auto const [code_point, length] = decode_utf8(text, at);
        if (length == 1 && code_point == replacement_character) return "a byte is not UTF-8";
        if (is_bytes && code_point >= 0x80) return "bytes are written with a character that is not ASCII";
        out += text.substr(at, length);
        at += length;
    }
    return nullptr;
}

}  // namespace tessera::inline v0::detail
