// The rows that matching pursuit combines, with what each engine needs to know of them.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/transplant/detail/kernels.hpp>
#include <tessera/transplant/matrix.hpp>

namespace tessera::inline v0::transplant {

/// How orthogonal matching pursuit chooses the next anchor.
enum class atom_selection : std::uint8_t {
    cosine,         ///< by |<residual, anchor>| / |anchor|, as in the literature
    inner_product,  ///< by |<residual, anchor>|, as mergekit's does: long anchors win
};

/// Rows outside of these lengths have no products in single precision: a shorter one counts as zeros.
inline constexpr double shortest_row = 1e-12;
inline constexpr double longest_row = 1e12;

/// Anchors, their lengths, and the scale by which a product with one becomes its score. A row of zeros is never chosen.
class anchor_set {
public:
    /// @param rows   (n_anchors, dim), n_anchors >= 1
    /// @throws error empty_input: no anchors; bad_token: a row has a number that is not finite, or is longer than
    ///               longest_row; limit: 2^31 rows or more
    explicit anchor_set(matrix rows, atom_selection selection = atom_selection::cosine,
                        detail::kernel_set const& kernels = detail::processor_kernels())
        : rows_(std::move(rows)), selection_(selection), kernels_(&kernels) {
        if (rows_.rows() == 0 || rows_.cols() == 0) {
            throw error(error_kind::empty_input, "anchors", "there are none", "the two vocabularies share no token");
        }
        if (n_rows(rows_) >= std::size_t{1} << 31) {
            throw error(error_kind::limit, "anchors", "there are " + std::to_string(rows_.rows()));
        }
        norm_.reserve(size());
        scale_.reserve(size());
        for (std::size_t i = 0; i < size(); ++i) {
            double norm = std::sqrt(kernels.dot((*this)[i], (*this)[i], dim()));
            if (!(norm <= longest_row)) {
                throw error(error_kind::bad_token, "anchor " + std::to_string(i), "its row is not finite, or too long",
                            "leave that token out");
            }
            if (norm < shortest_row) norm = 0;
            norm_.push_back(norm);
            bool const by_cosine = selection == atom_selection::cosine;
            scale_.push_back(norm == 0 ? 0 : by_cosine ? 1 / norm : 1);
            longest_ = std::fmax(longest_, scale_.back() * norm);
            scaled_norm_.push_back(static_cast<float>(scale_.back() * norm));
        }
    }

    [[nodiscard]] std::size_t size() const noexcept { return n_rows(rows_); }
    [[nodiscard]] std::size_t dim() const noexcept { return n_columns(rows_); }
    [[nodiscard]] matrix const& rows() const noexcept { return rows_; }
    [[nodiscard]] atom_selection selection() const noexcept { return selection_; }
    /// @pre i < size()
    [[nodiscard]] float const* operator[](std::size_t i) const noexcept { return row_of(rows_, i); }
    /// Euclidean length.
    [[nodiscard]] double norm(std::size_t i) const noexcept { return norm_[i]; }
    /// 1 / norm for a choice by cosine, 1 for one by inner product, 0 for a row of zeros.
    [[nodiscard]] double scale(std::size_t i) const noexcept { return scale_[i]; }
    /// 1 / norm; 0 for a row of zeros.
    [[nodiscard]] double inverse_norm(std::size_t i) const noexcept { return norm_[i] == 0 ? 0 : 1 / norm_[i]; }
    /// Of all, what a product with the row's direction is to be multiplied by to give its score: scale * norm.
    [[nodiscard]] std::vector<float> const& scaled_norms() const noexcept { return scaled_norm_; }
    [[nodiscard]] detail::kernel_set const& kernels() const noexcept { return *kernels_; }
    /// The largest scale * norm.
    [[nodiscard]] double longest_scaled() const noexcept { return longest_; }

private:
    matrix rows_;
    std::vector<double> norm_;
    std::vector<double> scale_;
    std::vector<float> scaled_norm_;
    double longest_ = 0;
    atom_selection selection_;
    detail::kernel_set const* kernels_;
};

}  // namespace tessera::inline v0::transplant
