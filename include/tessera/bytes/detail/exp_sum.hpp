// A sum of exponentials over a vocabulary, for each byte of a text: what byte_lm takes most of its time for.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tessera::inline v0 {
namespace detail {

// Of this and of all below it, the exponential is taken to be the same: 3e-308.
inline constexpr double least_exponent = -708;

// exp(x) for x <= 0, within 2 units in the last place. Without a branch, so that compilers do several at
// once: exp(x) = 2^k exp(r) with k = x / log 2 rounded, and exp(r) by its series, |r| < 0.35.
[[gnu::always_inline]] inline double exp_of_negative(double x) noexcept {
    constexpr double log2_e = 1.4426950408889634074;
    constexpr double ln2_high = 6.93147180369123816490e-01;  // the last 32 bits are 0: k times it is exact
    constexpr double ln2_low = 1.90821492927058770002e-10;
    constexpr double shift = 6755399441055744.0;  // 1.5 * 2^52: adding it rounds to a whole number
    double const clamped = x > least_exponent ? x : least_exponent;
    double const shifted = clamped * log2_e + shift;
    double const k = shifted - shift;
    double const r = (clamped - k * ln2_high) - k * ln2_low;
    double series = 1.0 / 6227020800;  // 1 / 13!
    series = series * r + 1.0 / 479001600;
    series = series * r + 1.0 / 39916800;
    series = series * r + 1.0 / 3628800;
    series = series * r + 1.0 / 362880;
    series = series * r + 1.0 / 40320;
    series = series * r + 1.0 / 5040;
    series = series * r + 1.0 / 720;
    series = series * r + 1.0 / 120;
    series = series * r + 1.0 / 24;
    series = series * r + 1.0 / 6;
    series = series * r + 0.5;
    series = series * r + 1.0;
    series = series * r + 1.0;
    std::uint64_t const power = (std::bit_cast<std::uint64_t>(shifted) + 1023) << 52;
    return series * std::bit_cast<double>(power);
}

[[gnu::always_inline]] inline double exp_sum_loop(double const* values, std::size_t n, double most) noexcept {
    constexpr std::size_t lanes = 8;
    constexpr std::size_t block = 64;  // exponentials first, then their sum: two loops that compilers see through
    std::array<double, block> some;
    std::array<double, lanes> sums{};
    std::size_t i = 0;
    for (; i + block <= n; i += block) {
        for (std::size_t j = 0; j < block; ++j) some[j] = exp_of_negative(values[i + j] - most);
        for (std::size_t j = 0; j < block; j += lanes) {
            for (std::size_t k = 0; k < lanes; ++k) sums[k] += some[j + k];
        }
    }
    double sum = 0;
    for (; i < n; ++i) sum += exp_of_negative(values[i] - most);
    for (double const s : sums) sum += s;
    return sum;
}

// Where a compiler does not do several at once, the library's function is the faster one.
inline double exp_sum_plain(double const* values, std::size_t n, double most) noexcept {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += std::exp(values[i] - most);
    return sum;
}

#if defined(__x86_64__)
[[gnu::target("avx2,fma")]] inline double exp_sum_avx2(double const* values, std::size_t n, double most) noexcept {
    return exp_sum_loop(values, n, most);
}
[[gnu::target("avx2,fma,avx512f,avx512dq,avx512vl")]] inline double exp_sum_avx512(double const* values, std::size_t n,
                                                                                   double most) noexcept {
    return exp_sum_loop(values, n, most);
}
#endif

/// The sum over the values of exp(value - most); each may be 3e-308 too large. Its last digits depend on the processor.
/// @pre no value is above `most`, which is finite
[[nodiscard]] inline double exp_sum(std::span<double const> values, double most) noexcept {
#if defined(__x86_64__)
    using function = double (*)(double const*, std::size_t, double) noexcept;
    static function const chosen = [] {
        if (__builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
            __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("fma") != 0) {
            return &exp_sum_avx512;
        }
        bool const has_avx2 = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
        return has_avx2 ? &exp_sum_avx2 : &exp_sum_plain;
    }();
    return chosen(values.data(), values.size(), most);
#else
    return exp_sum_plain(values.data(), values.size(), most);
#endif
}

}  // namespace detail
}  // namespace tessera::inline v0
