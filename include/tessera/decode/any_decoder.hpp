// The decoder of any tokenizer.json: decoders one after another.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/concepts.hpp>
#include <tessera/core/step_scratch.hpp>
#include <tessera/core/token_source.hpp>
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

    using scratch = step_scratch<step>;

    /// For a vocabulary of canonical bytes.
    any_decoder() : joins_bytes_(true) {}
    /// @param joins_bytes  the vocabulary holds canonical bytes, which only have to be joined: the steps are for
    /// writing
    ///                     them down
    explicit any_decoder(std::vector<step> steps, bool joins_bytes = false)
        : steps_(std::move(steps)), joins_bytes_(joins_bytes) {}

    [[nodiscard]] std::vector<step> const& steps() const noexcept { return steps_; }
    [[nodiscard]] bool joins_bytes() const noexcept { return joins_bytes_; }

    /// Appends the text of `tokens`, which come as the vocabulary spells them, to `out`.
    /// @throws error  limit: only where the pattern of a replace_decoder does; `out` then holds a part
    void decode(token_source tokens, scratch& s, std::string& out) const {
        auto const append = [&](std::string_view token) { out += token; };
        if (joins_bytes_) {
            tokens(append);
        } else if (steps_.empty()) {
            bool is_first = true;
            tokens([&](std::string_view token) {
                if (!is_first) out += ' ';
                is_first = false;
                out += token;
            });
        } else {
            s.reserve(steps_.size());
            run(steps_.size(), tokens, s, append);
        }
    }
    [[nodiscard]] std::string decode(std::vector<std::string> const& tokens) const {
        scratch s;
        std::string text;
        decode(
            [&](token_sink sink) {
                for (std::string const& token : tokens) sink(token);
            },
            s, text);
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
    // What the first n steps make of the tokens goes to the sink. Each step draws on the one before it, as deep as
    // there are steps: a token goes all the way before the next one comes.
    void run(std::size_t n, token_source tokens, scratch& s, token_sink sink) const {
        if (n == 0) {
            tokens(sink);
            return;
        }
        std::visit(
            [&]<class Step>(Step const& decoder) {
                decoder.decode([&](token_sink to_step) { run(n - 1, tokens, s, to_step); }, s.template of<Step>(n - 1),
                               sink);
            },
            steps_[n - 1]);
    }

    std::vector<step> steps_;
    bool joins_bytes_;
};

static_assert(Decoder<any_decoder>);

}  // namespace tessera::inline v0
