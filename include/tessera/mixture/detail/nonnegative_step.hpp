// One step of a constrained Newton method.
#pragma once

#include <Eigen/Core>
#include <Eigen/LU>
#include <cstddef>
#include <vector>

namespace tessera::inline v0::detail {

/// Minimizes d' H d / 2 + g' d so that x + d >= 0 and the first `n_fixed_sum` entries of d sum to 0. Entries that want
/// below 0 are set to 0, the one that wants furthest first, and stay there during this step.
/// @pre         x >= 0, H positive definite
/// @complexity  O(k^4) at worst, for k variables
inline Eigen::VectorXd nonnegative_step(Eigen::MatrixXd const& hessian, Eigen::VectorXd const& gradient,
                                        Eigen::VectorXd const& x, Eigen::Index n_fixed_sum) {
    Eigen::Index const k = x.size();
    std::vector<char> at_zero(static_cast<std::size_t>(k), 0);
    Eigen::VectorXd step = Eigen::VectorXd::Zero(k);
    while (true) {
        std::vector<Eigen::Index> free;
        double fixed_sum = 0;
        for (Eigen::Index i = 0; i < k; ++i) {
            if (at_zero[static_cast<std::size_t>(i)] == 0) {
                free.push_back(i);
            } else {
                step[i] = -x[i];
                if (i < n_fixed_sum) fixed_sum += step[i];
            }
        }
        auto const n = static_cast<Eigen::Index>(free.size());
        Eigen::MatrixXd system = Eigen::MatrixXd::Zero(n + 1, n + 1);
        Eigen::VectorXd right(n + 1);
        for (Eigen::Index a = 0; a < n; ++a) {
            right[a] = -gradient[free[static_cast<std::size_t>(a)]];
            for (Eigen::Index b = 0; b < n; ++b) {
                system(a, b) = hessian(free[static_cast<std::size_t>(a)], free[static_cast<std::size_t>(b)]);
            }
            for (Eigen::Index i = 0; i < k; ++i) {
                if (at_zero[static_cast<std::size_t>(i)] != 0) {
                    right[a] -= hessian(free[static_cast<std::size_t>(a)], i) * step[i];
                }
            }
            if (free[static_cast<std::size_t>(a)] < n_fixed_sum) system(a, n) = system(n, a) = 1;
        }
        right[n] = -fixed_sum;
        Eigen::VectorXd const solution = system.fullPivLu().solve(right);
        Eigen::Index worst = -1;
        double most = -1e-12;
        for (Eigen::Index a = 0; a < n; ++a) {
            Eigen::Index const i = free[static_cast<std::size_t>(a)];
            step[i] = solution[a];
            if (x[i] + step[i] < most) {
                most = x[i] + step[i];
                worst = i;
            }
        }
        if (worst < 0) return step;
        at_zero[static_cast<std::size_t>(worst)] = 1;
    }
}

}  // namespace tessera::inline v0::detail
