// What orthogonal matching pursuit gives: for each target a few anchors and their coefficients.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <tessera/transplant/matrix.hpp>

namespace tessera::inline v0::transplant {

/// (n_targets, k): row i approximates target i by the sum of coefficient * anchor.
struct sparse_combinations {
    std::size_t k = 0;
    std::vector<std::uint32_t> index;   ///< (n_targets, k), anchors in the order of choice; only count[i] are set
    std::vector<double> coefficient;    ///< (n_targets, k)
    std::vector<std::uint32_t> count;   ///< (n_targets), anchors used: k, or fewer where fewer suffice
    std::vector<double> residual_norm;  ///< (n_targets), Euclidean length of what is left of the target

    sparse_combinations() = default;
    sparse_combinations(std::size_t n_targets, std::size_t k_)
        : k(k_), index(n_targets * k_), coefficient(n_targets * k_), count(n_targets), residual_norm(n_targets) {}

    [[nodiscard]] std::size_t size() const noexcept { return count.size(); }
    [[nodiscard]] std::span<std::uint32_t const> support(std::size_t target) const noexcept {
        return {index.data() + target * k, count[target]};
    }
    [[nodiscard]] std::span<double const> coefficients(std::size_t target) const noexcept {
        return {coefficient.data() + target * k, count[target]};
    }
};

/// The same combinations of other rows: those of the same tokens in another model.
/// @param rows  (n_anchors, dim)
/// @return      (n_targets, dim); sums in double precision
/// @complexity  O(n_targets * k * dim)
[[nodiscard]] inline matrix combine(sparse_combinations const& sparse, matrix const& rows) {
    matrix result(static_cast<Eigen::Index>(sparse.size()), rows.cols());
    Eigen::RowVectorXd sum(rows.cols());
    for (std::size_t i = 0; i < sparse.size(); ++i) {
        sum.setZero();
        auto const support = sparse.support(i);
        auto const coefficients = sparse.coefficients(i);
        for (std::size_t a = 0; a < support.size(); ++a) sum += coefficients[a] * rows.row(support[a]).cast<double>();
        result.row(static_cast<Eigen::Index>(i)) = sum.cast<float>();
    }
    return result;
}

}  // namespace tessera::inline v0::transplant
