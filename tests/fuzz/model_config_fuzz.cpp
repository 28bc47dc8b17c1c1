#include <string>
#include <string_view>
#include <vector>

#include <tessera/io/model_config.hpp>

#include "fuzz.hpp"
#include "targets.hpp"

int fuzz::model_config(std::uint8_t const* data, std::size_t size) {
    return fuzz::run(data, size, [](std::string_view text) {
        tessera::model_config config{std::string(text)};
        std::vector<tessera::token_id> const ids = {12, 345};
        config.set_ids("eos_token_id", ids);
        fuzz::check(config.ids("eos_token_id") == ids, "ids are those that were set");
        config.set_tie_word_embeddings(true);
        fuzz::check(config.tie_word_embeddings() == true, "it is as it was set");
        config.set_vocab_size(6789);
        fuzz::check(config.vocab_size() == 6789U, "the size is the one that was set");
        fuzz::check(config.ids("eos_token_id") == ids, "other values stay");
    });
}
