// Orthogonal matching pursuit as a textbook has it: in each step all scores of the residual, then Gram and Schmidt
// twice over, and the coefficients by back substitution. Double precision throughout; no blocks, no Gram matrix, no
// screen.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <tessera/transplant/anchor_set.hpp>

namespace reference {

struct pursuit_result {
    std::vector<std::uint32_t> support;
    std::vector<double> coefficients;
    double residual_norm = 0;
    double closest = 1;  ///< the least relative difference between the best score of a step and the second best
};

inline double inner(std::vector<double> const& a, std::vector<double> const& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}

inline pursuit_result matching_pursuit(std::vector<std::vector<double>> const& anchors,
                                       std::vector<double> const& target, std::size_t k,
                                       tessera::transplant::atom_selection selection) {
    pursuit_result result;
    std::vector<std::vector<double>> basis;     // orthonormal
    std::vector<std::vector<double>> products;  // column t: of anchor t with the basis
    std::vector<double> residual = target;
    double const target_norm = std::sqrt(inner(target, target));
    while (result.support.size() < k) {
        double const norm = std::sqrt(inner(residual, residual));
        if (norm <= 1e-7 * target_norm) break;
        double best = 0;
        double second = 0;
        std::uint32_t chosen = 0;
        for (std::uint32_t j = 0; j < anchors.size(); ++j) {
            bool taken = false;
            for (std::uint32_t const other : result.support) taken = taken || other == j;
            double const length = std::sqrt(inner(anchors[j], anchors[j]));
            if (taken || length == 0) continue;
            double score = std::fabs(inner(residual, anchors[j]));
            if (selection == tessera::transplant::atom_selection::cosine) score /= length;
            if (score > best) {
                second = best;
                best = score;
                chosen = j;
            } else if (score > second) {
                second = score;
            }
        }
        if (best <= 1e-7 * norm) break;
        std::vector<double> v = anchors[chosen];
        std::vector<double> column(basis.size());
        for (int pass = 0; pass < 2; ++pass) {
            for (std::size_t b = 0; b < basis.size(); ++b) {
                double const p = inner(basis[b], v);
                column[b] += p;
                for (std::size_t i = 0; i < v.size(); ++i) v[i] -= p * basis[b][i];
            }
        }
        double const length = std::sqrt(inner(v, v));
        for (double& x : v) x /= length;
        column.push_back(length);
        basis.push_back(v);
        products.push_back(column);
        result.support.push_back(chosen);
        result.closest = std::fmin(result.closest, (best - second) / best);
        residual = target;
        for (auto const& q : basis) {
            double const p = inner(q, residual);
            for (std::size_t i = 0; i < residual.size(); ++i) residual[i] -= p * q[i];
        }
    }
    std::size_t const n = result.support.size();
    result.coefficients.assign(n, 0);
    for (std::size_t t = n; t-- > 0;) {
        double value = inner(basis[t], target);
        for (std::size_t u = t + 1; u < n; ++u) value -= products[u][t] * result.coefficients[u];
        result.coefficients[t] = value / products[t][t];
    }
    result.residual_norm = std::sqrt(inner(residual, residual));
    return result;
}

}  // namespace reference
