// Hugging Face's `Digits`: cuts numbers out of the text.
#pragma once

#include <string_view>

#include <tessera/core/text_piece.hpp>
#include <tessera/pretokenize/detail/character_set.hpp>
#include <tessera/pretokenize/detail/numbers.hpp>

namespace tessera::inline v0 {

struct digits_options {
    bool individual_digits = false;  ///< each digit is a piece; else each run of digits
    friend bool operator==(digits_options const&, digits_options const&) = default;
};

/// Cuts before and after numbers; a digit is any \p{N}, so that U+00BD, one half, is one too.
/// @complexity  O(n), any bytes; an ill-formed byte is a character that is no digit
/// @par Source  tokenizers 0.23.3, pre_tokenizers/digits.rs
class digits_pretokenizer {
public:
    using options_type = digits_options;
    static constexpr std::string_view type = "Digits";
    static constexpr bool lossless = true;
    struct scratch {};

    template <class Fields, class Options>
    static void describe(Fields& f, Options& o) {
        f("individual_digits", o.individual_digits);
    }

    explicit digits_pretokenizer(options_type o = {}) noexcept : options_(o) {}
    [[nodiscard]] options_type const& options() const noexcept { return options_; }

    /// Calls `sink(text_piece)` with each piece, in order.
    template <class Sink>
    void for_each(text_piece piece, scratch&, Sink&& sink) const {
        char const* const data = piece.text.data();
        char const* const end = data + piece.text.size();
        char const* begin = data;
        auto const give = [&](char const* past) {
            if (past != begin)
                sink(piece.part(static_cast<std::size_t>(begin - data), static_cast<std::size_t>(past - data)));
            begin = past;
        };
        for (char const* p = data; (p = detail::find_number_lead(p, end)) != end;) {
            detail::member_unit unit = detail::member_at<detail::numeric_set>(p, end);
            if (!unit.is_member) {
                p += unit.length;
                continue;
            }
            give(p);
            do {
                p += unit.length;
                if (options_.individual_digits) give(p);
            } while (p != end && (unit = detail::member_at<detail::numeric_set>(p, end)).is_member);
            give(p);
        }
        give(end);
    }

    friend bool operator==(digits_pretokenizer const&, digits_pretokenizer const&) = default;

private:
    options_type options_;
};

}  // namespace tessera::inline v0
