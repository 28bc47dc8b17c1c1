// Where Metaspace puts a replacement character: an option that its pretokenizer and its decoder share.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace tessera::inline v0 {

/// Which pieces get a replacement character in front, if they do not begin with one.
enum class prepend_scheme : std::uint8_t {
    first,   ///< the piece at the start of the input
    never,   ///< none
    always,  ///< each
};

[[nodiscard]] constexpr std::array<std::pair<std::string_view, prepend_scheme>, 3> names_of(prepend_scheme) noexcept {
    return {{{"first", prepend_scheme::first}, {"never", prepend_scheme::never}, {"always", prepend_scheme::always}}};
}

}  // namespace tessera::inline v0
