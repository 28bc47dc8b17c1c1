// BoundlessBPE's pretokenizer of scripts that put no space between words. Next: script_aware.hpp, which uses it.
#pragma once

#include <cstddef>
#include <string_view>

#include <tessera/pretokenize/boundless_patterns.hpp>
#include <tessera/pretokenize/detail/scan.hpp>

namespace tessera::inline v0 {

/// Splits off each letter with its marks and the space before it, and all else as o200k does.
/// @tparam Unicode  a policy of unicode_class.hpp
/// @complexity      O(n), any bytes; an ill-formed byte is a character that is neither space, letter nor number
template <class Unicode = unicode_rust>
struct boundless_letters_pretokenizer {
    static constexpr bool lossless = true;

    [[nodiscard]] static constexpr std::string_view name() noexcept { return "boundless-letters"; }
    [[nodiscard]] static constexpr std::string_view pattern() noexcept { return boundless_letters_pattern; }

    /// The end of the pretoken that starts at byte `begin`. @pre begin < text.size(), and a pretoken starts there
    [[nodiscard]] static std::size_t next(std::string_view text, std::size_t begin) noexcept {
        char const* const data = text.data();
        return static_cast<std::size_t>(next(data + begin, data + text.size()) - data);
    }

    /// Calls `sink(std::string_view)` with each pretoken, in order.
    template <class Sink>
    void for_each(std::string_view text, Sink&& sink) const {
        detail::for_each_tile<boundless_letters_pretokenizer>(text, sink);
    }

private:
    static char const* next(char const* const p, char const* const end) noexcept {
        detail::class_unit unit = detail::class_at<Unicode>(p, end);
        char const* q = p + unit.length;
        if (unit.is(unicode_class::number)) return detail::skip_numbers<Unicode, 2>(q, end);
        if (*p == ' ' && q != end) {
            detail::class_unit const second = detail::class_at<Unicode>(q, end);
            if (!second.is(unicode_class::number | unicode_class::space)) {
                unit = second;
                q += unit.length;
            }
        }
        if (unit.is(unicode_class::letter)) return detail::skip<Unicode, unicode_class::mark>(q, end);
        if (!unit.is(unicode_class::space)) {
            q = detail::skip<Unicode, detail::not_other, false>(q, end);
            while (q != end && (detail::is_newline(*q) || *q == '/')) ++q;
            return q;
        }
        detail::space_run const run = detail::find_space_run<Unicode>(p, end);
        return run.past_newlines != nullptr ? run.past_newlines : detail::cut_before_last(run, p, end);
    }
};

}  // namespace tessera::inline v0
