// The longest-prefix tokenizer of a vocabulary: of each pretoken the longest token that begins it, then the longest
// that begins the rest. It needs no merges, so a vocabulary may grow by any tokens (a million, in the paper) and be
// used at once. Paper: Feher, Vulic, Minixhofer 2024, arXiv:2411.18553, sec. 4; their code calls it
// to_longest_prefix_tokenizer.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/special_tokens.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/decode/byte_level_decoder.hpp>
#include <tessera/model/greedy_model.hpp>
#include <tessera/model/unigram_model.hpp>
#include <tessera/model/wordpiece_model.hpp>

namespace tessera::inline v0::dynamic {

struct longest_prefix_options {
    /// A pretoken of more characters is unknown, as in Hugging Face's WordPiece, whose default is 100. (Characters of
    /// the byte alphabet, that is bytes, where the vocabulary is written in it.)
    std::optional<std::size_t> max_word_characters;
    /// Stands for a pretoken that is too long, or that tokens do not cover. `no_token`: the model's own, if it has one;
    /// else such a pretoken gives no id.
    token_id unknown = no_token;
};

namespace detail {

/// Tokens as a model over bytes has them, with added tokens among them, which the library's WordPiece finds as well; or
/// nothing if it takes such a token for other bytes than its own, or if a byte has no token.
inline std::optional<vocabulary> bytes_with_added(vocabulary const& vocab) {
    for (int b = 0; b < 256; ++b) {
        char const byte = static_cast<char>(b);
        if (vocab.find({&byte, 1}) == no_token) return std::nullopt;
    }
    vocabulary_builder builder;
    std::string read;
    for (token_id id = 0; id < vocab.size(); ++id) {
        if (vocab.kind(id) == token_kind::unused) continue;
        std::string_view const bytes = vocab.bytes(id);
        if (bytes.empty()) {
            builder.add_empty(id, vocab.kind(id));
        } else if (vocab.find(bytes) == id) {
            builder.add(id, bytes, vocab.kind(id));
        } else if (!from_byte_alphabet(bytes, read)) {
            builder.add_unfindable(id, bytes, vocab.kind(id));
        } else if (read == bytes && vocab.find(bytes) == no_token) {
            builder.add(id, bytes, vocab.kind(id));
        } else {
            return std::nullopt;
        }
    }
    return builder.build();
}

/// Tokens as they are spelled, added ones included.
inline vocabulary spelled_with_added(vocabulary const& vocab, bool in_byte_alphabet) {
    vocabulary_builder builder;
    for (token_id id = 0; id < vocab.size(); ++id) {
        if (vocab.kind(id) == token_kind::unused) continue;
        std::string_view const bytes = vocab.bytes(id);
        if (bytes.empty()) {
            builder.add_empty(id, vocab.kind(id));
        } else if (in_byte_alphabet && vocab.find(bytes) == id) {
            builder.add(id, to_byte_alphabet(bytes), vocab.kind(id));
        } else {
            builder.add_unless_known(id, bytes, vocab.kind(id));
        }
    }
    return builder.build();
}

}  // namespace detail

/// `tokenizer` with its vocabulary, normalizer, pretokenizer, added tokens and decoder, and longest match for a model.
/// The ids are those of Hugging Face's WordPiece with an empty prefix in the place of the model, which takes the whole
/// pretoken for unknown if a character has no token.
/// @throws error    unsupported: its model is neither BPE nor unigram; bad_option: `unknown` is not in the vocabulary
/// @par Differs     from the authors' function: a pretoken may have any length, unless the options say otherwise
[[nodiscard]] inline any_tokenizer longest_prefix_tokenizer(any_tokenizer const& tokenizer,
                                                            longest_prefix_options const& options = {}) {
    constexpr std::size_t no_limit = (std::size_t{1} << 53) - 1;  // the largest that every reader of JSON takes
    auto const* const bpe = tokenizer.model().get_if<bpe_model>();
    auto const* const unigram = tokenizer.model().get_if<unigram_model>();
    if (bpe == nullptr && unigram == nullptr) {
        throw error(error_kind::unsupported, "model", "a longest-prefix tokenizer is made from BPE or unigram");
    }
    token_id unknown = options.unknown;
    if (unknown == no_token) unknown = bpe != nullptr ? bpe->options().unknown : unigram->options().unknown;
    vocabulary const& vocab = tokenizer.model().vocab();
    auto const with_model = [&](auto model, any_pretokenizer pretokenizer, any_decoder decoder) {
        return any_tokenizer(std::move(model), std::move(pretokenizer), tokenizer.normalizer(), tokenizer.specials(),
                             tokenizer.post_processor(), std::move(decoder));
    };
    bool const bytes = bpe != nullptr && bpe->options().unit == symbol_unit::byte;
    if (bytes && !options.max_word_characters) {
        if (std::optional<vocabulary> all = detail::bytes_with_added(vocab)) {
            return with_model(greedy_model(*std::move(all)), tokenizer.pretokenizer(), tokenizer.decoder());
        }
    }
    wordpiece_model model(detail::spelled_with_added(vocab, bytes),
                          {.unknown = unknown,
                           .continuing_subword_prefix = "",
                           .max_input_chars_per_word = options.max_word_characters.value_or(no_limit)});
    if (!bytes) return with_model(std::move(model), tokenizer.pretokenizer(), tokenizer.decoder());
    return with_model(std::move(model), tokenizer.pretokenizer().in_byte_alphabet(),
                      any_decoder({byte_level_decoder()}));
}

}  // namespace tessera::inline v0::dynamic
