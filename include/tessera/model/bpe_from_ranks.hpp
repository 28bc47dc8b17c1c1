// tiktoken's reading of a vocabulary: the id of a token is its rank, and any two neighbours whose bytes together are a
// token may merge. Written out as merges, so that one model runs both families.
// Source: openai/tiktoken src/lib.rs, _byte_pair_merge.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/model/bpe_model.hpp>

namespace tessera::inline v0 {

/// All merges a rank vocabulary implies: each way to cut a token into two tokens. All cuts of one token share its
/// rank, so that of overlapping candidates the leftmost wins, as in tiktoken; numbering them apart, as the published
/// conversions to tokenizer.json do, gives other ids for some texts (docs/differences.md).
/// @return      in order of rank, within a rank in order of the cut
/// @complexity  linear in the bytes of all tokens times the length of the longest
[[nodiscard]] inline std::vector<merge> merges_from_ranks(vocabulary const& vocab) {
    std::vector<merge> merges;
    for (token_id id = 0; id < vocab.size(); ++id) {
        std::string_view const bytes = vocab.bytes(id);
        if (bytes.size() < 2 || vocab.find(bytes) != id) continue;
        // A part is a token only if it is at most as long as the longest one.
        std::size_t const first = bytes.size() > vocab.longest() ? bytes.size() - vocab.longest() : 1;
        for (std::size_t cut = first; cut < bytes.size() && cut <= vocab.longest(); ++cut) {
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
