// Which vocabulary a model of token ids belongs to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tessera/core/error.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/lm/ngram_model.hpp>

namespace tessera::inline v0::lm {

/// Of the bytes of every token, in order of ids; a control token counts as one, without its bytes, for which formats
/// have different spellings. Take a tokenizer's canonical vocabulary (`tokenizer.vocab()`): then a `.model`, a
/// tokenizer.json and a GGUF of one tokenizer have one hash; a vocab.json, which does not say that a token is a control
/// token, has another where there are any. How text is split and merged is no part of it.
[[nodiscard]] inline long_hash vocabulary_hash(vocabulary const& vocab) {
    std::string all;
    for (token_id id = 0; id < vocab.size(); ++id) {
        bool const is_control = vocab.kind(id) == token_kind::control;
        std::string_view const bytes = is_control ? std::string_view() : vocab.bytes(id);
        std::uint32_t const length = is_control ? 0xFFFF'FFFFU : static_cast<std::uint32_t>(bytes.size());
        for (int shift = 0; shift < 32; shift += 8) all += static_cast<char>(length >> shift & 255);
        all += bytes;
    }
    return long_hash_of(all);
}

/// 32 hexadecimal digits.
[[nodiscard]] inline std::string hexadecimal(long_hash hash) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (std::uint64_t const half : {hash.high, hash.low}) {
        for (int shift = 60; shift >= 0; shift -= 4) text += digits[half >> shift & 15];
    }
    return text;
}

/// @throws error  bad_option: the model was made with another vocabulary
inline void require_vocabulary(ngram_model const& model, vocabulary const& vocab) {
    long_hash const hash = vocabulary_hash(vocab);
    if (model.vocab_size() == vocab.size() && model.data().vocabulary == hash) return;
    throw error(error_kind::bad_option, "",
                "the model was made with another tokenizer: one of " + std::to_string(model.vocab_size()) +
                    " tokens with hash " + hexadecimal(model.data().vocabulary) + ", and this has " +
                    std::to_string(vocab.size()) + " and " + hexadecimal(hash),
                "give the tokenizer it was trained with, or train one with this");
}

}  // namespace tessera::inline v0::lm
