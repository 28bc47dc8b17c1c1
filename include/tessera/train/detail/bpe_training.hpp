// One run of BPE training: words, pair counts and queue, and the loop over them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/progress.hpp>
#include <tessera/core/token.hpp>
#include <tessera/train/detail/merge_queue.hpp>
#include <tessera/train/detail/pair_counts.hpp>
#include <tessera/train/detail/training_tokens.hpp>
#include <tessera/train/detail/training_words.hpp>
#include <tessera/train/merge_veto.hpp>

namespace tessera::inline v0 {

enum class stop_reason : std::uint8_t { vocab_size_reached, no_pairs_left, below_min_frequency };

}  // namespace tessera::inline v0

namespace tessera::inline v0::detail {

/// Of merges of one pair the last counts; ranks are places in what remains.
inline std::vector<merge> last_of_each_pair(std::vector<merge> const& merges) {
    std::unordered_map<detail::symbol_pair, std::uint32_t> last;
    for (merge const& m : merges) last[detail::make_pair_of(m.left, m.right)] = m.rank;
    std::vector<merge> kept;
    kept.reserve(last.size());
    for (merge m : merges) {
        if (last[detail::make_pair_of(m.left, m.right)] != m.rank) continue;
        m.rank = static_cast<std::uint32_t>(kept.size());
        kept.push_back(m);
    }
    return kept;
}

template <class TieBreak>
class bpe_training {
public:
    struct limits {
        std::size_t vocab_size;
        std::uint64_t min_frequency;
        std::size_t max_token_length;  // exclusive
        merge_veto const* veto;        // may be null
        progress_listener* progress;
        std::size_t n_tokens_at_start;  // for the progress report
    };

    /// @param words  of symbols that are `tokens`
    bpe_training(training_tokens& tokens, training_words words)
        : tokens_(tokens), words_(std::move(words)), queue_(TieBreak{&tokens}) {}

    /// Merges until the vocabulary is full or nothing is left. Where it was full, a larger one may be asked for next;
    /// the other limits stay.
    stop_reason run(limits const& l) {
        if (!std::exchange(is_queued_, true)) queue_initial_pairs(l.max_token_length);
        std::size_t const start = l.n_tokens_at_start;
        while (tokens_.bytes.size() < l.vocab_size) {
            std::optional<queued_pair> top = queue_.pop();
            if (!top) return stop_reason::no_pairs_left;
            std::int64_t const live = counts_.get(top->pair);
            if (static_cast<std::uint64_t>(live) != top->count) {
                top->count = static_cast<std::uint64_t>(live);
                queue_.push(*top);
                continue;
            }
            if (top->count == 0) return stop_reason::no_pairs_left;
            if (top->count < l.min_frequency) return stop_reason::below_min_frequency;
            if (!merge_pair(*top, l)) continue;  // its tokens stay apart for good
            smallest_count_ = top->count;
            if (l.progress != nullptr && (tokens_.bytes.size() & 0xFF) == 0) {
                l.progress->report("merging", tokens_.bytes.size() - start, l.vocab_size - start);
            }
        }
        return stop_reason::vocab_size_reached;
    }

    /// The merges in order; of merges of one pair only the last counts.
    [[nodiscard]] std::vector<merge> const& merges() const noexcept { return merges_; }
    /// Of the last pair merged; 0 if there was none.
    [[nodiscard]] std::uint64_t smallest_count() const noexcept { return smallest_count_; }
    /// How many tokens fewer the corpus has.
    [[nodiscard]] std::uint64_t n_tokens_saved() const noexcept { return n_saved_; }
    /// The same for each merge.
    [[nodiscard]] std::vector<std::uint64_t> const& tokens_saved_by_merge() const noexcept { return saved_; }

private:
    using place = training_words::place;

    // Counting sort: how many places each pair has, where each list begins, then the lists.
    void queue_initial_pairs(std::size_t max_token_length) {
        // Two symbols of the alphabet may always meet, as in Hugging Face's trainer.
        auto const too_long = [&](symbol_pair p) {
            std::size_t const left = tokens_.lengths[left_of(p)];
            std::size_t const right = tokens_.lengths[right_of(p)];
            return left + right > 2 && left + right >= max_token_length;
        };
        struct list {
            std::uint32_t begin = 0, n = 0;
            place last = 0;
            bool any = false;
        };
        std::vector<list> lists;
        pair_counts index;  // pair -> place in `lists`, plus one
        words_.for_each_pair([&](place where, symbol_pair p, std::uint64_t n) {
            if (too_long(p)) return;
            counts_.add(p, static_cast<std::int64_t>(n));
            auto at = static_cast<std::size_t>(index.get(p));
            if (at == 0) {
                lists.emplace_back();
                at = lists.size();
                index.add(p, static_cast<std::int64_t>(at));
            }
            list& l = lists[at - 1];
            if (l.any && l.last == where) return;
            l.any = true;
            l.last = where;
            ++l.n;
        });
        std::size_t total = 0;
        for (list& l : lists) {
            l.begin = static_cast<std::uint32_t>(total);
            total += l.n;
            l.n = 0;
            l.any = false;
        }
        // Each merge removes a symbol and finds at most two pairs, so the lists never need more than this. Memory that
        // is reserved but not written costs nothing; memory that moves costs twice.
        std::size_t const most = total + 2 * words_.n_symbols();
        if (most > 0xFFFF'FFFFU) {
            throw error(
                error_kind::limit, "corpus", "its different pretokens have more than 2^30 symbols",
                "train on a sample, split text into shorter pretokens, or (superwords, extensions) set a memory limit");
        }
        found_at_.reserve(most);
        found_at_.resize(total);
        words_.for_each_pair([&](place where, symbol_pair p, std::uint64_t) {
            if (too_long(p)) return;
            list& l = lists[static_cast<std::size_t>(index.get(p)) - 1];
            if (l.any && l.last == where) return;
            l.any = true;
            l.last = where;
            found_at_[l.begin + l.n++] = where;
        });
        index.for_each([&](symbol_pair p, std::int64_t at) {
            list const& l = lists[static_cast<std::size_t>(at) - 1];
            queue_pair(p, 0, l.n, l.begin);
        });
    }

