// The counts that a regression on the order of merges reads.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <tessera/mixture/pair_history.hpp>

namespace tessera::inline v0::detail {

/// Counts in each category, in pairs of a million of it; a row a pair.
class order_counts {
public:
    using matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

    matrix merged;  ///< of the merges read, at their time
    std::vector<std::size_t> merged_at;
    matrix left;  ///< of pairs that are then left, and that may stand as high as the last of these
    std::vector<pair_history::pair_index> left_pairs;
    matrix late;  ///< of later merges that a category has often: what is known of small shares
    std::vector<std::size_t> late_at;
    matrix final;               ///< of pairs that a category has often, left after the very last merge
    Eigen::VectorXd per_count;  ///< what an occurrence in each category adds

    order_counts() = default;
    explicit order_counts(pair_history const& history) {
        per_count.resize(static_cast<Eigen::Index>(history.n_categories()));
        for (std::size_t i = 0; i < history.n_categories(); ++i) {
            per_count[static_cast<Eigen::Index>(i)] = 1e6 / static_cast<double>(history.total(i));
        }
    }

    /// @param used   T: 0 for merges to pass over
    /// @param share  a mixture, to know how high the last merges stand
    void read(pair_history const& history, std::span<std::uint8_t const> used, std::size_t first, std::size_t end,
              double often, Eigen::VectorXd const& share) {
        rows of_merged, of_left, of_late;
        merged_at.clear();
        left_pairs.clear();
        late_at.clear();
        for (std::size_t t = first; t < end; ++t) {
            if (used[t] == 0) continue;
            merged_at.push_back(t);
            put(history.own(t), of_merged);
        }
        merged = of_merged.as_matrix(per_count.size());
        if (merged_at.empty()) return;
        for (std::size_t t = end; t < history.n_merges(); ++t) {
            auto const own = history.own(t);
            if (used[t] == 0 || static_cast<double>(*std::ranges::max_element(own)) < often) continue;
            late_at.push_back(t);
            put(own, of_late);
        }
        late = of_late.as_matrix(per_count.size());
        // In no mixture can a pair count for more than in the category that has it most.
        Eigen::Index const tail = std::min<Eigen::Index>(merged.rows(), 100);
        double const least = 0.3 * (merged.bottomRows(tail) * share).mean();
        std::vector<std::int64_t> counts(history.n_categories());
        bool const wants_final = final.size() == 0;
        rows of_final;
        for (std::size_t p = end; p < history.n_pairs(); ++p) {
            auto const pair = static_cast<pair_history::pair_index>(p);
            history.counts_at(pair, end, counts);
            double most = 0;
            for (std::size_t i = 0; i < counts.size(); ++i) {
                most = std::max(most, static_cast<double>(counts[i]) * per_count[static_cast<Eigen::Index>(i)]);
            }
            if (most >= least) {
                left_pairs.push_back(pair);
                put(counts, of_left);
            }
            if (!wants_final || p < history.n_merges()) continue;
            history.counts_at(pair, history.n_merges(), counts);
            if (static_cast<double>(*std::ranges::max_element(counts)) >= often) put(counts, of_final);
        }
        left = of_left.as_matrix(per_count.size());
        if (wants_final) final = of_final.as_matrix(per_count.size());
    }

    [[nodiscard]] Eigen::RowVectorXd row(std::span<std::int64_t const> counts) const {
        Eigen::RowVectorXd out(per_count.size());
        for (Eigen::Index i = 0; i < out.size(); ++i) {
            out[i] = static_cast<double>(counts[static_cast<std::size_t>(i)]) * per_count[i];
        }
        return out;
    }

    /// The noise of a count of 1, for what makes up the pair: what one occurrence of it is worth.
    template <class Row>
    [[nodiscard]] double worth(Row const& counts, Eigen::VectorXd const& share) const {
        double sum = 0;
        double weighted = 0;
        for (Eigen::Index i = 0; i < share.size(); ++i) {
            sum += counts[i] * share[i];
            weighted += counts[i] * share[i] * share[i] * per_count[i];
        }
        return sum > 0 ? weighted / sum : share.cwiseProduct(per_count).mean();
    }

    /// How often merges occur that were read, in occurrences of the category whose share makes the noise.
    [[nodiscard]] double mean_occurrences(Eigen::VectorXd const& share) const {
        double sum = 0;
        for (Eigen::Index r = 0; r < merged.rows(); ++r) sum += merged.row(r).dot(share) / worth(merged.row(r), share);
        return sum / static_cast<double>(std::max<Eigen::Index>(merged.rows(), 1));
    }

private:
    struct rows {
        std::vector<double> values;
        [[nodiscard]] matrix as_matrix(Eigen::Index n) const {
            return Eigen::Map<matrix const>(values.data(), static_cast<Eigen::Index>(values.size()) / n, n);
        }
    };
    void put(std::span<std::int64_t const> counts, rows& out) const {
        for (std::size_t i = 0; i < counts.size(); ++i) {
            out.values.push_back(static_cast<double>(counts[i]) * per_count[static_cast<Eigen::Index>(i)]);
        }
    }
};

}  // namespace tessera::inline v0::detail
