// Kernels for any processor: what the others are compared with.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include <tessera/transplant/detail/kernel_set.hpp>

namespace tessera::inline v0::transplant::detail::plain {

template <class Number>
double dot(float const* a, Number const* b, std::size_t n) {
    double sums[4] = {};
    std::size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        for (std::size_t lane = 0; lane < 4; ++lane) {
            sums[lane] += static_cast<double>(a[i + lane]) * static_cast<double>(b[i + lane]);
        }
    }
    for (; i < n; ++i) sums[0] += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

inline void subtract(double* to, float const* from, double weight, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) to[i] -= weight * static_cast<double>(from[i]);
}

inline void subtract_floats(float* to, float const* const* rows, float const* weights, std::size_t n_rows,
                            std::size_t n) {
    for (std::size_t r = 0; r < n_rows; ++r) {
        float const* const row = rows[r];
        for (std::size_t i = 0; i < n; ++i) to[i] -= weights[r] * row[i];
    }
}

/// A weight as a number. Exact: it has 15 bits.
inline float weight_of(byte_weights const& weights, std::size_t row) {
    return static_cast<float>(128 * weights.high[row] + weights.low[row]) * weights.unit;
}

inline void subtract_bytes(float* to, std::uint8_t const* const* rows, byte_weights const& weights, std::size_t n_rows,
                           std::size_t n) {
    for (std::size_t r = 0; r < n_rows; ++r) {
        std::uint8_t const* const row = rows[r];
        float const weight = weight_of(weights, r);
        for (std::size_t i = 0; i < n; ++i) to[i] -= weight * static_cast<float>(row[i] - byte_zero);
    }
}

inline void start_sums(float* to, float const* from, float constant, float factor, float const* other, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) to[i] = from[i] - constant - factor * other[i];
}

inline float largest(float const* values, float const* factors, std::size_t n) {
    float most = 0;
    for (std::size_t i = 0; i < n; ++i) {
        float const product = std::fabs(values[i]) * factors[i];
        most = product > most ? product : most;
    }
    return most;
}

inline std::size_t find_large(float const* values, float error, float const* factors, float least, std::size_t n,
                              std::uint32_t* indices) {
    std::size_t n_found = 0;
    for (std::size_t i = 0; i < n; ++i) {
        if ((std::fabs(values[i]) + error) * factors[i] >= least) indices[n_found++] = static_cast<std::uint32_t>(i);
    }
    return n_found;
}

inline void short_products(std::int16_t const* left, std::int16_t const* right, std::size_t n_pairs,
                           std::int32_t* products) {
    for (std::size_t i = 0; i < tile; ++i) {
        std::uint32_t sums[tile] = {};  // whose overflow is defined
        for (std::size_t p = 0; p < n_pairs; ++p) {
            std::int32_t const first = left[2 * tile * p + 2 * i];
            std::int32_t const second = left[2 * tile * p + 2 * i + 1];
            std::int16_t const* const pairs = right + 2 * tile * p;
            for (std::size_t j = 0; j < tile; ++j) {
                sums[j] += static_cast<std::uint32_t>(first * pairs[2 * j]);
                sums[j] += static_cast<std::uint32_t>(second * pairs[2 * j + 1]);
            }
        }
        for (std::size_t j = 0; j < tile; ++j) products[tile * i + j] = static_cast<std::int32_t>(sums[j]);
    }
}

inline void byte_products(std::int8_t const* left, std::uint8_t const* right, std::size_t n_quads,
                          std::int32_t* products) {
    for (std::size_t i = 0; i < tile; ++i) {
        std::int32_t sums[tile] = {};
        for (std::size_t q = 0; q < n_quads; ++q) {
            std::int8_t const* const four = left + 4 * tile * q + 4 * i;
            std::uint8_t const* const columns = right + 4 * tile * q;
            for (std::size_t j = 0; j < tile; ++j) {
                for (std::size_t c = 0; c < 4; ++c) sums[j] += four[c] * columns[4 * j + c];
            }
        }
        for (std::size_t j = 0; j < tile; ++j) products[tile * i + j] = sums[j];
    }
}

inline std::size_t find_large_products(std::int32_t const* products, std::int32_t constant, float const* steps,
                                       float scale, float error, float const* factors, float least,
                                       std::uint32_t* indices) {
    std::size_t n_found = 0;
    for (std::size_t i = 0; i < tile; ++i) {
        float const value = std::fabs(static_cast<float>(products[i] - constant)) * steps[i];
        if ((value * scale + error) * factors[i] >= least) indices[n_found++] = static_cast<std::uint32_t>(i);
    }
    return n_found;
}

inline bool to_bytes(std::int32_t const* products, float scale, float offset, float const* offsets, std::uint8_t* to) {
    // Rounds: so large a sum has no digits after the point.
    constexpr float large = 1.5F * (1 << 23);
    bool is_beyond = false;
    for (std::size_t i = 0; i < tile; ++i) {
        float const value = static_cast<float>(products[i]) * scale - offset - offsets[i];
        float const whole = ((value > 127 ? 127 : value < -127 ? -127 : value) + large) - large;
        to[i] = static_cast<std::uint8_t>(static_cast<int>(whole) + byte_zero);
        is_beyond = is_beyond || std::fabs(value) > 127.5F;
    }
    return is_beyond;
}

inline void transpose_bytes(std::uint8_t const* from, std::uint8_t* to) {
    for (std::size_t i = 0; i < tile; ++i) {
        for (std::size_t j = 0; j < tile; ++j) to[tile * j + i] = from[tile * i + j];
    }
}

inline constexpr kernel_set kernels{
    .name = "plain",
    .speed = {.float_products = 3e10,
              .short_products = 5e9,
              .byte_products = 4e9,
              .float_updates = 5e9,
              .byte_updates = 3e9,
              .exact = 4e9},
    .dot = dot<float>,
    .dot_with_doubles = dot<double>,
    .subtract = subtract,
    .subtract_floats = subtract_floats,
    .subtract_bytes = subtract_bytes,
    .start_sums = start_sums,
    .largest = largest,
    .find_large = find_large,
    .short_products = short_products,
    .byte_products = byte_products,
    .find_large_products = find_large_products,
    .to_bytes = to_bytes,
    .transpose_bytes = transpose_bytes,
};

}  // namespace tessera::inline v0::transplant::detail::plain
