// The loops in which matching pursuit spends its time. Two sets of them: plain ones, and ones for x86 processors with
// AVX2 and fused multiply-add, chosen when the program runs. g++ 12 makes of the plain loops over bytes a seventh of
// the speed of those written out, even when it may use the same instructions.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#if defined(__x86_64__) && defined(__GNUC__)
#define TESSERA_HAS_AVX2_KERNELS 1
#include <immintrin.h>
#else
#define TESSERA_HAS_AVX2_KERNELS 0
#endif

namespace tessera::inline v0::transplant::detail {

/// Functions of one set give the same bits for the same numbers, whatever thread calls them.
struct kernels {
    /// Sum of a[i] * b[i]: products and sums in double precision.
    double (*dot)(float const* a, float const* b, std::size_t n);
    double (*dot_with_doubles)(float const* a, double const* b, std::size_t n);
    /// to[i] -= weight * from[i], in double precision.
    void (*subtract)(double* to, float const* from, double weight, std::size_t n);
    /// to[i] -= sum over r of weights[r] * rows[r][i], in single precision: at most n_rows + 1 roundings each.
    void (*subtract_floats)(float* to, float const* const* rows, float const* weights, std::size_t n_rows,
                            std::size_t n);
    void (*subtract_bytes)(float* to, std::int8_t const* const* rows, float const* weights, std::size_t n_rows,
                           std::size_t n);
    /// The largest |values[i]|; 0 if n is 0.
    float (*largest)(float const* values, std::size_t n);
    /// to[i] = values[i] * scale as the nearest whole number from -127 to 127.
    /// @return  whether one was more than half outside of these
    bool (*to_bytes)(float const* values, float scale, std::int8_t* to, std::size_t n);
};

namespace plain {

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

template <class Entry>
void subtract_rows(float* to, Entry const* const* rows, float const* weights, std::size_t n_rows, std::size_t n) {
    for (std::size_t r = 0; r < n_rows; ++r) {
        Entry const* const row = rows[r];
        for (std::size_t i = 0; i < n; ++i) to[i] -= weights[r] * static_cast<float>(row[i]);
    }
}

inline float largest(float const* values, std::size_t n) {
    float most = 0;
    for (std::size_t i = 0; i < n; ++i) most = std::fabs(values[i]) > most ? std::fabs(values[i]) : most;
    return most;
}

inline bool to_bytes(float const* values, float scale, std::int8_t* to, std::size_t n) {
    // Rounds: so large a sum has no digits after the point.
    constexpr float large = 1.5F * (1 << 23);
    bool is_beyond = false;
    for (std::size_t i = 0; i < n; ++i) {
        float const value = values[i] * scale;
        to[i] = static_cast<std::int8_t>(((value > 127 ? 127 : value < -127 ? -127 : value) + large) - large);
        is_beyond = is_beyond || std::fabs(value) > 127.5F;
    }
    return is_beyond;
}

inline constexpr kernels table{dot<float>, dot<double>, subtract, subtract_rows<float>, subtract_rows<std::int8_t>,
                               largest,    to_bytes};

}  // namespace plain

#if TESSERA_HAS_AVX2_KERNELS

namespace avx2 {

#define TESSERA_AVX2 [[gnu::target("avx2,fma")]]

TESSERA_AVX2 inline __m256d four(float const* p) { return _mm256_cvtps_pd(_mm_loadu_ps(p)); }
TESSERA_AVX2 inline __m256d four(double const* p) { return _mm256_loadu_pd(p); }
TESSERA_AVX2 inline __m256 eight(float const* p) { return _mm256_loadu_ps(p); }
TESSERA_AVX2 inline __m256 eight(std::int8_t const* p) {
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<__m128i const*>(p))));
}

template <class Number>
TESSERA_AVX2 double dot(float const* a, Number const* b, std::size_t n) {
    __m256d sums[4] = {_mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd()};
    std::size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        sums[0] = _mm256_fmadd_pd(four(a + i), four(b + i), sums[0]);
        sums[1] = _mm256_fmadd_pd(four(a + i + 4), four(b + i + 4), sums[1]);
        sums[2] = _mm256_fmadd_pd(four(a + i + 8), four(b + i + 8), sums[2]);
        sums[3] = _mm256_fmadd_pd(four(a + i + 12), four(b + i + 12), sums[3]);
    }
    alignas(32) double lanes[4];
    _mm256_store_pd(lanes, _mm256_add_pd(_mm256_add_pd(sums[0], sums[1]), _mm256_add_pd(sums[2], sums[3])));
    for (; i < n; ++i) lanes[0] += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
}

