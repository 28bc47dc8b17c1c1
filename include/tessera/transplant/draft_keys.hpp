// The keys by which two engines match the tokens of a draft model with those of its target, to compare results with
// them. Both compare spellings, so across the families only ASCII matches. For real use, match_vocabularies. Sources:
// huggingface/transformers 5.24, generation/candidate_generator.py (AssistantToTargetTranslator); vllm-project/vllm,
// v1/spec_decode/vocab_mapping.py (#38174). Both follow arXiv 2502.05202.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/transplant/match_keys.hpp>
#include <tessera/transplant/token_table.hpp>

namespace tessera::inline v0::transplant {

namespace detail {

/// The first character of what " " is encoded as; empty if that is nothing.
inline std::string space_sign(any_tokenizer const& tokenizer, token_table const& table) {
    std::vector<token_id> const ids = tokenizer.encode(" ");
    if (ids.empty()) return {};
    std::string_view const spelling = table.spelling(ids.front());
    return spelling.empty() ? std::string() : std::string(spelling.substr(0, decode_utf8(spelling, 0).length));
}

/// The spellings, where `from` at the beginning of one becomes `to`.
inline token_keys with_beginning(token_table const& table, std::vector<std::string> const& from,
                                 std::string const& to) {
    token_keys keys(table.size());
    for (token_id id = 0; id < table.size(); ++id) {
        std::string_view spelling = table.spelling(id);
        keys[id] = spelling;
        for (std::string const& prefix : from) {
            if (prefix.empty() || !spelling.starts_with(prefix)) continue;
            spelling.remove_prefix(prefix.size());
            keys[id] = to + std::string(spelling);
            break;
        }
    }
    return keys;
}

}  // namespace detail

/// The keys of transformers for the draft; those of the target are `target_keys`. The draft's sign for a space, where a
/// token begins with it, becomes the target's. For match_keys with collision_policy::highest_id.
struct transformers_keys {
    token_keys draft;
    token_keys target;
};

[[nodiscard]] inline transformers_keys transformers_draft_keys(any_tokenizer const& draft,
                                                               token_table const& draft_table,
                                                               any_tokenizer const& target,
                                                               token_table const& target_table) {
    std::string const to = detail::space_sign(target, target_table);
    std::string const from = to.empty() ? std::string() : detail::space_sign(draft, draft_table);
    return {detail::with_beginning(draft_table, {from}, to), detail::with_beginning(target_table, {}, {})};
}

/// The keys of vLLM for either side: what stands for a space before "a" becomes a space where a token begins with it.
/// For match_keys with collision_policy::lowest_id.
[[nodiscard]] inline token_keys vllm_draft_keys(any_tokenizer const& tokenizer, token_table const& table) {
    std::vector<std::string> prefixes = {"\u0120", "\u2581"};
    std::vector<token_id> const ids = tokenizer.encode(" a");
    if (!ids.empty()) {
        std::string_view const spelling = table.spelling(ids.front());
        if (spelling.size() > 1 && spelling.ends_with('a') && spelling.front() != ' ' && spelling.front() != '\t') {
            prefixes = {std::string(spelling.substr(0, spelling.size() - 1))};
        }
    }
    return detail::with_beginning(table, prefixes, " ");
}

}  // namespace tessera::inline v0::transplant
