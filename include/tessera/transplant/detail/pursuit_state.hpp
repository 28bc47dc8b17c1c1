// One target on its way through orthogonal matching pursuit: what all engines do alike, in double precision. An engine
// only says which anchors may be the next; this class tells which of them is. So engines that never leave out the right
// one give the same anchors and coefficients to the bit.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <tessera/transplant/anchor_set.hpp>
#include <tessera/transplant/detail/kernel_set.hpp>

namespace tessera::inline v0::transplant::detail {

/// Coefficients by the Cholesky factor of the chosen anchors' Gram matrix, which grows by a row with each
/// (Rubinstein, Zibulevsky and Elad 2008, "Efficient Implementation of the K-SVD Algorithm using Batch OMP").
class pursuit_state {
public:
    pursuit_state(anchor_set const& anchors, std::size_t k) : anchors_(&anchors), kernels_(&anchors.kernels()) {
        support_.reserve(k);
        factor_.reserve(k * (k + 1) / 2);
        residual_.resize(anchors.dim());
    }

    /// @param target  dim numbers that outlive the state's use of them
    void begin(float const* target) {
        target_ = target;
        support_.clear();
        factor_.clear();
        product_.clear();
        coefficient_.clear();
        for (std::size_t i = 0; i < residual_.size(); ++i) residual_[i] = static_cast<double>(target[i]);
        target_norm_ = std::sqrt(kernels_->dot(target, target, residual_.size()));
        residual_norm_ = target_norm_;
    }

    /// What the anchor is chosen by. O(dim)
    [[nodiscard]] double score(std::uint32_t anchor) const noexcept {
        double const product = kernels_->dot_with_doubles((*anchors_)[anchor], residual_.data(), residual_.size());
        return std::fabs(product) * anchors_->scale(anchor);
    }

    [[nodiscard]] bool is_chosen(std::uint32_t anchor) const noexcept {
        return std::find(support_.begin(), support_.end(), anchor) != support_.end();
    }

    /// Takes the anchor in, and finds the coefficients and the residual anew. O(size * (size + dim))
    /// @return  false if it lies in the span of those chosen, up to rounding: then nothing changes. The residual is
    ///          orthogonal to that span, so if such an anchor has the best score, none has one that is not rounding
    bool add(std::uint32_t anchor) {
        float const* const row = (*anchors_)[anchor];
        std::size_t const n = support_.size();
        std::size_t const dim = residual_.size();
        double const square = anchors_->norm(anchor) * anchors_->norm(anchor);
        std::size_t const begin = factor_.size();
        double left = square;
        for (std::size_t i = 0; i < n; ++i) {
            double value = kernels_->dot(row, (*anchors_)[support_[i]], dim);
            double const* const other = factor_.data() + i * (i + 1) / 2;
            for (std::size_t j = 0; j < i; ++j) value -= factor_[begin + j] * other[j];
            value /= other[i];
            factor_.push_back(value);
            left -= value * value;
        }
        // A Gram matrix has half of the digits.
        if (!(left > least_part * least_part * square)) {
            factor_.resize(begin);
            return false;
        }
        factor_.push_back(std::sqrt(left));
        support_.push_back(anchor);
        // The right side of L y = A x grows by one number, and so does y.
        double y = kernels_->dot(row, target_, dim);
        for (std::size_t j = 0; j < n; ++j) y -= factor_[begin + j] * product_[j];
        product_.push_back(y / factor_.back());
        solve();
        subtract();
        return true;
    }

    /// What is smaller than this part of a length is taken for rounding.
    static constexpr double least_part = 1e-7;

    /// Scores that are not larger are rounding.
    [[nodiscard]] double floor() const noexcept { return least_part * residual_norm_ * anchors_->longest_scaled(); }

    [[nodiscard]] std::span<std::uint32_t const> support() const noexcept { return support_; }
    [[nodiscard]] std::span<double const> coefficients() const noexcept { return coefficient_; }
    [[nodiscard]] double target_norm() const noexcept { return target_norm_; }
    [[nodiscard]] double residual_norm() const noexcept { return residual_norm_; }
    [[nodiscard]] std::span<double const> residual() const noexcept { return residual_; }

private:
    // L^T coefficient = product, from the last row up.
    void solve() {
        coefficient_ = product_;
        for (std::size_t i = coefficient_.size(); i-- > 0;) {
            double const* const row = factor_.data() + i * (i + 1) / 2;
            coefficient_[i] /= row[i];
            for (std::size_t j = 0; j < i; ++j) coefficient_[j] -= row[j] * coefficient_[i];
        }
    }

    void subtract() {
        for (std::size_t i = 0; i < residual_.size(); ++i) residual_[i] = static_cast<double>(target_[i]);
        for (std::size_t i = 0; i < support_.size(); ++i) {
            kernels_->subtract(residual_.data(), (*anchors_)[support_[i]], coefficient_[i], residual_.size());
        }
        double square = 0;
        for (double const r : residual_) square += r * r;
        residual_norm_ = std::sqrt(square);
    }

    anchor_set const* anchors_;
    kernel_set const* kernels_;
    float const* target_ = nullptr;
    std::vector<std::uint32_t> support_;
    std::vector<double> factor_;   // L, row by row
    std::vector<double> product_;  // y of L y = A x
    std::vector<double> coefficient_;
    std::vector<double> residual_;
    double target_norm_ = 0;
    double residual_norm_ = 0;
};

}  // namespace tessera::inline v0::transplant::detail
