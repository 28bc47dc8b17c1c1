// A piece of text on its way through several pretokenizers.
#pragma once

#include <cstddef>
#include <string_view>

namespace tessera::inline v0 {

/// A view, and how many of its leading bytes stand for the first character of the whole input: 0 for a piece from
/// anywhere else. Metaspace's `prepend_scheme: first` asks for it.
struct text_piece {
    std::string_view text;
    std::size_t from_start = 0;

    /// A part of this piece. @pre begin <= end <= text.size()
    [[nodiscard]] constexpr text_piece part(std::size_t begin, std::size_t end) const noexcept {
        std::size_t const start = from_start > begin ? from_start - begin : 0;
        return {text.substr(begin, end - begin), start < end - begin ? start : end - begin};
    }
};

}  // namespace tessera::inline v0
