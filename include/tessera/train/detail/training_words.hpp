// The different pretokens of a corpus as symbols, and the step that training repeats: replace a pair by its result
// where it occurs, and tell how the counts of the neighbouring pairs changed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/train/detail/pair_counts.hpp>

namespace tessera::inline v0::detail {

/// A place is a number that says where a pair occurs. For short words, which nearly all are, it is the word, which is
/// then searched; in long ones (a line of base64) it is the very symbol, so that a merge costs what it changes.
///
///     short word:  n_symbols | count, low | count, high | symbol 0 | symbol 1 | ...     n_symbols only ever falls
///     long word:   a linked list of symbols, numbered on from the end of the short words
class training_words {
public:
    using place = std::uint32_t;

    /// Words of more symbols are long. Rewriting the array of a short one costs about as much as following the links.
    static constexpr std::size_t max_short = 96;

    /// @throws error  limit: more than 2^32 - 1 symbols and headers
    void add(std::span<token_id const> symbols, std::uint64_t count) {
        if (data_.size() + nodes_.size() + header + symbols.size() >= none) {
            throw error(
                error_kind::limit, "corpus", "its different pretokens have more than 2^32 symbols",
                "train on a sample, split text into shorter pretokens, or (superwords, extensions) set a memory limit");
        }
        n_symbols_ += symbols.size();
        if (symbols.size() > max_short) {
            add_long(symbols, count);
            return;
        }
        data_.push_back(static_cast<std::uint32_t>(symbols.size()));
        data_.push_back(static_cast<std::uint32_t>(count));
        data_.push_back(static_cast<std::uint32_t>(count >> 32));
        data_.insert(data_.end(), symbols.begin(), symbols.end());
    }

    /// @param n_symbols  in short words
    void reserve(std::size_t n_words, std::size_t n_symbols) { data_.reserve(header * n_words + n_symbols); }
    [[nodiscard]] std::size_t n_symbols() const noexcept { return n_symbols_; }

    /// Calls `f(place, symbol_pair, std::uint64_t count)` for each pair of neighbours, in order of places. Call before
    /// the first merge, after which short words are no longer contiguous.
    template <class F>
    void for_each_pair(F&& f) const {
        for (std::size_t at = 0; at < data_.size(); at += header + data_[at]) {
            std::uint32_t const* const s = &data_[at] + header;
            for (std::uint32_t i = 0; i + 1 < data_[at]; ++i) {
                f(static_cast<place>(at), make_pair_of(s[i], s[i + 1]), count_at(at));
            }
        }
        for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
            if (nodes_[i].next == none) continue;
            f(place_of(i), make_pair_of(nodes_[i].symbol, nodes_[nodes_[i].next].symbol), count_of(i));
        }
    }

    void prefetch(place p) const noexcept {
        if (p >= data_.size()) {
            __builtin_prefetch(&nodes_[p - data_.size()], 1);
            return;
        }
        __builtin_prefetch(&data_[p], 1);
        __builtin_prefetch(&data_[p] + 15, 1);
    }

    /// Replaces (left, right) by `result` at one place, from left to right, telling `changes`
    ///   .merged(n)                the pair was replaced in a word that occurs n times
    ///   .lost_left(x, n)          the pair (x, left) occurs n times less
    ///   .found_left(x, n, where)  the pair (x, result) occurs n times more
    ///   .lost_right(y, n)         the pair (right, y) occurs n times less
    ///   .found_right(y, n, where) the pair (result, y) occurs n times more
    /// A place where the pair no longer occurs is left alone.
    /// @complexity  O(1): a short word has at most `max_short` symbols
    template <class Changes>
    void replace(place p, token_id left, token_id right, token_id result, Changes& changes) {
        if (p < data_.size()) {
            replace_in_short(p, left, right, result, changes);
        } else {
            replace_in_long(static_cast<std::uint32_t>(p - data_.size()), left, right, result, changes);
        }
    }

private:
    static constexpr std::size_t header = 3;
    static constexpr std::uint32_t none = 0xFFFF'FFFFU;

    struct node {
        token_id symbol;  // no_token: swallowed by its left neighbour
        std::uint32_t previous, next;
    };

    template <class Changes>
    void replace_in_short(place w, token_id left, token_id right, token_id result, Changes& changes) {
        std::uint32_t const n = data_[w];
        auto const count = static_cast<std::int64_t>(count_at(w));
        token_id* const s = &data_[w] + header;
        std::uint32_t read = 0;
        while (read + 1 < n && !(s[read] == left && s[read + 1] == right)) ++read;
        std::uint32_t write = read;
        while (read < n) {
            if (read + 1 < n && s[read] == left && s[read + 1] == right) {
                if (write > 0) {
                    changes.lost_left(s[write - 1], count);
                    changes.found_left(s[write - 1], count, w);
                }
                changes.merged(count);
                s[write++] = result;
                read += 2;
                if (read < n) {
                    changes.lost_right(s[read], count);
                    changes.found_right(s[read], count, w);
                }
            } else {
                s[write++] = s[read++];
            }
        }
        data_[w] = write;
    }

