// Hugging Face's `Digits`: cuts numbers out of the text.
#pragma once

#include <string_view>

#include <tessera/core/text_piece.hpp>
#include <tessera/pretokenize/detail/character_set.hpp>
#include <tessera/pretokenize/split_behavior.hpp>

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
        detail::split_at_members<detail::numeric_set>(
            piece, options_.individual_digits ? split_behavior::isolated : split_behavior::contiguous, sink);
    }

    friend bool operator==(digits_pretokenizer const&, digits_pretokenizer const&) = default;

private:
    options_type options_;
};

}  // namespace tessera::inline v0
