// Hugging Face's decoder `ByteLevel`: characters of the byte alphabet become the bytes they stand for.
#pragma once

#include <string>
#include <string_view>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/token_source.hpp>

namespace tessera::inline v0 {

/// Those of the pretokenizer of the same name. None changes what is decoded.
struct byte_level_decoder_options {
    bool add_prefix_space = true;
    bool trim_offsets = true;
    bool use_regex = true;
    friend bool operator==(byte_level_decoder_options const&, byte_level_decoder_options const&) = default;
};

/// Joins all tokens into one. A token with a character that is not of the byte alphabet stands for its own UTF-8.
///
/// Hugging Face's library replaces what is not UTF-8 by U+FFFD; this one keeps the bytes, so that the text of
/// neighbouring parts can be joined. They agree where the bytes of all tokens together are UTF-8.
/// @complexity  O(n)
/// @par Source  tokenizers 0.23.3, pre_tokenizers/byte_level.rs
class byte_level_decoder {
public:
    using options_type = byte_level_decoder_options;
    static constexpr std::string_view type = "ByteLevel";
    static constexpr bool joins_tokens = true;

    template <class Fields, class Options>
    static void describe(Fields& f, Options& o) {
        f("add_prefix_space", o.add_prefix_space);
        f("trim_offsets", o.trim_offsets);
        f.optional("use_regex", o.use_regex);
    }

    explicit byte_level_decoder(options_type o = {}) noexcept : options_(o) {}
    [[nodiscard]] options_type const& options() const noexcept { return options_; }

    struct scratch {
        std::string text;
        std::string bytes;
    };
    /// Makes one token: the bytes of all.
    void decode(token_source tokens, scratch& s, token_sink sink) const {
        s.text.clear();
        tokens([&](std::string_view token) { s.text += from_byte_alphabet(token, s.bytes) ? s.bytes : token; });
        sink(s.text);
    }
    /// What a token in the middle of a text adds to it.
    void append_token_bytes(std::string_view spelling, std::string& out) const {
        std::string bytes;
        if (from_byte_alphabet(spelling, bytes)) {
            out += bytes;
        } else {
            out += spelling;
        }
    }
    /// The same where a step before has joined all tokens into one, and this is a part of it.
    void append_part_bytes(std::string_view part, std::string& out) const { append_token_bytes(part, out); }

    friend bool operator==(byte_level_decoder const&, byte_level_decoder const&) = default;

private:
    options_type options_;
};

}  // namespace tessera::inline v0
