// How well a method makes rows: shared tokens made as if they were new, against the rows that they have.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <tessera/core/split_mix.hpp>
#include <tessera/core/token.hpp>
#include <tessera/transplant/matrix.hpp>
#include <tessera/transplant/token_table.hpp>

namespace tessera::inline v0::transplant {

/// Which of the anchors are held out: `n` of those with at least two bytes (one byte has no pieces), or a tenth of all
/// if that is less, drawn with `seed`. Ascending indices.
[[nodiscard]] inline std::vector<std::size_t> draw_held_out(std::vector<token_id> const& anchors,
                                                            token_table const& table, std::size_t n,
                                                            std::uint64_t seed) {
    std::vector<std::size_t> candidates;
    for (std::size_t i = 0; i < anchors.size(); ++i) {
        if (table.bytes(anchors[i]).size() > 1) candidates.push_back(i);
    }
    n = std::min(n, anchors.size() / 10);
    n = std::min(n, candidates.size());
    split_mix random(seed);
    for (std::size_t i = 0; i < n; ++i) std::swap(candidates[i], candidates[i + random.below(candidates.size() - i)]);
    candidates.resize(n);
    std::sort(candidates.begin(), candidates.end());
    return candidates;
}

struct held_out_score {
    std::size_t n = 0;
    double mean_cosine = 0;  ///< between the made row and the true one
    double median_cosine = 0;
    double tenth_cosine = 0;    ///< a tenth of them are below
    double relative_error = 0;  ///< mean of |made - true| / |true|
    double norm_ratio = 0;      ///< mean of |made| / |true|
};

/// @param made, truth  (n, dim)
[[nodiscard]] inline held_out_score score_held_out(matrix const& made, matrix const& truth) {
    check_same_columns(made, truth, "held-out rows");
    held_out_score score;
    score.n = n_rows(truth);
    if (score.n == 0) return score;
    std::vector<double> cosines;
    for (Eigen::Index i = 0; i < truth.rows(); ++i) {
        Eigen::RowVectorXd const a = made.row(i).cast<double>();
        Eigen::RowVectorXd const b = truth.row(i).cast<double>();
        double const lengths = a.norm() * b.norm();
        cosines.push_back(lengths > 0 ? a.dot(b) / lengths : 0);
        if (b.norm() > 0) {
            score.relative_error += (a - b).norm() / b.norm();
            score.norm_ratio += a.norm() / b.norm();
        }
    }
    auto const n = static_cast<double>(score.n);
    for (double const c : cosines) score.mean_cosine += c / n;
    score.relative_error /= n;
    score.norm_ratio /= n;
    std::sort(cosines.begin(), cosines.end());
    score.median_cosine = cosines[score.n / 2];
    score.tenth_cosine = cosines[score.n / 10];
    return score;
}

}  // namespace tessera::inline v0::transplant
