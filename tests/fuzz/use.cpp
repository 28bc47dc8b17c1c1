#include "use.hpp"

#include "fuzz.hpp"

void fuzz::use(tessera::any_tokenizer const& tokenizer, std::string_view text) {
    for (std::string_view const given : {sample, text.substr(0, 300)}) {
        auto const ids = tokenizer.encode(given);
        for (auto const id : ids) check(id < tokenizer.vocab().size(), "ids are of the vocabulary");
        (void)tokenizer.decode(ids);
    }
}
