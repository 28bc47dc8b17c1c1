// Hugging Face's decoder `WordPiece`: a space before each token that begins a word.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <tessera/core/token_source.hpp>
#include <tessera/decode/detail/english_cleanup.hpp>
#include <tessera/decode/detail/rewritten_text.hpp>

namespace tessera::inline v0 {

struct word_piece_decoder_options {
    std::string prefix = "##";  ///< of a token that continues a word
    bool cleanup = true;        ///< drop spaces before punctuation and the like, within each token
    friend bool operator==(word_piece_decoder_options const&, word_piece_decoder_options const&) = default;
};

/// Drops the prefix of each token but the first, or puts a space before it where it has none.
/// @complexity  O(n)
/// @par Source  tokenizers 0.23.3, decoders/wordpiece.rs
class word_piece_decoder {
public:
    using options_type = word_piece_decoder_options;
    static constexpr std::string_view type = "WordPiece";
    static constexpr bool joins_tokens = false;

    template <class Fields, class Options>
    static void describe(Fields& f, Options& o) {
        f("prefix", o.prefix);
        f("cleanup", o.cleanup);
    }

    explicit word_piece_decoder(options_type o = {}) : options_(std::move(o)) {}
    [[nodiscard]] options_type const& options() const noexcept { return options_; }

    struct scratch {
        detail::rewritten_text text;
    };
    void decode(token_source tokens, scratch& s, token_sink sink) const {
        bool is_first = true;
        tokens([&](std::string_view token) {
            sink(rewritten(token, is_first, s.text));
            is_first = false;
        });
    }
    /// What a token in the middle of a text adds to it.
    void append_token_bytes(std::string_view spelling, std::string& out) const {
        detail::rewritten_text text;
        out += rewritten(spelling, false, text);
    }
    /// The same where a step before has joined all tokens into one, and this is a part of it.
    void append_part_bytes(std::string_view part, std::string& out) const {
        detail::rewritten_text text;
        out += rewritten(part, true, text);
    }

    friend bool operator==(word_piece_decoder const&, word_piece_decoder const&) = default;

private:
    std::string_view rewritten(std::string_view token, bool is_first, detail::rewritten_text& text) const {
        bool const continues = token.starts_with(options_.prefix);
        text.start(!is_first && continues ? token.substr(options_.prefix.size()) : token);
        if (!is_first && !continues) text.put_in_front(' ');
        if (options_.cleanup) detail::clean_up_english(text);
        return text.view();
    }

    options_type options_;
};

}  // namespace tessera::inline v0
