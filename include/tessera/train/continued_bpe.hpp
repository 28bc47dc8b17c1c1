// Training that goes on from a model: its merges stay, its ids stay, new merges are added. SuperBPE's second stage, and
// every extension of a tokenizer.
//
// The corpus is read, not held. What is held is runs of tokens in which merges may still happen (detail/cut_runs.hpp):
//
//   corpus --encode--> tokens --> detail/pair_bounds.hpp   how often are two tokens side by side, at most?
//   corpus --encode--> tokens --> detail/cut_runs.hpp      cut where that is less than a threshold; count the runs
//                                 detail/bpe_training.hpp  merge, down to the threshold
//
// and again with the merges so far and a lower threshold, until the vocabulary is full. The merges are the same as
// those of training on all sequences at once, whatever the thresholds.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/progress.hpp>
#include <tessera/core/text_block.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/normalize/no_normalizer.hpp>
#include <tessera/train/detail/added_merges.hpp>
#include <tessera/train/detail/bpe_training.hpp>
#include <tessera/train/detail/cut_runs.hpp>
#include <tessera/train/detail/encode_corpus.hpp>
#include <tessera/train/detail/pair_bounds.hpp>
#include <tessera/train/detail/training_tokens.hpp>
#include <tessera/train/detail/words_of_counts.hpp>
#include <tessera/train/merge_veto.hpp>
#include <tessera/train/tie_break.hpp>

namespace tessera::inline v0 {

struct continued_bpe_options {
    /// Tokens in all, those of the model included. Fewer come out where the corpus has no more pairs.
    std::size_t vocab_size = 30000;
    std::uint64_t min_frequency = 0;   ///< training ends at a pair that occurs less often
    std::size_t max_token_length = 0;  ///< no new token gets as long as this, in symbols; 0: no limit
    tie_break ties = tie_break::hugging_face;
    merge_veto veto = {};  ///< none, if empty
    /// Bytes, roughly, for what is held of the corpus; 0: what is fastest. A low limit costs more readings of the
    /// corpus. The result is the same.
    std::uint64_t memory_limit = 0;
    /// The first threshold: two tokens that are side by side less often are cut apart; 0: what is fastest. Whatever it
    /// is, the result is the same.
    std::uint64_t first_threshold = 0;
    progress_listener* progress = nullptr;
};

/// What training makes of a model. A `bpe_model` with the options of the old one is built from the first two.
struct continued_bpe {
    vocabulary vocab;
    std::vector<merge> merges;  ///< the old ones, then the new ones
    std::size_t n_new_merges = 0;
    stop_reason stopped = stop_reason::vocab_size_reached;
    std::uint64_t smallest_count = 0;   ///< of the last pair merged; 0 if there was none
    std::uint64_t n_tokens_before = 0;  ///< of the corpus, with the old merges
    std::uint64_t n_tokens = 0;         ///< as training left it; @see detail::added_merges
    std::size_t n_readings = 0;         ///< of the corpus
};

/// Goes on training `base`.
/// @param corpus       is read at least once; @see Corpus
/// @param pretokenizer how text is split from now on: what the extended tokenizer will use. Another one than the model
///                     was trained with is SuperBPE's idea.
/// @throws error       bad_option: the vocabulary is to be smaller than that of `base`, or its symbols are characters;
///                     limit: the runs have more than 2^30 tokens (set a memory limit)
/// @return             the same for any executor, any memory limit and any order of the blocks
/// @complexity         that of encoding the corpus, twice for each threshold (once where it is small), and O(s log p)
///                     for s tokens and p pairs in the different runs
/// @par Paper          Liu et al. 2025, SuperBPE, arXiv 2503.13423. Differs: inherited merges that the corpus does not
///                     have any more stay, the reference drops them; see docs/differences.md. Cutting at rare pairs is
///                     ours.
template <Corpus C, Pretokenizer P, Executor X, Normalizer N = no_normalizer>
[[nodiscard]] continued_bpe continue_bpe(bpe_model const& base, C& corpus, P const& pretokenizer, X const& executor,
                                         continued_bpe_options const& options, N const& normalizer = {});

namespace detail {

/// The tokens of a model, for training.
inline training_tokens tokens_of(bpe_model const& model) {
    vocabulary const& vocab = model.vocab();
    training_tokens tokens;
    for (token_id id = 0; id < vocab.size(); ++id) {
        std::string_view const bytes = vocab.bytes(id);
        tokens.add(std::string(bytes), static_cast<std::uint32_t>(bytes.size()), vocab.find(bytes) == id);
    }
    return tokens;
}

inline vocabulary with_new_tokens(vocabulary const& old, training_tokens const& tokens) {
    vocabulary_builder builder;
    for (token_id id = 0; id < tokens.bytes.size(); ++id) {
        std::string const& bytes = tokens.bytes[id];
        token_kind const kind = id < old.size() ? old.kind(id) : token_kind::normal;
        if (kind == token_kind::unused) continue;
        if (bytes.empty()) {
            builder.add_empty(id, kind);
        } else if (tokens.find(bytes) == id) {
            builder.add(id, bytes, kind);
        } else {
            builder.add_unfindable(id, bytes, kind);
        }
    }
    return builder.build();
}

template <Corpus C, Pretokenizer P, Executor X, Normalizer N>
class bpe_continuation {
public:
    bpe_continuation(bpe_model const& base, C& corpus, P const& pretokenizer, X const& executor,
                     continued_bpe_options const& options, N const& normalizer)
        : base_(base),
          corpus_(corpus),
          pretokenizer_(pretokenizer),
          executor_(executor),
          normalizer_(normalizer),
          options_(options),
          n_workers_(std::max<std::size_t>(executor.concurrency(), 1)),
          tokens_(tokens_of(base)),
          merges_(base.merges().begin(), base.merges().end()),
          n_old_tokens_(tokens_.bytes.size()) {
        if (base.options().unit != symbol_unit::byte) {
            throw error(error_kind::bad_option, "model", "its symbols are characters, not bytes",
                        "extend a byte-level tokenizer");
        }
        if (options.vocab_size < n_old_tokens_) {
            throw error(error_kind::bad_option, "vocabulary size",
                        std::to_string(options.vocab_size) + " is less than the " + std::to_string(n_old_tokens_) +
                            " tokens that there are already",
                        "ask for more");
        }
        if (options.vocab_size > max_vocabulary_size) {
            throw error(error_kind::bad_option, "vocabulary size",
                        std::to_string(options.vocab_size) + " is more than " + std::to_string(max_vocabulary_size));
        }
        for (merge const& m : merges_) next_rank_ = std::max(next_rank_, m.rank + 1);
    }

