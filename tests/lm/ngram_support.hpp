// What the tests of n-gram models share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/lm/ngram_file.hpp>
#include <tessera/lm/ngram_trainer.hpp>
#include "../support.hpp"

namespace ngrams {

using text = std::vector<tessera::token_id>;

inline tessera::lm::ngram_model model_of(std::vector<text> const& texts, tessera::lm::ngram_options options) {
    tessera::lm::ngram_trainer trainer(options);
    for (text const& t : texts) trainer.add(t);
    return std::move(trainer).finish();
}

// Small ids are frequent, so that contexts come again.
inline std::vector<text> random_texts(support::random_source& random, std::size_t n, std::size_t longest,
                                      std::size_t vocab_size) {
    std::vector<text> texts(n);
    for (text& t : texts) {
        for (std::size_t length = random.below(longest + 1); length > 0; --length)
            t.push_back(static_cast<tessera::token_id>(random.below(1 + random.below(vocab_size))));
    }
    return texts;
}

struct string_output {
    std::string bytes;
    void write(std::string_view more) { bytes += more; }
};

inline std::string file_of(tessera::lm::ngram_model const& model) {
    string_output out;
    tessera::lm::write_ngram_model(model, out);
    return out.bytes;
}

}  // namespace ngrams
