// What the formats of ranks have in common: tokens by id, special tokens, and a regular expression in Rust's dialect.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/special_tokens.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/io/tiktoken.hpp>
#include <tessera/model/bpe_from_ranks.hpp>
#include <tessera/pattern/icu_pattern.hpp>

namespace tessera::inline v0::detail {

/// @param tokens   bytes; the id is `first` and the position, and the rank of its merges; empty: no token
/// @param specials  their ids are not of a token
/// @param where    the place of the pattern in the file, for an error message
inline any_tokenizer rank_tokenizer(std::vector<std::string> const& tokens, token_id first,
                                    std::vector<added_token> specials, std::string_view pattern, char const* where) {
    vocabulary_builder builder;
    for (std::size_t rank = 0; rank < tokens.size(); ++rank) {
        if (tokens[rank].empty()) continue;
        builder.add(first + static_cast<token_id>(rank), tokens[rank],
                    tokens[rank].size() == 1 ? token_kind::byte : token_kind::normal);
    }
    for (added_token const& token : specials) {
        builder.add_unfindable(token.id, token.content, token.special ? token_kind::control : token_kind::normal);
    }
    any_pretokenizer pretokenizer = [&] {
        try {
            return any_pretokenizer::by_pattern(pattern, regex_dialect::rust, &icu_pattern::make);
        } catch (error const& e) {
            throw e.within(where);
        }
    }();
    return any_tokenizer(bpe_from_ranks(builder.build()), std::move(pretokenizer), {},
                         special_tokens(std::move(specials)));
}

}  // namespace tessera::inline v0::detail
