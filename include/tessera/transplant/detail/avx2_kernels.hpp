// Kernels for x86 processors with AVX2 and fused multiply-add. Written out: g++ 12 makes of the plain loops over bytes
// a seventh of their speed, even when it may use the same instructions, and unrolls nothing without -O3.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <tessera/transplant/detail/kernel_set.hpp>
#include <tessera/transplant/detail/plain_kernels.hpp>

#if defined(__x86_64__) && defined(__GNUC__)
#define TESSERA_HAS_X86_KERNELS 1
#include <immintrin.h>
#else
#define TESSERA_HAS_X86_KERNELS 0
#endif

#if TESSERA_HAS_X86_KERNELS

namespace tessera::inline v0::transplant::detail::avx2 {

#define TESSERA_AVX2 [[gnu::target("avx2,fma")]]

TESSERA_AVX2 inline __m256d four(float const* p) { return _mm256_cvtps_pd(_mm_loadu_ps(p)); }
TESSERA_AVX2 inline __m256d four(double const* p) { return _mm256_loadu_pd(p); }

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

TESSERA_AVX2 inline __m256 eight(float const* p) { return _mm256_loadu_ps(p); }
TESSERA_AVX2 inline __m256 eight(std::uint8_t const* p) {
    __m256i const whole = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<__m128i const*>(p)));
    return _mm256_cvtepi32_ps(_mm256_sub_epi32(whole, _mm256_set1_epi32(byte_zero)));
}

// Several rows at a time, since each group reads and writes `to`.
/// @return  how many numbers were done: the multiple of 16 in n
template <std::size_t n_rows, class Entry>
TESSERA_AVX2 std::size_t subtract_group(float* to, Entry const* const* rows, float const* weights, std::size_t n) {
    __m256 w[n_rows];
    for (std::size_t r = 0; r < n_rows; ++r) w[r] = _mm256_set1_ps(weights[r]);
    std::size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        __m256 low = eight(to + i);
        __m256 high = eight(to + i + 8);
#pragma GCC unroll 8
        for (std::size_t r = 0; r < n_rows; ++r) {
            low = _mm256_fnmadd_ps(w[r], eight(rows[r] + i), low);
            high = _mm256_fnmadd_ps(w[r], eight(rows[r] + i + 8), high);
        }
        _mm256_storeu_ps(to + i, low);
        _mm256_storeu_ps(to + i + 8, high);
    }
    return i;
}

template <std::size_t n_rows>
TESSERA_AVX2 void subtract_float_group(float* to, float const* const* rows, float const* weights, std::size_t n) {
    for (std::size_t i = subtract_group<n_rows>(to, rows, weights, n); i < n; ++i) {
        for (std::size_t r = 0; r < n_rows; ++r) to[i] -= weights[r] * rows[r][i];
    }
}

TESSERA_AVX2 inline void subtract_floats(float* to, float const* const* rows, float const* weights, std::size_t n_rows,
                                         std::size_t n) {
    std::size_t r = 0;
    for (; r + 8 <= n_rows; r += 8) subtract_float_group<8>(to, rows + r, weights + r, n);
    for (; r + 2 <= n_rows; r += 2) subtract_float_group<2>(to, rows + r, weights + r, n);
    for (; r < n_rows; ++r) subtract_float_group<1>(to, rows + r, weights + r, n);
}

TESSERA_AVX2 inline void subtract_bytes(float* to, std::uint8_t const* const* rows, byte_weights const& weights,
                                        std::size_t n_rows, std::size_t n) {
    for (std::size_t r = 0; r < n_rows; r += 4) {
        float const numbers[4] = {plain::weight_of(weights, r), plain::weight_of(weights, r + 1),
                                  plain::weight_of(weights, r + 2), plain::weight_of(weights, r + 3)};
        subtract_group<4>(to, rows + r, numbers, n);
    }
}

