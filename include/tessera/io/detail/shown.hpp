// Bytes of a file in an error message: short, on one line, harmless to a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <tessera/core/utf8.hpp>

namespace tessera::inline v0::detail {

/// `text` in quotes: characters as they are, but controls, U+2028, U+2029 and ill-formed bytes as \xHH; cut after some
/// 80 bytes.
[[nodiscard]] inline std::string shown(std::string_view text) {
    static constexpr std::string_view hex = "0123456789ABCDEF";
    std::string out = "\"";
    std::size_t at = 0;
    while (at < text.size() && at < 80) {
        auto const [code_point, length] = decode_utf8(text, at);
        bool const is_ill_formed = length == 1 && code_point == replacement_character;
        bool const control = code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0) || code_point == 0x2028 ||
                             code_point == 0x2029;
        for (char const c : text.substr(at, length)) {
            if (is_ill_formed || control) {
                out += "\\x";
                out += hex[static_cast<unsigned char>(c) >> 4];
                out += hex[static_cast<unsigned char>(c) & 15];
            } else {
                out += c;
            }
        }
        at += length;
    }
    if (at < text.size()) out += "...";
    return out += '"';
}

}  // namespace tessera::inline v0::detail
