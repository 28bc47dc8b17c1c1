// Hugging Face's decoder `CTC`: what a network of connectionist temporal classification says, without its repetitions.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/decode/detail/english_cleanup.hpp>
#include <tessera/decode/detail/replace_all.hpp>

namespace tessera::inline v0 {

struct ctc_decoder_options {
    std::string pad_token = "<pad>";         ///< dropped, wherever it stands in a token
    std::string word_delimiter_token = "|";  ///< a space, if `cleanup`
    bool cleanup = true;                     ///< drop spaces before punctuation and the like, within each token
    friend bool operator==(ctc_decoder_options const&, ctc_decoder_options const&) = default;
};

/// Keeps one of equal tokens in a row, without pad tokens; a word delimiter becomes a space.
/// @complexity  O(n)
/// @par Source  tokenizers 0.23.3, decoders/ctc.rs
class ctc_decoder {
public:
    using options_type = ctc_decoder_options;
    static constexpr std::string_view type = "CTC";
    static constexpr bool joins_tokens = false;

    template <class Fields, class Options>
    static void describe(Fields& f, Options& o) {
        f("pad_token", o.pad_token);
        f("word_delimiter_token", o.word_delimiter_token);
        f("cleanup", o.cleanup);
    }

    explicit ctc_decoder(options_type o = {}) : options_(std::move(o)) {}
    [[nodiscard]] options_type const& options() const noexcept { return options_; }

    void decode(std::vector<std::string>& tokens) const {
        tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
        for (std::string& token : tokens) clean(token);
        std::erase_if(tokens, [](std::string const& token) { return token.empty(); });
    }
    /// What a token in the middle of a text adds to it, if it is not the same as the one before.
    void append_token_bytes(std::string_view spelling, std::string& out) const {
        std::string token(spelling);
        clean(token);
        out += token;
    }
    /// The same where a step before has joined all tokens into one, and this is a part of it.
    void append_part_bytes(std::string_view part, std::string& out) const { append_token_bytes(part, out); }

    friend bool operator==(ctc_decoder const&, ctc_decoder const&) = default;

private:
    void clean(std::string& token) const {
        detail::replace_all(token, options_.pad_token, "");
        if (!options_.cleanup) return;
        detail::clean_up_english(token);
        detail::replace_all(token, options_.word_delimiter_token, " ");
    }

    options_type options_;
};

}  // namespace tessera::inline v0
