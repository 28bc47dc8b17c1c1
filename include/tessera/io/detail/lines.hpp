// The lines of a text file.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace tessera::inline v0::detail {

/// Calls f(line, number) for each line, numbers from 1; a line ends in LF or CR LF, which is not part of it. What
/// follows the last line end is a line unless it is empty.
template <class F>
void for_each_line(std::string_view text, F&& f) {
    std::size_t number = 0;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t const end = std::min(text.find('\n', at), text.size());
        std::string_view line = text.substr(at, end - at);
        at = end + 1;
        if (line.ends_with('\r')) line.remove_suffix(1);
        f(line, ++number);
    }
}

}  // namespace tessera::inline v0::detail
