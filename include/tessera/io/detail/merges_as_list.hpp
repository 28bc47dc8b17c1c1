// The merges of a BPE model as formats have them that know nothing but lists.
#pragma once

#include <algorithm>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/io/detail/merge_list.hpp>
#include <tessera/model/bpe_model.hpp>

namespace tessera::inline v0::detail {

/// The merges as a list with which Hugging Face's library makes what the model makes.
/// @throws error  unsupported: there is none
inline std::vector<merge> merges_as_list(bpe_model const& model) {
    std::vector<merge> merges(model.merges().begin(), model.merges().end());
    std::stable_sort(merges.begin(), merges.end(), [](merge const& a, merge const& b) { return a.rank < b.rank; });
    bool const is_by_rank = std::adjacent_find(merges.begin(), merges.end(), [](merge const& a, merge const& b) {
                                return a.rank == b.rank;
                            }) != merges.end();
    if (!is_by_rank) return merges;
    if (model.options().unit != symbol_unit::byte || model.options().unknown != no_token) {
        throw error(error_kind::unsupported, "model",
                    "merges by rank are written for byte-level tokenizers without an unknown token only",
                    "keep the file as it is");
    }
    return merge_list(model).in_order();
}

}  // namespace tessera::inline v0::detail
