// Rows for many prefixes at once, from llama.cpp: what they share is computed once, and in as few calls as may be.
//
// Sorted, a prefix stands right before those that begin with it. A path is a run of prefixes each of which begins with
// the one before: one sequence passes all of them, and gives a row at each. Paths are computed side by side, as many as
// there are sequences; one that has much in common with a path in hand waits until it can go on from that.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <llama.h>

#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/lm/detail/llama_sequences.hpp>

namespace tessera::inline v0::lm::detail {

/// A prefix, with the token at its beginning, and the rows that are to be its.
struct wanted_rows {
    std::vector<token_id> tokens;
    std::vector<std::size_t> rows;
};

/// The arrays of a llama_batch.
class llama_batch_arrays {
public:
    explicit llama_batch_arrays(std::size_t n)
        : tokens_(n), positions_(n), n_ids_(n, 1), ids_(n), pointers_(n), rows_(n) {
        for (std::size_t i = 0; i < n; ++i) pointers_[i] = &ids_[i];
    }
    llama_batch_arrays(llama_batch_arrays&&) noexcept = default;
    llama_batch_arrays& operator=(llama_batch_arrays&&) noexcept = default;
    ~llama_batch_arrays() = default;

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool is_full() const noexcept { return size_ == tokens_.size(); }
    [[nodiscard]] bool wants_row(std::size_t i) const noexcept { return rows_[i] != 0; }
    void clear() noexcept { size_ = 0; }
    void add(token_id token, std::size_t position, std::size_t sequence, bool wants_row) {
        tokens_[size_] = static_cast<llama_token>(token);
        positions_[size_] = static_cast<llama_pos>(position);
        ids_[size_] = static_cast<llama_seq_id>(sequence);
        rows_[size_] = wants_row ? 1 : 0;
        ++size_;
    }
    [[nodiscard]] llama_batch view() noexcept {
        llama_batch batch{};
        batch.n_tokens = static_cast<std::int32_t>(size_);
        batch.token = tokens_.data();
        batch.pos = positions_.data();
        batch.n_seq_id = n_ids_.data();
        batch.seq_id = pointers_.data();
        batch.logits = rows_.data();
        return batch;
    }

private:
    std::vector<llama_token> tokens_;
    std::vector<llama_pos> positions_;
    std::vector<std::int32_t> n_ids_;
    std::vector<llama_seq_id> ids_;
    std::vector<llama_seq_id*> pointers_;
    std::vector<std::int8_t> rows_;
    std::size_t size_ = 0;
};

class llama_evaluator {
public:
    llama_evaluator(llama_context& context, llama_model const& model, std::size_t n_sequences, std::size_t row_width)
        : context_(&context),
          n_sequences_(n_sequences),
          width_(row_width),
          sequences_(context, model, n_sequences),
          batch_(llama_n_batch(&context)) {}

    /// Tokens that were computed so far.
    [[nodiscard]] std::uint64_t n_computed() const noexcept { return n_computed_; }

    /// @param wanted  sorted by their tokens, no two the same
    void evaluate(std::span<wanted_rows const> wanted, std::span<double> rows) {
        wanted_ = wanted;
        rows_ = rows;
        std::deque<path> waiting;
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            bool const goes_on = !waiting.empty() && begins_with(tokens(waiting.back()), wanted[i].tokens);
            if (goes_on) {
                waiting.back().last = i;
            } else {
                waiting.push_back({.first = i, .next = i, .last = i});
            }
        }
        // What a call that failed has left.
        open_.clear();
        sequences_.unpin_all();
        // What is of use to any of them is taken away last.
        for (path const& p : waiting) (void)sequences_.find(tokens(p), tokens(p).size());
        while (!waiting.empty()) {
            open_some(waiting);
            while (!open_.empty()) compute(waiting);
        }
    }

private:
    struct path {
        std::size_t first = 0;  // in wanted_, as the others
        std::size_t next = 0;   // the first of which there is no row yet
        std::size_t last = 0;   // the longest
        std::size_t sequence = 0;
    };

    // Tokens worth computing twice in one call of llama.cpp, rather than once in a call of their own.
    static constexpr std::size_t worth_waiting = 4;

    static bool begins_with(std::span<token_id const> shorter, std::span<token_id const> longer) {
        return shared_length(shorter, longer) == shorter.size();
    }
    [[nodiscard]] std::span<token_id const> tokens(path const& p) const noexcept { return wanted_[p.last].tokens; }
    // A row comes with the last token of its prefix, which therefore is computed in any case.
    [[nodiscard]] std::size_t most_cached(path const& p) const noexcept { return wanted_[p.next].tokens.size() - 1; }
    [[nodiscard]] bool is_done(path const& p) const noexcept { return p.next > p.last; }

