// Cuts runs of tokens, from the left, into the longest n-grams that occur often: many different runs become few.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/train/detail/pair_counts.hpp>

namespace tessera::inline v0::detail {

class ngram_split {
public:
    ngram_split(std::uint64_t min_count, std::size_t max_length) : min_count_(min_count), max_length_(max_length) {}

    void add(std::span<token_id const> run, std::uint64_t count) {
        begins_.push_back(tokens_.size());
        counts_.push_back(count);
        tokens_.insert(tokens_.end(), run.begin(), run.end());
    }

    /// Calls `f(std::span<token_id const>, std::uint64_t count)` for the parts of each run.
    /// @return      false, and nothing is called, if no n-gram occurs often enough
    /// @complexity  O(tokens * max_length)
    template <class F>
    bool run(F&& f) {
        begins_.push_back(tokens_.size());
        if (!find_lengths()) return false;
        for (std::size_t r = 0; r < counts_.size(); ++r) {
            for (std::size_t at = begins_[r]; at < begins_[r + 1];) {
                std::size_t const n = lengths_[at];
                f(std::span<token_id const>(tokens_).subspan(at, n), counts_[r]);
                at += n;
            }
        }
        return true;
    }

private:
    // The n-gram of each length that begins at each place, as a number; one of n tokens is one of n - 1 and a token. As
    // the beginning of a frequent n-gram is at least as frequent, a place needs to be looked at until one is rare.
    bool find_lengths() {
        lengths_.assign(tokens_.size(), 1);
        std::vector<std::uint32_t> ngram(tokens_.begin(), tokens_.end());
        bool any = false;
        std::vector<std::int64_t> totals;
        for (std::size_t n = 2; n <= max_length_; ++n) {
            pair_counts numbers;
            totals.assign(1, 0);
            for_each_place(n, [&](std::size_t at, std::uint64_t count) {
                symbol_pair const p = make_pair_of(ngram[at], tokens_[at + n - 1]);
                auto number = static_cast<std::size_t>(numbers.get(p));
                if (number == 0) {
                    number = totals.size();
                    totals.push_back(0);
                    numbers.add(p, static_cast<std::int64_t>(number));
                }
                totals[number] += static_cast<std::int64_t>(count);
            });
            bool found = false;
            for_each_place(n, [&](std::size_t at, std::uint64_t) {
                auto const number = static_cast<std::size_t>(numbers.get(make_pair_of(ngram[at], tokens_[at + n - 1])));
                if (static_cast<std::uint64_t>(totals[number]) < min_count_) return;
                ngram[at] = static_cast<std::uint32_t>(number);
                lengths_[at] = static_cast<std::uint8_t>(n);
                found = true;
            });
            if (!found) break;
            any = true;
        }
        return any;
    }

    // The places where a frequent n-gram of one token less begins that has a token after it.
    template <class F>
    void for_each_place(std::size_t n, F&& f) const {
        for (std::size_t r = 0; r < counts_.size(); ++r) {
            for (std::size_t at = begins_[r]; at + n <= begins_[r + 1]; ++at) {
                if (lengths_[at] + std::size_t{1} == n) f(at, counts_[r]);
            }
        }
    }

    std::uint64_t min_count_;
    std::size_t max_length_;
    std::vector<token_id> tokens_;
    std::vector<std::size_t> begins_;
    std::vector<std::uint64_t> counts_;
    std::vector<std::uint8_t> lengths_;
};

}  // namespace tessera::inline v0::detail