    template <class Changes>
    void replace_in_long(std::uint32_t i, token_id left, token_id right, token_id result, Changes& changes) {
        node& first = nodes_[i];
        if (first.symbol != left || first.next == none || nodes_[first.next].symbol != right) return;
        auto const count = static_cast<std::int64_t>(count_of(i));
        node& second = nodes_[first.next];
        if (first.previous != none) {
            token_id const x = nodes_[first.previous].symbol;
            changes.lost_left(x, count);
            changes.found_left(x, count, place_of(first.previous));
        }
        changes.merged(count);
        first.symbol = result;
        first.next = second.next;
        second.symbol = no_token;
        if (first.next != none) {
            nodes_[first.next].previous = i;
            token_id const y = nodes_[first.next].symbol;
            changes.lost_right(y, count);
            changes.found_right(y, count, place_of(i));
        }
    }

    void add_long(std::span<token_id const> symbols, std::uint64_t count) {
        auto const begin = static_cast<std::uint32_t>(nodes_.size());
        long_begin_.push_back(begin);
        long_count_.push_back(count);
        auto const end = static_cast<std::uint32_t>(begin + symbols.size());
        for (std::uint32_t i = begin; i < end; ++i) {
            nodes_.push_back({symbols[i - begin], i == begin ? none : i - 1, i + 1 == end ? none : i + 1});
        }
    }

    [[nodiscard]] place place_of(std::uint32_t i) const noexcept { return static_cast<place>(data_.size() + i); }
    [[nodiscard]] std::uint64_t count_at(std::size_t at) const noexcept {
        return std::uint64_t{data_[at + 2]} << 32 | data_[at + 1];
    }
    // Long words are few: their counts are looked up by where they begin.
    [[nodiscard]] std::uint64_t count_of(std::uint32_t i) const noexcept {
        auto const after = std::upper_bound(long_begin_.begin(), long_begin_.end(), i);
        return long_count_[static_cast<std::size_t>(after - long_begin_.begin()) - 1];
    }

    std::vector<std::uint32_t> data_;
    std::vector<node> nodes_;
    std::vector<std::uint32_t> long_begin_;
    std::vector<std::uint64_t> long_count_;
    std::size_t n_symbols_ = 0;
};

/// Collects what one merge step changes, by neighbour symbol: dense arrays instead of a hash table, emptied in the time
/// that filling them took.
class step_changes {
public:
    struct neighbour {
        std::int64_t lost_left = 0, found_left = 0, lost_right = 0, found_right = 0;
        std::uint32_t n_left = 0, n_right = 0;        // places at which the new pair was found
        std::uint32_t last_left = 0, last_right = 0;  // the latest of them; later: where their list begins
        std::uint32_t step = 0;
    };
    struct finding {
        token_id symbol;
        training_words::place place;
        bool is_left;
    };

    /// @param max_length  a pair whose parts have this many units or more together is not counted
    void begin(std::uint32_t step, token_id result, std::vector<std::uint32_t> const& lengths, std::size_t max_length) {
        step_ = step;
        result_ = result;
        lengths_ = &lengths;
        max_length_ = max_length;
        neighbours_.resize(lengths.size());
        touched_.clear();
        findings_.clear();
        n_merged_ = 0;
    }

    void merged(std::int64_t n) { n_merged_ += static_cast<std::uint64_t>(n); }
    void lost_left(token_id x, std::int64_t n) { touch(x).lost_left += n; }
    void lost_right(token_id y, std::int64_t n) { touch(y).lost_right += n; }
    void found_left(token_id x, std::int64_t n, training_words::place where) {
        if (too_long(x)) return;
        neighbour& at = touch(x);
        at.found_left += n;
        if (at.n_left != 0 && at.last_left == where) return;
        at.last_left = where;
        ++at.n_left;
        findings_.push_back({x, where, true});
    }
    void found_right(token_id y, std::int64_t n, training_words::place where) {
        if (y == result_) return found_left(y, n, where);  // (result, result) is one pair, seen from either side
        if (too_long(y)) return;
        neighbour& at = touch(y);
        at.found_right += n;
        if (at.n_right != 0 && at.last_right == where) return;
        at.last_right = where;
        ++at.n_right;
        findings_.push_back({y, where, false});
    }

    [[nodiscard]] std::uint64_t n_merged() const noexcept { return n_merged_; }
    [[nodiscard]] std::vector<token_id> const& touched() const noexcept { return touched_; }
    [[nodiscard]] neighbour& at(token_id symbol) noexcept { return neighbours_[symbol]; }
    [[nodiscard]] std::vector<finding> const& findings() const noexcept { return findings_; }

private:
    [[nodiscard]] bool too_long(token_id neighbour_symbol) const noexcept {
        return std::size_t{(*lengths_)[neighbour_symbol]} + (*lengths_)[result_] >= max_length_;
    }
    neighbour& touch(token_id symbol) {
        neighbour& at = neighbours_[symbol];
        if (at.step != step_) {
            at = {};
            at.step = step_;
            touched_.push_back(symbol);
        }
        return at;
    }

    std::vector<neighbour> neighbours_;
    std::vector<token_id> touched_;
    std::vector<finding> findings_;
    std::vector<std::uint32_t> const* lengths_ = nullptr;
    std::size_t max_length_ = 0;
    std::uint64_t n_merged_ = 0;
    std::uint32_t step_ = 0;
    token_id result_ = no_token;
};

}  // namespace tessera::inline v0::detail
