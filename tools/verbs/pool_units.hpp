// The units of `tessera pool` and `unpool`, chosen at run time.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/pool/character_units.hpp>
#include <tessera/pool/code_point_units.hpp>
#include <tessera/pool/tokenizer_units.hpp>

namespace tessera::cli {

/// A hash of all tokens, by which a tokenizer is known again.
[[nodiscard]] inline std::string hash_of_vocabulary(any_tokenizer const& tokenizer) {
    auto const& vocab = tokenizer.model().vocab();
    std::string all;
    for (token_id id = 0; id < vocab.size(); ++id) {
        all += std::to_string(vocab.bytes(id).size());
        all += ':';
        all += vocab.bytes(id);
    }
    char text[24];
    std::snprintf(text, sizeof text, "xxh3:%016llx", static_cast<unsigned long long>(hash_bytes(all)));
    return text;
}

/// Calls `f(units)` with the units of this name. @pre it is one of the names; for tokens, there is a tokenizer
template <class F>
void with_units(std::string const& name, std::vector<std::int32_t> characters, any_tokenizer const* tokenizer, F&& f) {
    if (name == "tokens") {
        f(tokenizer_units<any_tokenizer>(*tokenizer));
    } else if (name == "characters") {
        f(character_units(std::move(characters)));
    } else if (name == "code-points") {
        f(code_point_units());
    } else if (name == "byt5") {
        f(byt5_units());
    } else {
        f(byte_units());
    }
}

}  // namespace tessera::cli
