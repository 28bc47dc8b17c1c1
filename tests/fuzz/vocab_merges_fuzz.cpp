#include <tessera/io/vocab_merges.hpp>

#include "fuzz.hpp"
#include "targets.hpp"

int fuzz::vocab_merges(std::uint8_t const* data, std::size_t size) {
    return fuzz::run(data, size, [](std::string_view text) {
        auto const tokenizer = tessera::read_vocab_merges(fuzz::part(text, 0), fuzz::part(text, 1),
                                                          tessera::any_pretokenizer::by_name("gpt2"));
        auto const ids = tokenizer.encode(fuzz::sample);
        for (auto const id : ids) fuzz::check(id < tokenizer.vocab().size(), "ids are of the vocabulary");
        (void)tokenizer.decode(ids);
    });
}