TESSERA_AVX2 inline void start_sums(float* to, float const* from, float constant, float factor, float const* other,
                                    std::size_t n) {
    __m256 const c = _mm256_set1_ps(constant);
    __m256 const f = _mm256_set1_ps(factor);
    std::size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        _mm256_storeu_ps(to + i, _mm256_fnmadd_ps(f, eight(other + i), _mm256_sub_ps(eight(from + i), c)));
    }
    plain::start_sums(to + i, from + i, constant, factor, other + i, n - i);
}

TESSERA_AVX2 inline __m256 absolute(__m256 x) {
    return _mm256_and_ps(_mm256_castsi256_ps(_mm256_set1_epi32(0x7FFF'FFFF)), x);
}

TESSERA_AVX2 inline float largest(float const* values, float const* factors, std::size_t n) {
    __m256 most = _mm256_setzero_ps();
    std::size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        most = _mm256_max_ps(most, _mm256_mul_ps(absolute(eight(values + i)), eight(factors + i)));
    }
    alignas(32) float lanes[8];
    _mm256_store_ps(lanes, most);
    float all = plain::largest(values + i, factors + i, n - i);
    for (float const lane : lanes) all = lane > all ? lane : all;
    return all;
}

TESSERA_AVX2 inline std::size_t find_large(float const* values, float error, float const* factors, float least,
                                           std::size_t n, std::uint32_t* indices) {
    __m256 const e = _mm256_set1_ps(error);
    __m256 const limit = _mm256_set1_ps(least);
    std::size_t n_found = 0;
    std::size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        __m256 const possible = _mm256_mul_ps(_mm256_add_ps(absolute(eight(values + i)), e), eight(factors + i));
        int const is_large = _mm256_movemask_ps(_mm256_cmp_ps(possible, limit, _CMP_GE_OQ));
        for (auto bits = static_cast<unsigned>(is_large); bits != 0; bits &= bits - 1) {
            indices[n_found++] = static_cast<std::uint32_t>(i) + static_cast<std::uint32_t>(std::countr_zero(bits));
        }
    }
    std::size_t const n_rest = plain::find_large(values + i, error, factors + i, least, n - i, indices + n_found);
    for (std::size_t r = 0; r < n_rest; ++r) indices[n_found + r] += static_cast<std::uint32_t>(i);
    return n_found + n_rest;
}

TESSERA_AVX2 inline __m256i eight_numbers(void const* p) { return _mm256_loadu_si256(static_cast<__m256i const*>(p)); }

// 4 by 16 products at a time: 8 sums, 2 vectors of pairs and what is multiplied are 11 of 16 registers.
TESSERA_AVX2 inline void short_products(std::int16_t const* left, std::int16_t const* right, std::size_t n_pairs,
                                        std::int32_t* products) {
    constexpr std::size_t n_rows = 4;
    for (std::size_t j = 0; j < tile; j += 16) {
        for (std::size_t i = 0; i < tile; i += n_rows) {
            __m256i sums[n_rows][2];
            for (auto& row : sums) row[0] = row[1] = _mm256_setzero_si256();
            for (std::size_t p = 0; p < n_pairs; ++p) {
                __m256i const first = eight_numbers(right + 2 * tile * p + 2 * j);
                __m256i const second = eight_numbers(right + 2 * tile * p + 2 * j + 16);
#pragma GCC unroll 4
                for (std::size_t r = 0; r < n_rows; ++r) {
                    std::int32_t pair;
                    std::memcpy(&pair, left + 2 * tile * p + 2 * (i + r), sizeof pair);
                    __m256i const both = _mm256_set1_epi32(pair);
                    sums[r][0] = _mm256_add_epi32(sums[r][0], _mm256_madd_epi16(both, first));
                    sums[r][1] = _mm256_add_epi32(sums[r][1], _mm256_madd_epi16(both, second));
                }
            }
#pragma GCC unroll 4
            for (std::size_t r = 0; r < n_rows; ++r) {
                auto* const out = reinterpret_cast<__m256i*>(products + tile * (i + r) + j);
                _mm256_storeu_si256(out, sums[r][0]);
                _mm256_storeu_si256(out + 1, sums[r][1]);
            }
        }
    }
}

TESSERA_AVX2 inline bool to_bytes(std::int32_t const* products, float scale, float offset, float const* offsets,
                                  std::uint8_t* to) {
    __m256 const factor = _mm256_set1_ps(scale);
    __m256 const constant = _mm256_set1_ps(offset);
    __m256 const most = _mm256_set1_ps(127);
    __m256 const least = _mm256_set1_ps(-127);
    __m256 const limit = _mm256_set1_ps(127.5F);
    __m256 beyond = _mm256_setzero_ps();
    for (std::size_t i = 0; i < tile; i += 8) {
        __m256 const product = _mm256_mul_ps(_mm256_cvtepi32_ps(eight_numbers(products + i)), factor);
        __m256 const value = _mm256_sub_ps(_mm256_sub_ps(product, constant), eight(offsets + i));
        beyond = _mm256_or_ps(beyond, _mm256_cmp_ps(absolute(value), limit, _CMP_GT_OQ));
        __m256i const whole = _mm256_cvtps_epi32(_mm256_max_ps(least, _mm256_min_ps(most, value)));
        __m256i const bytes = _mm256_add_epi32(whole, _mm256_set1_epi32(byte_zero));
        __m128i const words = _mm_packs_epi32(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1));
        _mm_storel_epi64(reinterpret_cast<__m128i*>(to + i), _mm_packus_epi16(words, words));
    }
    return _mm256_movemask_ps(beyond) != 0;
}

