// One run of BPE training: words, pair counts and queue, and the loop over them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/progress.hpp>
#include <tessera/core/token.hpp>
#include <tessera/train/detail/alphabet.hpp>
#include <tessera/train/detail/merge_queue.hpp>
#include <tessera/train/detail/pair_counts.hpp>
#include <tessera/train/detail/training_tokens.hpp>
#include <tessera/train/detail/training_words.hpp>
#include <tessera/train/pretoken_counts.hpp>

namespace tessera::inline v0 {

enum class stop_reason : std::uint8_t { vocab_size_reached, no_pairs_left, below_min_frequency };

}  // namespace tessera::inline v0

namespace tessera::inline v0::detail {

template <class TieBreak>
class bpe_training {
public:
    struct limits {
        std::size_t vocab_size;
        std::uint64_t min_frequency;
        std::size_t max_token_length;  // exclusive
        progress_listener* progress;
    };

    bpe_training(training_tokens& tokens, pretoken_counts const& counts, symbol_unit unit)
        : tokens_(tokens), queue_(TieBreak{&tokens}) {
        add_words(counts, unit);
    }

    /// Merges until the vocabulary is full or nothing is left. Call once; the counts are no longer needed.
    stop_reason run(limits const& l) {
        queue_initial_pairs();
        std::size_t const start = tokens_.bytes.size();
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
            merge_pair(*top, l.max_token_length);
            smallest_count_ = top->count;
            if (l.progress != nullptr && (tokens_.bytes.size() & 0xFF) == 0) {
                l.progress->report("merging", tokens_.bytes.size() - start, l.vocab_size - start);
            }
        }
        return stop_reason::vocab_size_reached;
    }

    /// The merges in order; of merges of one pair only the last counts.
    [[nodiscard]] std::vector<merge> const& merges() const noexcept { return merges_; }
    [[nodiscard]] std::uint64_t smallest_count() const noexcept { return smallest_count_; }

private:
    using place = training_words::place;

    void add_words(pretoken_counts const& counts, symbol_unit unit) {
        std::vector<token_id> symbols;
        std::vector<token_id> of_byte(256);
        for (unsigned b = 0; b < 256; ++b) of_byte[b] = tokens_.find(std::string(1, static_cast<char>(b)));
        auto const read_symbols = [&](std::string_view pretoken) {
            symbols.clear();
            for_each_symbol(pretoken, unit, [&](std::string_view s) {
                token_id const id =
                    s.size() == 1 ? of_byte[static_cast<unsigned char>(s[0])] : tokens_.find(std::string(s));
                if (id != no_token) symbols.push_back(id);  // not in the alphabet: left out, its neighbours meet
            });
        };
        std::size_t n_words = 0;
        std::size_t n_bytes = 0;
        counts.for_each([&](std::string_view pretoken, std::uint64_t) {
            if (pretoken.size() > training_words::max_short) return;
            n_words += pretoken.size() > 1;
            n_bytes += pretoken.size();
        });
        words_.reserve(n_words, n_bytes);
        counts.for_each([&](std::string_view pretoken, std::uint64_t n) {
            read_symbols(pretoken);
            if (symbols.size() > 1) words_.add(symbols, n);
        });
    }

    // Counting sort: how many places each pair has, where each list begins, then the lists.
    void queue_initial_pairs() {
        struct list {
            std::uint32_t begin = 0, n = 0;
            place last = 0;
            bool any = false;
        };
        std::vector<list> lists;
        pair_counts index;  // pair -> place in `lists`, plus one
        words_.for_each_pair([&](place where, symbol_pair p, std::uint64_t n) {
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
            throw error(error_kind::limit, "corpus", "its different pretokens have more than 2^30 symbols",
                        "train on a sample, or split text into shorter pretokens");
        }
        found_at_.reserve(most);
        found_at_.resize(total);
        words_.for_each_pair([&](place where, symbol_pair p, std::uint64_t) {
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

    void merge_pair(queued_pair const& top, std::size_t max_token_length) {
        token_id const left = left_of(top.pair);
        token_id const right = right_of(top.pair);
        std::string joined = tokens_.bytes[left] + tokens_.bytes[right];
        token_id result = tokens_.find(joined);
        if (result == no_token) {
            result = tokens_.add(std::move(joined), tokens_.lengths[left] + tokens_.lengths[right]);
        }
        merges_.push_back({left, right, result, static_cast<std::uint32_t>(merges_.size())});

        changes_.begin(static_cast<std::uint32_t>(merges_.size()), result, tokens_.lengths, max_token_length);
        for (std::uint32_t i = 0; i < top.n_places; ++i) {
            constexpr std::uint32_t ahead = 12;
            if (i + ahead < top.n_places) words_.prefetch(found_at_[top.places + i + ahead]);
            place const where = top.n_places == 1 ? top.places : found_at_[top.places + i];
            words_.replace(where, left, right, result, changes_);
        }
        apply_changes(left, right, result);
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
};

}  // namespace tessera::inline v0::detail
