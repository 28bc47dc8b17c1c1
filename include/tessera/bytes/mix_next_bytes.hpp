// One distribution of several: models with different vocabularies agree on what bytes are.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>

#include <tessera/bytes/next_byte.hpp>
#include <tessera/core/error.hpp>

namespace tessera::inline v0 {

enum class mixture_kind : std::uint8_t {
    /// The mean of the probabilities: sum of w_m p_m, weights not negative.
    linear,
    /// The mean of their logarithms: the product of p_m^w_m, made to sum to 1. With weights 1, a and -a it is proxy
    /// tuning: a base model, moved by what an expert has over its untrained twin (Liu et al. 2024, arXiv:2401.08565).
    log_linear,
};

/// What a negative weight makes of a probability of 0, which has no power of it: that of this logarithm.
inline constexpr double least_log_probability = -700;

/// @param models   what each says of the same text; leak is left out of each, so that one that gives up mass does not
///                 lose its vote
/// @param weights  as many; for `linear` made to sum to 1
/// @return         leak is 0. Nothing has a probability if a model with a positive weight gives none to anything
/// @throws error   bad_option: no models, other numbers of weights, weights that are not finite, linear ones that are
///                 negative or sum to 0
/// @complexity     O(models * 257)
[[nodiscard]] inline next_byte mix_next_bytes(std::span<next_byte const> models, std::span<double const> weights,
                                              mixture_kind kind) {
    auto const refuse = [](std::string message) { throw error(error_kind::bad_option, "weights", std::move(message)); };
    if (models.empty() || models.size() != weights.size()) {
        refuse(std::to_string(weights.size()) + " weights for " + std::to_string(models.size()) + " models");
    }
    double total = 0;
    for (double const w : weights) {
        if (!std::isfinite(w)) refuse("one is not finite");
        if (kind == mixture_kind::linear && w < 0) refuse("a linear mixture has none that are negative");
        total += w;
    }
    if (kind == mixture_kind::linear && !(total > 0)) refuse("they sum to 0");
    constexpr double none = -std::numeric_limits<double>::infinity();
    auto const at = [](next_byte const& n, std::size_t i) {
        return i == next_byte::stop_index ? n.stop : n.log_probabilities[i];
    };
    next_byte out;
    double most = none;
    std::array<double, next_byte::stop_index + 1> logs;
    for (std::size_t i = 0; i < logs.size(); ++i) {
        double sum = 0;
        for (std::size_t m = 0; m < models.size(); ++m) {
            double const w = weights[m];
            double const log_p = at(models[m], i) - models[m].log_sum();
            if (kind == mixture_kind::linear) {
                if (w > 0) sum += w / total * (log_p > none ? std::exp(log_p) : 0);
            } else if (w < 0) {
                sum += w * std::fmax(log_p, least_log_probability);
            } else if (w > 0) {
                sum += std::isnan(log_p) ? none : w * log_p;
            }
        }
        logs[i] = kind == mixture_kind::linear ? std::log(sum) : sum;
        most = std::fmax(most, logs[i]);
    }
    if (!(most > none)) return out;
    double sum = 0;
    for (double const l : logs) sum += std::exp(l - most);
    double const log_sum = most + std::log(sum);
    for (std::size_t i = 0; i < logs.size(); ++i) {
        (i == next_byte::stop_index ? out.stop : out.log_probabilities[i]) = logs[i] - log_sum;
    }
    return out;
}

}  // namespace tessera::inline v0