    void queue_pair(symbol_pair p, std::uint32_t step, std::uint32_t n, std::uint32_t begin) {
        auto const count = counts_.get(p);
        if (count <= 0) return;
        queue_.push({static_cast<std::uint64_t>(count), p, step, n, n == 1 ? found_at_[begin] : begin});
    }

    // False if the merge is vetoed.
    bool merge_pair(queued_pair const& top, limits const& l) {
        token_id const left = left_of(top.pair);
        token_id const right = right_of(top.pair);
        std::string joined = tokens_.bytes[left] + tokens_.bytes[right];
        if (l.veto != nullptr && *l.veto && (*l.veto)(joined)) return false;
        token_id result = tokens_.find(joined);
        if (result == no_token) {
            result = tokens_.add(std::move(joined), tokens_.lengths[left] + tokens_.lengths[right]);
        }
        merges_.push_back({left, right, result, static_cast<std::uint32_t>(merges_.size())});

        changes_.begin(static_cast<std::uint32_t>(merges_.size()), result, tokens_.lengths, l.max_token_length);
        for (std::uint32_t i = 0; i < top.n_places; ++i) {
            constexpr std::uint32_t ahead = 12;
            if (i + ahead < top.n_places) words_.prefetch(found_at_[top.places + i + ahead]);
            place const where = top.n_places == 1 ? top.places : found_at_[top.places + i];
            words_.replace(where, left, right, result, changes_);
        }
        n_saved_ += changes_.n_merged();
        saved_.push_back(changes_.n_merged());
        apply_changes(left, right, result);
        return true;
    }

    void apply_changes(token_id left, token_id right, token_id result) {
        auto const step = static_cast<std::uint32_t>(merges_.size());
        for (token_id const x : changes_.touched()) {
            auto& c = changes_.at(x);
            if (c.lost_left != 0) counts_.add(make_pair_of(x, left), -c.lost_left);
            if (c.lost_right != 0) counts_.add(make_pair_of(right, x), -c.lost_right);
            if (c.found_left != 0) counts_.add(make_pair_of(x, result), c.found_left);
            if (c.found_right != 0) counts_.add(make_pair_of(result, x), c.found_right);
        }
        // The lists of the new pairs, one after another; only pairs that still occur get one.
        std::size_t end = found_at_.size();
        for (token_id const x : changes_.touched()) {
            auto& c = changes_.at(x);
            c.last_left = c.last_right = nowhere;
            if (c.n_left != 0 && counts_.get(make_pair_of(x, result)) > 0) {
                c.last_left = static_cast<std::uint32_t>(end);
                end += c.n_left;
            }
            if (c.n_right != 0 && counts_.get(make_pair_of(result, x)) > 0) {
                c.last_right = static_cast<std::uint32_t>(end);
                end += c.n_right;
            }
        }
        found_at_.resize(end);
        for (auto const& f : changes_.findings()) {
            auto& c = changes_.at(f.symbol);
            std::uint32_t& at = f.is_left ? c.last_left : c.last_right;
            if (at != nowhere) found_at_[at++] = f.place;
        }
        for (token_id const x : changes_.touched()) {
            auto const& c = changes_.at(x);
            if (c.n_left != 0 && c.last_left != nowhere) {
                queue_pair(make_pair_of(x, result), step, c.n_left, c.last_left - c.n_left);
            }
            if (c.n_right != 0 && c.last_right != nowhere) {
                queue_pair(make_pair_of(result, x), step, c.n_right, c.last_right - c.n_right);
            }
        }
    }

    static constexpr std::uint32_t nowhere = 0xFFFF'FFFFU;

    training_tokens& tokens_;
    training_words words_;
    pair_counts counts_;
    merge_queue<TieBreak> queue_;
    step_changes changes_;
    std::vector<place> found_at_;  // the lists of places of all queued pairs
    std::vector<merge> merges_;
    std::uint64_t smallest_count_ = 0;
    std::uint64_t n_saved_ = 0;
    std::vector<std::uint64_t> saved_;  // by each merge
    bool is_queued_ = false;
};

}  // namespace tessera::inline v0::detail
