// What a set of kernels consists of, and the layout of the numbers that they work on.
#pragma once

#include <cstddef>
#include <cstdint>

#include <tessera/transplant/machine_speed.hpp>

namespace tessera::inline v0::transplant::detail {

/// Rows and columns of a block of products, and what lengths of rows of bytes are multiples of.
inline constexpr std::size_t tile = 64;
inline constexpr std::size_t tile_size = tile * tile;

/// A byte b stands for the whole number b - byte_zero.
inline constexpr int byte_zero = 128;

/// Weights of rows of bytes, as whole numbers of `unit`: weight r is (128 high[r] + low[r]) unit.
struct byte_weights {
    std::int8_t const* high;  ///< -127 to 127
    std::int8_t const* low;   ///< -64 to 63
    float unit;
};

/// Functions of one set give the same bits for the same numbers, whatever thread calls them.
struct kernel_set {
    char const* name;
    /// As measured with one processor: which engine is the fastest depends on what is fast in a set.
    machine_speed speed;
    /// Sum of a[i] * b[i]: products and sums in double precision.
    double (*dot)(float const* a, float const* b, std::size_t n);
    double (*dot_with_doubles)(float const* a, double const* b, std::size_t n);
    /// to[i] -= weight * from[i], in double precision.
    void (*subtract)(double* to, float const* from, double weight, std::size_t n);
    /// to[i] -= sum over r of weights[r] * rows[r][i], in single precision: at most n_rows + 1 roundings each.
    void (*subtract_floats)(float* to, float const* const* rows, float const* weights, std::size_t n_rows,
                            std::size_t n);
    /// The same with bytes. n_rows is a multiple of 4, n of `tile`.
    void (*subtract_bytes)(float* to, std::uint8_t const* const* rows, byte_weights const& weights, std::size_t n_rows,
                           std::size_t n);
    /// to[i] = from[i] - constant - factor * other[i], in single precision.
    void (*start_sums)(float* to, float const* from, float constant, float factor, float const* other, std::size_t n);
    /// The largest |values[i]| * factors[i]; 0 if n is 0.
    float (*largest)(float const* values, float const* factors, std::size_t n);
    /// The indices, ascending, of (|values[i]| + error) * factors[i] >= least.
    /// @param indices  room for n
    /// @return         how many there are
    std::size_t (*find_large)(float const* values, float error, float const* factors, float least, std::size_t n,
                              std::uint32_t* indices);
    /// All products of two groups of vectors of short numbers, exactly: products[64 i + j] is that of left i and right
    /// j. A group of 64 vectors of 2 `n_pairs` numbers: pair p of vector i begins at 128 p + 2 i. Sums are modulo 2^32.
    void (*short_products)(std::int16_t const* left, std::int16_t const* right, std::size_t n_pairs,
                           std::int32_t* products);
    /// The same of bytes, signed ones on the left, on the right such as stand for themselves less byte_zero: products
    /// are too large by byte_zero times the sum of the left vector. A group of 64 vectors of 4 `n_quads` numbers: the
    /// four from 4 q on of vector i begin at 256 q + 4 i.
    void (*byte_products)(std::int8_t const* left, std::uint8_t const* right, std::size_t n_quads,
                          std::int32_t* products);
    /// For `tile` products, where value i is (products[i] - constant) * steps[i]: the indices, ascending, of
    /// (|value| * scale + error) * factors[i] >= least.
    std::size_t (*find_large_products)(std::int32_t const* products, std::int32_t constant, float const* steps,
                                       float scale, float error, float const* factors, float least,
                                       std::uint32_t* indices);
    /// For `tile` products: to[i] = products[i] * scale - offset - offsets[i] to the nearest whole number from -127 to
    /// 127, as a byte.
    /// @return  whether one was more than half outside of these
    bool (*to_bytes)(std::int32_t const* products, float scale, float offset, float const* offsets, std::uint8_t* to);
    /// The transpose of a tile of bytes.
    void (*transpose_bytes)(std::uint8_t const* from, std::uint8_t* to);
};

}  // namespace tessera::inline v0::transplant::detail
