#include <cstdio>

#include <tessera/io/tokenizer_file.hpp>

int main(int argc, char** argv) {
    tessera::any_tokenizer const gpt2 = tessera::load_tokenizer(argc > 1 ? argv[1] : "data/gpt2").tokenizer;
    auto const ids = gpt2.encode("Every byte comes back: \xF0\x9F\xA6\x99");
    for (auto const id : ids) std::printf("%u ", id);
    std::printf("\n%s\n", gpt2.decode(ids).c_str());
}
