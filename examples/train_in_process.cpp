// Training inside a program: count pretokens, train, encode with the result. No file is written.
//   train_in_process FILE [VOCABULARY SIZE]
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <tessera/pretokenize/gpt2.hpp>
#include <tessera/tokenizer.hpp>
#include <tessera/train/bpe_trainer.hpp>
#include <tessera/train/pretoken_counts.hpp>

int main(int argc, char** argv) {
    if (argc < 2) return std::fputs("usage: train_in_process FILE [VOCABULARY SIZE]\n", stderr), 2;
    std::ifstream file(argv[1], std::ios::binary);
    std::string const text{std::istreambuf_iterator<char>(file), {}};
    try {
        // For files larger than memory, and for all cores, see train/count_pretokens.hpp.
        tessera::pretoken_counts counts;
        tessera::gpt2_pretokenizer<> const pretokenizer;
        pretokenizer.for_each(text, [&](std::string_view pretoken) { counts.add(pretoken); });

        tessera::bpe_trainer const trainer({.vocab_size = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 4000});
        tessera::trained_bpe trained = trainer.train(counts);
        std::printf("%zu pretokens, %zu tokens, %zu merges\n", counts.size(), trained.vocab.size(),
                    trained.merges.size());

        tessera::tokenizer<tessera::gpt2_pretokenizer<>> const tokenizer(
            tessera::bpe_model(std::move(trained.vocab), std::move(trained.merges)));
        std::size_t const n = tokenizer.count(text);
        std::printf("%.3f bytes a token on its own text\n", static_cast<double>(text.size()) / static_cast<double>(n));
    } catch (tessera::error const& e) {
        return std::fprintf(stderr, "%s: %s\n", argv[1], e.what()), 1;
    }
}
