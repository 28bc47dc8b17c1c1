// A pattern as a tokenizer file gives it, not yet compiled. Next: pattern.hpp.
#pragma once

#include <memory>
#include <string>

#include <tessera/pattern/regex_dialect.hpp>

namespace tessera::inline v0 {

class foreign_pattern;
struct pattern_text;

/// Makes an engine for a pattern that has no automaton, or throws the `error` that says why not.
/// @see icu_pattern.hpp
using make_foreign_pattern = std::shared_ptr<foreign_pattern const> (*)(pattern_text const&, regex_dialect);

/// `{"Regex": text}` or `{"String": text}` of tokenizer.json.
struct pattern_text {
    std::string text;
    bool is_regex = true;  ///< false: `text` stands for itself

    make_foreign_pattern fallback = nullptr;  ///< null: a pattern that has no automaton is refused

    /// By what they say.
    friend bool operator==(pattern_text const& a, pattern_text const& b) {
        return a.text == b.text && a.is_regex == b.is_regex;
    }
};

}  // namespace tessera::inline v0
