// Kernels for x86 processors with AVX-512 and its products of bytes and short numbers (VNNI): twice to four times as
// many products an instruction as AVX2 has of floats.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <tessera/transplant/detail/avx2_kernels.hpp>
#include <tessera/transplant/detail/kernel_set.hpp>

#if TESSERA_HAS_X86_KERNELS

namespace tessera::inline v0::transplant::detail::avx512 {

// g++ 12 takes what its own intrinsics leave undefined on purpose for a mistake (its bug 105593).
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#define TESSERA_AVX512 [[gnu::target("avx2,fma,avx512f,avx512bw,avx512vl,avx512vnni")]]

/// How far ahead rows are fetched: they are read side by side, each a page at a time, which is too many streams and too
/// short ones for the processor to see them.
inline constexpr std::size_t ahead = 512;

TESSERA_AVX512 inline void fetch_ahead(std::uint8_t const* p) {
    _mm_prefetch(reinterpret_cast<void const*>(reinterpret_cast<std::uintptr_t>(p) + ahead), _MM_HINT_T0);
}

TESSERA_AVX512 inline __m512i load(void const* p) { return _mm512_loadu_si512(p); }

/// The four bytes, or two short numbers, at `p`, in each place.
TESSERA_AVX512 inline __m512i repeat(void const* p) {
    std::int32_t four;
    std::memcpy(&four, p, sizeof four);
    return _mm512_set1_epi32(four);
}

// Four rows at a time go through the products of bytes: those of a column side by side. That shuffles columns within 64
// of them; the sums are put in order at the end, once for all rows.
template <std::size_t n_rows>
TESSERA_AVX512 void subtract_group(float* to, std::uint8_t const* const* rows, byte_weights const& weights,
                                   std::size_t n) {
    std::int32_t sum = 0;
    for (std::size_t r = 0; r < n_rows; ++r) sum += 128 * weights.high[r] + weights.low[r];
    __m512i const zero = _mm512_set1_epi32(-byte_zero * sum);
    __m512 const unit = _mm512_set1_ps(weights.unit);
    for (std::size_t i = 0; i < n; i += 64) {
        __m512i high[4];
        __m512i low[4];
#pragma GCC unroll 4
        for (int q = 0; q < 4; ++q) {
            high[q] = _mm512_setzero_si512();
            low[q] = zero;
        }
#pragma GCC unroll 4
        for (std::size_t r = 0; r < n_rows; r += 4) {
#pragma GCC unroll 4
            for (std::size_t q = 0; q < 4; ++q) fetch_ahead(rows[r + q] + i);
            __m512i const a = load(rows[r] + i);
            __m512i const b = load(rows[r + 1] + i);
            __m512i const c = load(rows[r + 2] + i);
            __m512i const d = load(rows[r + 3] + i);
            __m512i const ab[2] = {_mm512_unpacklo_epi8(a, b), _mm512_unpackhi_epi8(a, b)};
            __m512i const cd[2] = {_mm512_unpacklo_epi8(c, d), _mm512_unpackhi_epi8(c, d)};
            __m512i const four[4] = {_mm512_unpacklo_epi16(ab[0], cd[0]), _mm512_unpackhi_epi16(ab[0], cd[0]),
                                     _mm512_unpacklo_epi16(ab[1], cd[1]), _mm512_unpackhi_epi16(ab[1], cd[1])};
            __m512i const high_weights = repeat(weights.high + r);
            __m512i const low_weights = repeat(weights.low + r);
#pragma GCC unroll 4
            for (int q = 0; q < 4; ++q) {
                high[q] = _mm512_dpbusd_epi32(high[q], four[q], high_weights);
                low[q] = _mm512_dpbusd_epi32(low[q], four[q], low_weights);
            }
        }
        __m512i sums[4];
#pragma GCC unroll 4
        for (int q = 0; q < 4; ++q) sums[q] = _mm512_add_epi32(_mm512_slli_epi32(high[q], 7), low[q]);
        // Quarter a of sum b is quarter b of the columns' vector a.
        __m512i const first[2] = {_mm512_shuffle_i32x4(sums[0], sums[1], 0x44),
                                  _mm512_shuffle_i32x4(sums[2], sums[3], 0x44)};
        __m512i const last[2] = {_mm512_shuffle_i32x4(sums[0], sums[1], 0xEE),
                                 _mm512_shuffle_i32x4(sums[2], sums[3], 0xEE)};
        __m512i const columns[4] = {
            _mm512_shuffle_i32x4(first[0], first[1], 0x88), _mm512_shuffle_i32x4(first[0], first[1], 0xDD),
            _mm512_shuffle_i32x4(last[0], last[1], 0x88), _mm512_shuffle_i32x4(last[0], last[1], 0xDD)};
#pragma GCC unroll 4
        for (int q = 0; q < 4; ++q) {
            float* const out = to + i + 16 * static_cast<std::size_t>(q);
            _mm512_storeu_ps(out, _mm512_fnmadd_ps(_mm512_cvtepi32_ps(columns[q]), unit, _mm512_loadu_ps(out)));
        }
    }
}

TESSERA_AVX512 inline void subtract_bytes(float* to, std::uint8_t const* const* rows, byte_weights const& weights,
                                          std::size_t n_rows, std::size_t n) {
    std::size_t r = 0;
    auto const from = [&](std::size_t row) {
        return byte_weights{weights.high + row, weights.low + row, weights.unit};
    };
    for (; r + 16 <= n_rows; r += 16) subtract_group<16>(to, rows + r, from(r), n);
    if (r + 8 <= n_rows) {
        subtract_group<8>(to, rows + r, from(r), n);
        r += 8;
    }
    if (r < n_rows) subtract_group<4>(to, rows + r, from(r), n);
}

TESSERA_AVX512 inline void start_sums(float* to, float const* from, float constant, float factor, float const* other,
                                      std::size_t n) {
    __m512 const c = _mm512_set1_ps(constant);
    __m512 const f = _mm512_set1_ps(factor);
    std::size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        __m512 const left = _mm512_sub_ps(_mm512_loadu_ps(from + i), c);
        _mm512_storeu_ps(to + i, _mm512_fnmadd_ps(f, _mm512_loadu_ps(other + i), left));
    }
    plain::start_sums(to + i, from + i, constant, factor, other + i, n - i);
}

