// Which tokens of one tokenizer are tokens of another, and a text in the tokens of both.
//   match_vocabularies A B < text
#include <algorithm>
#include <cstddef>
#include <iostream>
#include <iterator>
#include <string>

#include <tessera/io/tokenizer_file.hpp>
#include <tessera/transplant/align_tokens.hpp>
#include <tessera/transplant/read_token_table.hpp>
#include <tessera/transplant/vocabulary_map.hpp>

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    tessera::load_options options;
    options.pattern = "gpt2";  // for files that do not say how text is split
    auto const a = tessera::load_tokenizer(argv[1], options);
    auto const b = tessera::load_tokenizer(argv[2], options);
    auto const of_a = tessera::transplant::token_table_of(a);
    auto const of_b = tessera::transplant::token_table_of(b);

    auto const map = tessera::transplant::match_vocabularies(of_a, of_b);
    std::cout << map.statistics.n_matched() << " of " << map.statistics.n_donor << " tokens\n";

    std::string text(std::istreambuf_iterator<char>(std::cin), {});
    text.resize(std::min(text.size(), std::size_t{200}));
    auto const x = a.tokenizer.encode(text);
    auto const y = b.tokenizer.encode(text);
    for (auto const& chunk : tessera::transplant::token_aligner(of_a, of_b).align(x, y).chunks) {
        std::cout << chunk.a_end - chunk.a_begin << " : " << chunk.b_end - chunk.b_begin << "  "
                  << text.substr(chunk.begin, chunk.end - chunk.begin) << "\n";
    }
}
