// The cosines of all pairs of anchors, as numbers of single precision.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/uninitialized_vector.hpp>
#include <tessera/transplant/anchor_set.hpp>
#include <tessera/transplant/detail/kernel_set.hpp>
#include <tessera/transplant/detail/product_error.hpp>
#include <tessera/transplant/matrix.hpp>

namespace tessera::inline v0::transplant::detail {

/// (n_anchors, n_anchors): element (i, j) is the cosine of anchors i and j.
class float_gram {
public:
    /// @complexity  n^2 dim operations, for half of the elements; 4 n^2 bytes
    template <Executor E>
    float_gram(anchor_set const& anchors, E const& executor) : anchors_(&anchors), n_(anchors.size()) {
        entries_.resize(n_ * n_);
        for (std::size_t i = 0; i < n_; ++i) inverse_norm_.push_back(static_cast<float>(anchors.inverse_norm(i)));
        std::vector<std::pair<std::size_t, std::size_t>> blocks;
        for (std::size_t i = 0; i < n_; i += block) {
            for (std::size_t j = i; j < n_; j += block) blocks.emplace_back(i, j);
        }
        executor.for_each_index(blocks.size(), [&](std::size_t b) { fill(blocks[b].first, blocks[b].second); });
    }

    /// Products of targets and anchors' directions: (n_targets, n_anchors) in the first rows and columns, up to `error`
    /// times the target's length.
    void first_products(Eigen::Ref<matrix const> const& targets, matrix& products, double& error) const {
        products.resize(targets.rows(), anchors_->rows().rows());
        products.noalias() = targets * anchors_->rows().transpose();
        for (std::size_t i = 0; i < tessera::transplant::n_rows(products); ++i) {
            float* const row = row_of(products, i);
            for (std::size_t j = 0; j < n_; ++j) row[j] *= inverse_norm_[j];
        }
        error = product_error(anchors_->dim());
    }

    /// Sums of some rows.
    class combination {
    public:
        explicit combination(float_gram const& gram) : gram_(&gram), kernels_(&gram.anchors_->kernels()) {}

        void begin(std::span<std::uint32_t const> rows, std::span<double const> weights) {
            rows_.clear();
            weights_.clear();
            double all = 0;
            for (std::size_t i = 0; i < rows.size(); ++i) {
                rows_.push_back(gram_->entries_.data() + rows[i] * gram_->n_);
                weights_.push_back(static_cast<float>(weights[i]));
                all += std::fabs(weights[i]);
            }
            error_ = all * product_error(gram_->anchors_->dim());
            reach_ = all * (1 + 0x1p-10);
        }

        /// Bound on what elements lose, beside the roundings of adding them up.
        [[nodiscard]] double error() const noexcept { return error_; }
        /// Bound on the sum of the absolute values of what is added up.
        [[nodiscard]] double reach() const noexcept { return reach_; }

        /// to[i] = from[i] less the sum, for columns first, first + 1, ...
        void subtract(float const* from, std::size_t first, std::size_t n, float* to) {
            std::copy(from, from + n, to);
            at_.clear();
            for (float const* const row : rows_) at_.push_back(row + first);
            kernels_->subtract_floats(to, at_.data(), weights_.data(), at_.size(), n);
        }

    private:
        float_gram const* gram_;
        kernel_set const* kernels_;
        std::vector<float const*> rows_;
        std::vector<float const*> at_;
        std::vector<float> weights_;
        double error_ = 0;
        double reach_ = 0;
    };

private:
    static constexpr std::size_t block = 1024;

    void fill(std::size_t first_row, std::size_t first_column) {
        auto const some = [&](std::size_t first) {
            return anchors_->rows().middleRows(static_cast<Eigen::Index>(first),
                                               static_cast<Eigen::Index>(std::min(block, n_ - first)));
        };
        matrix products(some(first_row).rows(), some(first_column).rows());
        products.noalias() = some(first_row) * some(first_column).transpose();
        for (std::size_t r = 0; r < tessera::transplant::n_rows(products); ++r) {
            float const* const row = row_of(products, r);
            float* const out = entries_.data() + (first_row + r) * n_ + first_column;
            for (std::size_t c = 0; c < n_columns(products); ++c) {
                out[c] = row[c] * inverse_norm_[first_row + r] * inverse_norm_[first_column + c];
                if (first_row != first_column) entries_[(first_column + c) * n_ + first_row + r] = out[c];
            }
        }
    }

    anchor_set const* anchors_;
    std::size_t n_;
    std::vector<float> inverse_norm_;
    uninitialized_vector<float> entries_;
};

}  // namespace tessera::inline v0::transplant::detail
