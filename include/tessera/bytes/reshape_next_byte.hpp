// What samplers make of a distribution of bytes before they draw.
#pragma once

#include <algorithm>
#include <array>
#include <bitset>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>

#include <tessera/bytes/next_byte.hpp>
#include <tessera/core/error.hpp>

namespace tessera::inline v0 {

/// Applied in this order; each keeps at least one byte. All act on bytes, where samplers of tokens act on tokens: a
/// temperature of bytes is another distribution than the bytes of a temperature of tokens.
struct sampling_options {
    double temperature = 1;  ///< 0: the most probable byte
    std::size_t top_k = 0;   ///< only so many of the most probable; 0: all
    double top_p = 1;        ///< only the most probable that together have this much
};

namespace detail {

[[nodiscard]] inline double& log_of(next_byte& n, std::size_t i) noexcept {
    return i == next_byte::stop_index ? n.stop : n.log_probabilities[i];
}

/// Makes it sum to 1; returns the logarithm of what it was.
inline double normalize(next_byte& n) {
    double const sum = n.log_sum();
    if (sum > -std::numeric_limits<double>::infinity()) {
        for (std::size_t i = 0; i <= next_byte::stop_index; ++i) log_of(n, i) -= sum;
    }
    n.leak = 0;
    return sum;
}

}  // namespace detail

/// @return         sums to 1 without leak; nothing has a probability if nothing had one
/// @throws error   bad_option: a temperature below 0, a top_p outside (0, 1]
[[nodiscard]] inline next_byte reshape_next_byte(next_byte n, sampling_options const& options) {
    if (!(options.temperature >= 0)) throw error(error_kind::bad_option, "temperature", "it is below 0");
    if (!(options.top_p > 0 && options.top_p <= 1)) {
        throw error(error_kind::bad_option, "top_p", "it is not above 0 and at most 1");
    }
    constexpr double none = -std::numeric_limits<double>::infinity();
    if (detail::normalize(n) == none) return n;
    constexpr std::size_t all = next_byte::stop_index + 1;
    std::array<std::size_t, all> order;
    for (std::size_t i = 0; i < all; ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return detail::log_of(n, a) > detail::log_of(n, b); });
    std::size_t kept = all;
    if (options.temperature == 0) kept = 1;
    if (options.top_k > 0) kept = std::min(kept, options.top_k);
    if (options.temperature > 0 && options.temperature != 1) {
        for (std::size_t i = 0; i < all; ++i) detail::log_of(n, i) /= options.temperature;
    }
    for (std::size_t i = kept; i < all; ++i) detail::log_of(n, order[i]) = none;
    detail::normalize(n);
    if (options.top_p < 1) {
        double sum = 0;
        std::size_t i = 0;
        while (i < kept && sum < options.top_p) sum += std::exp(detail::log_of(n, order[i++]));
        for (; i < kept; ++i) detail::log_of(n, order[i]) = none;
        detail::normalize(n);
    }
    return n;
}

/// Only what a constraint allows.
/// @return  the distribution, which sums to 1, and the logarithm of the probability that it had before: the importance
///          weight of a draw, exact, as all bytes are asked
[[nodiscard]] inline std::pair<next_byte, double> restrict_next_byte(next_byte n, std::bitset<256> const& allowed,
                                                                     bool may_stop) {
    detail::normalize(n);
    for (std::size_t b = 0; b < 256; ++b) {
        if (!allowed[b]) n.log_probabilities[b] = -std::numeric_limits<double>::infinity();
    }
    if (!may_stop) n.stop = -std::numeric_limits<double>::infinity();
    double const log_weight = detail::normalize(n);
    return {n, log_weight};
}

}  // namespace tessera::inline v0
