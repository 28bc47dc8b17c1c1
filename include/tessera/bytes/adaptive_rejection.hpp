// Sampling under a condition that is dear to ask: one draws, asks, and draws again.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace tessera::inline v0 {

/// A draw that satisfies a condition, and what it weighs.
struct weighted_draw {
    static constexpr std::size_t none = ~std::size_t{0};
    std::size_t index = none;  ///< none: nothing with a probability satisfies it
    /// Logarithm of an unbiased estimate of the probability of the condition: over many draws, the mean of the weights
    /// with which an index comes is its probability where it satisfies the condition, and else 0.
    double log_weight = -std::numeric_limits<double>::infinity();
    std::size_t n_asked = 0;  ///< how often the condition was asked
};

/// Draws until the condition holds, each time without what it has refused; then once more, which is what makes the
/// weight unbiased: it is the probability not refused in the first round, over one more than the refusals of both.
/// @param probabilities  not negative; they need not sum to 1, and the weight is in proportion to their sum
/// @param accepts        index -> bool; the same each time it is asked
/// @param uniform        () -> double in [0, 1)
/// @complexity           O(n) a draw; the condition is asked for few indices where it is often true
/// @par Source           Lipkin et al. 2025, arXiv:2504.05410, algorithm 2 (adaptive weighted rejection sampling).
///                       Differs: draws by inversion, not by sorting all by perturbed keys
template <class Accepts, class Uniform>
[[nodiscard]] weighted_draw adaptive_rejection(std::span<double const> probabilities, Accepts&& accepts,
                                               Uniform&& uniform) {
    std::vector<double> left(probabilities.begin(), probabilities.end());
    weighted_draw out;
    std::size_t n_refused = 0;
    double first_refused = 0;
    for (int round = 0; round < 2; ++round) {
        for (;;) {
            double rest = 0;
            for (double const p : left) rest += p;
            double at = uniform() * rest;
            std::size_t drawn = weighted_draw::none;
            for (std::size_t i = 0; i < left.size(); ++i) {
                if (!(left[i] > 0)) continue;
                drawn = i;
                at -= left[i];
                if (at < 0) break;
            }
            if (drawn == weighted_draw::none) break;  // only in the first round
            ++out.n_asked;
            if (accepts(drawn)) {
                if (round == 0) out.index = drawn;
                break;
            }
            ++n_refused;
            if (round == 0) first_refused += left[drawn];
            left[drawn] = 0;
        }
        if (out.index == weighted_draw::none) return out;
    }
    double kept = -first_refused;
    for (double const p : probabilities) kept += p;
    kept = std::max(kept, 0.0);
    out.log_weight = std::log(kept) - std::log(static_cast<double>(n_refused + 1));
    return out;
}

}  // namespace tessera::inline v0
