#include <tessera/io/tokenizer_json.hpp>

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    return fuzz::run(data, size, [](std::string_view text) {
        auto const tokenizer = tessera::read_tokenizer_json(text);
        for (std::string_view const sample : {fuzz::sample, text.substr(0, 300)}) {
            auto const ids = tokenizer.encode(sample);
            for (auto const id : ids) fuzz::check(id < tokenizer.vocab().size(), "ids are of the vocabulary");
            (void)tokenizer.decode(ids);
        }
    });
}
