// Looking for bytes of a kind, 64 at a time.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tessera::inline v0 {
namespace detail {

inline constexpr std::uint64_t each_byte = 0x0101'0101'0101'0101ULL;
inline constexpr std::uint64_t top_bits = each_byte * 0x80;

/// In each byte's top bit: whether the byte is below `limit`. @pre no byte is above 0x7F, limit too
[[nodiscard]] constexpr std::uint64_t bytes_below(std::uint64_t bytes, unsigned limit) noexcept {
    return ~(bytes + each_byte * (0x80 - limit)) & top_bits;
}

/// space, \t \n \v \f \r
struct ascii_space {
    [[nodiscard]] static constexpr bool is(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }
    /// Answers in top bits, for eight bytes.
    [[nodiscard]] static constexpr std::uint64_t of(std::uint64_t bytes) noexcept {
        std::uint64_t const low = bytes & ~top_bits;
        std::uint64_t const blank = bytes_below(low ^ (each_byte * ' '), 1);
        return (blank | (bytes_below(low, '\r' + 1) & ~bytes_below(low, '\t'))) & ~bytes;
    }
};

/// Bit i: whether byte i of 64 is of this kind.
template <class Kind>
[[nodiscard]] inline std::uint64_t mask_of(char const* block) noexcept {
    std::uint64_t mask = 0;
    if constexpr (std::endian::native == std::endian::little) {
        for (unsigned i = 0; i < 8; ++i) {
            std::uint64_t bytes;
            std::memcpy(&bytes, block + std::size_t{8} * i, 8);
            // The eight top bits, side by side.
            mask |= (((Kind::of(bytes) >> 7) * 0x0102'0408'1020'4080ULL) >> 56) << (8 * i);
        }
    } else {
        for (unsigned i = 0; i < 64; ++i) mask |= std::uint64_t{Kind::is(block[i])} << i;
    }
    return mask;
}

/// Calls `f(at, mask)` for each 64 bytes from `at` on; bits behind the end are 0.
template <class Kind, class F>
inline void for_each_mask(std::string_view text, F&& f) {
    std::size_t at = 0;
    for (; text.size() - at >= 64; at += 64) f(at, mask_of<Kind>(text.data() + at));
    if (at == text.size()) return;
    std::array<char, 64> rest;
    rest.fill('x');  // of no kind above
    std::memcpy(rest.data(), text.data() + at, text.size() - at);
    f(at, mask_of<Kind>(rest.data()));
}

/// Bit i: whether byte i of 64 has this bit.
[[nodiscard]] inline std::uint64_t plane_of(std::array<std::uint8_t, 64> const& bytes, unsigned bit) noexcept {
    std::uint64_t mask = 0;
    if constexpr (std::endian::native == std::endian::little) {
        for (unsigned i = 0; i < 8; ++i) {
            std::uint64_t eight;
            std::memcpy(&eight, bytes.data() + std::size_t{8} * i, 8);
            mask |= ((((eight >> bit) & each_byte) * 0x0102'0408'1020'4080ULL) >> 56) << (8 * i);
        }
    } else {
        for (unsigned i = 0; i < 64; ++i) mask |= std::uint64_t{bytes[i] >> bit & 1U} << i;
    }
    return mask;
}

}  // namespace detail
}  // namespace tessera::inline v0
