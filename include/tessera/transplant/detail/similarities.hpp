// For each of many rows its similarity to all of some others, a block at a time.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/transplant/matrix.hpp>

namespace tessera::inline v0::transplant::detail {

/// Rows of length 1; rows of zeros stay zeros.
[[nodiscard]] inline matrix unit_rows(matrix m) {
    for (std::size_t i = 0; i < n_rows(m); ++i) {
        double const norm = row_norm(m, i);
        auto const row = static_cast<Eigen::Index>(i);
        if (norm > 0) m.row(row) *= static_cast<float>(1 / norm);
    }
    return m;
}

/// Calls f(i, products) with the inner products of row i of `a` and all rows of `b`, for each i, perhaps on several
/// threads at once. f may change the products.
template <Executor E, class F>
void for_each_products(matrix const& a, matrix const& b, E const& executor, F const& f) {
    constexpr std::size_t block = 64;
    std::size_t const n = n_rows(a);
    executor.for_each_index((n + block - 1) / block, [&](std::size_t part) {
        std::size_t const begin = part * block;
        matrix products(static_cast<Eigen::Index>(std::min(block, n - begin)), b.rows());
        products.noalias() = a.middleRows(static_cast<Eigen::Index>(begin), products.rows()) * b.transpose();
        for (std::size_t i = 0; i < n_rows(products); ++i) {
            f(begin + i, std::span<float>(row_of(products, i), n_rows(b)));
        }
    });
}

/// Indices of the k largest values, the largest first; of equal ones the lower index.
[[nodiscard]] inline std::vector<std::uint32_t> largest_indices(std::span<float const> values, std::size_t k) {
    std::vector<std::uint32_t> order(values.size());
    std::iota(order.begin(), order.end(), 0U);
    k = std::min(k, order.size());
    std::partial_sort(
        order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k), order.end(),
        [&](std::uint32_t a, std::uint32_t b) { return values[a] != values[b] ? values[a] > values[b] : a < b; });
    order.resize(k);
    return order;
}

/// exp(x / temperature), so that the sum is 1.
inline void softmax(std::span<double> values, double temperature) {
    if (values.empty()) return;
    double const most = *std::max_element(values.begin(), values.end());
    double sum = 0;
    for (double& v : values) {
        v = std::exp((v - most) / temperature);
        sum += v;
    }
    for (double& v : values) v /= sum;
}

}  // namespace tessera::inline v0::transplant::detail
