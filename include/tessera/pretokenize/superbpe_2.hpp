// SuperBPE's pretokenizer of its second stage and of encoding, second generation. That of its first stage is in
// o200k.hpp.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <tessera/pretokenize/detail/scan.hpp>

namespace tessera::inline v0 {

/// Cuts out numbers of up to three digits, two and more characters of punctuation with the space before and the line
/// ends after them, and spaces at the end of a line or before the last one; what is between them, words for the most
/// part, stays together.
/// @tparam Unicode  a policy of unicode_class.hpp
/// @complexity      O(n), any bytes; an ill-formed byte is a character that is neither space, letter nor number
/// @par Source      PythonNut/superbpe, scripts since November 2025
template <class Unicode = unicode_oniguruma>
struct superbpe_2_pretokenizer {
    static constexpr bool lossless = true;
    static constexpr bool keeps_gaps = true;  ///< words lie between matches

    [[nodiscard]] static constexpr std::string_view name() noexcept { return "superbpe-2"; }
    [[nodiscard]] static constexpr std::string_view pattern() noexcept {
        return R"(\p{N}{1,3}| ?[^\s\p{L}\p{N}]{2,}[\r\n/]*| +(?!\S))";
    }

    /// Calls `sink(std::string_view)` with each pretoken, in order.
    template <class Sink>
    void for_each(std::string_view text, Sink&& sink) const {
        char const* const end = text.data() + text.size();
        auto const give = [&](char const* begin, char const* past) {
            if (past != begin) sink(std::string_view(begin, static_cast<std::size_t>(past - begin)));
        };
        char const* begin = text.data();
        while (begin != end) {
            range const found = find(begin, end);
            give(begin, found.begin);
            give(found.begin, found.past);
            begin = found.past;
        }
    }

private:
    struct range {
        char const *begin, *past;
    };

    // The first match that starts at p or later; at the end, an empty one.
    static range find(char const* p, char const* const end) noexcept {
        while (p != end) {
            p = skip_words(p, end);
            if (p == end) break;
            detail::class_unit const unit = detail::class_at<Unicode>(p, end);
            char const* q = p + unit.length;
            if (unit.is(unicode_class::number)) return {p, detail::skip_numbers<Unicode, 2>(q, end)};
            if (unit.is(unicode_class::letter)) {
                q = detail::skip_letters<Unicode>(q, end);
            } else if (*p == ' ') {
                if (q == end) return {p, q};
                detail::class_unit const next = detail::class_at<Unicode>(q, end);
                if (next.is(unicode_class::space)) {
                    while (q != end && *q == ' ') ++q;
                    bool const gives_back = q != end && !detail::class_at<Unicode>(q, end).is(unicode_class::space);
                    return {p, gives_back ? q - 1 : q};
                }
                if (!next.is(detail::not_other)) {
                    q += next.length;
                    if (is_other(q, end)) return {p, others(q, end)};
                }
            } else if (!unit.is(detail::not_other) && is_other(q, end)) {
                return {p, others(q, end)};
            }
            p = q;
        }
        return {end, end};
    }

    static bool is_other(char const* p, char const* end) noexcept {
        return p != end && !detail::class_at<Unicode>(p, end).is(detail::not_other);
    }

    static char const* others(char const* p, char const* end) noexcept {
        p = detail::skip<Unicode, detail::not_other, false>(p, end);
        while (p != end && (detail::is_newline(*p) || *p == '/')) ++p;
        return p;
    }

    // Past ASCII letters, and spaces with such a letter after them: eight bytes a step.
    static char const* skip_words(char const* p, char const* end) noexcept {
        if constexpr (std::endian::native == std::endian::little) {
            constexpr std::uint64_t each = 0x0101'0101'0101'0101ULL;
            while (end - p >= 8) {
                std::uint64_t bytes;
                std::memcpy(&bytes, p, 8);
                std::uint64_t const letters = detail::ascii_letters_of<true>(bytes);
                std::uint64_t const not_space = bytes ^ (each * ' ');
                std::uint64_t const spaces = ~(((not_space & (each * 0x7F)) + each * 0x7F) | not_space);
                std::uint64_t const rest = ~(letters | (spaces & (letters >> 8))) & (each * 0x80);
                if (rest != 0) return p + (std::countr_zero(rest) >> 3);
                p += 8;
            }
        }
        return p;
    }
};

}  // namespace tessera::inline v0
