// What matching pursuit costs with each engine, before it is begun: operations, memory, seconds.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <tessera/core/concepts.hpp>
#include <tessera/transplant/matrix.hpp>

namespace tessera::inline v0::transplant {

/// All of them choose the same anchors, to the bit. They differ in time and memory.
enum class pursuit_engine : std::uint8_t {
    automatic,      ///< the fastest that memory allows, by the cost model
    residual,       ///< products of residuals and anchors in each step
    gram,           ///< products of all pairs of anchors, as numbers: 4 n_anchors^2 bytes
    screened_gram,  ///< as bytes, with a bound on the error that says which are to be computed exactly: n_anchors^2
                    ///< bytes
};

[[nodiscard]] constexpr std::string_view name(pursuit_engine engine) noexcept {
    switch (engine) {
        case pursuit_engine::automatic:
            return "automatic";
        case pursuit_engine::residual:
            return "residual";
        case pursuit_engine::gram:
            return "gram";
        case pursuit_engine::screened_gram:
            return "screened-gram";
    }
    return {};
}

/// The size of a problem.
struct pursuit_size {
    std::size_t n_targets = 0;
    std::size_t n_anchors = 0;
    std::size_t dim = 0;
    std::size_t k = 0;
    std::size_t n_threads = 1;
};

/// What an engine needs. Operations are multiplications and additions, counted apart.
struct pursuit_cost {
    double product_operations = 0;  ///< in products of matrices, single precision
    double update_operations = 0;   ///< of scores by rows of the Gram matrix
    double exact_operations = 0;    ///< coefficients and residuals, double precision
    double bytes = 0;               ///< of memory, beyond targets and anchors
};

/// Operations a second of one thread.
struct machine_speed {
    double products = 5e10;
    double updates_by_floats = 2e10;
    double updates_by_bytes = 4e10;
    double exact = 1e10;
};

[[nodiscard]] constexpr pursuit_cost cost_of(pursuit_engine engine, pursuit_size const& s) noexcept {
    auto const targets = static_cast<double>(s.n_targets);
    auto const anchors = static_cast<double>(s.n_anchors);
    auto const dim = static_cast<double>(s.dim);
    auto const k = static_cast<double>(s.k);
    pursuit_cost cost;
    cost.exact_operations = targets * k * (k + 1) * 2 * dim;
    if (engine == pursuit_engine::residual) {
        cost.product_operations = 2 * targets * anchors * dim * k;
        cost.bytes = static_cast<double>(s.n_threads) * 64 * (2048 + 16 * dim + 4 * k * k) * 4;
        return cost;
    }
    double const entry = engine == pursuit_engine::gram ? 4 : 1;
    cost.product_operations = anchors * anchors * dim + 2 * targets * anchors * dim;
    cost.update_operations = targets * anchors * k * (k - 1);
    // Products of 128 anchors, or of 64 targets a thread, with all; and what does not fit a byte.
    cost.bytes = entry * anchors * anchors + static_cast<double>(s.n_threads) * 64 * 4 * anchors + 8 * 128 * anchors +
                 (engine == pursuit_engine::gram ? 0.0 : 0.06 * anchors * anchors);
    return cost;
}

[[nodiscard]] constexpr double seconds(pursuit_engine engine, pursuit_size const& s,
                                       machine_speed const& speed) noexcept {
    pursuit_cost const cost = cost_of(engine, s);
    double const updates = engine == pursuit_engine::gram ? speed.updates_by_floats : speed.updates_by_bytes;
    return (cost.product_operations / speed.products + cost.update_operations / updates +
            cost.exact_operations / speed.exact) /
           static_cast<double>(s.n_threads == 0 ? 1 : s.n_threads);
}

/// The fastest engine within `memory` bytes. The residual one if none is.
[[nodiscard]] constexpr pursuit_engine fastest_engine(pursuit_size const& size, double memory,
                                                      machine_speed const& speed = {}) noexcept {
    pursuit_engine best = pursuit_engine::residual;
    for (pursuit_engine const engine : {pursuit_engine::gram, pursuit_engine::screened_gram}) {
        if (cost_of(engine, size).bytes <= memory && seconds(engine, size, speed) < seconds(best, size, speed)) {
            best = engine;
        }
    }
    return best;
}

/// Measures products of matrices of this many columns on all threads at once, for some hundredths of a second.
/// @return  operations a second of all threads together
template <Executor E>
[[nodiscard]] double measured_product_speed(std::size_t dim, E const& executor) {
    using clock = std::chrono::steady_clock;
    std::size_t const n_threads = executor.concurrency();
    auto const columns = static_cast<Eigen::Index>(dim);
    matrix const left = matrix::Constant(512, columns, 0.5F);
    matrix const right = matrix::Constant(2048, columns, 0.25F);
    auto const once = [&] {
        executor.for_each_index(n_threads, [&](std::size_t) {
            matrix product(left.rows(), right.rows());
            product.noalias() = left * right.transpose();
        });
    };
    once();  // pages and threads are there from now on
    double best = 0;
    for (int i = 0; i < 5; ++i) {
        auto const begin = clock::now();
        once();
        double const time = std::chrono::duration<double>(clock::now() - begin).count();
        double const operations = 2.0 * 512 * 2048 * static_cast<double>(dim) * static_cast<double>(n_threads);
        if (operations / time > best) best = operations / time;
    }
    return best;
}

}  // namespace tessera::inline v0::transplant
