// The keys by which mergekit-tokensurgeon 0.1.5 matches tokens, to compare results with it. Of spellings, a space in
// front is taken off, and special tokens are their roles; nothing is decoded, so that across the families only ASCII
// matches, and `<0x0A>` is no newline. For real use, match_vocabularies.
// Source: what arcee-ai/mergekit 0.1.5 does with transformers 5.24, from its description and from running it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/io/special_roles.hpp>
#include <tessera/transplant/match_keys.hpp>
#include <tessera/transplant/token_table.hpp>

namespace tessera::inline v0::transplant {

struct mergekit_options {
    /// Before version 5, transformers listed the additional special tokens with the others. They share one key, so that
    /// all but one of them are lost.
    bool additional_tokens_have_a_key = false;
};

namespace detail {

inline constexpr std::string_view byte_alphabet_space = "\u0120";
inline constexpr std::string_view sentencepiece_space = "\u2581";

/// The name of a class without "Fast", which is the same class.
inline std::string_view plain_class_name(std::string_view name) noexcept {
    if (name.ends_with("Fast")) name.remove_suffix(4);
    return name;
}

/// What a class assumes where no file says otherwise.
inline std::vector<special_role> with_class_defaults(special_roles const& given) {
    struct row {
        std::string_view tokenizer_class;
        token_role role;
        char const* content;
    };
    using enum token_role;
    static constexpr std::array<row, 16> rows{{{"GPT2Tokenizer", bos, "<|endoftext|>"},
                                               {"GPT2Tokenizer", eos, "<|endoftext|>"},
                                               {"GPT2Tokenizer", unk, "<|endoftext|>"},
                                               {"Qwen2Tokenizer", eos, "<|endoftext|>"},
                                               {"Qwen2Tokenizer", unk, "<|endoftext|>"},
                                               {"Qwen2Tokenizer", pad, "<|endoftext|>"},
                                               {"OpenAIGPTTokenizer", unk, "<unk>"},
                                               {"LlamaTokenizer", bos, "<s>"},
                                               {"LlamaTokenizer", eos, "</s>"},
                                               {"LlamaTokenizer", unk, "<unk>"},
                                               {"T5Tokenizer", eos, "</s>"},
                                               {"T5Tokenizer", unk, "<unk>"},
                                               {"T5Tokenizer", pad, "<pad>"},
                                               {"GemmaTokenizer", bos, "<bos>"},
                                               {"GemmaTokenizer", eos, "<eos>"},
                                               {"GemmaTokenizer", unk, "<unk>"}}};
    static constexpr std::array<row, 2> more{{{"GemmaTokenizer", pad, "<pad>"}, {"GemmaTokenizer", mask, "<mask>"}}};
    std::vector<special_role> all = given.roles;
    auto const add = [&](row const& r) {
        if (r.tokenizer_class != plain_class_name(given.tokenizer_class) || given.find(r.role) != nullptr) return;
        std::string name(token_role_names[static_cast<std::size_t>(r.role)]);
        if (std::find(given.absent.begin(), given.absent.end(), name) != given.absent.end()) return;
        all.push_back({std::move(name), r.role, r.content});
    };
    for (row const& r : rows) add(r);
    for (row const& r : more) add(r);
    std::stable_sort(all.begin(), all.end(),
                     [](special_role const& a, special_role const& b) { return a.role < b.role; });
    return all;
}

}  // namespace detail

/// The character that, at the beginning of a token, stands for a space: by the class of the tokenizer, as the
/// configuration names it.
[[nodiscard]] inline std::string_view mergekit_space(token_table const& table, std::string_view tokenizer_class) {
    std::string_view const name = detail::plain_class_name(tokenizer_class);
    if (name != "LlamaTokenizer" && name != "T5Tokenizer" && name != "GemmaTokenizer") {
        return detail::byte_alphabet_space;  // also for classes it does not know
    }
    for (token_id id = 0; id < table.size(); ++id) {
        if (table.spelling(id) == "\u0120hello") return detail::byte_alphabet_space;
    }
    return detail::sentencepiece_space;
}

/// mergekit's keys: "W" and the rest of a token that begins with a space, "S" and the name of the role of a special
/// token, "R" and the spelling of any other. Use them with key_options{collision_policy::highest_id}.
/// Differs: mergekit keeps, of tokens with the same key, the last in the order of a hash table.
[[nodiscard]] inline token_keys mergekit_keys(token_table const& table, special_roles const& roles,
                                              mergekit_options const& options = {}) {
    std::string_view const space = mergekit_space(table, roles.tokenizer_class);
    std::unordered_map<std::string, std::string> names;  // by content; the first name counts
    for (special_role const& r : detail::with_class_defaults(roles)) {
        bool const shares = r.name == token_role_names.back();
        if (!shares || options.additional_tokens_have_a_key) names.try_emplace(r.content, r.name);
    }
    token_keys keys(table.size());
    for (token_id id = 0; id < table.size(); ++id) {
        std::string_view const spelling = table.spelling(id);
        if (spelling.empty()) continue;
        if (spelling.starts_with(space)) {
            keys[id] = "W" + std::string(spelling.substr(space.size()));
            continue;
        }
        auto const named = names.find(std::string(spelling));
        keys[id] = named != names.end() ? "S" + named->second : "R" + std::string(spelling);
    }
    return keys;
}

}  // namespace tessera::inline v0::transplant
