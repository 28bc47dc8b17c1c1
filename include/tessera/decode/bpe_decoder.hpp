// Hugging Face's `BPEDecoder`: the suffix that ends a word becomes a space.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/decode/detail/replace_all.hpp>

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

    void decode(std::vector<std::string>& tokens) const {
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            detail::replace_all(tokens[i], options_.suffix, i + 1 == tokens.size() ? "" : " ");
        }
    }
    /// What a token in the middle of a text adds to it.
    void append_token_bytes(std::string_view spelling, std::string& out) const {
        std::string token(spelling);
        detail::replace_all(token, options_.suffix, " ");
        out += token;
    }
    /// The same where a step before has joined all tokens into one, and this is a part of it.
    void append_part_bytes(std::string_view part, std::string& out) const {
        std::string token(part);
        detail::replace_all(token, options_.suffix, "");
        out += token;
    }

    friend bool operator==(bpe_decoder const&, bpe_decoder const&) = default;

private:
    options_type options_;
};

}  // namespace tessera::inline v0
