// Replacing every occurrence of a string, as Rust's str::replace does it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <tessera/core/utf8.hpp>

namespace tessera::inline v0 {
namespace detail {

/// Replaces each occurrence of `from`, from left to right. An empty one occurs before each character and at the end.
/// @complexity  O(n)
inline void replace_all(std::string& text, std::string_view from, std::string_view to) {
    std::string out;
    if (from.empty()) {
        if (to.empty()) return;
        for (std::size_t at = 0; at < text.size();) {
            std::size_t const length = decode_utf8(text, at).length;
            out += to;
            out.append(text, at, length);
            at += length;
        }
        out += to;
        text = std::move(out);
        return;
    }
    std::size_t found = text.find(from);
    if (found == std::string::npos) return;
    std::size_t begin = 0;
    for (; found != std::string::npos; found = text.find(from, begin)) {
        out.append(text, begin, found - begin);
        out += to;
        begin = found + from.size();
    }
    out.append(text, begin, std::string::npos);
    text = std::move(out);
}

}  // namespace detail
}  // namespace tessera::inline v0
