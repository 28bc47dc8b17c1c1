#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/hash.hpp>
#include <tessera/lm/ngram_file.hpp>
#include <tessera/lm/vocabulary_hash.hpp>

#include "fuzz.hpp"
#include "targets.hpp"

namespace {

// Else no change of the arrays would get far.
std::string with_its_hash(std::string_view file) {
    std::string text(file);
    std::size_t const line = text.find("\ncontent ");
    std::size_t const end = text.find("\n\n");
    if (line == std::string::npos || end == std::string::npos || end < line) return text;
    std::string const hash = tessera::lm::hexadecimal(tessera::long_hash_of(file.substr(end + 2)));
    return text.replace(line + 9, end - line - 9, hash);
}

// A row may have as many columns as a vocabulary tokens, which takes more memory than a fuzzer allows.
bool is_wide(std::string_view file) {
    std::size_t const at = file.find("\nrow_width ");
    return at != std::string_view::npos && file.find_first_not_of("0123456789", at + 11) > at + 11 + 5;
}

struct string_output {
    std::string bytes;
    void write(std::string_view more) { bytes += more; }
};

}  // namespace

int fuzz::ngram(std::uint8_t const* data, std::size_t size) {
    return fuzz::run(data, size, [](std::string_view text) {
        if (is_wide(text)) return;
        std::string const file = with_its_hash(text);
        tessera::lm::ngram_model const model = tessera::lm::read_ngram_model(file);
        std::vector<double> row(model.row_width());
        auto prefix = model.root();
        for (std::size_t i = 0; i < 6; ++i) {
            model.evaluate(std::span(&prefix, 1), row);
            double sum = 0;
            for (double const value : row) sum += std::exp(value);
            fuzz::check(std::abs(sum - 1) < 1e-12, "rows sum to 1");
            auto const next = static_cast<tessera::token_id>(i % model.vocab_size());
            fuzz::check(std::abs(row[next] - model.log_probability(prefix, next)) < 1e-12, "one is as in the row");
            prefix = model.child(prefix, next);
        }
        string_output out;
        tessera::lm::write_ngram_model(model, out);
        fuzz::check(tessera::lm::read_ngram_model(out.bytes).data() == model.data(), "it comes back");
    });
}
