// The entry points of libFuzzer: the first argument says which target runs.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "targets.hpp"

namespace {

constexpr std::array<std::pair<std::string_view, fuzz::target*>, 15> targets{{
    {"boundless", fuzz::boundless},
    {"count_table", fuzz::count_table},
    {"gguf", fuzz::gguf},
    {"gguf_tensors", fuzz::gguf_tensors},
    {"model_config", fuzz::model_config},
    {"ngram", fuzz::ngram},
    {"pooled", fuzz::pooled},
    {"safetensors", fuzz::safetensors},
    {"sentencepiece", fuzz::sentencepiece},
    {"tekken", fuzz::tekken},
    {"tiktoken", fuzz::tiktoken},
    {"tokenizer_config", fuzz::tokenizer_config},
    {"tokenizer_json", fuzz::tokenizer_json},
    {"vocab_merges", fuzz::vocab_merges},
    {"vocabulary_text", fuzz::vocabulary_text},
}};

fuzz::target* chosen = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
    std::string_view const name = *argc > 1 ? (*argv)[1] : "";
    auto const at = std::find_if(targets.begin(), targets.end(), [&](auto const& t) { return t.first == name; });
    if (at == targets.end()) {
        std::fprintf(stderr, "usage: %s TARGET [libFuzzer's arguments]; targets:\n", (*argv)[0]);
        for (auto const& t : targets) std::fprintf(stderr, "  %s\n", t.first.data());
        std::exit(2);
    }
    chosen = at->second;
    std::rotate(*argv + 1, *argv + 2, *argv + *argc);
    --*argc;
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) { return chosen(data, size); }
