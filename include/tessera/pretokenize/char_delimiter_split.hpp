// Hugging Face's `CharDelimiterSplit`: what lies between occurrences of one character.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <tessera/core/character_spelling.hpp>
#include <tessera/core/text_piece.hpp>

namespace tessera::inline v0 {

struct char_delimiter_split_options {
    char32_t delimiter = U' ';
    friend bool operator==(char_delimiter_split_options const&, char_delimiter_split_options const&) = default;
};

/// Splits at a character, which is dropped.
/// @complexity  O(n), any bytes; an ill-formed byte is no delimiter, not even U+FFFD
/// @par Source  tokenizers 0.23.3, pre_tokenizers/delimiter.rs
class char_delimiter_split_pretokenizer {
public:
    using options_type = char_delimiter_split_options;
    static constexpr std::string_view type = "CharDelimiterSplit";
    static constexpr bool lossless = false;
    struct scratch {};

    template <class Fields, class Options>
    static void describe(Fields& f, Options& o) {
        f("delimiter", o.delimiter);
    }

    /// @throws error  bad_option: the delimiter is no Unicode scalar value
    explicit char_delimiter_split_pretokenizer(options_type o = {})
        : options_(o), delimiter_(detail::spelling_of(o.delimiter, "delimiter")) {}
    [[nodiscard]] options_type const& options() const noexcept { return options_; }

    /// Calls `sink(text_piece)` with each piece, in order.
    template <class Sink>
    void for_each(text_piece piece, scratch&, Sink&& sink) const {
        // Well-formed UTF-8 never begins inside another character, nor inside what is ill-formed: bytes will do.
        for (std::size_t begin = 0; begin < piece.text.size();) {
            std::size_t const found = piece.text.find(delimiter_, begin);
            std::size_t const end = found == std::string_view::npos ? piece.text.size() : found;
            if (begin != end) sink(piece.part(begin, end));
            begin = end == piece.text.size() ? end : end + delimiter_.size();
        }
    }

    friend bool operator==(char_delimiter_split_pretokenizer const& a, char_delimiter_split_pretokenizer const& b) {
        return a.options_ == b.options_;
    }

private:
    options_type options_;
    std::string delimiter_;
};

}  // namespace tessera::inline v0
