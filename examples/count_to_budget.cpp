// How much of a text fits into a model's context: count paragraph by paragraph, stop at the budget.
//   count_to_budget TOKENIZER BUDGET < text      (TOKENIZER: tokenizer.json, or a folder such as data/gpt2)
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include <tessera/io/tokenizer_file.hpp>

int main(int argc, char** argv) {
    if (argc != 3) return std::fputs("usage: count_to_budget TOKENIZER BUDGET < text\n", stderr), 2;
    try {
        tessera::any_tokenizer const tokenizer = tessera::load_tokenizer(argv[1]).tokenizer;
        tessera::any_tokenizer::scratch scratch;  // kept: after the first lines, counting allocates nothing
        std::size_t left = std::strtoul(argv[2], nullptr, 10);
        std::size_t n_lines = 0;
        for (std::string line; std::getline(std::cin, line); ++n_lines) {
            // Counted with its newline. In the whole text a pretoken may reach across it, so the sum is an estimate,
            // nearly always from above.
            std::size_t const n = tokenizer.count(line + '\n', scratch);
            if (n > left) break;
            left -= n;
            std::cout << line << '\n';
        }
        std::fprintf(stderr, "%zu lines, %zu tokens left\n", n_lines, left);
    } catch (tessera::error const& e) {
        return std::fprintf(stderr, "%s\n", e.what()), 1;
    }
}