    continued_bpe run() {
        std::uint64_t const lowest = std::max<std::uint64_t>(options_.min_frequency, 1);
        for (std::uint64_t threshold = no_threshold; threshold > lowest;) {
            threshold = with_tie_break(options_.ties, [&](auto order) { return level<decltype(order)>(); });
            if (result_.stopped == stop_reason::vocab_size_reached) break;
            ceiling_ = std::max<std::uint64_t>(threshold / 2, 1);
        }
        result_.n_new_merges = merges_.size() - base_.merges().size();
        result_.vocab = with_new_tokens(base_.vocab(), tokens_);
        result_.merges = std::move(merges_);
        return std::move(result_);
    }

private:
    static constexpr std::uint64_t no_threshold = ~std::uint64_t{0};
    // Up to here, all runs are held whole.
    static constexpr std::uint64_t small_corpus = std::uint64_t{1} << 24;
    static constexpr std::uint64_t fewest_counters = std::uint64_t{1} << 20;
    static constexpr std::uint64_t most_counters = std::uint64_t{1} << 26;

    // Merges down to a threshold, which it returns.
    template <class TieBreak>
    std::uint64_t level() {
        added_merges const model(base_, std::span(merges_).subspan(base_.merges().size()));
        std::optional<pair_bounds> bounds;
        std::uint64_t threshold = std::max<std::uint64_t>(options_.min_frequency, 1);
        if (ceiling_ > threshold && !is_small()) {
            bounds = bounds_of_pairs(model);
            threshold = std::max(threshold, first_threshold(*bounds));
        }
        cut_runs runs(bounds ? &*bounds : nullptr, n_workers_, threshold, ceiling_, options_.memory_limit / 4);
        std::vector<std::uint64_t> n_tokens(n_workers_ * 8);
        read(
            model, bounds ? "counting runs" : "reading",
            [&](std::size_t worker, std::span<token_id const> ids) {
                n_tokens[8 * worker] += ids.size();
                runs.add(worker, ids);
            },
            [&](std::size_t worker) { runs.check_limit(worker); });
        if (result_.n_tokens_before == 0) {
            for (std::uint64_t const n : n_tokens) result_.n_tokens_before += n;
            result_.n_tokens = result_.n_tokens_before;
        }
        pretoken_counts counted = runs.take();
        threshold = runs.threshold();
        bounds.reset();
        training_words words = words_of_runs(counted);
        counted.clear();
        bpe_training<TieBreak> training(tokens_, std::move(words));
        result_.stopped = training.run(
            {.vocab_size = options_.vocab_size,
             .min_frequency = threshold,
             .max_token_length = options_.max_token_length == 0 ? ~std::size_t{0} : options_.max_token_length,
             .veto = &options_.veto,
             .progress = options_.progress,
             .n_tokens_at_start = n_old_tokens_});
        for (merge m : last_of_each_pair(training.merges())) {
            m.rank = next_rank_++;
            merges_.push_back(m);
        }
        if (training.smallest_count() != 0) result_.smallest_count = training.smallest_count();
        result_.n_tokens -= training.n_tokens_saved();
        return threshold;
    }

