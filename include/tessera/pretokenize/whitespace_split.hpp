// Hugging Face's `WhitespaceSplit`: words, with the punctuation that touches them. Not their `Whitespace`, which cuts
// it off (whitespace.hpp).
#pragma once

#include <string_view>

#include <tessera/core/text_piece.hpp>
#include <tessera/pretokenize/detail/character_set.hpp>
#include <tessera/pretokenize/split_behavior.hpp>

namespace tessera::inline v0 {

struct whitespace_split_options {
    friend bool operator==(whitespace_split_options const&, whitespace_split_options const&) = default;
};

/// What lies between white space (White_Space of Unicode, Rust's char::is_whitespace).
/// @complexity  O(n), any bytes; an ill-formed byte is a character that is no white space
/// @par Source  tokenizers 0.23.3, pre_tokenizers/whitespace.rs
class whitespace_split_pretokenizer {
public:
    using options_type = whitespace_split_options;
    static constexpr std::string_view type = "WhitespaceSplit";
    static constexpr bool lossless = false;
    struct scratch {};

    template <class Fields, class Options>
    static void describe(Fields&, Options&) {}

    explicit whitespace_split_pretokenizer(options_type o = {}) noexcept : options_(o) {}
    [[nodiscard]] options_type const& options() const noexcept { return options_; }

    /// Calls `sink(text_piece)` with each piece, in order.
    template <class Sink>
    void for_each(text_piece piece, scratch&, Sink&& sink) const {
        detail::split_at_members<detail::white_space_set>(piece, split_behavior::removed, sink);
    }

    friend bool operator==(whitespace_split_pretokenizer const&, whitespace_split_pretokenizer const&) = default;

private:
    options_type options_;
};

}  // namespace tessera::inline v0
