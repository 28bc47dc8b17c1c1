// The tokenizer of a "BoundlessBPE v2" file, and the nearest one of Hugging Face's library.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/error.hpp>
#include <tessera/io/boundless_file.hpp>
#include <tessera/io/conversion.hpp>
#include <tessera/model/boundless_model.hpp>
#include <tessera/pretokenize/known_patterns.hpp>
#include <tessera/pretokenize/script_aware.hpp>

namespace tessera::inline v0 {

namespace detail {

// Python's `regex` reads these patterns as Rust's engine does; that of `whitespace` leaves text out.
inline void check_boundless_pattern(std::string const& regex, char const* where, regex_dialect dialect) {
    auto const known = find_known_scanner(regex, dialect);
    if (known && *known != known_scanner::whitespace && gives_matches(*known)) return;
    throw error(error_kind::unsupported, std::string("words: ") + where,
                shown(regex) + " is not a regular expression that is known to split in the same places as Python's",
                "train with that of GPT-2, GPT-4, GPT-4o, Llama 3 or Qwen 2");
}

}  // namespace detail

/// How the words of such a file are found.
/// @throws error  unsupported: by something that is not a known pattern, or by scripts that Unicode does not have
[[nodiscard]] inline any_pretokenizer boundless_pretokenizer(boundless_section const& words) {
    if (!words.script_regex && !words.scripts) {
        detail::check_boundless_pattern(words.main_regex, "main_regex", regex_dialect::rust);
        return any_pretokenizer::by_pattern(words.main_regex, regex_dialect::rust);
    }
    if (!words.script_regex || !words.scripts) {
        throw error(error_kind::syntax, "words: script_specific_scripts",
                    "a regular expression and a list of scripts go together", "give both, or neither");
    }
    detail::check_boundless_pattern(words.main_regex, "main_regex", regex_dialect::oniguruma);
    detail::check_boundless_pattern(*words.script_regex, "script_specific_regex", regex_dialect::oniguruma);
    script_aware_options options{words.main_regex, *words.script_regex, *words.scripts};
    // The file has them sorted; the order means nothing.
    if (auto const usual = script_aware_options().scripts; std::ranges::is_permutation(usual, options.scripts))
        options.scripts = usual;
    return any_pretokenizer({script_aware_pretokenizer(std::move(options))});
}

/// Writes into `words` how such a file names a pretokenizer.
/// @throws error  unsupported: it has no name for it
inline void describe_boundless_pretokenizer(any_pretokenizer const& pretokenizer, boundless_section& words) {
    auto const& steps = pretokenizer.steps();
    auto const* const scripts = steps.size() == 1 ? std::get_if<script_aware_pretokenizer>(&steps[0]) : nullptr;
    if (scripts != nullptr) {
        words.main_regex = scripts->options().pattern;
        words.script_regex = scripts->options().scripts_pattern;
        words.scripts = scripts->options().scripts;
        std::ranges::sort(*words.scripts);
    } else {
        // tiktoken's own text, which Python reads: the other is for Oniguruma.
        words.main_regex = pretokenizer.name() == "cl100k" ? cl100k_pretokenizer<>::pattern() : pretokenizer.pattern();
    }
    (void)boundless_pretokenizer(words);
}

/// Makes the tokenizer of such a file.
/// @throws error  unsupported, bad_merge, bad_token
[[nodiscard]] inline any_tokenizer boundless_tokenizer(boundless_data data) {
    word_splitter splitter(boundless_pretokenizer(data.words));
    std::vector<added_token> specials;
    for (auto const& [id, content] : data.specials) {
        specials.push_back({.id = static_cast<token_id>(id), .content = content});
    }
    return any_tokenizer(boundless_model(std::move(data), std::move(splitter)), any_pretokenizer::by_name("bytes"), {},
                         special_tokens(std::move(specials)));
}

namespace detail {

/// The same tokenizer with a list of merges, which Hugging Face's library has: for words without deletions.
/// @throws error  unsupported: there is none
inline any_tokenizer boundless_as_bpe(any_tokenizer const& t, boundless_model const& model, differences& found) {
    boundless_data const& data = model.data();
    std::vector<merge_operation> const& operations = data.words.operations;
    auto const refuse = [](char const* why) {
        throw error(error_kind::unsupported, "model", why, "keep the file as it is");
    };
    if (data.kind != boundless_kind::word) {
        refuse("Hugging Face's library has no component that merges whole pretokens only, as superwords are made");
    }
    std::vector<std::size_t> last_made(data.symbols.size(), 0);  // plus one
    for (std::size_t i = 0; i < operations.size(); ++i) {
        if (operations[i].is_deletion()) refuse("Hugging Face's library has no model that takes tokens apart again");
        if (operations[i].result >= data.tokens.size()) refuse("a merge makes a token that has no id");
        last_made[operations[i].result] = i + 1;
    }
    // Such a model never goes back to an earlier merge; that library does. It cannot where the parts of a merge are
    // made by earlier ones only.
    std::vector<merge> merges;
    operation_table const first(operations);
    for (std::size_t i = 0; i < operations.size(); ++i) {
        merge_operation const& o = operations[i];
        if (first.merge(o.left, o.right).index != i) continue;
        if (last_made[o.left] > i || last_made[o.right] > i) {
            found.add("model",
                      "a merge comes before one that makes a part of it: Hugging Face's library applies it all "
                      "the same");
        }
        merges.push_back({o.left, o.right, o.result, static_cast<std::uint32_t>(merges.size())});
    }
    return any_tokenizer(bpe_model(model.vocab(), std::move(merges)), boundless_pretokenizer(data.words),
                         t.normalizer(), t.specials(), t.post_processor(), t.decoder());
}

}  // namespace detail

}  // namespace tessera::inline v0
