// SuperBPE's pretokenizer of its first stage, first generation, without the Digits before it. Next: superbpe_2.hpp, the
// second generation.
#pragma once

#include <cstddef>
#include <string_view>

#include <tessera/pretokenize/detail/scan.hpp>
#include <tessera/pretokenize/digit_groups.hpp>

namespace tessera::inline v0 {

/// Splits as GPT-2's pattern does, but has no contractions, and digits go in threes from the right, without a space.
/// @tparam Unicode  a policy of unicode_class.hpp
/// @complexity      O(n), any bytes; an ill-formed byte is a character that is neither space, letter nor number
/// @par Paper       Liu et al. 2025, arXiv:2503.13423
template <class Unicode = unicode_oniguruma>
struct superbpe_1_words_pretokenizer {
    static constexpr bool lossless = true;
    static constexpr bool keeps_gaps = true;  ///< numbers lie between matches

    [[nodiscard]] static constexpr std::string_view name() noexcept { return "words-and-digit-groups"; }
    [[nodiscard]] static constexpr std::string_view pattern() noexcept {
        return R"((?=(\d{3})+(?!\d))| ?\p{L}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
    }

    /// Calls `sink(std::string_view)` with each pretoken, in order.
    template <class Sink>
    void for_each(std::string_view text, Sink&& sink) const {
        char const* const end = text.data() + text.size();
        for (char const* p = text.data(); p != end;) {
            char const* const begin = p;
            detail::class_unit const first = detail::class_at<Unicode>(p, end);
            p += first.length;
            if (first.is(unicode_class::number)) {
                // Every other character begins a match, so that a gap is a run of numbers.
                p = detail::skip<Unicode, unicode_class::number>(p, end);
                digit_groups_pretokenizer{}.for_each(std::string_view(begin, static_cast<std::size_t>(p - begin)),
                                                     sink);
                continue;
            }
            p = match(begin, first, end);
            sink(std::string_view(begin, static_cast<std::size_t>(p - begin)));
        }
    }

private:
    static char const* match(char const* const p, detail::class_unit unit, char const* const end) noexcept {
        char const* q = p + unit.length;
        if (*p == ' ' && q != end) {
            unit = detail::class_at<Unicode>(q, end);
            if (unit.is(unicode_class::number)) return q;
            q += unit.length;
        }
        if (unit.is(unicode_class::letter)) return detail::skip_letters<Unicode>(q, end);
        if (!unit.is(unicode_class::space)) return detail::skip<Unicode, detail::not_other, false>(q, end);
        return detail::cut_before_last(detail::find_space_run<Unicode>(p, end), p, end);
    }
};

}  // namespace tessera::inline v0
