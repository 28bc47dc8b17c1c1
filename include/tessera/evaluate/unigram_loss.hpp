// What a text costs under the simplest of language models, in which each token is independent of the others: the loss
// of Rajaraman, Jiao and Ramchandran, "Toward a Theory of Tokenization in LLMs", arXiv:2404.08335.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include <tessera/core/error.hpp>

namespace tessera::inline v0::evaluate {

/// -(1/m) * the sum of log2 Q(t) over the tokens t of a text of m characters, where Q(t) is in proportion to how often
/// t occurred in the text that Q is fitted on, plus `add`. How many tokens the text has costs nothing.
/// @param fitted        how often each token occurs where Q is fitted; one count for each id of the vocabulary
/// @param counts        the same for the text; may be `fitted`: with `add` 0 that is the least loss of any Q
/// @param n_characters  of the text
/// @param add           1/2 keeps tokens possible that Q has not seen
/// @return              bits a character; infinite if a token occurs that Q thinks impossible
/// @throws error        bad_option: not as many counts; empty_input: the text has no characters
[[nodiscard]] inline double unigram_loss(std::span<std::uint64_t const> fitted, std::span<std::uint64_t const> counts,
                                         std::uint64_t n_characters, double add = 0) {
    if (fitted.size() != counts.size()) throw error(error_kind::bad_option, "counts", "they are of two vocabularies");
    if (n_characters == 0) throw error(error_kind::empty_input, "text", "it has no characters");
    double total = 0;
    for (std::uint64_t const c : fitted) total += static_cast<double>(c) + add;
    double bits = 0;
    for (std::size_t id = 0; id < counts.size(); ++id) {
        if (counts[id] == 0) continue;
        double const weight = static_cast<double>(fitted[id]) + add;
        if (weight <= 0) return std::numeric_limits<double>::infinity();
        bits -= static_cast<double>(counts[id]) * std::log2(weight / total);
    }
    return bits / static_cast<double>(n_characters);
}

}  // namespace tessera::inline v0::evaluate
