// The sets of characters that pretokenizers of Hugging Face's library split at, and the ways to look for their members.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <tessera/core/text_piece.hpp>
#include <tessera/core/unicode_class.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/pretokenize/detail/unicode_tables_punctuation.hpp>
#include <tessera/pretokenize/split_behavior.hpp>

namespace tessera::inline v0 {
namespace detail {

/// Rust's char::is_whitespace: White_Space, the same in all versions of Unicode since 6.3.
struct white_space_set {
    [[nodiscard]] static constexpr bool contains(char32_t c) noexcept {
        return (unicode_rust::class_of(c) & unicode_class::space) != 0;
    }
};

/// Rust's char::is_numeric: \p{N}, of Unicode 17.0 where tokenizers 0.23.3 is built, which has two blocks more than
/// the patterns' Unicode.
struct numeric_set {
    [[nodiscard]] static constexpr bool contains(char32_t c) noexcept {
        return (unicode_rust::class_of(c) & unicode_class::number) != 0 || (c >= 0x11DE0 && c <= 0x11DE9) ||
               (c >= 0x16FF4 && c <= 0x16FF6);
    }
};

/// char::is_ascii_punctuation, which has the symbols too, and beyond ASCII \p{P} of the crate unicode_categories 0.1,
/// whose Unicode is an old one.
struct punctuation_set {
    [[nodiscard]] static constexpr bool contains(char32_t c) noexcept {
        using namespace punctuation_tables;
        if (c < 0x80)
            return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
        std::size_t const index = c >> block_shift;
        return index < n_indexed && ((blocks[block_of[index]] >> (c & 63)) & 1) != 0;
    }
};

/// Whether a character is in the set, and its bytes; an ill-formed byte is in none.
struct member_unit {
    bool is_member;
    std::uint8_t length;
};

template <class Set>
inline constexpr std::array<bool, 128> ascii_members = [] {
    std::array<bool, 128> table{};
    for (unsigned c = 0; c < 128; ++c) table[c] = Set::contains(c);
    return table;
}();

/// @pre p < end
template <class Set>
[[nodiscard]] inline member_unit member_at(char const* p, char const* end) noexcept {
    std::uint32_t const first = byte_at(p);
    if (first < 0x80) return {ascii_members<Set>[first], 1};
    auto const [code_point, length] = decode_non_ascii(p, static_cast<std::size_t>(end - p));
    return {Set::contains(code_point), static_cast<std::uint8_t>(length)};
}

/// Splits with each member of the set as a match.
template <class Set, class Sink>
inline void split_at_members(text_piece whole, split_behavior behavior, Sink& sink) {
    split_pieces pieces(whole, behavior, false, sink);
    char const* const data = whole.text.data();
    char const* const end = data + whole.text.size();
    for (char const* p = data; p != end;) {
        member_unit const unit = member_at<Set>(p, end);
        if (unit.is_member) {
            auto const begin = static_cast<std::size_t>(p - data);
            pieces.match(begin, begin + unit.length);
        }
        p += unit.length;
    }
    pieces.finish();
}

static_assert(!white_space_set::contains(replacement_character) && !numeric_set::contains(replacement_character) &&
              !punctuation_set::contains(replacement_character));  // what an ill-formed byte decodes as

}  // namespace detail
}  // namespace tessera::inline v0
