// What may come after some bytes.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

namespace tessera::inline v0 {

/// A distribution over the next byte and the text's end; natural logarithms, -inf for what cannot be.
/// exp(log_probabilities) and exp(stop) and leak sum to 1.
struct next_byte {
    std::array<double, 256> log_probabilities;
    double stop = -std::numeric_limits<double>::infinity();
    /// The probability of what is neither: tokens that no text has there, and special tokens.
    double leak = 0;
    /// What the bytes read may have lost of their probability, as covers were given up: it is at most 1 + pruned times
    /// as much. 0 where none were; infinite where those that were kept have led nowhere.
    double pruned = 0;

    static constexpr std::size_t stop_index = 256;  ///< of the text's end, behind the bytes

    next_byte() { log_probabilities.fill(-std::numeric_limits<double>::infinity()); }

    /// The logarithm of what is not leak: subtract it, and what is left sums to 1.
    [[nodiscard]] double log_sum() const {
        double sum = std::exp(stop);
        for (double const p : log_probabilities) sum += std::exp(p);
        return std::log(sum);
    }

    /// A byte, or stop_index: each as probable as it is, leak left out.
    /// @param uniform  in [0, 1)
    /// @pre            log_sum() > -inf
    [[nodiscard]] std::size_t sample(double uniform) const {
        double left = uniform * std::exp(log_sum());
        std::size_t last = stop_index;
        for (std::size_t b = 0; b < 256; ++b) {
            double const p = std::exp(log_probabilities[b]);
            if (p <= 0) continue;
            left -= p;
            last = b;
            if (left < 0) return b;
        }
        return std::exp(stop) > 0 ? stop_index : last;
    }

    /// The most probable of them; the smaller one of equals, the end last.
    [[nodiscard]] std::size_t most_probable() const {
        std::size_t best = 0;
        for (std::size_t b = 1; b < 256; ++b) {
            if (log_probabilities[b] > log_probabilities[best]) best = b;
        }
        return stop > log_probabilities[best] ? stop_index : best;
    }
};

}  // namespace tessera::inline v0
