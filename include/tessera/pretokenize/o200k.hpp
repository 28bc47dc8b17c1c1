// The pretokenizer of o200k_base and o200k_harmony: GPT-4o and later; and the same without contractions, SuperBPE's
// second way to split words. One template. Next: cl100k.hpp, which it grew from.
#pragma once

#include <cstddef>
#include <string_view>

#include <tessera/pretokenize/detail/scan.hpp>

namespace tessera::inline v0 {

/// Splits as o200k_base's pattern does: like cl100k, but words end where the case turns ("camelCase" is two), include
/// marks, and keep their contraction; slashes go with the punctuation before them. `o200k_pretokenizer` and
/// `superbpe_2_words_pretokenizer` name the two.
/// @tparam Unicode           a policy of unicode_class.hpp
/// @tparam KeepsContractions "don't" is one; without, "don" and "'t"
/// @complexity               O(n), any bytes; an ill-formed byte is neither space, letter nor number
/// @par Source               tiktoken 0.14.0, tiktoken_ext/openai_public.py; PythonNut/superbpe, scripts
template <class Unicode, bool KeepsContractions>
struct case_turn_pretokenizer {
    static constexpr bool lossless = true;

    [[nodiscard]] static constexpr std::string_view name() noexcept {
        return KeepsContractions ? "o200k" : "superbpe-2-words";
    }
    [[nodiscard]] static constexpr std::string_view pattern() noexcept {
        if constexpr (KeepsContractions) {
            return R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+)"
                   R"((?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
                   R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*)"
                   R"((?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
                   R"(\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
        } else {
            return R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|)"
                   R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|)"
                   R"(\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
        }
    }

    /// The end of the pretoken that starts at byte `begin`. @pre begin < text.size(), and a pretoken starts there
    [[nodiscard]] static std::size_t next(std::string_view text, std::size_t begin) noexcept {
        char const* const data = text.data();
        return static_cast<std::size_t>(next(data + begin, data + text.size()) - data);
    }

    /// Calls `sink(std::string_view)` with each pretoken, in order.
    template <class Sink>
    void for_each(std::string_view text, Sink&& sink) const {
        detail::for_each_tile<case_turn_pretokenizer>(text, sink);
    }

private:
    static constexpr std::uint8_t caseless = unicode_class::other_letter | unicode_class::mark;  // in both sets
    static constexpr std::uint8_t upper_set = unicode_class::upper | caseless;
    static constexpr std::uint8_t lower_set = unicode_class::lower | caseless;

    static char const* next(char const* const p, char const* const end) noexcept {
        detail::class_unit const first = detail::class_at<Unicode>(p, end);
        // A mark may be the optional first character too, but as part of the word it leads to the same end; and where
        // it does not (a mark, then capitals only), the first alternative without it comes before the second with it.
        if (first.is(unicode_class::letter | unicode_class::mark)) return contraction(word(p, end), end);
        char const* const q = p + first.length;
        if (first.is(unicode_class::number)) return detail::skip_numbers<Unicode, 2>(q, end);
        if (!detail::is_newline(*p)) {
            if (char const* const past = word(q, end); past != q) return contraction(past, end);
            if (!first.is(unicode_class::space)) return others(q, end);
            if (*p == ' ' && q != end) {
                detail::class_unit const second = detail::class_at<Unicode>(q, end);
                if (!second.is(detail::not_other)) return others(q + second.length, end);
            }
        }
        detail::space_run const run = detail::find_space_run<Unicode>(p, end);
        return run.past_newlines != nullptr ? run.past_newlines : detail::cut_before_last(run, p, end);
    }

    // `[upper_set]*[lower_set]+`, else `[upper_set]+[lower_set]*`; p where neither matches. The first set takes all it
    // can. If a lower_set character follows, it is a \p{Ll}, and the run of lower_set it starts ends the word. If none
    // does, the first alternative gives back characters until one is in lower_set: the last caseless one, which ends
    // the word. If there is none of those either, the second alternative takes the whole run. Giving back costs at
    // most one more scan of the run, since what follows the last caseless character is a word that gives nothing back.
    static char const* word(char const* p, char const* end) noexcept {
        char const* past_caseless = nullptr;
        while (p != end) {
            detail::class_unit const unit = detail::class_at<Unicode>(p, end);
            if (!unit.is(upper_set)) {
                if (unit.is(unicode_class::lower)) {
                    return detail::skip_letters<Unicode, lower_set, false>(p + unit.length, end);
                }
                break;
            }
            p += unit.length;
            if (unit.is(caseless)) past_caseless = p;
        }
        return past_caseless != nullptr ? past_caseless : p;
    }

    static char const* contraction(char const* p, char const* end) noexcept {
        return KeepsContractions && p != end && *p == '\'' ? p + detail::contraction_length<true>(p, end) : p;
    }

    static char const* others(char const* p, char const* end) noexcept {
        p = detail::skip<Unicode, detail::not_other, false>(p, end);
        while (p != end && (detail::is_newline(*p) || *p == '/')) ++p;
        return p;
    }
};

template <class Unicode = unicode_rust>
using o200k_pretokenizer = case_turn_pretokenizer<Unicode, true>;
template <class Unicode = unicode_oniguruma>
using superbpe_2_words_pretokenizer = case_turn_pretokenizer<Unicode, false>;

}  // namespace tessera::inline v0
