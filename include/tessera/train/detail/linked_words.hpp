// Words, or runs of words, as symbols in linked lists, and what merging one pair of them changes in the counts of
// pairs.
//
// Counts are of occurrences that can be merged together: in a run of n equal symbols a pair of two occurs n / 2 times,
// not n - 1 times. So what a merge changes depends on the lengths of the runs beside it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/train/detail/pair_counts.hpp>

namespace tessera::inline v0::detail {

/// All words in one array: a symbol lies at the place of its first unit, and keeps it, so places ascend in each word.
class linked_words {
public:
    static constexpr std::uint32_t none = 0xFFFF'FFFFU;

    struct node {
        token_id symbol;  // no_token: swallowed by its left neighbour
        std::uint32_t previous, next;
        std::uint32_t word;
    };

    /// @param whole   false for a piece of a run: that it becomes one symbol says nothing
    /// @throws error  limit: more than 2^32 - 2 symbols
    void add(std::span<token_id const> symbols, std::uint64_t count, bool whole) {
        if (nodes_.size() + symbols.size() >= none) {
            throw error(error_kind::limit, "corpus", "its different words have more than 2^32 symbols",
                        "train on a sample, or with a memory limit");
        }
        auto const begin = static_cast<std::uint32_t>(nodes_.size());
        auto const end = static_cast<std::uint32_t>(begin + symbols.size());
        auto const word = static_cast<std::uint32_t>(words_.size());
        words_.push_back(count << 1 | (whole ? 1U : 0U));
        for (std::uint32_t i = begin; i < end; ++i) {
            nodes_.push_back({symbols[i - begin], i == begin ? none : i - 1, i + 1 == end ? none : i + 1, word});
        }
    }
    void reserve(std::size_t n_words, std::size_t n_symbols) {
        words_.reserve(n_words);
        nodes_.reserve(n_symbols);
    }

    [[nodiscard]] std::size_t size() const noexcept { return nodes_.size(); }
    [[nodiscard]] node& operator[](std::uint32_t place) noexcept { return nodes_[place]; }
    [[nodiscard]] node const& operator[](std::uint32_t place) const noexcept { return nodes_[place]; }
    [[nodiscard]] std::int64_t count_at(std::uint32_t place) const noexcept {
        return static_cast<std::int64_t>(words_[nodes_[place].word] >> 1);
    }
    [[nodiscard]] bool is_whole_at(std::uint32_t place) const noexcept { return (words_[nodes_[place].word] & 1) != 0; }
    [[nodiscard]] bool has_pair(std::uint32_t place, token_id left, token_id right) const noexcept {
        node const& n = nodes_[place];
        return n.symbol == left && n.next != none && nodes_[n.next].symbol == right;
    }
    void prefetch(std::uint32_t place) const noexcept { __builtin_prefetch(&nodes_[place], 1); }

    /// Calls `f(place, symbol_pair, std::int64_t n)` for each two neighbours, in order of places; n is 0 for two of a
    /// run that cannot be merged because the two before can.
    template <class F>
    void for_each_pair(F&& f) const {
        bool taken = false;
        for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
            node const& n = nodes_[i];
            if (n.symbol == no_token) continue;
            if (n.next == none) {
                taken = false;
                continue;
            }
            token_id const right = nodes_[n.next].symbol;
            taken = n.symbol == right && !taken;
            bool const counts = n.symbol != right || taken;
            f(i, make_pair_of(n.symbol, right), counts ? count_at(i) : 0);
        }
    }

    /// Starts a step: the pair is replaced at places in ascending order.
    void begin_step() noexcept { run_end_ = none; }

    /// Replaces (left, right) by `result` at a place, which has it, telling `changes`
    ///   .lost_left(x, n), .lost_right(y, n)    the pairs (x, left), (right, y) occur n times less
    ///   .found_left(x, n), .found_right(y, n)  the pairs (x, result), (result, y) occur n times more
    ///   .place_left(x, place), .place_right(y, place)  and where
    ///
    /// @complexity  Amortised over training, O(1) for each occurrence in the text, that is each place, weighted by the
    /// count of its word. What is not constant is walking along runs of `left`, `right` and `result`. A run of a
    /// symbols in a word that occurs w times has w * (a / 2) occurrences of the pair (left, left), and there are no
    /// more of these, in all words, than of (left, right), which is the most frequent pair; so all runs walked in this
    /// step have at most 2 * count + (places, weighted) = 3 * count symbols, and count is how many symbols of the text
    /// the step removes. The same holds of the other two; runs of `result` that this step makes are remembered, not
    /// walked.
    template <class Changes>
    void replace(std::uint32_t place, token_id left, token_id right, token_id result, Changes& changes) {
        node& first = nodes_[place];
        node& second = nodes_[first.next];
        std::int64_t const n = count_at(place);
        std::uint32_t const before = first.previous;
        std::uint32_t const after = second.next;
        if (before != none) {
            token_id const x = nodes_[before].symbol;
            // In a run of left == right all places are taken from its start, so left is not before it.
            if (x != left || run_before(place) % 2 == 0) changes.lost_left(x, n);
        }
        if (after != none) {
            token_id const y = nodes_[after].symbol;
            if (y != right || (left != right && run_after(first.next) % 2 == 0)) changes.lost_right(y, n);
        }
        first.symbol = result;
        first.next = after;
        second.symbol = no_token;
        if (after != none) nodes_[after].previous = place;

        std::size_t run_left = 0;
        std::size_t run_right = 0;
        if (before != none) {
            token_id const x = nodes_[before].symbol;
            changes.place_left(x, before);
            if (x != result) {
                changes.found_left(x, n);
            } else {
                run_left = before == run_end_ ? run_length_ : run_before(place) - 1;
            }
        }
        std::uint32_t end = place;
        if (after != none) {
            token_id const y = nodes_[after].symbol;
            changes.place_right(y, place);
            if (y != result) {
                changes.found_right(y, n);
            } else {
                for (; nodes_[end].next != none && nodes_[nodes_[end].next].symbol == result; end = nodes_[end].next) {
                    ++run_right;
                }
            }
        }
        std::size_t const more = (run_left + 1 + run_right) / 2 - run_left / 2 - run_right / 2;
        if (more > 0) changes.found_left(result, n * static_cast<std::int64_t>(more));
        run_end_ = end;
        run_length_ = run_left + 1 + run_right;
    }

private:
    // The symbols of the run that ends, or begins, at a place.
    [[nodiscard]] std::size_t run_before(std::uint32_t place) const noexcept {
        std::size_t length = 1;
        token_id const symbol = nodes_[place].symbol;
        for (std::uint32_t i = nodes_[place].previous; i != none && nodes_[i].symbol == symbol; i = nodes_[i].previous)
            ++length;
        return length;
    }
    [[nodiscard]] std::size_t run_after(std::uint32_t place) const noexcept {
        std::size_t length = 1;
        token_id const symbol = nodes_[place].symbol;
        for (std::uint32_t i = nodes_[place].next; i != none && nodes_[i].symbol == symbol; i = nodes_[i].next)
            ++length;
        return length;
    }

    std::vector<node> nodes_;
    std::vector<std::uint64_t> words_;  // twice the count, and one more for a whole word
    std::uint32_t run_end_ = none;      // where the run of `result` ends that this step made last, and its length
    std::size_t run_length_ = 0;
};

}  // namespace tessera::inline v0::detail
