// Texts, as token ids -> an n-gram model.
//
// In front of each text stands `before_text`, behind it the end token, if texts have one. Counts of the longest n-grams
// are how often they occur. Those of shorter ones are how many different tokens stand in front of them, `before_text`
// being one; an n-gram at the beginning of a text has nothing in front, so it keeps the count of its occurrences, as in
// KenLM and SRILM.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/core/token.hpp>
#include <tessera/lm/detail/ngram_levels.hpp>
#include <tessera/lm/detail/ngram_runs.hpp>
#include <tessera/lm/ngram_data.hpp>
#include <tessera/lm/ngram_model.hpp>

namespace tessera::inline v0::lm {

struct ngram_options {
    std::size_t order = 4;       ///< tokens of the longest n-grams, 1 .. max_ngram_order
    std::size_t vocab_size = 0;  ///< ids are below it
    std::size_t row_width = 0;   ///< 0: vocab_size
    token_id end = no_token;     ///< follows each text; `no_token`: nothing does
    long_hash vocabulary = {};   ///< vocabulary_hash of the tokenizer, kept with the model
    /// Bytes that n-grams may take, roughly; 0: no limit. Of order 4, each different one takes 24, and twice that while
    /// they are merged.
    std::uint64_t memory_limit = 0;
};

/// Collects texts, then makes the model. Sorting is what takes the time; the executor shares it out, and the model is
/// the same for any.
template <Executor X = serial_executor>
class ngram_trainer {
public:
    /// @throws error  bad_option
    explicit ngram_trainer(ngram_options options, X executor = {}) : options_(options), executor_(std::move(executor)) {
        if (options_.row_width == 0) options_.row_width = options_.vocab_size;
        auto const refuse = [](char const* option, std::string message) {
            throw error(error_kind::bad_option, option, std::move(message));
        };
        if (options_.order < 1 || options_.order > max_ngram_order)
            refuse("order", std::to_string(options_.order) + " is not in 1 .. " + std::to_string(max_ngram_order));
        if (options_.vocab_size < 1 || options_.vocab_size > options_.row_width ||
            options_.row_width > max_vocabulary_size)
            refuse("vocab_size", std::to_string(options_.vocab_size) + " tokens in rows of " +
                                     std::to_string(options_.row_width) + " columns make no model");
        if (options_.end != no_token && options_.end >= options_.vocab_size)
            refuse("end", "the token that ends a text is not in the vocabulary");
        start_piece();
    }

    /// Adds a text. @throws error  bad_id: an id is not in the vocabulary; limit: the memory is not enough
    void add(std::span<token_id const> text) {
        for (token_id const id : text) {
            if (id >= options_.vocab_size) {
                throw error(error_kind::bad_id, "token id " + std::to_string(id),
                            "the vocabulary has " + std::to_string(options_.vocab_size) + " tokens",
                            "check that the ids come from the tokenizer");
            }
        }
        for (std::size_t i = 1; i < options_.order; ++i) put(before_text);
        for (token_id const id : text) put(id);
        if (options_.end != no_token) put(options_.end);
        n_tokens_ += text.size() + (options_.end != no_token ? 1 : 0);
        ++n_texts_;
    }

    [[nodiscard]] std::uint64_t n_texts() const noexcept { return n_texts_; }
    /// Tokens so far, the end of each text among them.
    [[nodiscard]] std::uint64_t n_tokens() const noexcept { return n_tokens_; }

    /// @throws error  empty_input: there was no token; limit
    [[nodiscard]] ngram_model finish() && {
        if (n_tokens_ == 0)
            throw error(error_kind::empty_input, "", "there is no token to learn from", "give some text");
        pieces_.push_back(std::move(piece_));
        sort_pieces();
        while (runs_.size() > 1) merge_last_two();
        detail::ngram_run all = std::move(runs_.back());
        runs_.clear();
        std::uint64_t kept = all.bytes();
        bool is_first = true;
        ngram_data data;
        data.vocab_size = options_.vocab_size;
        data.row_width = options_.row_width;
        data.end = options_.end;
        data.vocabulary = options_.vocabulary;
        data.levels = detail::ngram_levels::of(std::move(all), options_.vocab_size, [&](std::uint64_t bytes) {
            check_memory(kept + bytes);
            kept = std::exchange(is_first, false) ? bytes : kept + bytes / 2;  // after the first the run has gone
        });
        return ngram_model(std::move(data));
    }

private:
    // Sorted by one thread at a time. Small enough that sorting stays in the cache, so fast.
    static constexpr std::size_t piece_tokens = std::size_t{1} << 20;

    void start_piece() { piece_.assign(options_.order - 1, before_text); }

    void put(token_id token) {
        if (piece_.size() == piece_tokens) {
            std::vector<token_id> next(piece_.end() - static_cast<std::ptrdiff_t>(options_.order - 1), piece_.end());
            pieces_.push_back(std::move(piece_));
            piece_ = std::move(next);
            if (pieces_.size() >= std::max<std::size_t>(executor_.concurrency(), 1)) sort_pieces();
        }
        piece_.push_back(token);
    }

    void sort_pieces() {
        std::uint64_t bytes = 0;
        for (auto const& piece : pieces_) {
            bytes += piece.size() * sizeof(token_id) + detail::bytes_to_sort(piece.size()) +
                     detail::ngram_run::bytes_for(piece.size(), options_.order);
        }
        check_memory(run_bytes() + bytes);
        std::vector<detail::ngram_run> sorted(pieces_.size());
        executor_.for_each_index(pieces_.size(), [&](std::size_t i) {
            sorted[i] = detail::sort_ngrams(pieces_[i], options_.order);
            pieces_[i] = {};
        });
        pieces_.clear();
        // Runs get shorter from front to back, so each n-gram is merged a logarithmic number of times.
        for (detail::ngram_run& run : sorted) {
            runs_.push_back(std::move(run));
            while (runs_.size() > 1 && runs_[runs_.size() - 2].size() < 2 * runs_.back().size()) merge_last_two();
        }
    }

    void merge_last_two() {
        detail::ngram_run& a = runs_[runs_.size() - 2];
        detail::ngram_run const& b = runs_.back();
        check_memory(run_bytes() + detail::ngram_run::bytes_for(a.size() + b.size(), options_.order));
        a = detail::merge_runs(a, b);
        runs_.pop_back();
    }

    [[nodiscard]] std::uint64_t run_bytes() const {
        std::uint64_t bytes = 0;
        for (detail::ngram_run const& run : runs_) bytes += run.bytes();
        return bytes;
    }
    void check_memory(std::uint64_t bytes) const {
        if (options_.memory_limit == 0 || bytes <= options_.memory_limit) return;
        throw error(error_kind::limit, "",
                    "the n-grams of " + std::to_string(n_tokens_) + " tokens need " + std::to_string(bytes) +
                        " bytes or more, and the limit is " + std::to_string(options_.memory_limit),
                    "raise the memory limit, give less text, or choose a smaller order");
    }

    ngram_options options_;
    X executor_;
    std::vector<token_id> piece_;  // begins with order - 1 tokens that are context only
    std::vector<std::vector<token_id>> pieces_;
    std::vector<detail::ngram_run> runs_;
    std::uint64_t n_tokens_ = 0;
    std::uint64_t n_texts_ = 0;
};

}  // namespace tessera::inline v0::lm