TESSERA_AVX2 inline void subtract(double* to, float const* from, double weight, std::size_t n) {
    __m256d const w = _mm256_set1_pd(weight);
    std::size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        _mm256_storeu_pd(to + i, _mm256_fnmadd_pd(w, four(from + i), four(to + i)));
        _mm256_storeu_pd(to + i + 4, _mm256_fnmadd_pd(w, four(from + i + 4), four(to + i + 4)));
    }
    for (; i < n; ++i) to[i] -= weight * static_cast<double>(from[i]);
}

// Several rows at a time, since each group reads and writes `to`.
template <std::size_t n_rows, class Entry>
TESSERA_AVX2 void subtract_group(float* to, Entry const* const* rows, float const* weights, std::size_t n) {
    __m256 w[n_rows];
    for (std::size_t r = 0; r < n_rows; ++r) w[r] = _mm256_set1_ps(weights[r]);
    std::size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        __m256 low = eight(to + i);
        __m256 high = eight(to + i + 8);
        for (std::size_t r = 0; r < n_rows; ++r) {
            low = _mm256_fnmadd_ps(w[r], eight(rows[r] + i), low);
            high = _mm256_fnmadd_ps(w[r], eight(rows[r] + i + 8), high);
        }
        _mm256_storeu_ps(to + i, low);
        _mm256_storeu_ps(to + i + 8, high);
    }
    for (; i < n; ++i) {
        for (std::size_t r = 0; r < n_rows; ++r) to[i] -= weights[r] * static_cast<float>(rows[r][i]);
    }
}

template <class Entry>
TESSERA_AVX2 void subtract_rows(float* to, Entry const* const* rows, float const* weights, std::size_t n_rows,
                                std::size_t n) {
    std::size_t r = 0;
    for (; r + 8 <= n_rows; r += 8) subtract_group<8>(to, rows + r, weights + r, n);
    for (; r + 2 <= n_rows; r += 2) subtract_group<2>(to, rows + r, weights + r, n);
    for (; r < n_rows; ++r) subtract_group<1>(to, rows + r, weights + r, n);
}

TESSERA_AVX2 inline float largest(float const* values, std::size_t n) {
    __m256 const no_sign = _mm256_castsi256_ps(_mm256_set1_epi32(0x7FFF'FFFF));
    __m256 most = _mm256_setzero_ps();
    std::size_t i = 0;
    for (; i + 8 <= n; i += 8) most = _mm256_max_ps(most, _mm256_and_ps(no_sign, eight(values + i)));
    alignas(32) float lanes[8];
    _mm256_store_ps(lanes, most);
    float const rest = plain::largest(values + i, n - i);
    float const all = plain::largest(lanes, 8);
    return rest > all ? rest : all;
}

TESSERA_AVX2 inline bool to_bytes(float const* values, float scale, std::int8_t* to, std::size_t n) {
    __m256 const factor = _mm256_set1_ps(scale);
    __m256 const most = _mm256_set1_ps(127);
    __m256 const least = _mm256_set1_ps(-127);
    __m256 const limit = _mm256_set1_ps(127.5F);
    __m256 const no_sign = _mm256_castsi256_ps(_mm256_set1_epi32(0x7FFF'FFFF));
    __m256 beyond = _mm256_setzero_ps();
    std::size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        __m256 const value = _mm256_mul_ps(eight(values + i), factor);
        beyond = _mm256_or_ps(beyond, _mm256_cmp_ps(_mm256_and_ps(value, no_sign), limit, _CMP_GT_OQ));
        __m256i const whole = _mm256_cvtps_epi32(_mm256_max_ps(least, _mm256_min_ps(most, value)));
        __m128i const words = _mm_packs_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
        _mm_storel_epi64(reinterpret_cast<__m128i*>(to + i), _mm_packs_epi16(words, words));
    }
    bool const rest = plain::to_bytes(values + i, scale, to + i, n - i);
    return rest || _mm256_movemask_ps(beyond) != 0;
}

#undef TESSERA_AVX2

inline constexpr kernels table{dot<float>, dot<double>, subtract, subtract_rows<float>, subtract_rows<std::int8_t>,
                               largest,    to_bytes};

}  // namespace avx2

#endif

/// Those for the processor at hand.
[[nodiscard]] inline kernels const& processor_kernels() noexcept {
#if TESSERA_HAS_AVX2_KERNELS
    static bool const has_avx2 = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
    if (has_avx2) return avx2::table;
#endif
    return plain::table;
}

}  // namespace tessera::inline v0::transplant::detail
