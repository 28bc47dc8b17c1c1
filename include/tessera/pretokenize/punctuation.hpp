// Hugging Face's `Punctuation`: splits at punctuation.
#pragma once

#include <string_view>

#include <tessera/core/text_piece.hpp>
#include <tessera/pretokenize/detail/character_set.hpp>
#include <tessera/pretokenize/split_behavior.hpp>

namespace tessera::inline v0 {

struct punctuation_options {
    split_behavior behavior = split_behavior::isolated;
    friend bool operator==(punctuation_options const&, punctuation_options const&) = default;
};

/// Splits at each character that is punctuation: in ASCII all that is neither letter, digit, space nor control; beyond
/// it \p{P} of the Unicode version that Hugging Face's library has for this, an old one: U+2E4F is none.
/// @complexity  O(n), any bytes; an ill-formed byte is a character that is no punctuation
/// @par Source  tokenizers 0.23.3, pre_tokenizers/punctuation.rs
class punctuation_pretokenizer {
public:
    using options_type = punctuation_options;
    static constexpr std::string_view type = "Punctuation";
    static constexpr bool lossless = false;  // `removed`
    struct scratch {};

    template <class Fields, class Options>
    static void describe(Fields& f, Options& o) {
        f.optional("behavior", o.behavior);
    }

    explicit punctuation_pretokenizer(options_type o = {}) noexcept : options_(o) {}
    [[nodiscard]] options_type const& options() const noexcept { return options_; }

    /// Calls `sink(text_piece)` with each piece, in order.
    template <class Sink>
    void for_each(text_piece piece, scratch&, Sink&& sink) const {
        detail::split_at_members<detail::punctuation_set>(piece, options_.behavior, sink);
    }

    friend bool operator==(punctuation_pretokenizer const&, punctuation_pretokenizer const&) = default;

private:
    options_type options_;
};

}  // namespace tessera::inline v0
