// How many units words have: what a canvas of a length would cut off, and how much of it would be empty.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace tessera::inline v0 {

/// A distribution of numbers of units. The order in which words are added makes no difference.
class unit_statistics {
public:
    void add(std::size_t n_units, std::uint64_t n_words = 1) {
        if (n_words == 0) return;
        if (n_units < n_short) {
            if (short_.size() <= n_units) short_.resize(n_units + 1);
            short_[n_units] += n_words;
        } else {
            long_[n_units] += n_words;
        }
        n_words_ += n_words;
        n_units_ += n_units * n_words;
    }
    void add(unit_statistics const& other) {
        other.for_each([&](std::size_t n_units, std::uint64_t n) { add(n_units, n); });
    }

    /// Calls `f(units, words)` for each number of units that occurs, from the smallest on.
    template <class F>
    void for_each(F&& f) const {
        for (std::size_t i = 0; i < short_.size(); ++i) {
            if (short_[i] != 0) f(i, short_[i]);
        }
        for (auto const& [n_units, n] : long_) f(n_units, n);
    }

    [[nodiscard]] std::uint64_t n_words() const noexcept { return n_words_; }
    [[nodiscard]] std::uint64_t n_units() const noexcept { return n_units_; }
    [[nodiscard]] std::size_t longest() const noexcept {
        if (!long_.empty()) return long_.rbegin()->first;
        return short_.empty() ? 0 : short_.size() - 1;
    }
    /// Units a word has on average; 0 without words.
    [[nodiscard]] double mean() const noexcept {
        return n_words_ == 0 ? 0 : static_cast<double>(n_units_) / static_cast<double>(n_words_);
    }

    /// The shortest canvas into which at least this share of the words fits whole: 0.999, or 1 for all.
    [[nodiscard]] std::size_t canvas_for(double share) const {
        double const wanted = share * static_cast<double>(n_words_);
        std::uint64_t fit = 0;
        std::size_t canvas = 0;
        bool found = false;
        for_each([&](std::size_t n_units, std::uint64_t n) {
            if (found) return;
            fit += n;
            canvas = n_units;
            found = static_cast<double>(fit) >= wanted;
        });
        return canvas;
    }
    /// The share of the words that have more units.
    [[nodiscard]] double cut(std::size_t canvas) const {
        std::uint64_t n_cut = 0;
        for_each([&](std::size_t n_units, std::uint64_t n) { n_cut += n_units > canvas ? n : 0; });
        return n_words_ == 0 ? 0 : static_cast<double>(n_cut) / static_cast<double>(n_words_);
    }
    /// The share of the slots that would be empty, if longer words were truncated: 1 - units / (words * canvas).
    [[nodiscard]] double waste(std::size_t canvas) const {
        double filled = 0;
        for_each([&](std::size_t n_units, std::uint64_t n) {
            filled += static_cast<double>(std::min(n_units, canvas)) * static_cast<double>(n);
        });
        double const slots = static_cast<double>(n_words_) * static_cast<double>(canvas);
        return slots == 0 ? 0 : 1 - filled / slots;
    }

    friend bool operator==(unit_statistics const& a, unit_statistics const& b) {
        return a.short_ == b.short_ && a.long_ == b.long_;
    }

private:
    static constexpr std::size_t n_short = 4096;
    std::vector<std::uint64_t> short_;           // words, by units; ends with one that is not 0
    std::map<std::size_t, std::uint64_t> long_;  // likewise, for words that are rare
    std::uint64_t n_words_ = 0;
    std::uint64_t n_units_ = 0;
};

}  // namespace tessera::inline v0
