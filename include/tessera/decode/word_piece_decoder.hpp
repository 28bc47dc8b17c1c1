// Hugging Face's decoder `WordPiece`: a space before each token that begins a word.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/decode/detail/english_cleanup.hpp>

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

    void decode(std::vector<std::string>& tokens) const {
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            if (i > 0) separate(tokens[i]);
            if (options_.cleanup) detail::clean_up_english(tokens[i]);
        }
    }
    /// What a token in the middle of a text adds to it.
    void append_token_bytes(std::string_view spelling, std::string& out) const {
        std::string token(spelling);
        separate(token);
        if (options_.cleanup) detail::clean_up_english(token);
        out += token;
    }
    /// The same where a step before has joined all tokens into one, and this is a part of it.
    void append_part_bytes(std::string_view part, std::string& out) const {
        std::string token(part);
        if (options_.cleanup) detail::clean_up_english(token);
        out += token;
    }

    friend bool operator==(word_piece_decoder const&, word_piece_decoder const&) = default;

private:
    void separate(std::string& token) const {
        if (token.starts_with(options_.prefix)) {
            token.erase(0, options_.prefix.size());
        } else {
            token.insert(token.begin(), ' ');
        }
    }

    options_type options_;
};

}  // namespace tessera::inline v0
