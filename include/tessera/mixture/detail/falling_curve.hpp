// A curve that falls: piecewise linear in log t, with coefficients that say how much it falls from knot to knot.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace tessera::inline v0::detail {

/// Where the curve is read, as rows to multiply by its coefficients.
/// @param at  increasing; @return (at.size(), n_knots)
inline Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> falling_curve(
    std::span<std::size_t const> at, std::size_t n_knots) {
    auto const k = static_cast<Eigen::Index>(n_knots);
    Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> out =
        Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(at.size()), k);
    if (at.empty()) return out;
    double const first = std::log(static_cast<double>(at.front()) + 1);
    double const width = std::max(std::log(static_cast<double>(at.back()) + 1) - first, 1e-9);
    for (std::size_t r = 0; r < at.size(); ++r) {
        double const x = (std::log(static_cast<double>(at[r]) + 1) - first) / width * static_cast<double>(k - 1);
        auto const knot = std::min(static_cast<Eigen::Index>(x), k - 2);
        auto const row = static_cast<Eigen::Index>(r);
        for (Eigen::Index j = knot + 1; j < k; ++j) out(row, j) = 1;
        out(row, knot) = 1 - (x - static_cast<double>(knot));
    }
    return out;
}

/// Coefficients to begin with: local means, made to fall.
/// @param values  at each place; @pre not empty
inline Eigen::VectorXd falling_means(std::span<std::size_t const> at, Eigen::VectorXd const& values,
                                     std::size_t n_knots) {
    Eigen::Index const m = values.size();
    std::vector<double> at_knot(n_knots);
    double const first = std::log(static_cast<double>(at.front()) + 1);
    double const width = std::log(static_cast<double>(at.back()) + 1) - first;
    for (std::size_t j = 0; j < n_knots; ++j) {
        double const t = std::exp(first + width * static_cast<double>(j) / static_cast<double>(n_knots - 1)) - 1;
        auto const near = std::lower_bound(at.begin(), at.end(), static_cast<std::size_t>(t));
        auto const middle = std::min<Eigen::Index>(near - at.begin(), m - 1);
        Eigen::Index const reach = 2 + middle / 10;
        Eigen::Index const from = std::max<Eigen::Index>(middle - reach, 0);
        Eigen::Index const to = std::min(middle + reach + 1, m);
        at_knot[j] = values.segment(from, to - from).mean();
    }
    for (std::size_t j = n_knots - 1; j-- > 0;) at_knot[j] = std::max(at_knot[j], at_knot[j + 1]);
    Eigen::VectorXd out(static_cast<Eigen::Index>(n_knots));
    for (std::size_t j = 0; j < n_knots; ++j) {
        double const next = j + 1 < n_knots ? at_knot[j + 1] : 0;
        out[static_cast<Eigen::Index>(j)] = std::max(at_knot[j] - next, 1e-9);
    }
    return out;
}

}  // namespace tessera::inline v0::detail
