// The UTF-8 of a character that an option names.
#pragma once

#include <string>

#include <tessera/core/error.hpp>
#include <tessera/core/utf8.hpp>

namespace tessera::inline v0 {
namespace detail {

/// @param option  its name, for the error
/// @throws error  bad_option: `c` is no Unicode scalar value
[[nodiscard]] inline std::string spelling_of(char32_t c, char const* option) {
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) {
        throw error(error_kind::bad_option, option, "this is no Unicode character", "give one character");
    }
    std::string text;
    encode_utf8(c, text);
    return text;
}

}  // namespace detail
}  // namespace tessera::inline v0
