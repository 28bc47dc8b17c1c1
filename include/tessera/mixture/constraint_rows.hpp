// The inequalities that a merge list says of a mixture, those of them that have come to matter.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_set>
#include <vector>

#include <tessera/mixture/pair_history.hpp>

namespace tessera::inline v0 {

/// Rows of the linear program: merge t was chosen although pair p was there,
///
///     sum_i a_i (c_i,t(t) - c_i,p(t)) + v(t) + v_p >= 0
///
/// with a the mixture (shares of pairs), c_i,p(t) how often pair p occurs in category i before merge t, in pairs of a
/// million, and v the slacks. Without slack that is what byte-pair encoding does.
/// @par Paper  Hayase et al. 2024, arXiv 2407.16607, section 3
class constraint_rows {
public:
    using pair_index = pair_history::pair_index;

    /// Counts are per so many pairs, so that they and the slacks are neither tiny nor huge.
    static constexpr double pairs = 1e6;

    explicit constraint_rows(pair_history const& history) : history_(&history) {
        for (std::size_t i = 0; i < history.n_categories(); ++i) {
            scale_.push_back(history.total(i) == 0 ? 0.0 : pairs / static_cast<double>(history.total(i)));
        }
    }

    [[nodiscard]] pair_history const& history() const noexcept { return *history_; }
    [[nodiscard]] std::size_t size() const noexcept { return merge_.size(); }
    [[nodiscard]] std::size_t n_categories() const noexcept { return scale_.size(); }
    [[nodiscard]] std::uint32_t merge_of(std::size_t row) const noexcept { return merge_[row]; }
    [[nodiscard]] pair_index pair_of(std::size_t row) const noexcept { return pair_[row]; }
    /// n_categories() numbers: what a share of each category adds to the left side.
    [[nodiscard]] std::span<double const> coefficients(std::size_t row) const noexcept {
        return std::span(coefficients_).subspan(row * scale_.size(), scale_.size());
    }
    /// What a count is worth, for each category.
    [[nodiscard]] std::span<double const> scale() const noexcept { return scale_; }

    [[nodiscard]] bool contains(std::uint32_t t, pair_index p) const { return known_.contains(key(t, p)); }

    /// @param counts  of the pair at t, n_categories
    /// @return        false if the row is there
    bool add(std::uint32_t t, pair_index p, std::span<std::int64_t const> counts) {
        if (!known_.insert(key(t, p)).second) return false;
        merge_.push_back(t);
        pair_.push_back(p);
        auto const own = history_->own(t);
        for (std::size_t i = 0; i < scale_.size(); ++i) {
            coefficients_.push_back(scale_[i] * static_cast<double>(own[i] - counts[i]));
        }
        return true;
    }

    /// Forgets the rows for which `drop(row)` is true; the others close the gap.
    /// @return  how many there were
    template <class F>
    std::size_t erase_if(F const& drop) {
        std::size_t kept = 0;
        std::size_t const n = scale_.size();
        for (std::size_t r = 0; r < merge_.size(); ++r) {
            if (drop(r)) {
                known_.erase(key(merge_[r], pair_[r]));
                continue;
            }
            merge_[kept] = merge_[r];
            pair_[kept] = pair_[r];
            std::copy_n(coefficients_.begin() + static_cast<std::ptrdiff_t>(r * n), n,
                        coefficients_.begin() + static_cast<std::ptrdiff_t>(kept * n));
            ++kept;
        }
        std::size_t const n_dropped = merge_.size() - kept;
        merge_.resize(kept);
        pair_.resize(kept);
        coefficients_.resize(kept * n);
        return n_dropped;
    }

    /// By how much the slacks of a row have to make up for the mixture: its left side without them, negated.
    [[nodiscard]] double shortfall(std::size_t row, std::span<double const> mixture) const noexcept {
        double sum = 0;
        double const* const c = &coefficients_[row * scale_.size()];
        for (std::size_t i = 0; i < mixture.size(); ++i) sum -= c[i] * mixture[i];
        return sum;
    }

private:
    static std::uint64_t key(std::uint32_t t, pair_index p) noexcept { return std::uint64_t{t} << 32 | p; }

    pair_history const* history_;
    std::vector<double> scale_;
    std::vector<std::uint32_t> merge_;
    std::vector<pair_index> pair_;
    std::vector<double> coefficients_;  // (size, n_categories)
    std::unordered_set<std::uint64_t> known_;
};

}  // namespace tessera::inline v0
