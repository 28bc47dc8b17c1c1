// Hugging Face's decoder `CTC`: what a network of connectionist temporal classification says, without its repetitions.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <tessera/core/token_source.hpp>
#include <tessera/decode/detail/english_cleanup.hpp>
#include <tessera/decode/detail/rewritten_text.hpp>

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

    struct scratch {
        std::string last;  // the token before
        detail::rewritten_text text;
    };
    void decode(token_source tokens, scratch& s, token_sink sink) const {
        bool is_first = true;
        tokens([&](std::string_view token) {
            if (!is_first && token == s.last) return;
            is_first = false;
            s.last = token;
            std::string_view const cleaned = clean(token, s.text);
            if (!cleaned.empty()) sink(cleaned);
        });
    }
    /// What a token in the middle of a text adds to it, if it is not the same as the one before.
    void append_token_bytes(std::string_view spelling, std::string& out) const {
        detail::rewritten_text text;
        out += clean(spelling, text);
    }
    /// The same where a step before has joined all tokens into one, and this is a part of it.
    void append_part_bytes(std::string_view part, std::string& out) const { append_token_bytes(part, out); }

    friend bool operator==(ctc_decoder const&, ctc_decoder const&) = default;

private:
    std::string_view clean(std::string_view token, detail::rewritten_text& text) const {
        text.start(token);
        text.replace_all(options_.pad_token, "");
        if (options_.cleanup) {
            detail::clean_up_english(text);
            text.replace_all(options_.word_delimiter_token, " ");
        }
        return text.view();
    }

    options_type options_;
};

}  // namespace tessera::inline v0
