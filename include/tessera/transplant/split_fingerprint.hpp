// What a tokenizer does to a text before its model sees it: for telling that two tokenizers differ, not for rebuilding
// one.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/token.hpp>
#include <tessera/transplant/token_table.hpp>

namespace tessera::inline v0::transplant {

struct split_fingerprint {
    std::string pretokenizer;  ///< a name of any_pretokenizer::names(), or the types of its steps
    std::string pattern;       ///< its regular expressions, and those of other steps, one a line
    /// What of a text its tokens do not have: "case", "composition", "compatibility forms", "accents", "runs of
    /// spaces", "newlines", "white space at the end"; found by encoding texts that have it.
    std::vector<std::string> changes;
    friend bool operator==(split_fingerprint const&, split_fingerprint const&) = default;
};

namespace detail {

/// The bytes of the tokens of a text; without the space that SentencePiece puts in front.
inline std::string text_of_tokens(any_tokenizer const& tokenizer, token_table const& table, std::string_view text) {
    std::string joined;
    for (token_id const id : tokenizer.encode_ordinary(text)) {
        if (id < table.size() && table.is_text(id)) joined += table.bytes(id);
    }
    if (joined.starts_with(' ')) joined.erase(0, 1);
    return joined;
}

}  // namespace detail

[[nodiscard]] inline split_fingerprint fingerprint_of(any_tokenizer const& tokenizer, token_table const& table) {
    struct probe {
        char const* name;
        char const* text;
    };
    static constexpr std::array<probe, 7> probes{{{"case", "aB"},
                                                  {"composition", "ae\u0301"},
                                                  {"compatibility forms", "a\uFB01"},
                                                  {"accents", "a\u00E9"},
                                                  {"runs of spaces", "a  a"},
                                                  {"newlines", "a\na"},
                                                  {"white space at the end", "a "}}};
    split_fingerprint print{tokenizer.pretokenizer().name(), {}, {}};
    for (pattern_engine const& p : pattern_engines(tokenizer)) {
        if (!print.pattern.empty()) print.pattern += '\n';
        print.pattern += p.pattern;
    }
    for (probe const& p : probes) {
        if (detail::text_of_tokens(tokenizer, table, p.text) != p.text) print.changes.emplace_back(p.name);
    }
    return print;
}

}  // namespace tessera::inline v0::transplant
