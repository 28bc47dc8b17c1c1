// The different pretokens of a corpus as symbols, in one array, and the step that training repeats: replace a pair by
// its result in the words that contain it, and tell how the counts of the neighbouring pairs changed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/train/detail/pair_counts.hpp>

namespace tessera::inline v0::detail {

/// A word is known by where it begins in the array:
///
///     n_symbols | count, low | count, high | symbol 0 | symbol 1 | ... (n_symbols only ever falls)
class training_words {
public:
    using word = std::uint32_t;

    /// @throws error  limit: more than 2^32 - 1 symbols and headers
    void add(std::span<token_id const> symbols, std::uint64_t count) {
        std::size_t const size = data_.size() + header + symbols.size();
        if (size > 0xFFFF'FFFFU) {
            throw error(error_kind::limit, "corpus", "its different pretokens have more than 2^32 symbols",
                        "train on a sample, or split text into shorter pretokens");
        }
        data_.push_back(static_cast<std::uint32_t>(symbols.size()));
        data_.push_back(static_cast<std::uint32_t>(count));
        data_.push_back(static_cast<std::uint32_t>(count >> 32));
        data_.insert(data_.end(), symbols.begin(), symbols.end());
        n_symbols_ += symbols.size();
    }

    void reserve(std::size_t n_words, std::size_t n_symbols) { data_.reserve(header * n_words + n_symbols); }
    [[nodiscard]] std::size_t n_symbols() const noexcept { return n_symbols_; }

    /// Calls `f(word, std::span<token_id const> symbols, std::uint64_t count)` for each word. Valid until the first
    /// merge, after which words are no longer contiguous.
    template <class F>
    void for_each(F&& f) const {
        for (std::size_t at = 0; at < data_.size(); at += header + data_[at]) {
            f(static_cast<word>(at), std::span<token_id const>(&data_[at] + header, data_[at]), count_at(at));
        }
    }

    void prefetch(word w) const noexcept {
        __builtin_prefetch(&data_[w], 1);
        __builtin_prefetch(&data_[w] + 15, 1);
    }

    /// Replaces (left, right) by `result` in one word, from left to right, telling `changes`
    ///   .lost_left(x, n)    the pair (x, left) occurs n times less
    ///   .found_left(x, n)   the pair (x, result) occurs n times more
    ///   .lost_right(y, n)   the pair (right, y) occurs n times less
    ///   .found_right(y, n)  the pair (result, y) occurs n times more
    /// @complexity  O(symbols of the word)
    template <class Changes>
    void replace(word w, token_id left, token_id right, token_id result, Changes& changes) {
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
                    changes.found_left(s[write - 1], count);
                }
                s[write++] = result;
                read += 2;
                if (read < n) {
                    changes.lost_right(s[read], count);
                    changes.found_right(s[read], count);
                }
            } else {
                s[write++] = s[read++];
            }
        }
        data_[w] = write;
    }

private:
    static constexpr std::size_t header = 3;
    [[nodiscard]] std::uint64_t count_at(std::size_t at) const noexcept {
        return std::uint64_t{data_[at + 2]} << 32 | data_[at + 1];
    }

    std::vector<std::uint32_t> data_;
    std::size_t n_symbols_ = 0;
};

/// Collects what one merge step changes, by neighbour symbol: dense arrays instead of a hash table, emptied in the time
/// that filling them took.
class step_changes {
public:
    struct neighbour {
        std::int64_t lost_left = 0, found_left = 0, lost_right = 0, found_right = 0;
        std::uint32_t n_left = 0, n_right = 0;        // words in which the new pair was found
        std::uint32_t last_left = 0, last_right = 0;  // the latest of them; later: where their list begins
        std::uint32_t step = 0;
    };
    struct finding {
        token_id symbol;
        std::uint32_t word : 32;
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
    }
    void enter(training_words::word w) noexcept { word_ = w; }

    void lost_left(token_id x, std::int64_t n) { touch(x).lost_left += n; }
    void lost_right(token_id y, std::int64_t n) { touch(y).lost_right += n; }
    void found_left(token_id x, std::int64_t n) {
        if (too_long(x)) return;
        neighbour& at = touch(x);
        at.found_left += n;
        if (at.n_left != 0 && at.last_left == word_) return;
        at.last_left = word_;
        ++at.n_left;
        findings_.push_back({x, word_, true});
    }
    void found_right(token_id y, std::int64_t n) {
        if (y == result_) return found_left(y, n);  // (result, result) is one pair, seen from either side
        if (too_long(y)) return;
        neighbour& at = touch(y);
        at.found_right += n;
        if (at.n_right != 0 && at.last_right == word_) return;
        at.last_right = word_;
        ++at.n_right;
        findings_.push_back({y, word_, false});
    }

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
    std::uint32_t step_ = 0;
    token_id result_ = no_token;
    training_words::word word_ = 0;
};

}  // namespace tessera::inline v0::detail
