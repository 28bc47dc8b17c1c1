// The element types of tensors in safetensors and GGUF files: names, numbers, sizes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tessera::inline v0 {

/// The first 22 are safetensors' (BOOL .. U64), in the order in which its own writer sorts; quantised types are GGUF's.
/// Types that both have, such as `bf16`, are here once.
enum class tensor_type : std::uint8_t {
    boolean,
    f4,
    f6_e2m3,
    f6_e3m2,
    u8,
    i8,
    f8_e5m2,
    f8_e4m3,
    f8_e8m0,
    f8_e4m3fnuz,
    f8_e5m2fnuz,
    i16,
    u16,
    f16,
    bf16,
    i32,
    u32,
    f32,
    c64,
    f64,
    i64,
    u64,
    q4_0,
    q4_1,
    q5_0,
    q5_1,
    q8_0,
    q2_k,
    q3_k,
    q4_k,
    q5_k,
    q6_k,
    q8_k,
    iq2_xxs,
    iq2_xs,
    iq3_xxs,
    iq1_s,
    iq4_nl,
    iq3_s,
    iq2_s,
    iq4_xs,
    iq1_m,
    tq1_0,
    tq2_0,
    mxfp4,
    nvfp4,
};

namespace detail {

struct tensor_type_row {
    tensor_type type;
    std::string_view name;       // as safetensors spells it, else GGUF
    std::int8_t ggml_number;     // of enum ggml_type; -1: GGUF has no such type
    std::uint16_t block_values;  // values that are stored together
    std::uint16_t block_bits;    // and how large they are then
};

inline constexpr std::size_t n_safetensors_types = 22;

// Sources: safetensors' Dtype::bitsize; ggml's type_traits (ggml/src/ggml.c) and block_ structures.
inline constexpr std::array<tensor_type_row, 46> tensor_type_table = {{
    {tensor_type::boolean, "BOOL", -1, 1, 8},
    {tensor_type::f4, "F4", -1, 1, 4},
    {tensor_type::f6_e2m3, "F6_E2M3", -1, 1, 6},
    {tensor_type::f6_e3m2, "F6_E3M2", -1, 1, 6},
    {tensor_type::u8, "U8", -1, 1, 8},
    {tensor_type::i8, "I8", 24, 1, 8},
    {tensor_type::f8_e5m2, "F8_E5M2", -1, 1, 8},
    {tensor_type::f8_e4m3, "F8_E4M3", -1, 1, 8},
    {tensor_type::f8_e8m0, "F8_E8M0", -1, 1, 8},
    {tensor_type::f8_e4m3fnuz, "F8_E4M3FNUZ", -1, 1, 8},
    {tensor_type::f8_e5m2fnuz, "F8_E5M2FNUZ", -1, 1, 8},
    {tensor_type::i16, "I16", 25, 1, 16},
    {tensor_type::u16, "U16", -1, 1, 16},
    {tensor_type::f16, "F16", 1, 1, 16},
    {tensor_type::bf16, "BF16", 30, 1, 16},
    {tensor_type::i32, "I32", 26, 1, 32},
    {tensor_type::u32, "U32", -1, 1, 32},
    {tensor_type::f32, "F32", 0, 1, 32},
    {tensor_type::c64, "C64", -1, 1, 64},
    {tensor_type::f64, "F64", 28, 1, 64},
    {tensor_type::i64, "I64", 27, 1, 64},
    {tensor_type::u64, "U64", -1, 1, 64},
    {tensor_type::q4_0, "Q4_0", 2, 32, 18 * 8},
    {tensor_type::q4_1, "Q4_1", 3, 32, 20 * 8},
    {tensor_type::q5_0, "Q5_0", 6, 32, 22 * 8},
    {tensor_type::q5_1, "Q5_1", 7, 32, 24 * 8},
    {tensor_type::q8_0, "Q8_0", 8, 32, 34 * 8},
    {tensor_type::q2_k, "Q2_K", 10, 256, 84 * 8},
    {tensor_type::q3_k, "Q3_K", 11, 256, 110 * 8},
    {tensor_type::q4_k, "Q4_K", 12, 256, 144 * 8},
    {tensor_type::q5_k, "Q5_K", 13, 256, 176 * 8},
    {tensor_type::q6_k, "Q6_K", 14, 256, 210 * 8},
    {tensor_type::q8_k, "Q8_K", 15, 256, 292 * 8},
    {tensor_type::iq2_xxs, "IQ2_XXS", 16, 256, 66 * 8},
    {tensor_type::iq2_xs, "IQ2_XS", 17, 256, 74 * 8},
    {tensor_type::iq3_xxs, "IQ3_XXS", 18, 256, 98 * 8},
    {tensor_type::iq1_s, "IQ1_S", 19, 256, 50 * 8},
    {tensor_type::iq4_nl, "IQ4_NL", 20, 32, 18 * 8},
    {tensor_type::iq3_s, "IQ3_S", 21, 256, 110 * 8},
    {tensor_type::iq2_s, "IQ2_S", 22, 256, 82 * 8},
    {tensor_type::iq4_xs, "IQ4_XS", 23, 256, 136 * 8},
    {tensor_type::iq1_m, "IQ1_M", 29, 256, 56 * 8},
    {tensor_type::tq1_0, "TQ1_0", 34, 256, 54 * 8},
    {tensor_type::tq2_0, "TQ2_0", 35, 256, 66 * 8},
    {tensor_type::mxfp4, "MXFP4", 39, 32, 17 * 8},
    {tensor_type::nvfp4, "NVFP4", 40, 64, 36 * 8},
}};

[[nodiscard]] constexpr tensor_type_row const& row_of(tensor_type type) noexcept {
    return tensor_type_table[static_cast<std::size_t>(type)];
}

// a * b, unless 64 bits do not hold it.
[[nodiscard]] constexpr std::optional<std::uint64_t> product(std::uint64_t a, std::uint64_t b) noexcept {
    if (b != 0 && a > ~std::uint64_t{0} / b) return std::nullopt;
    return a * b;
}

}  // namespace detail

