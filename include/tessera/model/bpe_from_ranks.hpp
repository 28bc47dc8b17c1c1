// tiktoken's reading of a vocabulary: the id of a token is its rank, and any two neighbours whose bytes together are a
// token may merge. Written out as merges, so that one model runs both families.
// Source: openai/tiktoken src/lib.rs, _byte_pair_merge.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/model/bpe_model.hpp>

namespace tessera::inline v0 {

/// All merges a rank vocabulary implies: each way to cut a token into two tokens, with the token's rank. Of the cuts of
/// one token only one is ever met (io/detail/merge_list.hpp says why), so that the published conversions to
/// tokenizer.json, which number them apart, give the same ids.
/// @return        in order of rank, within a rank in order of the cut
/// @throws error  limit: a token has more than 64 KiB (the longest in use have a few hundred bytes)
/// @complexity    the bytes of all tokens times the number of different lengths of tokens
[[nodiscard]] inline std::vector<merge> merges_from_ranks(vocabulary const& vocab) {
    constexpr std::size_t longest = std::size_t{1} << 16;
    if (vocab.longest() > longest) {
        throw error(error_kind::limit, "vocabulary",
                    "a token has " + std::to_string(vocab.longest()) + " bytes, more than " + std::to_string(longest),
                    "remove it");
    }
    std::vector<bool> is_length(vocab.longest() + 1);
    for (token_id id = 0; id < vocab.size(); ++id) is_length[vocab.bytes(id).size()] = true;
    std::vector<merge> merges;
    for (token_id id = 0; id < vocab.size(); ++id) {
        std::string_view const bytes = vocab.bytes(id);
        if (bytes.size() < 2 || vocab.find(bytes) != id) continue;
        for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
            if (!is_length[cut] || !is_length[bytes.size() - cut]) continue;
            token_id const left = vocab.find(bytes.substr(0, cut));
            if (left == no_token) continue;
            token_id const right = vocab.find(bytes.substr(cut));
            if (right != no_token) merges.push_back({left, right, id, id});
        }
    }
    return merges;
}

/// The model tiktoken makes of a rank vocabulary.
[[nodiscard]] inline bpe_model bpe_from_ranks(vocabulary vocab) {
    std::vector<merge> merges = merges_from_ranks(vocab);
    return {std::move(vocab), std::move(merges), {.ignore_merges = true}};
}

}  // namespace tessera::inline v0
