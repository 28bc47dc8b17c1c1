// Well-formed UTF-8, byte by byte.
#pragma once

#include <cstdint>

#include <tessera/bytes/byte_constraint.hpp>

namespace tessera::inline v0 {
namespace detail {

/// Where in a character of UTF-8 the next byte lies (Unicode 16.0, table 3-7).
enum class utf8_place : std::uint8_t {
    boundary,
    one_left,  // continuation bytes, 80..BF
    two_left,
    three_left,
    after_e0,  // A0..BF, so that the form is not overlong; one more comes then
    after_ed,  // 80..9F, so that it is no surrogate
    after_f0,  // 90..BF; two more come then
    after_f4   // 80..8F, so that it is not beyond U+10FFFF
};

/// False if no well-formed text goes on so; `at` is then as it was.
[[nodiscard]] constexpr bool utf8_step(utf8_place& at, unsigned char byte) noexcept {
    using enum utf8_place;
    auto const go = [&](bool allowed, utf8_place to) {
        if (allowed) at = to;
        return allowed;
    };
    switch (at) {
        case boundary:
            if (byte < 0x80) return true;
            if (byte < 0xE0) return go(byte >= 0xC2, one_left);
            if (byte < 0xF0) return go(true, byte == 0xE0 ? after_e0 : byte == 0xED ? after_ed : two_left);
            return go(byte <= 0xF4, byte == 0xF0 ? after_f0 : byte == 0xF4 ? after_f4 : three_left);
        case one_left:
            return go(byte >= 0x80 && byte < 0xC0, boundary);
        case two_left:
            return go(byte >= 0x80 && byte < 0xC0, one_left);
        case three_left:
            return go(byte >= 0x80 && byte < 0xC0, two_left);
        case after_e0:
            return go(byte >= 0xA0 && byte < 0xC0, one_left);
        case after_ed:
            return go(byte >= 0x80 && byte < 0xA0, one_left);
        case after_f0:
            return go(byte >= 0x90 && byte < 0xC0, two_left);
        default:
            return go(byte >= 0x80 && byte < 0x90, two_left);
    }
}

}  // namespace detail

/// Well-formed UTF-8; what was read is in the language at the end of each character. The empty text is.
struct utf8_constraint {
    struct state {
        detail::utf8_place place = detail::utf8_place::boundary;
        friend bool operator==(state, state) = default;
    };

    [[nodiscard]] static constexpr state start() noexcept { return {}; }
    [[nodiscard]] static constexpr bool step(state& s, unsigned char byte) noexcept {
        return detail::utf8_step(s.place, byte);
    }
    [[nodiscard]] static constexpr bool accepts(state s) noexcept { return s.place == detail::utf8_place::boundary; }
};
static_assert(ByteConstraint<utf8_constraint>);

}  // namespace tessera::inline v0
