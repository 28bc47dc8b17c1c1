// Blocks of quantised numbers in GGUF files: what they stand for, and Q8_0 from numbers. The formats are ggml's
// (ggml/src/ggml-common.h, ggml-quants.c), and so is every bit of the results: a scale times a small whole number is
// exact in a float, so it does not matter in which order a compiler multiplies, nor whether it fuses the addition.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include <tessera/core/half.hpp>
#include <tessera/io/tensor_type.hpp>

namespace tessera::inline v0 {

namespace detail {

/// The bytes of a block, read as what ggml calls `uint8_t`, `int8_t` and `ggml_half`.
class block_bytes {
public:
    explicit block_bytes(char const* at) noexcept : at_(at) {}
    [[nodiscard]] unsigned operator[](std::size_t i) const noexcept { return static_cast<unsigned char>(at_[i]); }
    [[nodiscard]] int signed_at(std::size_t i) const noexcept { return static_cast<signed char>(at_[i]); }
    [[nodiscard]] float half(std::size_t i) const noexcept {
        std::uint16_t bits = 0;
        std::memcpy(&bits, at_ + i, 2);
        return float_from_float16(bits);
    }

private:
    char const* at_;
};

/// Q4_0, Q4_1, Q5_0, Q5_1: 32 values of 4 bits, of which the first 16 are in the lower halves of the bytes; a fifth bit
/// of each in 4 bytes before them.
/// @tparam HasFifth    Q5
/// @tparam HasMinimum  _1: an offset of its own; else the middle of the range stands for 0
template <bool HasFifth, bool HasMinimum>
void widen_q4_q5(block_bytes block, float* to) noexcept {
    float const scale = block.half(0);
    float const minimum = HasMinimum ? block.half(2) : 0.0F;
    constexpr std::size_t fifth_at = HasMinimum ? 4 : 2;
    constexpr std::size_t values_at = fifth_at + (HasFifth ? 4 : 0);
    constexpr int middle = HasMinimum ? 0 : HasFifth ? 16 : 8;
    auto const fifth = [&](std::size_t i) { return HasFifth ? (block[fifth_at + i / 8] >> i % 8 & 1U) << 4 : 0U; };
    for (std::size_t i = 0; i < 16; ++i) {
        unsigned const byte = block[values_at + i];
        int const low = static_cast<int>((byte & 15U) | fifth(i)) - middle;
        int const high = static_cast<int>((byte >> 4) | fifth(i + 16)) - middle;
        to[i] = static_cast<float>(low) * scale;
        to[i + 16] = static_cast<float>(high) * scale;
        if constexpr (HasMinimum) {
            to[i] += minimum;
            to[i + 16] += minimum;
        }
    }
}

inline void widen_q8_0(block_bytes block, float* to) noexcept {
    float const scale = block.half(0);
    for (std::size_t i = 0; i < 32; ++i) to[i] = static_cast<float>(block.signed_at(2 + i)) * scale;
}

/// Q2_K: 16 scales and minima of 4 bits each, values of 2 bits.
inline void widen_q2_k(block_bytes block, float* to) noexcept {
    float const scale = block.half(80);
    float const minimum = block.half(82);
    for (std::size_t i = 0; i < 256; ++i) {  // of each 128 values, four share a byte of 32
        unsigned const scales = block[i / 16];
        unsigned const value = block[16 + i / 128 * 32 + i % 32] >> i % 128 / 32 * 2 & 3U;
        to[i] = scale * static_cast<float>(scales & 15U) * static_cast<float>(value) -
                minimum * static_cast<float>(scales >> 4);
    }
}

/// Q3_K: 16 scales of 6 bits, of which the lower 4 are in the first 8 bytes and the upper 2 in the last 4; values of 2
/// bits, and a third in a mask of 32 bytes, without which 4 is taken off.
inline void widen_q3_k(block_bytes block, float* to) noexcept {
    constexpr std::size_t values_at = 32;
    constexpr std::size_t scales_at = 96;
    float const scale = block.half(108);
    for (std::size_t i = 0; i < 256; ++i) {
        std::size_t const s = i / 16;
        unsigned const low = block[scales_at + s % 8] >> s / 8 * 4 & 15U;
        unsigned const high = block[scales_at + 8 + s % 4] >> s / 4 * 2 & 3U;
        int const own = static_cast<int>(low | high << 4) - 32;
        unsigned const value = block[values_at + i / 128 * 32 + i % 32] >> i % 128 / 32 * 2 & 3U;
        bool const third = (block[i % 32] >> i / 32 & 1U) != 0;
        to[i] = scale * static_cast<float>(own) * static_cast<float>(static_cast<int>(value) - (third ? 0 : 4));
    }
}

/// The scale and the minimum of each 32 values of Q4_K and Q5_K: 6 bits each, 12 bytes for all eight.
inline std::array<unsigned, 2> scale_and_minimum(block_bytes block, std::size_t at, std::size_t i) noexcept {
    if (i < 4) return {block[at + i] & 63U, block[at + i + 4] & 63U};
    return {(block[at + i + 4] & 15U) | block[at + i - 4] >> 6 << 4, block[at + i + 4] >> 4 | block[at + i] >> 6 << 4};
}

/// Q4_K and Q5_K: of each 64 values, the first 32 are in the lower halves of 32 bytes; fifth bits in 32 bytes before.
template <bool HasFifth>
void widen_q4_k_q5_k(block_bytes block, float* to) noexcept {
    float const scale = block.half(0);
    float const minimum = block.half(2);
    constexpr std::size_t fifth_at = 16;
    constexpr std::size_t values_at = HasFifth ? 48 : 16;
    for (std::size_t part = 0; part < 8; ++part) {
        auto const [own, own_minimum] = scale_and_minimum(block, 4, part);
        float const factor = scale * static_cast<float>(own);
        float const offset = minimum * static_cast<float>(own_minimum);
        for (std::size_t i = 0; i < 32; ++i) {
            unsigned value = block[values_at + part / 2 * 32 + i] >> part % 2 * 4 & 15U;
            if constexpr (HasFifth) value |= (block[fifth_at + i] >> part & 1U) << 4;
            to[32 * part + i] = factor * static_cast<float>(value) - offset;
        }
    }
}

/// Q6_K: of each 128 values, 4 bits in 64 bytes and 2 in 32; a signed scale for each 16.
inline void widen_q6_k(block_bytes block, float* to) noexcept {
    constexpr std::size_t upper_at = 128;
    constexpr std::size_t scales_at = 192;
    float const scale = block.half(208);
    for (std::size_t half = 0; half < 2; ++half) {
        for (std::size_t quarter = 0; quarter < 4; ++quarter) {
            for (std::size_t i = 0; i < 32; ++i) {
                unsigned const low = block[64 * half + quarter % 2 * 32 + i] >> quarter / 2 * 4 & 15U;
                unsigned const high = block[upper_at + 32 * half + i] >> 2 * quarter & 3U;
                int const own = block.signed_at(scales_at + 8 * half + 2 * quarter + i / 16);
                to[128 * half + 32 * quarter + i] =
                    scale * static_cast<float>(own) * static_cast<float>(static_cast<int>(low | high << 4) - 32);
            }
        }
    }
}

using block_reader = void (*)(block_bytes, float*);

/// Null where there is none.
[[nodiscard]] constexpr block_reader block_reader_of(tensor_type type) noexcept {
    switch (type) {
        case tensor_type::q4_0:
            return widen_q4_q5<false, false>;
        case tensor_type::q4_1:
            return widen_q4_q5<false, true>;
        case tensor_type::q5_0:
            return widen_q4_q5<true, false>;
        case tensor_type::q5_1:
            return widen_q4_q5<true, true>;
        case tensor_type::q8_0:
            return widen_q8_0;
        case tensor_type::q2_k:
            return widen_q2_k;
        case tensor_type::q3_k:
            return widen_q3_k;
        case tensor_type::q4_k:
            return widen_q4_k_q5_k<false>;
        case tensor_type::q5_k:
            return widen_q4_k_q5_k<true>;
        case tensor_type::q6_k:
            return widen_q6_k;
        default:
            return nullptr;
    }
}

}  // namespace detail

/// True for the quantised types that `floats_from_blocks` reads: Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K .. Q6_K.
[[nodiscard]] constexpr bool can_dequantize(tensor_type type) noexcept {
    return detail::block_reader_of(type) != nullptr;
}

/// What the blocks stand for, as ggml's reference has it, to the bit.
/// @pre can_dequantize(type); out.size() is a multiple of values_in_block(type), and `bytes` holds as many blocks
inline void floats_from_blocks(tensor_type type, std::string_view bytes, std::span<float> out) noexcept {
    detail::block_reader const read = detail::block_reader_of(type);
    std::size_t const n_values = values_in_block(type);
    std::size_t const n_bytes = static_cast<std::size_t>(*bytes_of(type, n_values));
    for (std::size_t i = 0; i < out.size() / n_values; ++i) {
        read(detail::block_bytes(bytes.data() + i * n_bytes), out.data() + i * n_values);
    }
}

/// Rounds to Q8_0 as ggml's reference (quantize_row_q8_0_ref) does, to the bit: of each 32 values, the scale is the
/// largest magnitude / 127 as float16, and a value is rounded half away from zero, by the scale before it was rounded.
/// @pre values are finite and below 127 * 65,520; values.size() is a multiple of 32; bytes.size() == values.size() / 32
/// * 34
inline void q8_0_from_floats(std::span<float const> values, std::span<char> bytes) noexcept {
    char* to = bytes.data();
    for (; values.size() >= 32; values = values.subspan(32), to += 34) {
        float largest = 0;
        for (std::size_t i = 0; i < 32; ++i) largest = std::fabs(values[i]) > largest ? std::fabs(values[i]) : largest;
        float const scale = largest / 127.0F;
        float const inverse = scale != 0 ? 1.0F / scale : 0.0F;
        std::uint16_t const half = float16_from_float(scale);
        std::memcpy(to, &half, 2);
        for (std::size_t i = 0; i < 32; ++i) {
            // roundf, but without a call: the difference from the truncated number is exact.
            float const exact = values[i] * inverse;
            int const whole = static_cast<int>(exact);
            float const rest = exact - static_cast<float>(whole);
            to[2 + i] = static_cast<char>(whole + (rest >= 0.5F ? 1 : 0) - (rest <= -0.5F ? 1 : 0));
        }
    }
}

}  // namespace tessera::inline v0
