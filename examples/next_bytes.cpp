// What byte comes after a text that ends inside a token, exactly, from a model of tokens: an n-gram model of the text
// on standard input.
//   next_bytes TOKENIZER BEGINNING < text
#include <cmath>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <string>
#include <utility>

#include <tessera/bytes/byte_lm.hpp>
#include <tessera/bytes/valid_law.hpp>
#include <tessera/io/tokenizer_file.hpp>
#include <tessera/lm/ngram_trainer.hpp>

int main(int argc, char** argv) {
    if (argc != 3) return std::fputs("next_bytes TOKENIZER BEGINNING < text\n", stderr), 2;
    try {
        auto const tokenizer = tessera::load_tokenizer(argv[1]).tokenizer;
        std::string const text{std::istreambuf_iterator<char>(std::cin), {}};
        tessera::lm::ngram_trainer trainer({.order = 4, .vocab_size = tokenizer.vocab().size()});
        trainer.add(tokenizer.encode_ordinary(text));
        tessera::lm::ngram_model model = std::move(trainer).finish();

        tessera::valid_law law(tokenizer);  // which tokens a text can have, whatever it goes on with
        tessera::byte_lm lm(model, law);
        auto stream = lm.start();
        lm.push(stream, argv[2]);
        std::printf("log P(\"%s\") = %.3f\n", argv[2], lm.log_probability(stream));
        for (int i = 0; i < 24; ++i) {
            std::size_t const byte = lm.next(stream).most_probable();
            if (byte == tessera::next_byte::stop_index) break;
            std::putchar(static_cast<int>(byte));
            lm.push(stream, static_cast<unsigned char>(byte));
        }
        std::printf("\n%llu rows of the model\n", static_cast<unsigned long long>(lm.n_evaluations()));
    } catch (tessera::error const& e) {
        return std::fprintf(stderr, "%s\n", e.what()), 1;
    }
}
