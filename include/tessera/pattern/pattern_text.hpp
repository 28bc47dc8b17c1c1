// A pattern as a tokenizer file gives it, not yet compiled. Next: pattern.hpp.
#pragma once

#include <string>

namespace tessera::inline v0 {

/// `{"Regex": text}` or `{"String": text}` of tokenizer.json.
struct pattern_text {
    std::string text;
    bool is_regex = true;  ///< false: `text` stands for itself

    friend bool operator==(pattern_text const&, pattern_text const&) = default;
};

}  // namespace tessera::inline v0
