// Hugging Face's decoder `Fuse`: joins the tokens, so that what follows sees the whole text.
#pragma once

#include <string>
#include <string_view>

#include <tessera/core/token_source.hpp>

namespace tessera::inline v0 {

struct fuse_decoder_options {
    friend bool operator==(fuse_decoder_options const&, fuse_decoder_options const&) = default;
};

/// @complexity  O(n)
/// @par Source  tokenizers 0.23.3, decoders/fuse.rs
class fuse_decoder {
public:
    using options_type = fuse_decoder_options;
    static constexpr std::string_view type = "Fuse";
    static constexpr bool joins_tokens = true;

    template <class Fields, class Options>
    static void describe(Fields&, Options&) {}

    explicit fuse_decoder(options_type o = {}) noexcept : options_(o) {}
    [[nodiscard]] options_type const& options() const noexcept { return options_; }

    struct scratch {
        std::string text;
    };
    /// Makes one token, which is empty if there are none.
    void decode(token_source tokens, scratch& s, token_sink sink) const {
        s.text.clear();
        tokens([&](std::string_view token) { s.text += token; });
        sink(s.text);
    }
    /// What a token in the middle of a text adds to it.
    void append_token_bytes(std::string_view spelling, std::string& out) const { out += spelling; }
    /// The same where a step before has joined all tokens into one, and this is a part of it.
    void append_part_bytes(std::string_view part, std::string& out) const { out += part; }

    friend bool operator==(fuse_decoder const&, fuse_decoder const&) = default;

private:
    options_type options_;
};

}  // namespace tessera::inline v0
