// Uses everything of an installed tessera: files, run-time tokenizers, all cores.
#include <cstdio>

#include <tessera/any_tokenizer.hpp>
#include <tessera/io/tokenizer_file.hpp>
#include <tessera/parallel/tbb_executor.hpp>

int main(int n_arguments, char** arguments) {
    if (n_arguments != 2) return 2;
    tessera::any_tokenizer const t = tessera::load_tokenizer(arguments[1]).tokenizer;
    std::vector<std::string_view> const texts(4, "Hello there");
    auto const ids = t.encode_batch(texts, tessera::tbb_executor{});
    if (ids.size() != 4 || t.decode(ids[3]) != "Hello there") return 1;
    std::puts("all of the installed library works");
    return 0;
}
