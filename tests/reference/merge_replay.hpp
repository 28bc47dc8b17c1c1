// Slow twin of merge_replay: words are kept apart, and pairs are counted anew after each merge.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include <tessera/core/token.hpp>

namespace reference {

using namespace tessera;

struct counted_word {
    std::vector<token_id> symbols;
    std::int64_t count;
};
using pair_table_of_words = std::map<std::pair<token_id, token_id>, std::int64_t>;

inline pair_table_of_words pairs_of(std::vector<counted_word> const& words) {
    pair_table_of_words out;
    for (counted_word const& word : words) {
        for (std::size_t i = 0; i + 1 < word.symbols.size(); ++i) {
            out[{word.symbols[i], word.symbols[i + 1]}] += word.count;
        }
    }
    return out;
}

/// From left to right, without overlaps.
inline void apply(std::vector<counted_word>& words, merge const& m) {
    for (counted_word& word : words) {
        std::vector<token_id> out;
        for (std::size_t i = 0; i < word.symbols.size(); ++i) {
            if (i + 1 < word.symbols.size() && word.symbols[i] == m.left && word.symbols[i + 1] == m.right) {
                out.push_back(m.result);
                ++i;
            } else {
                out.push_back(word.symbols[i]);
            }
        }
        word.symbols = std::move(out);
    }
}

}  // namespace reference
