// Floating-point numbers of 16 bits: bfloat16 (the upper half of a float) and float16 (IEEE 754 binary16). Widening is
// exact; narrowing rounds to nearest, ties to even. The loops have no branches, so that compilers vectorise them.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace tessera::inline v0 {

[[nodiscard]] constexpr float float_from_bfloat16(std::uint16_t bits) noexcept {
    return std::bit_cast<float>(std::uint32_t{bits} << 16);
}

/// A NaN stays one, quiet, with its sign; what is too large becomes infinite.
[[nodiscard]] constexpr std::uint16_t bfloat16_from_float(float value) noexcept {
    auto const bits = std::bit_cast<std::uint32_t>(value);
    bool const is_nan = (bits & 0x7FFF'FFFFU) > 0x7F80'0000U;
    std::uint32_t const rounded = (bits + 0x7FFFU + (bits >> 16 & 1U)) >> 16;
    return static_cast<std::uint16_t>(is_nan ? bits >> 16 | 0x40U : rounded);
}

/// A NaN stays one, with its payload.
[[nodiscard]] constexpr float float_from_float16(std::uint16_t half) noexcept {
    std::uint32_t const sign = (half & 0x8000U) << 16;
    std::uint32_t const magnitude = (half & 0x7FFFU) << 13;
    constexpr std::uint32_t rebias = 112U << 23;  // 127 - 15
    constexpr std::uint32_t below_normal = 113U << 23;
    // Where the exponent is 0, the bits after 2^-14 stand for what is to be added to it, and to be taken off again.
    float const subnormal = std::bit_cast<float>(below_normal | magnitude) - std::bit_cast<float>(below_normal);
    std::uint32_t const normal = magnitude + rebias;
    std::uint32_t const special = magnitude | 0x7F80'0000U;
    std::uint32_t bits = magnitude < (1U << 23) ? std::bit_cast<std::uint32_t>(subnormal) : normal;
    bits = magnitude >= (31U << 23) ? special : bits;
    return std::bit_cast<float>(sign | bits);
}

/// A NaN stays one, quiet, with its sign; what rounds to 65,536 or more becomes infinite.
[[nodiscard]] constexpr std::uint16_t float16_from_float(float value) noexcept {
    auto const bits = std::bit_cast<std::uint32_t>(value);
    std::uint32_t const sign = bits >> 16 & 0x8000U;
    std::uint32_t const magnitude = bits & 0x7FFF'FFFFU;
    // 0.5 is where a float has the precision of float16's subnormal numbers: adding it rounds.
    float const shifted = std::bit_cast<float>(magnitude < 0x3880'0000U ? magnitude : 0U) + 0.5F;
    std::uint32_t const subnormal = std::bit_cast<std::uint32_t>(shifted) - 0x3F00'0000U;
    std::uint32_t const normal = (magnitude - (112U << 23) + 0xFFFU + (magnitude >> 13 & 1U)) >> 13;
    std::uint32_t half = magnitude < 0x3880'0000U ? subnormal : normal;  // below 2^-14
    half = magnitude >= 0x477F'F000U ? 0x7C00U : half;                   // 65,520 and above
    half = magnitude > 0x7F80'0000U ? 0x7E00U | (magnitude >> 13 & 0x3FFU) : half;
    return static_cast<std::uint16_t>(sign | half);
}

namespace detail {

// The files are little-endian, and numbers are copied between them and memory as they are.
static_assert(std::endian::native == std::endian::little, "tensors are read and written on little-endian machines");

/// out[i] = convert(the i-th element of type `From` at `from`), wherever that lies.
template <class From, class To, class Convert>
void convert_elements(char const* from, std::span<To> out, Convert convert) noexcept {
    for (std::size_t i = 0; i < out.size(); ++i) {
        From element;
        std::memcpy(&element, from + i * sizeof(From), sizeof(From));
        out[i] = convert(element);
    }
}

/// The same, to elements of type `To` at `to`.
template <class To, class Convert>
void store_elements(std::span<float const> values, char* to, Convert convert) noexcept {
    for (std::size_t i = 0; i < values.size(); ++i) {
        To const element = convert(values[i]);
        std::memcpy(to + i * sizeof(To), &element, sizeof(To));
    }
}

}  // namespace detail

/// Widens the bfloat16 numbers in `bytes`, little-endian, aligned or not. @pre bytes.size() == 2 * out.size()
inline void floats_from_bfloat16(std::string_view bytes, std::span<float> out) noexcept {
    detail::convert_elements<std::uint16_t>(bytes.data(), out, float_from_bfloat16);
}
/// The same of float16. @pre bytes.size() == 2 * out.size()
inline void floats_from_float16(std::string_view bytes, std::span<float> out) noexcept {
    detail::convert_elements<std::uint16_t>(bytes.data(), out, float_from_float16);
}
/// Rounds to bfloat16, little-endian. @pre bytes.size() == 2 * values.size()
inline void bfloat16_from_floats(std::span<float const> values, std::span<char> bytes) noexcept {
    detail::store_elements<std::uint16_t>(values, bytes.data(), bfloat16_from_float);
}
/// The same to float16. @pre bytes.size() == 2 * values.size()
inline void float16_from_floats(std::span<float const> values, std::span<char> bytes) noexcept {
    detail::store_elements<std::uint16_t>(values, bytes.data(), float16_from_float);
}

}  // namespace tessera::inline v0
