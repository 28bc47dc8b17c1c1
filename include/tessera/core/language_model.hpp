// What is asked of a language model: for any prefix of tokens, the log-probability of every token that may come next.
// Models of it: lm/ngram_model.hpp; lm/prefix_function_model.hpp, any function from a prefix to a row.
//
// A prefix is spoken of by a handle, so that a model may keep with it whatever makes the next evaluation cheap (a
// sequence in a key-value cache, a node in a trie), and so that prefixes which begin alike share it. Handles are
// bookkeeping; only `evaluate` computes, for many prefixes at once.
//
// The bytes of a token and its kind are not the model's to say but the tokenizer's: one source for both, and a model
// needs neither to compute a row.
#pragma once

#include <concepts>
#include <cstddef>
#include <span>

#include <tessera/core/token.hpp>

namespace tessera::inline v0 {

/// A model of token sequences. Not thread-safe unless it says so.
///
/// `row_width()`  columns of a row, >= vocab_size(): models pad their output layer. Column t is token t; the token that
///                ends a text is one like any other.
/// `vocab_size()` tokens of the vocabulary, 1 or more.
/// `max_live()`   how many handles may be unreleased at a time, 2 or more.
/// `root()`       a handle of the beginning of a text, with whatever token the model wants there.
/// `child(p, t)`  a handle of the prefix p followed by t. Computes nothing. @pre p is live, t < vocab_size()
/// `release(p)`   gives p back: each handle that root() or child() gave, once. Its children stay as they are. A copy of
///                a handle is the same handle.
/// `evaluate(prefixes, rows)`  writes a row for each prefix, in order: rows.size() == prefixes.size() * row_width().
///                A row is natural logarithms of probabilities, -inf allowed, normalised over all its columns: no
///                temperature, no penalty, nothing cut off. A prefix may come twice, and may be evaluated again: it has
///                the same row then, within the precision of the model. How many prefixes are computed at a time is for
///                the model to decide. @pre all are live
/// Errors: `limit` where max_live() is exceeded, or a prefix outgrows the model's context; then nothing has changed.
template <class M>
concept LanguageModel = requires(M m, M const c, typename M::prefix const p, token_id t,
                                 std::span<typename M::prefix const> prefixes, std::span<double> rows) {
    requires std::copyable<typename M::prefix>;
    { c.vocab_size() } -> std::same_as<std::size_t>;
    { c.row_width() } -> std::same_as<std::size_t>;
    { c.max_live() } -> std::same_as<std::size_t>;
    { m.root() } -> std::same_as<typename M::prefix>;
    { m.child(p, t) } -> std::same_as<typename M::prefix>;
    { m.release(p) } -> std::same_as<void>;
    { m.evaluate(prefixes, rows) } -> std::same_as<void>;
};

}  // namespace tessera::inline v0
