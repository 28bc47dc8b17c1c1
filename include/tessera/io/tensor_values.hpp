// The values of a tensor as floats, from any type that has such, and back to the types that are written.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <tessera/core/half.hpp>
#include <tessera/io/quantized_blocks.hpp>
#include <tessera/io/tensor_type.hpp>

namespace tessera::inline v0 {

/// True for the types that `floats_from` reads: F16, BF16, F32, F64, and those of can_dequantize.
[[nodiscard]] constexpr bool has_floats(tensor_type type) noexcept {
    return type == tensor_type::f16 || type == tensor_type::bf16 || type == tensor_type::f32 ||
           type == tensor_type::f64 || can_dequantize(type);
}

/// Exact, but for F64, which is rounded.
/// @pre has_floats(type); out.size() is a multiple of values_in_block(type), and `bytes` holds as many values
inline void floats_from(tensor_type type, std::string_view bytes, std::span<float> out) noexcept {
    switch (type) {
        case tensor_type::f16:
            return floats_from_float16(bytes, out);
        case tensor_type::bf16:
            return floats_from_bfloat16(bytes, out);
        case tensor_type::f32:
            if (!out.empty()) std::memcpy(out.data(), bytes.data(), 4 * out.size());
            return;
        case tensor_type::f64:
            return detail::convert_elements<double>(bytes.data(), out,
                                                    [](double value) { return static_cast<float>(value); });
        default:
            return floats_from_blocks(type, bytes, out);
    }
}

/// True for the types that `append_floats` writes: F16, BF16, F32, F64, Q8_0.
[[nodiscard]] constexpr bool is_written(tensor_type type) noexcept {
    return type == tensor_type::f16 || type == tensor_type::bf16 || type == tensor_type::f32 ||
           type == tensor_type::f64 || type == tensor_type::q8_0;
}

/// Rounds the values to a type, once, and appends their bytes.
/// @pre is_written(type); values.size() is a multiple of values_in_block(type)
inline void append_floats(tensor_type type, std::span<float const> values, std::string& bytes) {
    std::size_t const begin = bytes.size();
    bytes.resize(begin + static_cast<std::size_t>(*bytes_of(type, values.size())));
    std::span<char> const to(bytes.data() + begin, bytes.size() - begin);
    switch (type) {
        case tensor_type::f16:
            return float16_from_floats(values, to);
        case tensor_type::bf16:
            return bfloat16_from_floats(values, to);
        case tensor_type::f64:
            return detail::store_elements<double>(values, to.data(), [](float value) { return double{value}; });
        case tensor_type::q8_0:
            return q8_0_from_floats(values, to);
        default:
            if (!values.empty()) std::memcpy(to.data(), values.data(), 4 * values.size());
    }
}

/// The first value that is infinite or no number.
[[nodiscard]] inline std::optional<std::size_t> find_not_finite(std::span<float const> values) noexcept {
    auto const is_wrong = [](float value) {
        return (std::bit_cast<std::uint32_t>(value) & 0x7F80'0000U) == 0x7F80'0000U;
    };
    std::uint32_t n_wrong = 0;
    for (float const value : values) n_wrong |= is_wrong(value) ? 1U : 0U;
    for (std::size_t i = 0; n_wrong != 0 && i < values.size(); ++i) {
        if (is_wrong(values[i])) return i;
    }
    return std::nullopt;
}

}  // namespace tessera::inline v0