    [[nodiscard]] bool is_small() const {
        return options_.memory_limit == 0 && options_.first_threshold == 0 && corpus_.total_bytes() != 0 &&
               corpus_.total_bytes() <= small_corpus;
    }

    // The merges that are wanted take a pair each. They make new pairs, but those are rarer than the ones they are made
    // from. On 1 GB of text the last of 53,180 merges had three quarters of the count of the 53,180th pair before them.
    [[nodiscard]] std::uint64_t first_threshold(pair_bounds const& bounds) const {
        std::uint64_t first = options_.first_threshold;
        if (first == 0) first = bounds.nth_largest(options_.vocab_size - tokens_.bytes.size()) / 2;
        return std::clamp<std::uint64_t>(first, 1, ceiling_);
    }

    pair_bounds bounds_of_pairs(added_merges const& model) {
        std::uint64_t const bytes = corpus_.total_bytes() == 0 ? std::uint64_t{1} << 30 : corpus_.total_bytes();
        std::uint64_t n = std::clamp<std::uint64_t>(bytes / 16, fewest_counters, most_counters);
        if (options_.memory_limit != 0) n = std::min(n, std::max(options_.memory_limit / 32, fewest_counters));
        pair_bounds bounds(n);
        {
            std::vector<pair_bounds::front> fronts;
            for (std::size_t i = 0; i < n_workers_; ++i) fronts.emplace_back(bounds);
            read(
                model, "counting pairs",
                [&](std::size_t worker, std::span<token_id const> ids) {
                    for (std::size_t i = 0; i + 1 < ids.size(); ++i) {
                        fronts[worker].add(make_pair_of(ids[i], ids[i + 1]));
                    }
                },
                [](std::size_t) {});
        }
        return bounds;
    }

    template <class F, class G>
    void read(added_merges const& model, std::string_view stage, F&& on_pretoken, G&& on_block) {
        auto source = corpus_.open();
        encode_corpus(source, pretokenizer_, model, executor_, normalizer_,
                      {.stage = stage, .progress = options_.progress, .total_bytes = corpus_.total_bytes()},
                      on_pretoken, on_block);
        ++result_.n_readings;
    }

    bpe_model const& base_;
    C& corpus_;
    P const& pretokenizer_;
    X const& executor_;
    N const& normalizer_;
    continued_bpe_options const& options_;
    std::size_t n_workers_;
    training_tokens tokens_;
    std::vector<merge> merges_;
    std::size_t n_old_tokens_;
    std::uint32_t next_rank_ = 0;
    std::uint64_t ceiling_ = no_threshold;  // the next threshold is at most this
    continued_bpe result_ = {};
};

}  // namespace detail

template <Corpus C, Pretokenizer P, Executor X, Normalizer N>
continued_bpe continue_bpe(bpe_model const& base, C& corpus, P const& pretokenizer, X const& executor,
                           continued_bpe_options const& options, N const& normalizer) {
    return detail::bpe_continuation<C, P, X, N>(base, corpus, pretokenizer, executor, options, normalizer).run();
}

}  // namespace tessera::inline v0
