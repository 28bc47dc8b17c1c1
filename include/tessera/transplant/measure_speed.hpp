// How fast this machine does what matching pursuit consists of.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/transplant/detail/kernels.hpp>
#include <tessera/transplant/matrix.hpp>
#include <tessera/transplant/pursuit_cost.hpp>

namespace tessera::inline v0::transplant {

namespace detail {

/// Operations a second of one thread, while all do the same: the best of some tries, each of which does `operations`.
template <Executor E, class Work>
[[nodiscard]] double measured_speed(E const& executor, double operations, Work const& work) {
    using clock = std::chrono::steady_clock;
    double best = 0;
    for (int i = 0; i < 6; ++i) {  // pages and threads are there from the second on
        clock::time_point const begin = clock::now();
        executor.for_each_index(executor.concurrency(), work);
        double const time = std::chrono::duration<double>(clock::now() - begin).count();
        if (time > 0 && operations / time > best) best = operations / time;
    }
    return best;
}

}  // namespace detail

/// Takes some tenths of a second.
/// @param dim  of the rows that are multiplied
template <Executor E>
[[nodiscard]] machine_speed measure_speed(std::size_t dim, E const& executor) {
    detail::kernel_set const& kernels = detail::processor_kernels();
    std::size_t const n_threads = executor.concurrency();
    machine_speed speed;
    auto const width = static_cast<double>(dim);

    matrix const left = matrix::Constant(512, static_cast<Eigen::Index>(dim), 0.5F);
    matrix const right = matrix::Constant(2048, static_cast<Eigen::Index>(dim), 0.25F);
    std::vector<matrix> products(n_threads, matrix(left.rows(), right.rows()));
    speed.float_products = detail::measured_speed(
        executor, 2.0 * 512 * 2048 * width, [&](std::size_t i) { products[i].noalias() = left * right.transpose(); });

    constexpr std::size_t n_tiles = 64;
    std::size_t const n_pairs = (dim + 1) / 2;
    std::vector<std::int16_t> const shorts(n_tiles * 2 * detail::tile * n_pairs, 3);
    std::vector<std::vector<std::int32_t>> sums(n_threads, std::vector<std::int32_t>(detail::tile_size));
    speed.short_products = detail::measured_speed(
        executor, 2.0 * n_tiles * detail::tile_size * 2 * static_cast<double>(n_pairs), [&](std::size_t i) {
            for (std::size_t t = 0; t < n_tiles; ++t) {
                kernels.short_products(shorts.data(), shorts.data() + t * 2 * detail::tile * n_pairs, n_pairs,
                                       sums[i].data());
            }
        });

    std::size_t const n_quads = (dim + 3) / 4;
    std::vector<std::int8_t> const residuals(4 * detail::tile * n_quads, 3);
    std::vector<std::uint8_t> const directions(n_tiles * 4 * detail::tile * n_quads, 130);
    speed.byte_products = detail::measured_speed(
        executor, 2.0 * n_tiles * detail::tile_size * 4 * static_cast<double>(n_quads), [&](std::size_t i) {
            for (std::size_t t = 0; t < n_tiles; ++t) {
                kernels.byte_products(residuals.data(), directions.data() + t * 4 * detail::tile * n_quads, n_quads,
                                      sums[i].data());
            }
        });

    // Rows that fill as much of the caches as those of one target do.
    constexpr std::size_t n_rows = 32;
    constexpr std::size_t length = 1 << 16;
    constexpr std::size_t piece = 4096;
    std::vector<std::uint8_t> const bytes(n_threads * n_rows * length, 129);
    std::vector<std::int8_t> const weights(n_rows, 5);
    std::vector<std::vector<float>> scores(n_threads, std::vector<float>(piece));
    speed.byte_updates = detail::measured_speed(executor, 2.0 * n_rows * length, [&](std::size_t i) {
        std::vector<std::uint8_t const*> rows(n_rows);
        for (std::size_t begin = 0; begin < length; begin += piece) {
            for (std::size_t r = 0; r < n_rows; ++r) rows[r] = bytes.data() + (i * n_rows + r) * length + begin;
            kernels.subtract_bytes(scores[i].data(), rows.data(), {weights.data(), weights.data(), 1e-6F}, n_rows,
                                   piece);
        }
    });
    std::vector<float> const floats(n_threads * n_rows * length / 4, 0.5F);
    std::vector<float> const factors(n_rows, 0.001F);
    speed.float_updates = detail::measured_speed(executor, 2.0 * n_rows * length / 4, [&](std::size_t i) {
        std::vector<float const*> rows(n_rows);
        for (std::size_t begin = 0; begin < length / 4; begin += piece) {
            for (std::size_t r = 0; r < n_rows; ++r) rows[r] = floats.data() + (i * n_rows + r) * (length / 4) + begin;
            kernels.subtract_floats(scores[i].data(), rows.data(), factors.data(), n_rows, piece);
        }
    });

    std::vector<double> results(n_threads);
    speed.exact = detail::measured_speed(executor, 2.0 * 2048 * width, [&](std::size_t i) {
        for (Eigen::Index r = 0; r < right.rows(); ++r) {
            results[i] += kernels.dot(row_of(right, static_cast<std::size_t>(r)), left.data(), dim);
        }
    });
    return speed;
}

}  // namespace tessera::inline v0::transplant
