// An encoding between special tokens, as BERT and RoBERTa want it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/post_process/encoding.hpp>

namespace tessera::inline v0 {
namespace detail {

/// Puts special tokens around `e` and around each of its overflowing parts, whose own parts are dropped. What was in
/// `e` counts as text, none of it as padding.
inline void wrap(encoding& e, std::span<token_id const> before, std::span<token_id const> after,
                 std::uint32_t type_id) {
    std::size_t const n = e.size();
    std::size_t const n_all = before.size() + n + after.size();
    e.ids.insert(e.ids.begin(), before.begin(), before.end());
    e.ids.insert(e.ids.end(), after.begin(), after.end());
    e.type_ids.insert(e.type_ids.begin(), before.size(), type_id);
    e.type_ids.insert(e.type_ids.end(), after.size(), type_id);
    e.special_tokens_mask.assign(before.size(), 1);
    e.special_tokens_mask.insert(e.special_tokens_mask.end(), n, 0);
    e.special_tokens_mask.insert(e.special_tokens_mask.end(), after.size(), 1);
    e.attention_mask.assign(n_all, 1);
    for (encoding& part : e.overflowing) {
        part.overflowing.clear();
        wrap(part, before, after, type_id);
    }
}

}  // namespace detail
}  // namespace tessera::inline v0
