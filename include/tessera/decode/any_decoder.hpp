// The decoder of any tokenizer.json: decoders one after another.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/concepts.hpp>
#include <tessera/decode/bpe_decoder.hpp>
#include <tessera/decode/byte_fallback_decoder.hpp>
#include <tessera/decode/byte_level_decoder.hpp>
#include <tessera/decode/ctc_decoder.hpp>
#include <tessera/decode/fuse_decoder.hpp>
#include <tessera/decode/metaspace_decoder.hpp>
#include <tessera/decode/replace_decoder.hpp>
#include <tessera/decode/sentencepiece_decoder.hpp>
#include <tessera/decode/strip_decoder.hpp>
#include <tessera/decode/word_piece_decoder.hpp>

namespace tessera::inline v0 {

/// Runs its steps in order and joins what they leave. Without a step, a space is put between tokens, as Hugging Face's
/// library does for a tokenizer that has no decoder.
///
/// Differences from that library: byte_level_decoder keeps bytes that are not UTF-8, strip_decoder never panics.
/// @complexity  O(n) for each step, replace_decoder as its pattern
/// @par Source  tokenizers 0.23.3, decoders/sequence.rs and tokenizer/mod.rs
class any_decoder {
public:
    using step =
        std::variant<bpe_decoder, byte_fallback_decoder, byte_level_decoder, ctc_decoder, fuse_decoder,
                     metaspace_decoder, replace_decoder, strip_decoder, word_piece_decoder, sentencepiece_decoder>;

    /// For a vocabulary of canonical bytes.
    any_decoder() : joins_bytes_(true) {}
    /// @param joins_bytes  the vocabulary holds canonical bytes, which only have to be joined: the steps are for
    /// writing
    ///                     them down
    explicit any_decoder(std::vector<step> steps, bool joins_bytes = false)
        : steps_(std::move(steps)), joins_bytes_(joins_bytes) {}

    [[nodiscard]] std::vector<step> const& steps() const noexcept { return steps_; }
    [[nodiscard]] bool joins_bytes() const noexcept { return joins_bytes_; }

    /// The text of `tokens`, as the vocabulary spells them.
    [[nodiscard]] std::string decode(std::vector<std::string> tokens) const {
        std::string text;
        bool const spaces = steps_.empty() && !joins_bytes_;
        if (!joins_bytes_) {
            for (step const& s : steps_) std::visit([&](auto const& decoder) { decoder.decode(tokens); }, s);
        }
        for (std::string const& token : tokens) {
            if (spaces && &token != &tokens.front()) text += ' ';
            text += token;
        }
        return text;
    }

    /// What stands for an added token where the vocabulary holds canonical bytes, in which those of the model are
    /// already: byte_level_decoder reads it too as bytes, if it can.
    [[nodiscard]] std::string text_of_added_token(std::string_view content) const {
        std::string bytes;
        bool const reads_bytes = joins_bytes_ && std::any_of(steps_.begin(), steps_.end(), [](step const& s) {
                                     return std::holds_alternative<byte_level_decoder>(s);
                                 });
        return reads_bytes && from_byte_alphabet(content, bytes) ? bytes : std::string(content);
    }

    /// What a token in the middle of a text adds to it. Where tokens influence each other only in part: a repetition
    /// that CTC drops, and a match of Replace across tokens, are not seen.
    void append_token_bytes(std::string_view spelling, std::string& out) const {
        if (joins_bytes_) {
            out += spelling;
            return;
        }
        if (steps_.empty()) out += ' ';
        std::string token(spelling);
        std::string next;
        bool joined = false;
        for (step const& s : steps_) {
            next.clear();
            std::visit(
                [&](auto const& decoder) {
                    if (joined) {
                        decoder.append_part_bytes(token, next);
                    } else {
                        decoder.append_token_bytes(token, next);
                    }
                    joined = joined || decoder.joins_tokens;
                },
                s);
            token.swap(next);
        }
        out += token;
    }

    friend bool operator==(any_decoder const&, any_decoder const&) = default;

private:
    std::vector<step> steps_;
    bool joins_bytes_;
};

static_assert(Decoder<any_decoder>);

}  // namespace tessera::inline v0
