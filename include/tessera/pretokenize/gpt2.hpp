// GPT-2's pretokenizer, also of r50k and p50k, and of Hugging Face's ByteLevel. Next: cl100k.hpp.
#pragma once

#include <cstddef>
#include <string_view>

#include <tessera/pretokenize/detail/scan.hpp>

namespace tessera::inline v0 {

/// Splits as the pattern of GPT-2 does: contractions in lower case, words and numbers with the space before them, runs
/// of white space without their last character. tiktoken writes it otherwise (`\s++$`, possessive); it is the same.
/// @tparam Unicode  a policy of unicode_class.hpp
/// @complexity      O(n), any bytes; an ill-formed byte is a character that is neither space, letter nor number
/// @par Source      openai/gpt-2 src/encoder.py
template <class Unicode = unicode_rust>
struct gpt2_pretokenizer {
    static constexpr bool lossless = true;

    [[nodiscard]] static constexpr std::string_view name() noexcept { return "gpt2"; }
    [[nodiscard]] static constexpr std::string_view pattern() noexcept {
        return R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
    }

    /// The end of the pretoken that starts at byte `begin`. @pre begin < text.size(), and a pretoken starts there
    [[nodiscard]] static std::size_t next(std::string_view text, std::size_t begin) noexcept {
        char const* const data = text.data();
        return static_cast<std::size_t>(next(data + begin, data + text.size()) - data);
    }

    /// Calls `sink(std::string_view)` with each pretoken, in order.
    template <class Sink>
    void for_each(std::string_view text, Sink&& sink) const {
        detail::for_each_tile<gpt2_pretokenizer>(text, sink);
    }

private:
    static char const* next(char const* const p, char const* const end) noexcept {
        char const* q = p;
        if (*p == ' ') {
            if (++q == end) return end;
        } else if (*p == '\'') {
            if (std::size_t const length = detail::contraction_length<false>(p, end)) return p + length;
        }
        detail::class_unit const unit = detail::class_at<Unicode>(q, end);
        q += unit.length;
        if (unit.is(unicode_class::letter)) return detail::skip_letters<Unicode>(q, end);
        if (unit.is(unicode_class::number)) return detail::skip<Unicode, unicode_class::number>(q, end);
        if (!unit.is(unicode_class::space)) return detail::skip<Unicode, detail::not_other, false>(q, end);
        return detail::cut_before_last(detail::find_space_run<Unicode>(p, end), p, end);
    }
};

}  // namespace tessera::inline v0
