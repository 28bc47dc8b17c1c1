// The tokenizer of a tekken.json. Source: mistralai/mistral-common 1.8, tokens/tokenizers/tekken.py.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/io/detail/rank_tokenizer.hpp>
#include <tessera/io/tekken.hpp>

namespace tessera::inline v0 {

/// Makes the tokenizer of a tekken.json: special tokens have the first ids, and tokens merge by rank, as in tiktoken.
/// Differs: mistral_common never recognises special tokens in a text, which is what `encode_ordinary` does; here they
/// are added tokens like those of any other file.
/// @throws error  what `any_pretokenizer::by_pattern` throws: at "config.pattern"
[[nodiscard]] inline any_tokenizer tekken_tokenizer(tekken_file const& file) {
    std::vector<added_token> specials;
    specials.reserve(file.specials.size());
    for (std::size_t id = 0; id < file.specials.size(); ++id) {
        specials.push_back({.id = static_cast<token_id>(id),
                            .content = file.specials[id].content,
                            .special = file.specials[id].is_control});
    }
    auto const first = static_cast<token_id>(specials.size());
    return detail::rank_tokenizer(file.tokens, first, std::move(specials), file.pattern, "config.pattern");
}

}  // namespace tessera::inline v0
