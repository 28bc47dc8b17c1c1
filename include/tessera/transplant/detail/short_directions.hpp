// Directions of rows as short numbers, so that products of many of them are exact and fast.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/uninitialized_vector.hpp>
#include <tessera/transplant/detail/kernel_set.hpp>
#include <tessera/transplant/matrix.hpp>

namespace tessera::inline v0::transplant::detail {

/// Row i's direction is short numbers over `scale`, up to a vector of length `error`. In groups of `tile`, as
/// kernel_set::short_products takes them; what is missing of the last group is zeros.
///
/// No sum of products overflows: by Cauchy and Schwarz it is at most the product of two lengths, below 2^31.
class short_directions {
public:
    /// @param row           of i, dim numbers
    /// @param inverse_norm  of i, 1 / length; 0 makes a vector of zeros
    /// @complexity          O(n dim)
    template <class Row, class Norm, Executor E>
    short_directions(std::size_t n, std::size_t dim, Row const& row, Norm const& inverse_norm, E const& executor)
        : n_groups_((n + tile - 1) / tile), n_pairs_((dim + 1) / 2) {
        std::vector<double> of_groups(n_groups_);
        auto const for_each_row = [&](auto const& f) {
            executor.for_each_index(n_groups_, [&](std::size_t g) {
                for (std::size_t i = tile * g; i < std::min(n, tile * (g + 1)); ++i) f(g, i, row(i), inverse_norm(i));
            });
        };
        for_each_row([&](std::size_t g, std::size_t, float const* numbers, double inverse) {
            float most = 0;
            for (std::size_t c = 0; c < dim; ++c) most = std::fmax(most, std::fabs(numbers[c]));
            of_groups[g] = std::fmax(of_groups[g], static_cast<double>(most) * inverse);
        });
        double const largest = *std::max_element(of_groups.begin(), of_groups.end());
        // The longest vector is rounded up by half a unit in each dimension.
        scale_ = std::max(1.0, 46340 - std::sqrt(static_cast<double>(dim)) / 2 - 1);
        if (largest > 0) scale_ = std::fmin(scale_, 32767 / largest);
        numbers_.resize(n_groups_ * group_size());
        std::fill(of_groups.begin(), of_groups.end(), 0.0);
        executor.for_each_index(n_groups_, [&](std::size_t g) {
            std::fill_n(numbers_.data() + g * group_size(), group_size(), std::int16_t{0});
        });
        for_each_row([&](std::size_t g, std::size_t i, float const* numbers, double inverse) {
            std::int16_t* const out = numbers_.data() + g * group_size() + 2 * (i % tile);
            double const factor = inverse * scale_;
            double square = 0;
            for (std::size_t c = 0; c < dim; ++c) {
                double const exact = static_cast<double>(numbers[c]) * factor;
                double const whole = exact < 0 ? static_cast<int>(exact - 0.5) : static_cast<int>(exact + 0.5);
                out[2 * tile * (c / 2) + c % 2] = static_cast<std::int16_t>(whole);
                square += (exact - whole) * (exact - whole);
            }
            of_groups[g] = std::fmax(of_groups[g], square);
        });
        // And a little more, for the roundings of this very computation.
        error_ = std::sqrt(*std::max_element(of_groups.begin(), of_groups.end())) / scale_ + 0x1p-40;
    }

    [[nodiscard]] std::size_t n_groups() const noexcept { return n_groups_; }
    [[nodiscard]] std::size_t n_pairs() const noexcept { return n_pairs_; }
    /// @pre g < n_groups()
    [[nodiscard]] std::int16_t const* group(std::size_t g) const noexcept { return numbers_.data() + g * group_size(); }
    [[nodiscard]] double scale() const noexcept { return scale_; }
    [[nodiscard]] double error() const noexcept { return error_; }

private:
    [[nodiscard]] std::size_t group_size() const noexcept { return 2 * tile * n_pairs_; }

    std::size_t n_groups_;
    std::size_t n_pairs_;
    double scale_ = 1;
    double error_ = 0;
    uninitialized_vector<std::int16_t> numbers_;
};

/// Bound on the error of a product over both scales, as a cosine: <u + e, v + f> - <u, v>, where |u|, |v| <= 1.
[[nodiscard]] inline double cosine_error(short_directions const& a, short_directions const& b) noexcept {
    return a.error() + b.error() + a.error() * b.error();
}

}  // namespace tessera::inline v0::transplant::detail
