// An n-gram model the slow way: every n-gram in a map, every sum by looking at all of them, the formulas of Chen &
// Goodman (1998) for modified Kneser-Ney smoothing as they are written.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include <tessera/core/token.hpp>

namespace reference {

class ngram_model {
public:
    using tokens = std::vector<std::int64_t>;  // -1 stands before a text

    ngram_model(std::size_t order, std::size_t row_width) : order_(order), row_width_(row_width) {}

    /// @param end  < 0: texts do not end
    void add(std::vector<tessera::token_id> const& text, std::int64_t end) {
        tokens all{-1};
        all.insert(all.end(), text.begin(), text.end());
        if (end >= 0) all.push_back(end);
        for (std::size_t from = 0; from < all.size(); ++from) {
            for (std::size_t to = from + 1; to <= all.size() && to - from <= order_; ++to) {
                if (all[to - 1] >= 0) ++occurrences_[tokens(all.begin() + at(from), all.begin() + at(to))];
            }
        }
    }

    /// Of each n-gram of `n` tokens the count that is smoothed.
    std::map<tokens, std::uint64_t> counts(std::size_t n) const {
        std::map<tokens, std::uint64_t> result;
        std::map<tokens, std::set<std::int64_t>> in_front;
        for (auto const& [ngram, count] : occurrences_) {
            if (ngram.size() == n && (n == order_ || ngram[0] < 0)) result[ngram] = count;
            if (ngram.size() == n + 1) in_front[tokens(ngram.begin() + 1, ngram.end())].insert(ngram[0]);
        }
        for (auto const& [ngram, before] : in_front) {
            if (n < order_) result[ngram] = before.size();
        }
        return result;
    }

    std::array<double, 4> discounts(std::size_t n) const {
        std::array<double, 5> n_with{};
        for (auto const& [ngram, count] : counts(n)) {
            if (count <= 4) n_with[count] += 1;
        }
        std::array<double, 4> const otherwise{0, 0.5, 1, 1.5};
        if (n_with[1] == 0 || n_with[2] == 0 || n_with[3] == 0) return otherwise;
        double const y = n_with[1] / (n_with[1] + 2 * n_with[2]);
        std::array<double, 4> d{};
        for (std::size_t i = 1; i <= 3; ++i) {
            d[i] = static_cast<double>(i) - static_cast<double>(i + 1) * y * n_with[i + 1] / n_with[i];
            if (d[i] <= 0 || d[i] > static_cast<double>(i)) return otherwise;
        }
        return d;
    }

    /// To be called when all texts are there.
    void finish() {
        for (std::size_t n = 1; n <= order_; ++n) {
            counts_.push_back(counts(n));
            discounts_.push_back(discounts(n));
        }
    }

    /// p(w | context); only the last tokens of the context matter.
    double probability(tokens context, std::int64_t w) const {
        if (context.size() >= order_) context.erase(context.begin(), context.end() - at(order_ - 1));
        double const shorter = context.empty() ? 1.0 / static_cast<double>(row_width_)
                                               : probability(tokens(context.begin() + 1, context.end()), w);
        std::size_t const n = context.size();
        double total = 0;
        double given = 0;
        double own = 0;
        for (auto const& [ngram, count] : counts_[n]) {
            if (tokens(ngram.begin(), ngram.end() - 1) != context) continue;
            double const d = discounts_[n][count < 3 ? count : 3];
            total += static_cast<double>(count);
            given += d;
            if (ngram.back() == w) own = static_cast<double>(count) - d;
        }
        return total == 0 ? shorter : own / total + given / total * shorter;
    }

private:
    static std::ptrdiff_t at(std::size_t i) { return static_cast<std::ptrdiff_t>(i); }

    std::size_t order_;
    std::size_t row_width_;
    std::map<tokens, std::uint64_t> occurrences_;
    std::vector<std::map<tokens, std::uint64_t>> counts_;
    std::vector<std::array<double, 4>> discounts_;
};

}  // namespace reference