// In squares of 16 by 16: four rounds, each of which puts the rows of one half between those of the other.
TESSERA_AVX2 inline void transpose_bytes(std::uint8_t const* from, std::uint8_t* to) {
    for (std::size_t i = 0; i < tile; i += 16) {
        for (std::size_t j = 0; j < tile; j += 16) {
            __m128i rows[16];
            __m128i other[16];
#pragma GCC unroll 16
            for (std::size_t r = 0; r < 16; ++r) {
                rows[r] = _mm_loadu_si128(reinterpret_cast<__m128i const*>(from + tile * (i + r) + j));
            }
#pragma GCC unroll 4
            for (int round = 0; round < 4; ++round) {
#pragma GCC unroll 8
                for (std::size_t r = 0; r < 8; ++r) {
                    other[2 * r] = _mm_unpacklo_epi8(rows[r], rows[r + 8]);
                    other[2 * r + 1] = _mm_unpackhi_epi8(rows[r], rows[r + 8]);
                }
#pragma GCC unroll 16
                for (std::size_t r = 0; r < 16; ++r) rows[r] = other[r];
            }
#pragma GCC unroll 16
            for (std::size_t r = 0; r < 16; ++r) {
                _mm_storeu_si128(reinterpret_cast<__m128i*>(to + tile * (j + r) + i), rows[r]);
            }
        }
    }
}

#undef TESSERA_AVX2

inline constexpr kernel_set kernels{
    .name = "AVX2",
    .speed = {.float_products = 1.2e11,
              .short_products = 2.5e11,
              .byte_products = 4e9,
              .float_updates = 4e10,
              .byte_updates = 5e10,
              .exact = 2e10},
    .dot = dot<float>,
    .dot_with_doubles = dot<double>,
    .subtract = subtract,
    .subtract_floats = subtract_floats,
    .subtract_bytes = subtract_bytes,
    .start_sums = start_sums,
    .largest = largest,
    .find_large = find_large,
    .short_products = short_products,
    .byte_products = plain::byte_products,  // no faster than products of floats
    .find_large_products = plain::find_large_products,
    .to_bytes = to_bytes,
    .transpose_bytes = transpose_bytes,
};

}  // namespace tessera::inline v0::transplant::detail::avx2

#endif
