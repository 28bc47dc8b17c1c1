// Encoding with nothing but the standard library and xxHash's header: a tokenizer whose parts are known at compile
// time.
//   encode_static RANKS.tiktoken < text
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include <tessera/io/tiktoken.hpp>
#include <tessera/model/bpe_from_ranks.hpp>
#include <tessera/pretokenize/cl100k.hpp>
#include <tessera/tokenizer.hpp>

namespace {
std::string read_all(std::istream& in) { return {std::istreambuf_iterator<char>(in), {}}; }
}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return std::fputs("usage: encode_static RANKS.tiktoken < text\n", stderr), 2;
    std::ifstream file(argv[1], std::ios::binary);
    try {
        tessera::tokenizer<tessera::cl100k_pretokenizer<>> const tokenizer(
            tessera::bpe_from_ranks(tessera::read_tiktoken(read_all(file))));
        for (tessera::token_id const id : tokenizer.encode(read_all(std::cin))) std::printf("%u ", id);
        std::puts("");
    } catch (tessera::error const& e) {
        return std::fprintf(stderr, "%s: %s\n", argv[1], e.what()), 1;
    }
}
