// Tokenizers whose tokens are characters: bytes, code points or grapheme clusters. A character that is no token becomes
// its bytes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/special_tokens.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/train/bpe_trainer.hpp>
#include <tessera/train/detail/alphabet.hpp>
#include <tessera/train/detail/asked_tokens.hpp>
#include <tessera/train/detail/training_tokens.hpp>
#include <tessera/train/pretoken_counts.hpp>

namespace tessera::inline v0 {

/// What a tokenizer calls a character. Each has a pretokenizer that cuts text into them: `bytes`, which leaves that to
/// the model, `code-points` and `graphemes`.
enum class character_unit : std::uint8_t { byte, code_point, grapheme };

struct character_trainer_options {
    character_unit unit = character_unit::code_point;
    /// Tokens in all: special tokens, bytes and characters. Fewer come out where the corpus has no more characters.
    std::size_t vocab_size = 30000;
    /// Characters that occur less often are no tokens.
    std::uint64_t min_frequency = 0;
    initial_alphabet alphabet = initial_alphabet::bytes;
    /// Get the first ids, in this order.
    std::vector<std::string> special_tokens = {};
    vocabulary_padding padding = {};
};

/// Its model is byte-pair encoding without merges, which takes a pretoken that is a token whole; the pretokenizer that
/// cuts the text into these characters belongs to it. So a tokenizer.json can say it.
struct trained_characters {
    bpe_model model;
    std::vector<added_token> specials;
    std::uint64_t n_characters;  ///< in the corpus
    std::uint64_t n_covered;     ///< of these, how many are one token
};

namespace detail {

inline trained_characters characters_of(training_tokens& tokens, std::vector<added_token> specials,
                                        vocabulary_padding const& padding) {
    std::size_t const n_special = specials.size();
    pad_vocabulary(padding.of(tokens.bytes.size()), tokens, specials);
    return {bpe_model(vocabulary_of(tokens, n_special, symbol_unit::byte), {}, {.ignore_merges = true}),
            std::move(specials), 0, 0};
}

}  // namespace detail

/// The most frequent characters, the smaller bytes among equals, behind special tokens and bytes.
/// @param counts  of what the unit's pretokenizer cuts
/// @throws error  empty_input: there are no characters; bad_option: the vocabulary is smaller than special tokens and
///                bytes
/// @complexity    O(n log n) for n different characters
[[nodiscard]] inline trained_characters train_characters(pretoken_counts const& counts,
                                                         character_trainer_options const& options) {
    if (counts.size() == 0) {
        throw error(error_kind::empty_input, "corpus", "there is no text to train on", "name files that have some");
    }
    detail::training_tokens tokens;
    std::vector<added_token> specials = detail::add_special_tokens(options.special_tokens, symbol_unit::byte, tokens);
    for (std::string& byte : detail::make_alphabet(counts, symbol_unit::byte, options.alphabet, 0)) {
        if (tokens.find(byte) == no_token) tokens.add(std::move(byte), 1);
    }
    if (tokens.bytes.size() > options.vocab_size) {
        throw error(error_kind::bad_option, "vocabulary size",
                    std::to_string(options.vocab_size) + " is less than the bytes and the special tokens take",
                    "ask for at least " + std::to_string(tokens.bytes.size()));
    }
    std::vector<std::pair<std::uint64_t, std::string>> characters;
    std::uint64_t n_characters = 0;
    std::uint64_t n_covered = 0;
    counts.for_each([&](std::string_view character, std::uint64_t n) {
        if (options.unit == character_unit::byte) {
            n_characters += n * character.size();
            n_covered = n_characters;
            return;
        }
        n_characters += n;
        if (tokens.find(std::string(character)) != no_token) {
            n_covered += n;
        } else if (n >= options.min_frequency) {
            characters.emplace_back(n, character);
        }
    });
    std::sort(characters.begin(), characters.end(), [](auto const& a, auto const& b) {
        return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    characters.resize(std::min(characters.size(), options.vocab_size - tokens.bytes.size()));
    for (auto& [n, character] : characters) {
        tokens.add(std::move(character), 1);
        n_covered += n;
    }
    trained_characters result = detail::characters_of(tokens, std::move(specials), options.padding);
    result.n_characters = n_characters;
    result.n_covered = n_covered;
    return result;
}

/// All characters there are, in order, without a corpus: 256 bytes and, for code points, the 1,111,936 of more than one
/// byte. Every text of n such characters is n tokens.
/// @throws error  unsupported: there is no end of grapheme clusters
[[nodiscard]] inline trained_characters all_characters(character_unit unit,
                                                       std::vector<std::string> const& special_tokens = {},
                                                       vocabulary_padding const& padding = {}) {
    if (unit == character_unit::grapheme) {
        throw error(error_kind::unsupported, "characters", "there is no end of grapheme clusters",
                    "take those of a corpus, or code points");
    }
    detail::training_tokens tokens;
    std::vector<added_token> specials = detail::add_special_tokens(special_tokens, symbol_unit::byte, tokens);
    auto const add = [&](std::string character) {
        if (tokens.find(character) == no_token) tokens.add(std::move(character), 1);
    };
    for (std::string& byte : detail::make_alphabet({}, symbol_unit::byte, initial_alphabet::bytes, 0)) {
        add(std::move(byte));
    }
    for (char32_t c = 0x80; unit == character_unit::code_point && c <= 0x10FFFF; ++c) {
        if (c == 0xD800) c = 0xE000;  // surrogates are no characters
        std::string character;
        encode_utf8(c, character);
        add(std::move(character));
    }
    return detail::characters_of(tokens, std::move(specials), padding);
}

}  // namespace tessera::inline v0