TESSERA_AVX512 inline float largest(float const* values, float const* factors, std::size_t n) {
    __m512 most[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()};
    std::size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        for (std::size_t q = 0; q < 2; ++q) {
            __m512 const value = _mm512_abs_ps(_mm512_loadu_ps(values + i + 16 * q));
            most[q] = _mm512_max_ps(most[q], _mm512_mul_ps(value, _mm512_loadu_ps(factors + i + 16 * q)));
        }
    }
    float const rest = plain::largest(values + i, factors + i, n - i);
    float const all = _mm512_reduce_max_ps(_mm512_max_ps(most[0], most[1]));
    return rest > all ? rest : all;
}

TESSERA_AVX512 inline std::size_t find_large(float const* values, float error, float const* factors, float least,
                                             std::size_t n, std::uint32_t* indices) {
    __m512 const e = _mm512_set1_ps(error);
    __m512 const limit = _mm512_set1_ps(least);
    std::size_t n_found = 0;
    std::size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        __mmask16 is_large[2];
        for (std::size_t q = 0; q < 2; ++q) {
            __m512 const value = _mm512_add_ps(_mm512_abs_ps(_mm512_loadu_ps(values + i + 16 * q)), e);
            __m512 const possible = _mm512_mul_ps(value, _mm512_loadu_ps(factors + i + 16 * q));
            is_large[q] = _mm512_cmp_ps_mask(possible, limit, _CMP_GE_OQ);
        }
        for (auto bits = is_large[0] | static_cast<unsigned>(is_large[1]) << 16; bits != 0; bits &= bits - 1) {
            indices[n_found++] = static_cast<std::uint32_t>(i) + static_cast<std::uint32_t>(std::countr_zero(bits));
        }
    }
    std::size_t const n_rest = plain::find_large(values + i, error, factors + i, least, n - i, indices + n_found);
    for (std::size_t r = 0; r < n_rest; ++r) indices[n_found + r] += static_cast<std::uint32_t>(i);
    return n_found + n_rest;
}

TESSERA_AVX512 inline __m512i add_products(__m512i sum, __m512i left, __m512i right, std::int16_t) {
    return _mm512_dpwssd_epi32(sum, left, right);
}
TESSERA_AVX512 inline __m512i add_products(__m512i sum, __m512i left, __m512i right, std::int8_t) {
    return _mm512_dpbusd_epi32(sum, right, left);
}

// n_rows by 64 products at a time, of 4 bytes of each vector at a time: two short numbers, or four bytes.
template <std::size_t n_rows, class Left, class Right>
TESSERA_AVX512 void products_of_rows(Left const* left, Right const* right, std::size_t n_steps,
                                     std::int32_t* products) {
    constexpr std::size_t n = 4 / sizeof(Left);
    __m512i sums[n_rows][4];
#pragma GCC unroll 6
    for (std::size_t r = 0; r < n_rows; ++r) {
#pragma GCC unroll 4
        for (std::size_t q = 0; q < 4; ++q) sums[r][q] = _mm512_setzero_si512();
    }
    for (std::size_t s = 0; s < n_steps; ++s) {
        Right const* const all = right + n * tile * s;
        __m512i const columns[4] = {load(all), load(all + 16 * n), load(all + 32 * n), load(all + 48 * n)};
#pragma GCC unroll 6
        for (std::size_t r = 0; r < n_rows; ++r) {
            __m512i const row = repeat(left + n * tile * s + n * r);
#pragma GCC unroll 4
            for (std::size_t q = 0; q < 4; ++q) sums[r][q] = add_products(sums[r][q], row, columns[q], Left());
        }
    }
#pragma GCC unroll 6
    for (std::size_t r = 0; r < n_rows; ++r) {
#pragma GCC unroll 4
        for (std::size_t q = 0; q < 4; ++q) _mm512_storeu_si512(products + tile * r + 16 * q, sums[r][q]);
    }
}

