// The scanner behind cl100k, llama3 and qwen2, which differ in how many digits go together and in white space at the
// end of the text.
#pragma once

#include <tessera/pretokenize/detail/scan.hpp>

namespace tessera::inline v0 {
namespace detail {

/// @tparam MaxDigits      `\p{N}{1,MaxDigits}`
/// @tparam WholeRunAtEnd  `\s++$` goes before `\s*[\r\n]`: white space that ends the text is one pretoken
template <class Unicode, unsigned MaxDigits, bool WholeRunAtEnd>
struct cl100k_family {
    static_assert(MaxDigits >= 1);

    /// @pre p < end, and a pretoken starts at p
    [[nodiscard]] static char const* next(char const* const p, char const* const end) noexcept {
        class_unit const first = class_at<Unicode>(p, end);
        char const* const q = p + first.length;
        if (first.is(unicode_class::letter)) return skip_letters<Unicode>(q, end);
        if (first.is(unicode_class::number)) return skip_numbers<Unicode, MaxDigits - 1>(q, end);
        if (*p == '\'') {
            if (std::size_t const length = contraction_length<true>(p, end)) return p + length;
        }
        bool const space = first.is(unicode_class::space);
        if (q != end && !is_newline(*p)) {  // [^\r\n\p{L}\p{N}]?\p{L}+, then ` ?` and others
            class_unit const second = class_at<Unicode>(q, end);
            if (second.is(unicode_class::letter)) return skip_letters<Unicode>(q + second.length, end);
            if (*p == ' ' && !second.is(not_other)) return others(q + second.length, end);
        }
        if (!space) return others(q, end);
        space_run const run = find_space_run<Unicode>(p, end);
        if (WholeRunAtEnd && run.end == end) return end;
        if (run.past_newlines != nullptr) return run.past_newlines;
        return cut_before_last(run, p, end);
    }

private:
    static char const* others(char const* p, char const* end) noexcept {
        return skip_newlines(skip<Unicode, not_other, false>(p, end), end);
    }
};

}  // namespace detail
}  // namespace tessera::inline v0
