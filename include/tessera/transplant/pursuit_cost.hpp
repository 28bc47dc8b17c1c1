// What matching pursuit costs with each engine, before it is begun: operations, memory, seconds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <tessera/transplant/machine_speed.hpp>

namespace tessera::inline v0::transplant {

/// All of them choose the same anchors, to the bit. They differ in time and memory.
enum class pursuit_engine : std::uint8_t {
    automatic,          ///< the fastest that memory allows, by the cost model
    residual,           ///< products of residuals and anchors in each step
    gram,               ///< products of all pairs of anchors, as numbers: 4 n_anchors^2 bytes
    screened_residual,  ///< as `residual`, of bytes, with a bound on the error that says which are to be computed
                        ///< exactly
    screened_gram,      ///< as `gram`, of bytes, with such a bound: n_anchors^2 bytes
};

/// Those that can be asked for.
inline constexpr pursuit_engine pursuit_engines[] = {pursuit_engine::residual, pursuit_engine::gram,
                                                     pursuit_engine::screened_residual, pursuit_engine::screened_gram};

[[nodiscard]] constexpr std::string_view name(pursuit_engine engine) noexcept {
    switch (engine) {
        case pursuit_engine::automatic:
            return "automatic";
        case pursuit_engine::residual:
            return "residual";
        case pursuit_engine::gram:
            return "gram";
        case pursuit_engine::screened_residual:
            return "screened-residual";
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

/// What an engine needs. An operation is a multiplication or an addition.
struct pursuit_cost {
    double float_products = 0;  ///< operations in products of matrices, single precision
    double short_products = 0;  ///< of short numbers
    double byte_products = 0;   ///< of bytes
    double float_updates = 0;   ///< operations in subtracting rows of the Gram matrix from scores: of numbers
    double byte_updates = 0;    ///< of bytes
    double exact = 0;  ///< operations in coefficients, residuals and the scores of candidates: double precision
    double bytes = 0;  ///< of memory, beyond targets and anchors

    [[nodiscard]] constexpr double operations() const noexcept {
        return float_products + short_products + byte_products + float_updates + byte_updates + exact;
    }
};

[[nodiscard]] constexpr pursuit_cost cost_of(pursuit_engine engine, pursuit_size const& s) noexcept {
    auto const targets = static_cast<double>(s.n_targets);
    auto const anchors = static_cast<double>(s.n_anchors);
    auto const threads = static_cast<double>(s.n_threads);
    auto const dim = static_cast<double>(s.dim);
    auto const k = static_cast<double>(s.k);
    pursuit_cost cost;
    // In step t: t products of anchors, t rows subtracted; and the candidates, some dozens.
    cost.exact = targets * k * (k + 1 + 32) * 2 * dim;
    double const updates = targets * anchors * k * (k - 1);
    switch (engine) {
        case pursuit_engine::gram:
            cost.float_products = anchors * anchors * dim + 2 * targets * anchors * dim;
            cost.float_updates = updates;
            cost.bytes = 4 * anchors * anchors + threads * 4 * (64 * anchors + 2 * 1024 * 1024);
            break;
        case pursuit_engine::screened_gram:
            cost.short_products = anchors * anchors * dim + 2 * targets * anchors * dim;
            cost.byte_updates = updates;
            // A byte for each pair, and for one in some hundred what a byte does not hold, in two lists at first.
            cost.bytes = 1.14 * anchors * anchors + 2 * anchors * (dim + 1) + threads * 4 * 64 * anchors;
            break;
        case pursuit_engine::screened_residual:
            cost.byte_products = 2 * targets * anchors * dim * k;
            cost.bytes = anchors * (dim + 12) + threads * 64 * (20 * dim + 4 * k * k + 4096);
            break;
        default:
            cost.float_products = 2 * targets * anchors * dim * k;
            cost.bytes = threads * 64 * (2048 + 16 * dim + 4 * k * k) * 4;
    }
    return cost;
}

[[nodiscard]] constexpr double seconds(pursuit_cost const& cost, machine_speed const& speed,
                                       std::size_t n_threads) noexcept {
    return (cost.float_products / speed.float_products + cost.short_products / speed.short_products +
            cost.byte_products / speed.byte_products + cost.float_updates / speed.float_updates +
            cost.byte_updates / speed.byte_updates + cost.exact / speed.exact) /
           static_cast<double>(n_threads == 0 ? 1 : n_threads);
}

/// The fastest engine within `memory` bytes. The residual one if none is.
[[nodiscard]] constexpr pursuit_engine fastest_engine(pursuit_size const& size, double memory,
                                                      machine_speed const& speed) noexcept {
    pursuit_engine best = pursuit_engine::residual;
    double least = seconds(cost_of(best, size), speed, size.n_threads);
    for (pursuit_engine const engine : pursuit_engines) {
        pursuit_cost const cost = cost_of(engine, size);
        double const time = seconds(cost, speed, size.n_threads);
        if (cost.bytes > memory || time >= least) continue;
        best = engine;
        least = time;
    }
    return best;
}

}  // namespace tessera::inline v0::transplant
