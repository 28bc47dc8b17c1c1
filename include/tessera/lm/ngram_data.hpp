// What an n-gram model is made of: whole numbers only. Contexts stand in a trie that goes backwards in the text, so
// that one descent meets a context and all shorter ones that it ends with.
//
//   level 0   the empty context          successors: all tokens that occur
//   level 1   "b"         "c"            of each: the tokens that occur after it, with counts
//   level 2   "a b" "c b" "a c"          children of a context are those that end with it, by the token in front
//
// Next to read: ngram_model.hpp, the probabilities; ngram_trainer.hpp, where the counts come from.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/core/token.hpp>

namespace tessera::inline v0::lm {

/// The longest n-grams a model may have.
inline constexpr std::size_t max_ngram_order = 8;

/// Stands in front of every text: a context, never a successor, and not a token of the vocabulary.
inline constexpr token_id before_text = no_token;

/// All contexts of one length, in order of their tokens, the last token first.
struct ngram_level {
    std::vector<token_id> keys;  ///< of each context its first token; in level 0 one, `before_text`
    /// Where its children begin in the next level, and an end. Empty in the last level.
    std::vector<std::uint64_t> first_child;
    std::vector<std::uint64_t> first_successor;  ///< where its successors begin, and an end
    std::vector<token_id> successors;            ///< increasing within a context
    std::vector<std::uint64_t> counts;           ///< of each successor, 1 or more

    friend bool operator==(ngram_level const&, ngram_level const&) = default;
};

struct ngram_data {
    std::size_t vocab_size = 0;
    std::size_t row_width = 0;        ///< >= vocab_size
    token_id end = no_token;          ///< the token that ends each text; `no_token`: texts do not end
    long_hash vocabulary;             ///< vocabulary_hash of the tokenizer
    std::vector<ngram_level> levels;  ///< as many as the order: level k has contexts of k tokens

    friend bool operator==(ngram_data const&, ngram_data const&) = default;
};

namespace detail {

[[noreturn]] inline void fail_ngram(std::size_t level, std::string_view what, std::uint64_t at, std::string message,
                                    error_kind kind = error_kind::syntax) {
    throw error(kind, "level " + std::to_string(level) + ", " + std::string(what) + " " + std::to_string(at),
                std::move(message), "the model may be damaged; make it again");
}

/// `offsets` has `n` + 1 numbers that rise from 0 to `end`; strictly, where each range must have something in it.
inline void check_offsets(std::size_t level, std::string_view what, std::vector<std::uint64_t> const& offsets,
                          std::size_t n, std::size_t end, bool strictly) {
    if (offsets.size() != n + 1 || offsets.front() != 0 || offsets.back() != end)
        fail_ngram(level, what, 0, "the ranges do not fill the level");
    for (std::size_t i = 0; i < n; ++i) {
        if (offsets[i] > offsets[i + 1] || (strictly && offsets[i] == offsets[i + 1]))
            fail_ngram(level, what, i, "its range is empty or goes backwards");
    }
}

inline void check_children(ngram_data const& data, std::size_t k) {
    ngram_level const& level = data.levels[k];
    ngram_level const& next = data.levels[k + 1];
    check_offsets(k, "children of context", level.first_child, level.keys.size(), next.keys.size(), false);
    for (std::size_t i = 0; i < level.keys.size(); ++i) {
        bool const ends = k > 0 && level.keys[i] == before_text;
        for (std::uint64_t c = level.first_child[i]; c < level.first_child[i + 1]; ++c) {
            if (ends) fail_ngram(k + 1, "context", c, "it reaches beyond the beginning of the text");
            if (next.keys[c] >= data.vocab_size && next.keys[c] != before_text)
                fail_ngram(k + 1, "context", c, "its token is not in the vocabulary", error_kind::bad_id);
            if (c > level.first_child[i] && next.keys[c - 1] >= next.keys[c])
                fail_ngram(k + 1, "context", c, "the contexts are not in order");
            // What follows a context follows what it ends with: rows are computed by that.
            auto const begin = level.successors.begin();
            auto from = begin + static_cast<std::ptrdiff_t>(level.first_successor[i]);
            auto const to = begin + static_cast<std::ptrdiff_t>(level.first_successor[i + 1]);
            for (std::uint64_t s = next.first_successor[c]; s < next.first_successor[c + 1]; ++s) {
                from = std::lower_bound(from, to, next.successors[s]);
                if (from == to || *from != next.successors[s])
                    fail_ngram(k + 1, "successor", s, "it does not follow the shorter context");
            }
        }
    }
}

}  // namespace detail

/// @throws error  bad_option: sizes without meaning; syntax, bad_id, limit: the levels do not fit together
/// @complexity    O(n log n), n = n-grams of all lengths
inline void check_ngram_data(ngram_data const& data) {
    auto const fail_option = [](char const* what, std::string message) {
        throw error(error_kind::bad_option, what, std::move(message));
    };
    std::size_t const order = data.levels.size();
    if (order < 1 || order > max_ngram_order)
        fail_option("order", std::to_string(order) + " is not in 1 .. " + std::to_string(max_ngram_order));
    if (data.vocab_size < 1 || data.vocab_size > data.row_width || data.row_width > max_vocabulary_size)
        fail_option("vocab_size", std::to_string(data.vocab_size) + " tokens in rows of " +
                                      std::to_string(data.row_width) + " columns make no model");
    if (data.end != no_token && data.end >= data.vocab_size)
        fail_option("end", "the token that ends a text, " + std::to_string(data.end) + ", is not in the vocabulary");
    if (data.levels[0].keys != std::vector<token_id>{before_text})
        detail::fail_ngram(0, "context", 0, "there is one empty context");
    for (std::size_t k = 0; k < order; ++k) {
        ngram_level const& level = data.levels[k];
        std::size_t const n = level.successors.size();
        if (level.counts.size() != n) detail::fail_ngram(k, "successor", n, "there are not as many counts");
        detail::check_offsets(k, "successors of context", level.first_successor, level.keys.size(), n, true);
        for (std::size_t i = 0; i < level.keys.size(); ++i) {
            std::uint64_t total = 0;
            for (std::uint64_t s = level.first_successor[i]; s < level.first_successor[i + 1]; ++s) {
                if (level.successors[s] >= data.vocab_size)
                    detail::fail_ngram(k, "successor", s, "it is not in the vocabulary", error_kind::bad_id);
                if (s > level.first_successor[i] && level.successors[s - 1] >= level.successors[s])
                    detail::fail_ngram(k, "successor", s, "the successors are not in order");
                if (level.counts[s] == 0) detail::fail_ngram(k, "successor", s, "its count is 0");
                if (level.counts[s] > ~std::uint64_t{0} - total)
                    detail::fail_ngram(k, "context", i, "the counts sum to more than 2^64 - 1", error_kind::limit);
                total += level.counts[s];
            }
        }
    }
    for (std::size_t k = 0; k + 1 < order; ++k) detail::check_children(data, k);
    if (!data.levels.back().first_child.empty())
        detail::fail_ngram(order - 1, "children of context", 0, "the longest contexts have none");
}

}  // namespace tessera::inline v0::lm
