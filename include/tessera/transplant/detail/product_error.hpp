// What rounding can do to a sum of products.
#pragma once

#include <cstddef>

namespace tessera::inline v0::transplant::detail {

/// Largest relative error of a sum of n products in single precision, in any order: n u / (1 - n u), u = 2^-24, and
/// some roundings more for what is done to the sum afterwards (Higham, "Accuracy and Stability of Numerical
/// Algorithms", section 3.1). Of |a| |b|, for the product of vectors a and b.
[[nodiscard]] inline double product_error(std::size_t n) noexcept {
    double const nu = static_cast<double>(n + 8) * 0x1p-24;
    return nu < 0.5 ? nu / (1 - nu) : 1;
}

}  // namespace tessera::inline v0::transplant::detail
