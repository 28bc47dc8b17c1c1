// Whether a tokenizer can be written as ranks: whether merging by rank makes what its merge list makes.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/io/detail/bpe_parts.hpp>
#include <tessera/io/detail/merge_list.hpp>
#include <tessera/model/bpe_from_ranks.hpp>

namespace tessera::inline v0::detail {

/// The tokens that text can become, with their ids.
inline vocabulary ordinary_tokens(vocabulary const& all) {
    vocabulary_builder builder;
    for (token_id id = 0; id < all.size(); ++id) {
        bool const ordinary = all.kind(id) == token_kind::normal || all.kind(id) == token_kind::byte;
        if (ordinary && all.find(all.bytes(id)) == id) builder.add(id, all.bytes(id), all.kind(id));
    }
    return builder.build();
}

/// Checks that merging by rank gives the same ids on every text: the tokens' own merges (merge_list.hpp) are the same,
/// in the order of the ids they make, and a pretoken that is a token, which is taken whole by rank, becomes that token.
/// @return        the tokens to write
/// @throws error  unsupported
inline vocabulary check_ranks(any_tokenizer const& tokenizer) {
    bpe_model const& model = bpe_of(tokenizer, "a .tiktoken file");
    auto const refuse = [&](std::string where, std::string message) {
        throw error(error_kind::unsupported, std::move(where), std::move(message), "write a tokenizer.json");
    };
    bpe_options const& o = model.options();
    if (o.unit != symbol_unit::byte || !o.continuing_subword_prefix.empty() || !o.end_of_word_suffix.empty()) {
        refuse("", "a .tiktoken file holds byte-level tokenizers only, without prefix or suffix");
    }
    vocabulary vocab = ordinary_tokens(model.vocab());
    for (unsigned b = 0; b < 256; ++b) {
        char const byte = static_cast<char>(b);
        if (vocab.find({&byte, 1}) == no_token) {
            throw error(error_kind::unsupported, "",
                        "byte " + std::to_string(b) + " is not a token, and a .tiktoken file needs all 256",
                        "train with --initial-alphabet bytes, or write a tokenizer.json");
        }
    }
    auto const is_ordinary = [&](token_id id) { return id < vocab.size() && vocab.kind(id) != token_kind::unused; };
    std::vector<merge> by_list = merge_list(model).in_order();
    // What makes a special token: the text does not come to the model.
    std::erase_if(by_list, [&](merge const& m) { return !is_ordinary(m.result); });
    bpe_model const ranks = bpe_from_ranks(vocab);
    std::vector<merge> const by_rank = merge_list(ranks).in_order();

    std::vector<merge const*> own(vocab.size(), nullptr);  // by what they make
    for (merge const& m : by_list) own[m.result] = &m;
    std::vector<bool> is_made_by_rank(vocab.size(), false);
    auto const refuse_token = [&](token_id id, char const* why) {
        refuse("token id " + std::to_string(id), in_quotes(to_byte_alphabet(vocab.bytes(id))) + why);
    };
    for (merge const& m : by_rank) {
        is_made_by_rank[m.result] = true;
        merge const* const other = own[m.result];
        if (other == nullptr) refuse_token(m.result, " is not made by the merges, but would be by rank");
        if (other->left != m.left || other->right != m.right) {
            refuse_token(m.result, " is made of other tokens by rank than by the merges");
        }
    }
    for (token_id id = 0; id < vocab.size(); ++id) {
        if (own[id] != nullptr && !is_made_by_rank[id]) refuse_token(id, " is not made by rank");
        if (own[id] == nullptr && !o.ignore_merges && vocab.bytes(id).size() > 1) {
            refuse_token(id, " is not made by the merges, but by rank is taken whole");
        }
    }
    for (std::size_t i = 1; i < by_list.size(); ++i) {
        if (by_list[i].result < by_list[i - 1].result) {
            refuse("token id " + std::to_string(by_list[i].result),
                   "the merges are not in the order of the ids they make, so ids are not ranks");
        }
    }
    return vocab;
}

}  // namespace tessera::inline v0::detail