/// "BF16", "Q4_K": as the file formats spell it.
[[nodiscard]] constexpr std::string_view name_of(tensor_type type) noexcept { return detail::row_of(type).name; }

/// Values that are stored as one block: 1, or 32 to 256 where the type is quantised.
[[nodiscard]] constexpr std::uint32_t values_in_block(tensor_type type) noexcept {
    return detail::row_of(type).block_values;
}

/// True if safetensors has it.
[[nodiscard]] constexpr bool is_safetensors_type(tensor_type type) noexcept {
    return static_cast<std::size_t>(type) < detail::n_safetensors_types;
}

/// The type that safetensors calls so.
[[nodiscard]] constexpr std::optional<tensor_type> safetensors_type(std::string_view name) noexcept {
    for (std::size_t i = 0; i < detail::n_safetensors_types; ++i) {
        if (detail::tensor_type_table[i].name == name) return detail::tensor_type_table[i].type;
    }
    return std::nullopt;
}

/// The type of that number in GGUF files (enum ggml_type).
[[nodiscard]] constexpr std::optional<tensor_type> ggml_type(std::uint64_t number) noexcept {
    for (auto const& row : detail::tensor_type_table) {
        if (row.ggml_number >= 0 && static_cast<std::uint64_t>(row.ggml_number) == number) return row.type;
    }
    return std::nullopt;
}

/// The other way; none where GGUF has no such type.
[[nodiscard]] constexpr std::optional<std::uint32_t> ggml_number(tensor_type type) noexcept {
    auto const number = detail::row_of(type).ggml_number;
    if (number < 0) return std::nullopt;
    return static_cast<std::uint32_t>(number);
}

/// Values of a tensor: the product of its dimensions, from the left. None if 64 bits do not hold it.
[[nodiscard]] constexpr std::optional<std::uint64_t> n_values(std::span<std::uint64_t const> shape) noexcept {
    std::optional<std::uint64_t> n = 1;
    for (std::uint64_t const size : shape) {
        n = detail::product(*n, size);
        if (!n) break;
    }
    return n;
}

/// Bytes that `n` values take. None if 64 bits do not hold the number of bits, or if the values do not fill whole
/// blocks and bytes.
[[nodiscard]] constexpr std::optional<std::uint64_t> bytes_of(tensor_type type, std::uint64_t n) noexcept {
    auto const& row = detail::row_of(type);
    if (n % row.block_values != 0) return std::nullopt;
    auto const bits = detail::product(n / row.block_values, row.block_bits);
    if (!bits || *bits % 8 != 0) return std::nullopt;
    return *bits / 8;
}

static_assert(
    [] {
        for (std::size_t i = 0; i < detail::tensor_type_table.size(); ++i) {
            if (static_cast<std::size_t>(detail::tensor_type_table[i].type) != i) return false;
        }
        return true;
    }(),
    "the table is in the order of the enumeration");

}  // namespace tessera::inline v0
