// The classes of characters that pretokenizers' patterns name, one byte of flags a code point. A scanner takes the
// Unicode version as a template parameter; a peer that moves to a new one is then one new table and one alias.
// Tables: unicode_tables_16_0.hpp, made by tools/make_unicode_tables.py.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <tessera/core/unicode_tables_16_0.hpp>

namespace tessera::inline v0 {

/// Flags of a class byte. A byte without flags is `other`: controls, punctuation, symbols, unassigned, ill-formed.
struct unicode_class {
    static constexpr std::uint8_t upper = 1;         ///< \p{Lu} and \p{Lt}
    static constexpr std::uint8_t lower = 2;         ///< \p{Ll}
    static constexpr std::uint8_t other_letter = 4;  ///< \p{Lm} and \p{Lo}
    static constexpr std::uint8_t mark = 8;          ///< \p{M}
    static constexpr std::uint8_t number = 16;       ///< \p{N}
    static constexpr std::uint8_t space = 32;        ///< \s, which is White_Space
    static constexpr std::uint8_t word = 64;         ///< \w of UTS #18 (Rust `regex`); see below for Oniguruma's

    static constexpr std::uint8_t letter = upper | lower | other_letter;  ///< \p{L}
};

/// Unicode 16.0 (2024). tiktoken 0.14.0 and tokenizers 0.23.3 both have it, in both of its engines, and agree on every
/// code point of every class here but `word`: Oniguruma's \w lacks U+200C, U+200D and has U+00B2, B3, B9, BC, BD, BE.
struct unicode_16_0 {
    static constexpr std::string_view version = "16.0.0";

    /// O(1), two loads. 0 beyond U+10FFFF.
    [[nodiscard]] static constexpr std::uint8_t class_of(char32_t code_point) noexcept {
        using namespace detail::unicode_16_0_tables;
        std::size_t const index = code_point >> block_shift;
        if (index >= n_indexed) return 0;
        std::size_t const in_block = code_point & ((1U << block_shift) - 1);
        return classes[(static_cast<std::size_t>(block_of[index]) << block_shift) | in_block];
    }
};

using unicode_rust = unicode_16_0;       ///< of the crates `regex` and `fancy-regex`: tiktoken, and Whitespace in HF
using unicode_oniguruma = unicode_16_0;  ///< of Oniguruma: Split and ByteLevel in Hugging Face's tokenizers

namespace detail {

inline constexpr std::uint8_t not_ascii = 0x80;  // the flag of bytes that need decoding

// Class by first byte: complete for ASCII, not_ascii for the rest.
template <class Unicode>
inline constexpr std::array<std::uint8_t, 256> byte_classes = [] {
    std::array<std::uint8_t, 256> table{};
    for (unsigned b = 0; b < 256; ++b) {
        table[b] = b < 0x80 ? Unicode::class_of(static_cast<char32_t>(b)) : not_ascii;
    }
    return table;
}();

}  // namespace detail

static_assert(unicode_16_0::class_of(U'a') == (unicode_class::lower | unicode_class::word));
static_assert(unicode_16_0::class_of(0x1C5) == (unicode_class::upper | unicode_class::word));
static_assert(unicode_16_0::class_of(0x3000) == unicode_class::space && unicode_16_0::class_of(0x110000) == 0);

}  // namespace tessera::inline v0
