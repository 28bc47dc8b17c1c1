// <0x00> .. <0xFF>, the spelling of byte tokens.
#pragma once

#include <optional>
#include <string_view>

namespace tessera::inline v0::detail {

/// The byte that `piece` spells, as SentencePiece writes it: six characters, two upper-case hexadecimal digits.
/// Anything else, <0x-1> for one, is no byte.
[[nodiscard]] constexpr std::optional<unsigned char> byte_of_piece(std::string_view piece) noexcept {
    if (piece.size() != 6 || !piece.starts_with("<0x") || piece[5] != '>') return std::nullopt;
    unsigned value = 0;
    for (char const c : piece.substr(3, 2)) {
        unsigned digit = 0;
        if (c >= '0' && c <= '9') {
            digit = static_cast<unsigned>(c - '0');
        } else if (c >= 'A' && c <= 'F') {
            digit = static_cast<unsigned>(c - 'A') + 10;
        } else {
            return std::nullopt;
        }
        value = value << 4 | digit;
    }
    return static_cast<unsigned char>(value);
}
static_assert(byte_of_piece("<0x0A>") == 10 && byte_of_piece("<0xFF>") == 255);
static_assert(!byte_of_piece("<0x-1>") && !byte_of_piece("<0x0a>") && !byte_of_piece("<0x100>"));

}  // namespace tessera::inline v0::detail
