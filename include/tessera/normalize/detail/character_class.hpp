// Single characters as Hugging Face's normalizers see them. tokenizers 0.23.3 takes its Unicode from three places:
// Rust's standard library (17.0: lowercase, white space), unicode-normalization-alignments (9.0: marks, decompositions)
// and unicode_categories (older still: controls, nonspacing marks). The tables are what the engine itself answers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include <tessera/normalize/detail/unicode_tables_character.hpp>

namespace tessera::inline v0 {
namespace detail {

// Flags of a character.
struct character_class {
    static constexpr std::uint8_t control = 1;          // BertNormalizer's clean_text removes it
    static constexpr std::uint8_t space = 2;            // White_Space
    static constexpr std::uint8_t nonspacing_mark = 4;  // BertNormalizer's strip_accents removes it, after NFD
    static constexpr std::uint8_t mark = 8;             // StripAccents removes it
    static constexpr std::uint8_t upper = 16;           // has a lowercase
    static constexpr std::uint8_t chinese = 32;         // BertNormalizer puts spaces around it
    static constexpr std::uint8_t nfd_active = 64;      // decomposes, or has a combining class other than 0
    static constexpr std::uint8_t combining = 128;      // is, or decomposes into, what has one
};

/// O(1), two loads. 0 beyond U+10FFFF.
[[nodiscard]] constexpr std::uint8_t character_class_of(char32_t code_point) noexcept {
    if (code_point > 0x10FFFF) return 0;
    std::size_t const block = character_block_of[code_point >> character_block_shift];
    return character_classes[block << character_block_shift | (code_point & ((1U << character_block_shift) - 1))];
}

/// The first character of the lowercase; only U+0130 has a second one, U+0307. O(log(number of ranges)).
[[nodiscard]] constexpr char32_t first_of_lowercase(char32_t code_point) noexcept {
    auto const* const range = std::lower_bound(std::begin(lowercase_ranges), std::end(lowercase_ranges), code_point,
                                               [](lowercase_range const& r, char32_t c) { return r.last < c; });
    if (range == std::end(lowercase_ranges) || code_point < range->first) return code_point;
    if ((code_point - range->first) % range->step != 0) return code_point;
    return static_cast<char32_t>(static_cast<std::int64_t>(code_point) + range->difference);
}

inline constexpr char32_t capital_i_with_dot = 0x130;
inline constexpr char32_t dot_above = 0x307;

static_assert(first_of_lowercase(U'Q') == U'q' && first_of_lowercase(0x3A3) == 0x3C3 &&
              first_of_lowercase(0x130) == U'i');
static_assert(first_of_lowercase(0x1C4) == 0x1C6 && first_of_lowercase(0x1C6) == 0x1C6 && first_of_lowercase(0) == 0);

}  // namespace detail
}  // namespace tessera::inline v0
