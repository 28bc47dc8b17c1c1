// Directions of anchors, and residuals, as bytes: products of these are four times as fast as those of numbers.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/uninitialized_vector.hpp>
#include <tessera/transplant/anchor_set.hpp>
#include <tessera/transplant/detail/kernel_set.hpp>

namespace tessera::inline v0::transplant::detail {

/// The vector as whole numbers from -127 to 127 of a step: `put` gets each. Returns the step, and by `square` the
/// square of the length of what this loses.
template <class Value, class Put>
[[nodiscard]] double round_to_bytes(std::size_t n, Value const& value, Put const& put, double& square) {
    double most = 0;
    for (std::size_t c = 0; c < n; ++c) most = std::fmax(most, std::fabs(value(c)));
    double const step = most == 0 ? 1 : most / 127;
    double const per_step = 1 / step;
    square = 0;
    for (std::size_t c = 0; c < n; ++c) {
        double const exact = value(c) * per_step;
        int const whole = static_cast<int>(exact < 0 ? exact - 0.5 : exact + 0.5);
        put(c, whole);
        square += (exact - whole) * (exact - whole);
    }
    square *= step * step;
    return step;
}

/// Anchor i's direction is step(i) times bytes, up to a vector of length `error`. In groups of `tile`, as
/// kernel_set::byte_products takes them on the right.
class byte_directions {
public:
    /// @complexity  O(n dim)
    template <Executor E>
    byte_directions(anchor_set const& anchors, E const& executor)
        : n_groups_((anchors.size() + tile - 1) / tile), n_quads_(quads_of(anchors.dim())) {
        numbers_.resize(n_groups_ * group_size());
        steps_.assign(n_groups_ * tile, 0);
        lengths_.assign(n_groups_ * tile, 0);
        std::vector<double> errors(n_groups_);
        executor.for_each_index(n_groups_, [&](std::size_t g) {
            std::fill_n(numbers_.data() + g * group_size(), group_size(), std::uint8_t{byte_zero});
            for (std::size_t i = tile * g; i < std::min(anchors.size(), tile * (g + 1)); ++i) {
                std::uint8_t* const out = numbers_.data() + g * group_size() + 4 * (i % tile);
                double const inverse = anchors.inverse_norm(i);
                double square = 0;
                steps_[i] = static_cast<float>(round_to_bytes(
                    anchors.dim(), [&](std::size_t c) { return static_cast<double>(anchors[i][c]) * inverse; },
                    [&](std::size_t c, int whole) {
                        out[4 * tile * (c / 4) + c % 4] = static_cast<std::uint8_t>(whole + byte_zero);
                    },
                    square));
                lengths_[i] = anchors.scaled_norms()[i];
                errors[g] = std::fmax(errors[g], square);
            }
        });
        // And a little more, for the roundings of this very computation and of the step.
        error_ = std::sqrt(*std::max_element(errors.begin(), errors.end())) + 0x1p-22;
    }

    [[nodiscard]] static std::size_t quads_of(std::size_t dim) noexcept { return (dim + 3) / 4; }
    [[nodiscard]] std::size_t n_groups() const noexcept { return n_groups_; }
    [[nodiscard]] std::size_t n_quads() const noexcept { return n_quads_; }
    /// @pre g < n_groups()
    [[nodiscard]] std::uint8_t const* group(std::size_t g) const noexcept { return numbers_.data() + g * group_size(); }
    [[nodiscard]] float const* steps(std::size_t g) const noexcept { return steps_.data() + tile * g; }
    /// anchor_set::scaled_norms of a group, 0 where there is no anchor.
    [[nodiscard]] float const* lengths(std::size_t g) const noexcept { return lengths_.data() + tile * g; }
    [[nodiscard]] double error() const noexcept { return error_; }

private:
    [[nodiscard]] std::size_t group_size() const noexcept { return 4 * tile * n_quads_; }

    std::size_t n_groups_;
    std::size_t n_quads_;
    double error_ = 0;
    std::vector<float> steps_;
    std::vector<float> lengths_;
    uninitialized_vector<std::uint8_t> numbers_;
};

/// At most `tile` residuals, as kernel_set::byte_products takes them on the left.
class byte_residuals {
public:
    explicit byte_residuals(std::size_t dim) : numbers_(4 * tile * byte_directions::quads_of(dim)) {}

    /// @pre i < tile; the length is that of the constructor
    void set(std::size_t i, std::span<double const> residual) {
        std::int8_t* const out = numbers_.data() + 4 * i;
        std::int32_t sum = 0;
        double square = 0;
        step_[i] = round_to_bytes(
            residual.size(), [&](std::size_t c) { return residual[c]; },
            [&](std::size_t c, int whole) {
                out[4 * tile * (c / 4) + c % 4] = static_cast<std::int8_t>(whole);
                sum += whole;
            },
            square);
        constant_[i] = byte_zero * sum;
        error_[i] = std::sqrt(square);
    }

    [[nodiscard]] std::int8_t const* data() const noexcept { return numbers_.data(); }
    [[nodiscard]] double step(std::size_t i) const noexcept { return step_[i]; }
    /// What its products are too large by.
    [[nodiscard]] std::int32_t constant(std::size_t i) const noexcept { return constant_[i]; }
    /// Length of what the bytes lose.
    [[nodiscard]] double error(std::size_t i) const noexcept { return error_[i]; }

private:
    std::vector<std::int8_t> numbers_;
    double step_[tile] = {};
    double error_[tile] = {};
    std::int32_t constant_[tile] = {};
};

}  // namespace tessera::inline v0::transplant::detail
