// Matrices of the transplanter: one row for each token, single precision, rows side by side as in the files.
#pragma once

#include <cmath>
#include <cstddef>
#include <string>

#include <Eigen/Core>

#include <tessera/core/error.hpp>

namespace tessera::inline v0::transplant {

/// (n_tokens, dim), row-major.
using matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
/// (dim), a row.
using row_vector = Eigen::Matrix<float, 1, Eigen::Dynamic, Eigen::RowMajor>;

[[nodiscard]] inline std::size_t n_rows(matrix const& m) noexcept { return static_cast<std::size_t>(m.rows()); }
[[nodiscard]] inline std::size_t n_columns(matrix const& m) noexcept { return static_cast<std::size_t>(m.cols()); }
/// @pre row < n_rows(m)
[[nodiscard]] inline float const* row_of(matrix const& m, std::size_t row) noexcept {
    return m.data() + row * n_columns(m);
}
[[nodiscard]] inline float* row_of(matrix& m, std::size_t row) noexcept { return m.data() + row * n_columns(m); }

namespace detail {

[[nodiscard]] inline std::string shape_text(matrix const& m) {
    return "(" + std::to_string(m.rows()) + ", " + std::to_string(m.cols()) + ")";
}

}  // namespace detail

/// Euclidean length, in double precision. @pre row < n_rows(m)
[[nodiscard]] inline double row_norm(matrix const& m, std::size_t row) noexcept {
    double square = 0;
    float const* const numbers = row_of(m, row);
    for (std::size_t i = 0; i < n_columns(m); ++i) {
        square += static_cast<double>(numbers[i]) * static_cast<double>(numbers[i]);
    }
    return std::sqrt(square);
}

/// @throws error  bad_option: the two have not the same number of columns; `where` names them
inline void check_same_columns(matrix const& a, matrix const& b, std::string const& where) {
    if (a.cols() != b.cols()) {
        throw error(error_kind::bad_option, where,
                    "shapes " + detail::shape_text(a) + " and " + detail::shape_text(b) + " do not go together",
                    "both need one column for each dimension of the same model");
    }
}

}  // namespace tessera::inline v0::transplant
