// From texts to batches and to what merges them, with any tokenizer.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tessera/core/stages.hpp>
#include <tessera/core/text_piece.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/dynamic/base_tokens.hpp>
#include <tessera/dynamic/batch_merger.hpp>
#include <tessera/dynamic/boundary.hpp>
#include <tessera/dynamic/token_batch.hpp>

namespace tessera::inline v0::dynamic {

/// What merges the tokens of `tokenizer`, which has to stay.
/// @par Example  examples/dynamic_batch.cpp
template <class Tokenizer>
[[nodiscard]] batch_merger<typename Tokenizer::pretokenizer_type> merger_of(
    Tokenizer const& tokenizer, boundary where = boundary::pretokens,
    special_merging specials = special_merging::never) {
    return batch_merger(base_tokens::of(tokenizer), boundary_rule(tokenizer.pretokenizer(), where, specials));
}

/// Appends one sequence: words, each encoded by itself, as for the classification of words. Their tokens bear their
/// numbers; `before` and `after` (`<s>`, `</s>`) none.
template <class Tokenizer>
void add_words(Tokenizer const& tokenizer, std::span<std::string_view const> words, std::span<token_id const> before,
               std::span<token_id const> after, typename Tokenizer::scratch& s, token_batch& batch) {
    std::vector<token_id> ids(before.begin(), before.end());
    std::vector<word_index> of_tokens(before.size(), no_word);
    for (std::size_t i = 0; i < words.size(); ++i) {
        tokenizer.encode(words[i], {}, s, [&](token_id id) { ids.push_back(id); });
        of_tokens.resize(ids.size(), static_cast<word_index>(i));
    }
    ids.insert(ids.end(), after.begin(), after.end());
    of_tokens.resize(ids.size(), no_word);
    batch.add(ids, of_tokens);
}

/// Sequences whose tokens are pretokens.
struct pretoken_batch {
    token_batch batch;
    ephemeral_vocabulary new_tokens;
};

/// The shortest sequences of all: each pretoken of a normalized text is a token, of the vocabulary if it has one of
/// these bytes, else a new one. No token is cut out of the text before. (The reference's word-level fallback.)
template <class Tokenizer>
[[nodiscard]] pretoken_batch pretokens_of(Tokenizer const& tokenizer, std::span<std::string_view const> texts) {
    vocabulary const& vocab = tokenizer.vocab();
    pretoken_batch out{{}, ephemeral_vocabulary(vocab.size())};
    std::unordered_map<std::string, token_id> made;
    typename Tokenizer::scratch s;
    std::string bytes;
    std::vector<token_id> ids;
    for (std::string_view const text : texts) {
        ids.clear();
        text_piece const whole = tessera::detail::whole_input(tokenizer.pretokenizer(), text);
        tessera::detail::for_each_pretoken(
            tokenizer.pretokenizer(),
            tessera::detail::normalized(tokenizer.normalizer(), whole, s.normalizer, s.normalized), s.pretokenizer,
            [&](std::string_view pretoken) {
                bytes.clear();
                tokenizer.decoder().append_token_bytes(pretoken, bytes);
                if (bytes.empty()) bytes = pretoken;
                token_id id = vocab.find(bytes);
                if (id == no_token) {
                    auto const [at, is_new] = made.try_emplace(bytes, no_token);
                    if (is_new) at->second = out.new_tokens.add(bytes);
                    id = at->second;
                }
                ids.push_back(id);
            });
        out.batch.add(ids);
    }
    return out;
}

}  // namespace tessera::inline v0::dynamic