    // Gives sequences to those that need not wait. The first never waits.
    void open_some(std::deque<path>& waiting) {
        std::deque<path> later;
        for (; !waiting.empty(); waiting.pop_front()) {
            path p = waiting.front();
            if (open_.size() == n_sequences_) break;
            if (!open_.empty()) {
                // They are sorted, so no other has more in common with it.
                std::size_t const shared = std::min(shared_length(tokens(open_.back()), tokens(p)), most_cached(p));
                if (shared > sequences_.find(tokens(p), most_cached(p)) + worth_waiting) {
                    later.push_back(p);
                    continue;
                }
            }
            p.sequence = sequences_.open(tokens(p), most_cached(p));
            open_.push_back(p);
        }
        waiting.insert(waiting.begin(), later.begin(), later.end());
    }

    // One call of llama.cpp.
    void compute(std::deque<path>& waiting) {
        batch_.clear();
        for (path const& p : open_) {
            std::vector<token_id>& cached = sequences_.tokens(p.sequence);
            cached.reserve(tokens(p).size());  // so that nothing fails between llama.cpp's cache and what we know of it
            std::size_t row = p.next;
            for (std::size_t i = cached.size(); i < tokens(p).size() && !batch_.is_full(); ++i) {
                while (row <= p.last && wanted_[row].tokens.size() <= i) ++row;
                batch_.add(tokens(p)[i], i, p.sequence, wanted_[row].tokens.size() == i + 1);
            }
        }
        int const status = llama_decode(context_, batch_.view());
        if (status == 1) return make_room(waiting);
        if (status != 0) {
            abandon();
            throw error(error_kind::limit, "model",
                        "llama.cpp fails to compute " + std::to_string(batch_.size()) +
                            " tokens (llama_decode: " + std::to_string(status) + ")",
                        "there may not be enough memory: make the model with a shorter context");
        }
        n_computed_ += batch_.size();
        is_empty_ = false;

        std::size_t at = 0;
        for (path& p : open_) {
            std::vector<token_id>& cached = sequences_.tokens(p.sequence);
            for (; cached.size() < tokens(p).size() && at < batch_.size(); ++at) {
                cached.push_back(tokens(p)[cached.size()]);
                if (batch_.wants_row(at)) take_row(wanted_[p.next++], at);
            }
            if (is_done(p)) sequences_.unpin(p.sequence);
        }
        std::erase_if(open_, [&](path const& p) { return is_done(p); });
    }

    // There are not enough cells for the batch: take away what is remembered only, then let some paths wait, then start
    // again with an empty cache, which holds any prefix.
    void make_room(std::deque<path>& waiting) {
        if (sequences_.remove_one()) return;
        if (open_.size() > 1) {
            sequences_.unpin(open_.back().sequence);
            sequences_.remove(open_.back().sequence);
            waiting.push_front(open_.back());
            open_.pop_back();
            return;
        }
        if (is_empty_) {
            std::size_t const n = tokens(open_.front()).size();
            abandon();
            throw error(error_kind::limit, "model",
                        "llama.cpp has no room for a prefix of " + std::to_string(n) + " tokens",
                        "make the model with a longer context");
        }
        path p = open_.front();
        abandon();
        is_empty_ = true;
        p.sequence = sequences_.open(tokens(p), most_cached(p));
        open_.push_back(p);
    }

    void abandon() noexcept {
        open_.clear();
        sequences_.remove_all();
    }

    void take_row(wanted_rows const& wanted, std::size_t at) {
        float const* const logits = llama_get_logits_ith(context_, static_cast<std::int32_t>(at));
        auto const fail = [&](std::size_t column, char const* what) {
            abandon();
            throw error(
                error_kind::bad_row, "row after a prefix of " + std::to_string(wanted.tokens.size() - 1) + " tokens",
                "column " + std::to_string(column) + " is " + what, "the model's file may be damaged; fetch it again");
        };
        if (logits == nullptr) fail(0, "missing");
        double largest = -INFINITY;
        for (std::size_t column = 0; column < width_; ++column) {
            if (std::isnan(logits[column])) fail(column, "not a number");
            if (std::isinf(logits[column]) && logits[column] > 0) fail(column, "infinite");
            largest = std::max(largest, static_cast<double>(logits[column]));
        }
        if (std::isinf(largest)) fail(0, "minus infinity, and so are all others");
        double sum = 0;
        for (std::size_t column = 0; column < width_; ++column) sum += std::exp(logits[column] - largest);
        double const subtracted = largest + std::log(sum);
        std::span<double> const row = rows_.subspan(wanted.rows.front() * width_, width_);
        for (std::size_t column = 0; column < width_; ++column) row[column] = logits[column] - subtracted;
        for (std::size_t const other : std::span(wanted.rows).subspan(1))
            std::copy(row.begin(), row.end(), rows_.begin() + static_cast<std::ptrdiff_t>(other * width_));
    }

    llama_context* context_;
    std::size_t n_sequences_;
    std::size_t width_;
    llama_sequences sequences_;
    llama_batch_arrays batch_;
    std::uint64_t n_computed_ = 0;

    // Of the call of evaluate() in hand.
    std::span<wanted_rows const> wanted_;
    std::span<double> rows_;
    std::vector<path> open_;  // those that have a sequence, in order
    bool is_empty_ = false;   // the cache was emptied, and nothing computed since
};

}  // namespace tessera::inline v0::lm::detail
