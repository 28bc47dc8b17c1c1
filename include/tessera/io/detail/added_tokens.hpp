// The added tokens of a tokenizer.json: what the file says of them, and the ids they get.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/special_tokens.hpp>
#include <tessera/core/token.hpp>
#include <tessera/io/detail/bpe_parts.hpp>
#include <tessera/io/json.hpp>

namespace tessera::inline v0::detail {

inline token_id read_id(json_value const& value) {
    std::uint64_t const id = value.unsigned_integer();
    if (id >= max_vocabulary_size) {
        value.fail(error_kind::bad_token,
                   "token id " + std::to_string(id) + " is larger than " + std::to_string(max_vocabulary_size - 1),
                   "renumber the tokens from 0");
    }
    return static_cast<token_id>(id);
}

/// Of tokens with the same content the last one counts, in the place of the first; a token without content is left out.
/// Both as in Hugging Face's library.
inline std::vector<added_token> read_added_tokens(std::optional<json_value> const& list) {
    std::vector<added_token> tokens;
    if (!list) return tokens;
    std::unordered_map<std::string, std::size_t> place;
    for (json_value const& value : list->array()) {
        json_object const object = value.object();
        added_token token;
        token.id = read_id(object.at("id"));
        token.content = object.at("content").string();
        token.special = object.boolean_or("special", false);
        token.single_word = object.boolean_or("single_word", false);
        token.lstrip = object.boolean_or("lstrip", false);
        token.rstrip = object.boolean_or("rstrip", false);
        token.normalized = object.boolean_or("normalized", !token.special);
        if (token.content.empty()) continue;
        auto const [at, is_new] = place.emplace(token.content, tokens.size());
        if (is_new) {
            tokens.push_back(std::move(token));
        } else {
            token.id = tokens[at->second].id;
            tokens[at->second] = std::move(token);
        }
    }
    return tokens;
}

/// Gives added tokens the ids that Hugging Face's library gives them, whatever the file says: a token of the model's
/// vocabulary keeps the id it has there, others follow the number of tokens in the vocabulary, in order of the file.
/// Differs where that id is taken, because the vocabulary has gaps: then the id of the file counts.
/// @param find      std::string_view -> id in the model's vocabulary, or no_token
/// @param n_tokens  in the model's vocabulary
/// @param taken     token_id -> whether the model's vocabulary has it
/// @param notes     if not null, gets a line where file and library differ
template <class Find, class Taken>
void number_added_tokens(std::vector<added_token>& tokens, Find const& find, std::size_t n_tokens, Taken const& taken,
                         std::vector<std::string>* notes) {
    bool noted = false;
    auto next = static_cast<token_id>(n_tokens);
    for (added_token& token : tokens) {
        token_id id = find(token.content);
        if (id == no_token) {
            id = next++;
            if (taken(id)) {
                if (taken(token.id)) {
                    throw error(error_kind::bad_token, "added token " + in_quotes(token.content),
                                "its id " + std::to_string(token.id) + " is given to a token of the vocabulary",
                                "renumber it");
                }
                id = token.id;
            }
        }
        if (id != token.id && notes != nullptr && !noted) {
            noted = true;
            notes->push_back("added token " + in_quotes(token.content) + " has id " + std::to_string(id) +
                             ", as in Hugging Face's library, not " + std::to_string(token.id) + " as the file says");
        }
        token.id = id;
    }
}

}  // namespace tessera::inline v0::detail
