// Dynamic tokenization: the lines of a text are one batch, whose most frequent neighbours become tokens of that batch.
//   dynamic_batch TOKENIZER MERGES < text      (TOKENIZER: tokenizer.json, or a folder such as data/gpt2)
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/dynamic/texts.hpp>
#include <tessera/io/tokenizer_file.hpp>

int main(int argc, char** argv) {
    if (argc != 3) return std::fputs("usage: dynamic_batch TOKENIZER MERGES < text\n", stderr), 2;
    try {
        tessera::any_tokenizer const tokenizer = tessera::load_tokenizer(argv[1]).tokenizer;
        auto merger = tessera::dynamic::merger_of(tokenizer);  // kept for the next batch

        tessera::dynamic::token_batch batch;
        for (std::string line; std::getline(std::cin, line);) batch.add(tokenizer.encode(line));
        auto const merged = merger.merge(batch, std::strtoul(argv[2], nullptr, 10));

        // New tokens have the ids behind the vocabulary's, and these bytes; a network makes embeddings of them.
        auto const bytes = [&](tessera::token_id id) {
            return tessera::to_byte_alphabet(id < merged.new_tokens.first_id() ? tokenizer.vocab().bytes(id)
                                                                               : merged.new_tokens.bytes(id));
        };
        for (std::size_t i = 0; i < merged.merges.size(); ++i) {
            auto const& m = merged.merges[i];
            std::cout << bytes(m.left) << " + " << bytes(m.right) << ", " << m.count << " times: id " << m.result
                      << "; a line has " << merged.average_length(i + 1) << " tokens\n";
        }
        std::cout << merged.n_tokens_before << " tokens before, " << merged.batch.ids.size() << " now\n";
    } catch (tessera::error const& e) {
        return std::fprintf(stderr, "%s\n", e.what()), 1;
    }
}
