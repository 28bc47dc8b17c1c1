// SuperBPE's pretokenizer of its second stage, first generation, without the Digits before it: digits in threes from
// the right. Next: superbpe_1_words.hpp, which has the same groups.
#pragma once

#include <cstddef>
#include <string_view>

#include <tessera/pretokenize/detail/numbers.hpp>

namespace tessera::inline v0 {

/// Cuts runs of decimal digits into threes from the right, "a1234567b" into "a1", "234", "567b", as splitting at the
/// empty matches of its pattern does, which is true in front of a multiple of three digits.
/// @complexity  O(n), any bytes; an ill-formed byte is a character that is no digit
/// @par Paper   Liu et al. 2025, arXiv:2503.13423
struct digit_groups_pretokenizer {
    static constexpr bool lossless = true;
    static constexpr bool keeps_gaps = true;  ///< what lies between two matches is a pretoken too

    [[nodiscard]] static constexpr std::string_view name() noexcept { return "digit-groups"; }
    [[nodiscard]] static constexpr std::string_view pattern() noexcept { return R"((?=(\d{3})+(?!\d)))"; }

    /// Calls `sink(std::string_view)` with each pretoken, in order.
    template <class Sink>
    void for_each(std::string_view text, Sink&& sink) const {
        char const* const end = text.data() + text.size();
        char const* begin = text.data();
        auto const give = [&](char const* past) {
            if (past != begin) sink(std::string_view(begin, static_cast<std::size_t>(past - begin)));
            begin = past;
        };
        for (char const* p = detail::find_number_lead(begin, end); p != end; p = detail::find_number_lead(p, end)) {
            std::size_t n_digits = 0;
            char const* past = p;
            while (past != end) {
                std::size_t const length = detail::decimal_digit_length(past, end);
                if (length == 0) break;
                past += length;
                ++n_digits;
            }
            if (n_digits == 0) {
                ++p;
                continue;
            }
            for (; n_digits >= 3; --n_digits) {
                if (n_digits % 3 == 0) give(p);
                p += detail::decimal_digit_length(p, end);
            }
            p = past;
        }
        give(end);
    }
};

}  // namespace tessera::inline v0