template <class Left, class Right>
void products_of_tile(Left const* left, Right const* right, std::size_t n_steps, std::int32_t* products) {
    constexpr std::size_t n = 4 / sizeof(Left);
    std::size_t i = 0;
    for (; i + 6 <= tile; i += 6) products_of_rows<6>(left + n * i, right, n_steps, products + tile * i);
    static_assert(tile % 6 == 4);
    products_of_rows<4>(left + n * i, right, n_steps, products + tile * i);
}

TESSERA_AVX512 inline std::size_t find_large_products(std::int32_t const* products, std::int32_t constant,
                                                      float const* steps, float scale, float error,
                                                      float const* factors, float least, std::uint32_t* indices) {
    __m512i const zero = _mm512_set1_epi32(constant);
    __m512 const factor = _mm512_set1_ps(scale);
    __m512 const e = _mm512_set1_ps(error);
    __m512 const limit = _mm512_set1_ps(least);
    std::uint64_t bits = 0;
#pragma GCC unroll 4
    for (std::size_t q = 0; q < 4; ++q) {
        __m512 const product = _mm512_cvtepi32_ps(_mm512_sub_epi32(load(products + 16 * q), zero));
        __m512 const value = _mm512_mul_ps(_mm512_abs_ps(product), _mm512_loadu_ps(steps + 16 * q));
        __m512 const possible = _mm512_mul_ps(_mm512_fmadd_ps(value, factor, e), _mm512_loadu_ps(factors + 16 * q));
        bits |= std::uint64_t{_mm512_cmp_ps_mask(possible, limit, _CMP_GE_OQ)} << 16 * q;
    }
    std::size_t n_found = 0;
    for (; bits != 0; bits &= bits - 1) indices[n_found++] = static_cast<std::uint32_t>(std::countr_zero(bits));
    return n_found;
}

TESSERA_AVX512 inline bool to_bytes(std::int32_t const* products, float scale, float offset, float const* offsets,
                                    std::uint8_t* to) {
    __m512 const factor = _mm512_set1_ps(scale);
    __m512 const constant = _mm512_set1_ps(offset);
    __m512 const limit = _mm512_set1_ps(127.5F);
    unsigned beyond = 0;
    for (std::size_t i = 0; i < tile; i += 16) {
        __m512 const product = _mm512_mul_ps(_mm512_cvtepi32_ps(load(products + i)), factor);
        __m512 const value = _mm512_sub_ps(_mm512_sub_ps(product, constant), _mm512_loadu_ps(offsets + i));
        beyond |= _mm512_cmp_ps_mask(_mm512_abs_ps(value), limit, _CMP_GT_OQ);
        __m512i const whole =
            _mm512_cvtps_epi32(_mm512_max_ps(_mm512_set1_ps(-127), _mm512_min_ps(_mm512_set1_ps(127), value)));
        __m512i const bytes = _mm512_add_epi32(whole, _mm512_set1_epi32(byte_zero));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i), _mm512_cvtepi32_epi8(bytes));
    }
    return beyond != 0;
}

#undef TESSERA_AVX512
#pragma GCC diagnostic pop

inline constexpr kernel_set kernels{
    .name = "AVX-512",
    .speed = {.float_products = 1.2e11,
              .short_products = 5e11,
              .byte_products = 1e12,
              .float_updates = 4e10,
              .byte_updates = 1e11,
              .exact = 2e10},
    .dot = avx2::kernels.dot,
    .dot_with_doubles = avx2::kernels.dot_with_doubles,
    .subtract = avx2::kernels.subtract,
    .subtract_floats = avx2::kernels.subtract_floats,
    .subtract_bytes = subtract_bytes,
    .start_sums = start_sums,
    .largest = largest,
    .find_large = find_large,
    .short_products = products_of_tile<std::int16_t, std::int16_t>,
    .byte_products = products_of_tile<std::int8_t, std::uint8_t>,
    .find_large_products = find_large_products,
    .to_bytes = to_bytes,
    .transpose_bytes = avx2::kernels.transpose_bytes,
};

}  // namespace tessera::inline v0::transplant::detail::avx512

#endif
