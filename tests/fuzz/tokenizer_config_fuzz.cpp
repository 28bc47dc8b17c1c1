#include <tessera/io/tokenizer_config.hpp>

#include "fuzz.hpp"
#include "targets.hpp"

int fuzz::tokenizer_config(std::uint8_t const* data, std::size_t size) {
    return fuzz::run(data, size, [](std::string_view text) {
        tessera::tokenizer_config const c =
            tessera::read_tokenizer_config(fuzz::part(text, 0), fuzz::part(text, 1), fuzz::part(text, 2));
        for (std::size_t i = 0; i < c.added_tokens.size(); ++i) {
            fuzz::check(!c.added_tokens[i].content.empty(), "added tokens are not empty");
            fuzz::check(i == 0 || c.added_tokens[i - 1].id < c.added_tokens[i].id, "ids are distinct and in order");
        }
    });
}
