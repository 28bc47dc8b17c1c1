// A source of random characters whose entropy rate is known, to hold a tokenizer's loss against: the k-th order
// switching process of Rajaraman, Jiao and Ramchandran, "Toward a Theory of Tokenization in LLMs", arXiv:2404.08335.
// Next to read: unigram_loss.hpp.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include <tessera/core/error.hpp>
#include <tessera/core/split_mix.hpp>

namespace tessera::inline v0::evaluate {

/// Of a binary choice, in bits.
[[nodiscard]] inline double binary_entropy(double p) {
    if (p <= 0 || p >= 1) return 0;
    return -p * std::log2(p) - (1 - p) * std::log2(1 - p);
}

/// Characters '0' and '1'. Each is what the one `order` places before it is, or with some probability the other:
/// `order` independent Markov chains, interleaved.
struct switching_source {
    std::size_t order = 1;
    double zero_to_one = 0.5;  ///< the paper's p
    double one_to_zero = 0.5;  ///< the paper's q

    /// Bits a character that no model can do without.
    [[nodiscard]] double entropy_rate() const {
        double const both = zero_to_one + one_to_zero;
        return (one_to_zero * binary_entropy(zero_to_one) + zero_to_one * binary_entropy(one_to_zero)) / both;
    }

    /// Bits a character of a model that takes the characters for independent of each other.
    [[nodiscard]] double unigram_entropy() const { return binary_entropy(zero_to_one / (zero_to_one + one_to_zero)); }

    /// The first `order` characters are fair. The same for the same seed everywhere. @see split_mix
    /// @throws error  bad_option: order is 0, or a probability is not in 0 .. 1
    [[nodiscard]] std::string text(std::size_t n_characters, std::uint64_t seed) const {
        bool const are_probabilities = zero_to_one >= 0 && zero_to_one <= 1 && one_to_zero >= 0 && one_to_zero <= 1;
        if (order == 0 || !are_probabilities) {
            throw error(error_kind::bad_option, "source", "its order is 0, or a probability is not in 0 .. 1");
        }
        std::string text;
        text.reserve(n_characters);
        split_mix random(seed);
        while (text.size() < n_characters) {
            double const u = random.uniform();
            bool one = u < 0.5;
            if (text.size() >= order) {
                one = text[text.size() - order] == '1';
                if (u < (one ? one_to_zero : zero_to_one)) one = !one;
            }
            text += one ? '1' : '0';
        }
        return text;
    }
};

}  // namespace tessera::inline v0::evaluate
