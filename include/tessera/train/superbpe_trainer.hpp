// SuperBPE: byte-pair encoding first inside words, then across them. Both stages, from text to a model.
//
// Stage 1 is bpe_trainer.hpp, on pretokens that are words; it ends at the transition point. Stage 2 is
// continued_bpe.hpp, on pretokens that are nearly whole lines. The result is an ordinary merge list: the model that
// runs it needs to know nothing of superwords, but the tokenizer must split text as stage 2 does.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/text_block.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/normalize/no_normalizer.hpp>
#include <tessera/train/bpe_trainer.hpp>
#include <tessera/train/continued_bpe.hpp>
#include <tessera/train/count_pretokens.hpp>
#include <tessera/train/merge_veto.hpp>

namespace tessera::inline v0 {

struct superbpe_options {
    /// Of stage 1. Its vocabulary size is the transition point: the tokens there are when stage 2 begins, special
    /// tokens and alphabet included. It has no custom tokens and no padding: stage 2 comes behind them.
    bpe_trainer_options words = {.vocab_size = 24000};
    /// Of stage 2. Its vocabulary size is that of the result.
    continued_bpe_options superwords = {.vocab_size = 32000, .veto = superword_rules{}.veto()};
};

struct trained_superbpe {
    trained_bpe words;         ///< as stage 1 left it
    continued_bpe superwords;  ///< the result
};

/// @param word_pretokenizer       of stage 1
/// @param superword_pretokenizer  of stage 2, and of whoever encodes with the result
/// @throws error   what bpe_trainer and continue_bpe throw; bad_option: stage 1 ended before the transition point (the
///                 message says where), or begins after it, or is to have custom tokens or padding
/// @complexity     that of both stages; the corpus is read once more than continue_bpe reads it
/// @par Paper      Liu et al. 2025, arXiv 2503.13423, Section 2
template <Corpus C, Pretokenizer P, Pretokenizer Q, Executor X, Normalizer N = no_normalizer>
[[nodiscard]] trained_superbpe train_superbpe(C& corpus, P const& word_pretokenizer, Q const& superword_pretokenizer,
                                              X const& executor, superbpe_options const& options,
                                              N const& normalizer = {});

/// What training to a smaller vocabulary would have made: sweeps over transition points train stage 1 once.
struct shorter_training {
    bpe_model model;
    std::uint64_t n_tokens;  ///< that the corpus has, encoded
};

/// @pre         check_transition_point(trained, n_tokens) does not throw
/// @complexity  linear in the vocabulary and the merges
[[nodiscard]] inline shorter_training first_tokens(trained_bpe const& trained, std::size_t n_tokens) {
    vocabulary_builder builder;
    for (token_id id = 0; id < n_tokens; ++id) {
        std::string_view const bytes = trained.vocab.bytes(id);
        if (trained.vocab.find(bytes) == id) {
            builder.add(id, bytes, trained.vocab.kind(id));
        } else {
            builder.add_unfindable(id, bytes, trained.vocab.kind(id));
        }
    }
    // Training ends with the merge that makes the last token.
    std::size_t n_merges = 0;
    for (std::size_t i = 0; i < trained.history.size() && n_merges == 0; ++i) {
        if (trained.history[i].result + 1 == n_tokens) n_merges = i + 1;
    }
    std::uint64_t n_after = trained.n_tokens;
    for (std::size_t i = n_merges; i < trained.history.size(); ++i) n_after += trained.tokens_saved[i];
    std::vector<merge> merges(trained.history.begin(), trained.history.begin() + static_cast<std::ptrdiff_t>(n_merges));
    return {{builder.build(), detail::last_of_each_pair(merges)}, n_after};
}

/// How many tokens have how many words: [2] is the number of those of two. Words are what lies between spaces.
[[nodiscard]] inline std::vector<std::size_t> tokens_by_words(vocabulary const& vocab, token_id first) {
    std::vector<std::size_t> n;
    for (token_id id = first; id < vocab.size(); ++id) {
        std::size_t const words = superword_rules::count_words(vocab.bytes(id));
        if (words >= n.size()) n.resize(words + 1);
        ++n[words];
    }
    return n;
}

/// The tokens that training began with: special ones and symbols of the alphabet. Their ids are the first.
[[nodiscard]] inline std::size_t n_tokens_at_start(trained_bpe const& trained) {
    for (merge const& m : trained.history) {
        if (m.result >= trained.specials.size()) return m.result;  // others arrive at a special token
    }
    return trained.vocab.size();
}

/// @throws error  bad_option: stage 1 ended before the transition point, or begins after it
inline void check_transition_point(trained_bpe const& words, std::size_t transition_point) {
    if (std::size_t const least = n_tokens_at_start(words); transition_point < least) {
        throw error(error_kind::bad_option, "transition point",
                    std::to_string(transition_point) + " is less than the alphabet and the special tokens take",
                    "ask for at least " + std::to_string(least));
    }
    if (words.vocab.size() >= transition_point) return;
    throw error(error_kind::bad_option, "transition point",
                std::to_string(transition_point) +
                    " is never reached: inside words there is nothing left to merge at " +
                    std::to_string(words.vocab.size()) + " tokens",
                "ask for " + std::to_string(words.vocab.size()) + " at most, or give more text");
}

template <Corpus C, Pretokenizer P, Pretokenizer Q, Executor X, Normalizer N>
trained_superbpe train_superbpe(C& corpus, P const& word_pretokenizer, Q const& superword_pretokenizer,
                                X const& executor, superbpe_options const& options, N const& normalizer) {
    if (!options.words.custom_tokens.empty() || options.words.padding.to != vocabulary_padding::kind::none) {
        throw error(error_kind::bad_option, "superwords", "stage 1 can have no custom tokens and no padding");
    }
    auto source = corpus.open();
    trained_bpe words = bpe_trainer(options.words)
                            .train(count_pretokens(
                                source, word_pretokenizer, executor,
                                {.progress = options.words.progress, .total_bytes = corpus.total_bytes()}, normalizer));
    check_transition_point(words, options.words.vocab_size);
    bpe_model const base(words.vocab, words.merges);
    continued_bpe superwords =
        continue_bpe(base, corpus, superword_pretokenizer, executor, options.superwords, normalizer);
    return {std::move(words), std::move(superwords)};
}

}  // namespace tessera::inline v0
