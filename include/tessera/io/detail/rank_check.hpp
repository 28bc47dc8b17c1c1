// Whether a tokenizer can be written as ranks: whether merging by rank makes what its merge list makes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/io/detail/bpe_parts.hpp>
#include <tessera/io/write_tokenizer_json.hpp>
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

/// Checks what can be checked without a text: the merges are in order of the ids they make, and each token, encoded by
/// rank, is itself. (Two such tokenizers can still differ where a token can be cut in several ways.)
/// @return        the tokens to write
/// @throws error  unsupported
inline vocabulary check_ranks(any_tokenizer const& tokenizer) {
    constexpr char const* remedy = "write a tokenizer.json";
    bpe_model const& model = bpe_of(tokenizer, "a .tiktoken file");
    auto const refuse = [&](std::string where, std::string message) {
        throw error(error_kind::unsupported, std::move(where), std::move(message), remedy);
    };
    if (model.options().unit != symbol_unit::byte) refuse("", "a .tiktoken file holds byte-level tokenizers only");
    vocabulary vocab = ordinary_tokens(model.vocab());
    for (unsigned b = 0; b < 256; ++b) {
        char const byte = static_cast<char>(b);
        if (vocab.find({&byte, 1}) == no_token) {
            throw error(error_kind::unsupported, "",
                        "byte " + std::to_string(b) + " is not a token, and a .tiktoken file needs all 256",
                        "train with --initial-alphabet bytes, or write a tokenizer.json");
        }
    }
    std::vector<merge> by_rank = merges_from_ranks(vocab);
    bool const by_rank_already =
        std::equal(by_rank.begin(), by_rank.end(), model.merges().begin(), model.merges().end());
    if (by_rank_already && model.options().ignore_merges) return vocab;

    token_id last = no_token;
    for (merge const& m : merges_in_order(model)) {
        if (last != no_token && m.result < last) {
            refuse("token id " + std::to_string(m.result),
                   "the merges are not in the order of the ids they make, so ids are not ranks");
        }
        last = m.result;
    }
    if (model.options().ignore_merges) return vocab;  // tokens are taken whole, here as there
    bpe_model const ranks(vocab, std::move(by_rank));
    for (token_id id = 0; id < vocab.size(); ++id) {
        if (vocab.kind(id) == token_kind::unused) continue;
        if (!model.is_whole(id) || !ranks.is_whole(id)) {
            refuse(
                "token id " + std::to_string(id),
                in_quotes(to_byte_alphabet(vocab.bytes(id))) +
                    (model.is_whole(id) ? " is not made by rank" : " is not made by the merges, but would be by rank"));
        }
    }
    return vocab;
}

}  // namespace tessera::inline v0::detail
