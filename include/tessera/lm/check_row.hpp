// Whether what a language model gives is a distribution: a row that is none makes wrong whatever is computed of it.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include <tessera/core/error.hpp>

namespace tessera::inline v0::lm {

/// How far the probabilities of a row may be from a sum of 1. Rows of 250,000 single-precision logits, log-softmaxed in
/// that precision, stay well within it.
inline constexpr double row_tolerance = 1e-3;

/// @param row            natural logarithms of probabilities; -inf allowed
/// @param prefix_length  tokens of its prefix, for the message
/// @throws error         bad_row: a value is not a number or infinite, or the probabilities do not sum to 1
inline void check_row(std::span<double const> row, std::size_t prefix_length, double tolerance = row_tolerance) {
    auto const fail = [&](std::string message, std::string remedy) {
        throw error(error_kind::bad_row, "row after a prefix of " + std::to_string(prefix_length) + " tokens",
                    std::move(message), std::move(remedy));
    };
    double sum = 0;
    for (std::size_t column = 0; column < row.size(); ++column) {
        double const value = row[column];
        if (std::isnan(value)) fail("column " + std::to_string(column) + " is not a number", "mend the model");
        if (std::isinf(value) && value > 0) fail("column " + std::to_string(column) + " is infinite", "mend the model");
        sum += std::exp(value);
    }
    if (!(std::abs(sum - 1) <= tolerance)) {
        fail("its " + std::to_string(row.size()) + " probabilities sum to " + std::to_string(sum) + ", not to 1",
             "give natural logarithms, log-softmaxed over all columns");
    }
}

}  // namespace tessera::inline v0::lm
