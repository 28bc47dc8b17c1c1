// Hugging Face's `BPEDecoder`: the suffix that ends a word becomes a space.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <tessera/core/token_source.hpp>
#include <tessera/decode/detail/rewritten_text.hpp>

namespace tessera::inline v0 {

struct bpe_decoder_options {
    std::string suffix = "</w>";  ///< empty: it is found before each character and at the end
    friend bool operator==(bpe_decoder_options const&, bpe_decoder_options const&) = default;
};

/// Replaces the suffix, wherever it stands in a token, by a space; by nothing in the last token.
/// @complexity  O(n)
/// @par Source  tokenizers 0.23.3, decoders/bpe.rs
class bpe_decoder {
public:
    using options_type = bpe_decoder_options;
    static constexpr std::string_view type = "BPEDecoder";
    static constexpr bool joins_tokens = false;

    template <class Fields, class Options>
    static void describe(Fields& f, Options& o) {
        f("suffix", o.suffix);
    }

    explicit bpe_decoder(options_type o = {}) : options_(std::move(o)) {}
    [[nodiscard]] options_type const& options() const noexcept { return options_; }

    struct scratch {
        std::string held;  // a token, until it is known whether it is the last
        detail::rewritten_text text;
    };
    void decode(token_source tokens, scratch& s, token_sink sink) const {
        bool holds = false;
        tokens([&](std::string_view token) {
            if (holds) sink(replaced(s.held, " ", s.text));
            s.held = token;
            holds = true;
        });
        if (holds) sink(replaced(s.held, "", s.text));
    }
    /// What a token in the middle of a text adds to it.
    void append_token_bytes(std::string_view spelling, std::string& out) const {
        detail::rewritten_text text;
        out += replaced(spelling, " ", text);
    }
    /// The same where a step before has joined all tokens into one, and this is a part of it.
    void append_part_bytes(std::string_view part, std::string& out) const {
        detail::rewritten_text text;
        out += replaced(part, "", text);
    }

    friend bool operator==(bpe_decoder const&, bpe_decoder const&) = default;

private:
    std::string_view replaced(std::string_view token, std::string_view by, detail::rewritten_text& text) const {
        text.start(token);
        text.replace_all(options_.suffix, by);
        return text.view();
    }

    options_type options_;
};

}  // namespace tessera::inline v0
