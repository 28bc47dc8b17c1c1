// A language model of one's own, as a function from a prefix to a row: half an n-gram model over bytes, half a memory
// of the last 200 bytes. Whatever takes a tessera::LanguageModel takes it; here, the bits that the end of a text costs.
//   own_language_model < text
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include <tessera/lm/checked_model.hpp>
#include <tessera/lm/ngram_trainer.hpp>
#include <tessera/lm/prefix_function_model.hpp>
#include <tessera/lm/sequence_score.hpp>

namespace lm = tessera::lm;

int main() {
    std::vector<tessera::token_id> text;
    for (std::istreambuf_iterator<char> c(std::cin), end; c != end; ++c) text.push_back(static_cast<unsigned char>(*c));
    try {
        std::size_t const n = std::min<std::size_t>(text.size() / 2, 5000);
        std::span<tessera::token_id const> const known(text.data(), text.size() - n);
        std::span<tessera::token_id const> const rest(text.data() + known.size(), n);
        lm::ngram_trainer trainer({.order = 3, .vocab_size = 256});
        trainer.add(known);
        lm::ngram_model const ngrams = std::move(trainer).finish();

        auto const with_memory = [&](std::span<tessera::token_id const> prefix, std::span<double> row) {
            auto at = ngrams.root();
            for (auto const id : prefix.last(std::min<std::size_t>(prefix.size(), 2))) at = ngrams.child(at, id);
            ngrams.evaluate(std::span(&at, 1), row);
            if (prefix.size() <= 6) return;
            auto const last = prefix.last(6);
            auto const found = std::find_end(prefix.begin(), prefix.end() - 1, last.begin(), last.end());
            if (found == prefix.end() - 1) return;
            for (double& value : row) value += std::log(0.5);
            double& repeated = row[found[6]];
            repeated = std::log(std::exp(repeated) + 0.5);
        };
        lm::prefix_function_model mixed({.vocab_size = 256}, with_memory);
        lm::checked_model checked(mixed);  // says which row is no distribution, and where
        double const bits = -1 / (static_cast<double>(n) * std::log(2.0));
        std::printf("trigrams %.3f, with memory %.3f bits a byte\n",
                    lm::score_sequence(ngrams, rest).log_probability * bits,
                    lm::score_sequence(checked, rest).log_probability * bits);
    } catch (tessera::error const& e) {
        return std::fprintf(stderr, "%s\n", e.what()), 1;
    }
}
