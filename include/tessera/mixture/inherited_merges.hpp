// Merges that a trainer did not make but was given: a vocabulary that begins with another one's. Llama 3's first
// 100,000 merges are cl100k's. They are replayed, and say nothing of the mixture that the rest was learnt from.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/mixture/detail/own_merges.hpp>
#include <tessera/mixture/training_merges.hpp>

namespace tessera::inline v0 {

/// How many of the merges that `list` begins with are those that `base` begins with, in the same order. Merges of the
/// base that the list has nowhere are passed over: whoever took a vocabulary over may have left something out. (Qwen's
/// list has 98,900 of cl100k's 100,000 merges, all but those of numbers, and begins with them.)
/// @complexity  linear
[[nodiscard]] inline std::size_t common_beginning(training_merges const& list, training_merges const& base) {
    vocabulary const known = detail::vocabulary_of(list.symbols);
    std::vector<token_id> by_result(list.symbols.size(), no_token);
    for (std::size_t i = 0; i < list.merges.size(); ++i) by_result[list.merges[i].result] = static_cast<token_id>(i);
    std::size_t n = 0;
    for (merge const& m : base.merges) {
        token_id const result = known.find(base.symbols[m.result]);
        token_id const place = result == no_token ? no_token : by_result[result];
        if (place == no_token || list.symbols[list.merges[place].left] != base.symbols[m.left]) continue;
        if (place != n) break;
        ++n;
    }
    return n;
}

/// Marks what the list has of `base` at its beginning as not learnt.
///
/// Merges that stand in both lists further on are left as they are: two tokenizers of similar texts learn many of the
/// same merges. That they were taken over is shown by their order, which for tokenizers trained apart differs within
/// ten merges.
/// @return  how many those are
inline std::size_t mark_inherited(training_merges& list, training_merges const& base) {
    std::size_t const n = common_beginning(list, base);
    for (std::size_t i = 0; i < n; ++i) list.is_learnt[i] = 0;
    list.n_inherited = std::max(list.n_inherited, n);
    return n;
}

}  // namespace tessera::inline v0
