// Hugging Face's decoder `Strip`: drops a character at the ends of tokens.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <tessera/core/character_spelling.hpp>
#include <tessera/core/token_source.hpp>

namespace tessera::inline v0 {

struct strip_decoder_options {
    char32_t content = U' ';
    std::size_t start = 0;  ///< how many to drop at the start of a token, at most
    std::size_t stop = 0;   ///< and at its end
    friend bool operator==(strip_decoder_options const&, strip_decoder_options const&) = default;
};

/// Drops up to `start` times `content` from the start of each token and up to `stop` times from its end.
///
/// Hugging Face's library panics where a token consists of fewer than `stop` times `content`, or of so many that both
/// ends want the same; here that token becomes empty.
/// @complexity  O(n)
/// @par Source  tokenizers 0.23.3, decoders/strip.rs
class strip_decoder {
public:
    using options_type = strip_decoder_options;
    static constexpr std::string_view type = "Strip";
    static constexpr bool joins_tokens = false;

    template <class Fields, class Options>
    static void describe(Fields& f, Options& o) {
        f("content", o.content);
        f("start", o.start);
        f("stop", o.stop);
    }

    /// @throws error  bad_option: the content is no Unicode scalar value
    explicit strip_decoder(options_type o = {})
        : options_(o), content_(detail::spelling_of(options_.content, "content")) {}
    [[nodiscard]] options_type const& options() const noexcept { return options_; }

    struct scratch {};
    void decode(token_source tokens, scratch&, token_sink sink) const {
        tokens([&](std::string_view token) { sink(stripped(token)); });
    }
    /// What a token in the middle of a text adds to it.
    void append_token_bytes(std::string_view spelling, std::string& out) const { out += stripped(spelling); }
    /// The same where a step before has joined all tokens into one, and this is a part of it: all of it.
    void append_part_bytes(std::string_view part, std::string& out) const { out += part; }

    friend bool operator==(strip_decoder const&, strip_decoder const&) = default;

private:
    [[nodiscard]] std::string_view stripped(std::string_view token) const noexcept {
        for (std::size_t i = 0; i < options_.start && token.starts_with(content_); ++i) {
            token.remove_prefix(content_.size());
        }
        for (std::size_t i = 0; i < options_.stop && token.ends_with(content_); ++i) {
            token.remove_suffix(content_.size());
        }
        return token;
    }

    options_type options_;
    std::string content_;
};

}  // namespace tessera::inline v0
