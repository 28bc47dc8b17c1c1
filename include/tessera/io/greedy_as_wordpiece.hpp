// A greedy model over bytes (RWKV's) in the words of a tokenizer.json: a WordPiece whose prefix is empty takes the
// longest token first as well, and behind a ByteLevel its characters are bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/decode/byte_level_decoder.hpp>
#include <tessera/model/greedy_model.hpp>
#include <tessera/model/wordpiece_model.hpp>
#include <tessera/pretokenize/byte_level.hpp>
#include <tessera/pretokenize/split.hpp>

namespace tessera::inline v0 {

namespace detail {

/// True if no token has a space behind a byte that is not white space: where a text has both, two tokens meet.
inline bool tokens_meet_at_words(vocabulary const& vocab) {
    for (token_id id = 0; id < vocab.size(); ++id) {
        std::string_view const bytes = vocab.bytes(id);
        for (std::size_t at = 1; at < bytes.size(); ++at) {
            bool const is_white_space = bytes[at - 1] == ' ' || (bytes[at - 1] >= '\t' && bytes[at - 1] <= '\r');
            if (bytes[at] == ' ' && !is_white_space) return false;
        }
    }
    return true;
}

}  // namespace detail

/// A tokenizer with the same ids, whose model is a WordPiece.
/// Hugging Face's library tries each length of the rest of a word, so its time grows with the square of the length of a
/// word and more. So the text is split before each space that ends a run of other characters, where the vocabulary
/// allows it (RWKV's does).
/// @throws error  unsupported: its model is not greedy, or lacks one of the 256 bytes, which would make a WordPiece
/// take
///                the whole word as unknown
[[nodiscard]] inline any_tokenizer greedy_as_wordpiece(any_tokenizer const& tokenizer) {
    auto const* const greedy = tokenizer.model().get_if<greedy_model>();
    if (greedy == nullptr) throw error(error_kind::unsupported, "model", "it is not a greedy one");
    vocabulary const& vocab = greedy->vocab();
    for (int b = 0; b < 256; ++b) {
        char const byte = static_cast<char>(b);
        if (vocab.find({&byte, 1}) == no_token) {
            throw error(error_kind::unsupported, "model",
                        "byte " + std::to_string(b) +
                            " is no token; a WordPiece, the only greedy model of a tokenizer.json, would take a whole "
                            "word with it as unknown",
                        "keep the file as it is");
        }
    }
    vocabulary_builder builder;
    for (token_id id = 0; id < vocab.size(); ++id) {
        if (vocab.kind(id) == token_kind::unused) continue;
        if (vocab.find(vocab.bytes(id)) == id) {
            builder.add(id, to_byte_alphabet(vocab.bytes(id)));
        } else {
            builder.add_unfindable(id, vocab.bytes(id), vocab.kind(id));
        }
    }
    std::vector<any_pretokenizer::step> steps = tokenizer.pretokenizer().in_byte_alphabet().steps();
    byte_level_options const& last = std::get<byte_level_pretokenizer>(steps.back()).options();
    if (!last.add_prefix_space && !last.use_regex && detail::tokens_meet_at_words(vocab)) {
        steps.insert(steps.end() - 1, split_pretokenizer({.pattern = {"(?<=\\S) ", true},
                                                          .behavior = split_behavior::merged_with_next,
                                                          .invert = false}));
    }
    constexpr std::size_t no_limit = (std::size_t{1} << 53) - 1;  // the largest that every reader of JSON takes
    return any_tokenizer(
        wordpiece_model(builder.build(),
                        {.unknown = no_token, .continuing_subword_prefix = "", .max_input_chars_per_word = no_limit}),
        any_pretokenizer(std::move(steps)), tokenizer.normalizer(), tokenizer.specials(), tokenizer.post_processor(),
        any_decoder({byte_level_decoder()}));
}

}  // namespace tessera::inline v0
