// What the scanners share: classes at a position, runs of a class, contractions, and the three ways a pattern cuts a
// run of white space. Pointers instead of offsets, since these are the loops that all of encoding runs through.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <tessera/core/unicode_class.hpp>
#include <tessera/core/utf8.hpp>

namespace tessera::inline v0 {
namespace detail {

/// The class and the bytes of one code point.
struct class_unit {
    std::uint8_t flags;
    std::uint8_t length;

    [[nodiscard]] constexpr bool is(unsigned mask) const noexcept { return (flags & mask) != 0; }
};

/// Neither space, letter nor number is `other` to every pattern here; marks are other.
inline constexpr std::uint8_t not_other = unicode_class::space | unicode_class::letter | unicode_class::number;

/// @pre p < end
template <class Unicode>
[[nodiscard]] inline class_unit class_at(char const* p, char const* end) noexcept {
    std::uint8_t const flags = byte_classes<Unicode>[static_cast<unsigned char>(*p)];
    if (flags != not_ascii) return {flags, 1};
    auto const [code_point, length] = decode_non_ascii(p, static_cast<std::size_t>(end - p));
    return {Unicode::class_of(code_point), static_cast<std::uint8_t>(length)};
}

/// Past the run of code points that have one of the flags `Mask` (`Wanted`), or that have none of them (otherwise).
template <class Unicode, std::uint8_t Mask, bool Wanted = true>
[[nodiscard]] inline char const* skip(char const* p, char const* end) noexcept {
    while (p != end) {
        class_unit const unit = class_at<Unicode>(p, end);
        if (unit.is(Mask) != Wanted) break;
        p += unit.length;
    }
    return p;
}

/// In each byte's top bit: whether the byte is one of a-z, or with `AnyCase` of A-Z, a-z.
template <bool AnyCase>
[[nodiscard]] constexpr std::uint64_t ascii_letters_of(std::uint64_t bytes) noexcept {
    constexpr std::uint64_t each = 0x0101'0101'0101'0101ULL;
    std::uint64_t const folded = (AnyCase ? bytes | (each * 0x20) : bytes) & (each * 0x7F);
    std::uint64_t const from_a = folded + each * (0x80 - 'a');
    std::uint64_t const past_z = folded + each * (0x80 - 'z' - 1);
    return from_a & ~past_z & ~bytes & (each * 0x80);
}

/// As `skip<Unicode, Mask>`, for masks that hold a-z, and with `AnyCase` A-Z: eight bytes a step, as most words are
/// ASCII and no longer than that.
template <class Unicode, std::uint8_t Mask = unicode_class::letter, bool AnyCase = true>
[[nodiscard]] inline char const* skip_letters(char const* p, char const* end) noexcept {
    static_assert((Mask & (unicode_class::lower | unicode_class::word)) != 0);
    if constexpr (std::endian::native == std::endian::little) {
        while (end - p >= 8) {
            std::uint64_t bytes;
            std::memcpy(&bytes, p, 8);
            std::uint64_t const rest = ~ascii_letters_of<AnyCase>(bytes) & 0x8080'8080'8080'8080ULL;
            if (rest == 0) {
                p += 8;
                continue;
            }
            p += std::countr_zero(rest) >> 3;
            do {  // a character beyond ASCII seldom comes alone
                class_unit const unit = class_at<Unicode>(p, end);
                if (!unit.is(Mask)) return p;
                p += unit.length;
            } while (p != end && static_cast<unsigned char>(*p) >= 0x80);
        }
    }
    return skip<Unicode, Mask>(p, end);
}

/// Past at most `Max` code points of \p{N}.
template <class Unicode, unsigned Max>
[[nodiscard]] inline char const* skip_numbers(char const* p, char const* end) noexcept {
    for (unsigned n = 0; n < Max && p != end; ++n) {
        class_unit const unit = class_at<Unicode>(p, end);
        if (!unit.is(unicode_class::number)) break;
        p += unit.length;
    }
    return p;
}

[[nodiscard]] constexpr bool is_newline(char c) noexcept { return c == '\n' || c == '\r'; }

[[nodiscard]] inline char const* skip_newlines(char const* p, char const* end) noexcept {
    while (p != end && is_newline(*p)) ++p;
    return p;
}

/// A run of white space, and where patterns may cut it.
struct space_run {
    char const* end;            ///< past the run
    char const* last;           ///< its last code point
    char const* past_newlines;  ///< past its last \r or \n, or null
};

/// @pre white space at p. O(length of the run): a pattern cuts a run into at most three pretokens, so three times that.
template <class Unicode>
[[nodiscard]] inline space_run find_space_run(char const* p, char const* end) noexcept {
    space_run run{p, p, nullptr};
    while (run.end != end) {
        class_unit const unit = class_at<Unicode>(run.end, end);
        if (!unit.is(unicode_class::space)) break;
        run.last = run.end;
        run.end += unit.length;
        if (is_newline(*run.last)) run.past_newlines = run.end;
    }
    return run;
}

/// `\s+(?!\S)|\s+` on a run that starts at p: all of it at the end of the text, else all but the last code point.
[[nodiscard]] inline char const* cut_before_last(space_run const& run, char const* p, char const* end) noexcept {
    return run.end == end || run.last == p ? run.end : run.last;
}

/// Bytes of `'s|'t|'re|'ve|'m|'ll|'d` at p, or 0. With `FoldCase` as `(?i:)` of both engines has it: either case of
/// each letter, and U+017F for s; no other code point folds to these letters.
/// @pre *p == '\''
template <bool FoldCase>
[[nodiscard]] inline std::size_t contraction_length(char const* p, char const* end) noexcept {
    if (end - p < 2) return 0;
    auto const fold = [](char c) { return FoldCase ? static_cast<char>(c | 0x20) : c; };
    char const first = fold(p[1]);
    if (first == 's' || first == 't' || first == 'm' || first == 'd') return 2;
    if (end - p < 3) return 0;
    if (FoldCase && p[1] == '\xC5') return p[2] == '\xBF' ? 3 : 0;
    char const second = fold(p[2]);
    if (first == 'l') return second == 'l' ? 3 : 0;
    return (first == 'r' || first == 'v') && second == 'e' ? 3 : 0;
}

/// Calls `sink` with each pretoken, for scanners whose pretokens tile the text.
template <class Scanner, class Sink>
inline void for_each_tile(std::string_view text, Sink&& sink) {
    for (std::size_t begin = 0; begin < text.size();) {
        std::size_t const end = Scanner::next(text, begin);
        sink(std::string_view(text.data() + begin, end - begin));
        begin = end;
    }
}

}  // namespace detail
}  // namespace tessera::inline v0
