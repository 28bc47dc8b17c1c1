// Which engine a regular expression was written for. Next: pattern_text.hpp, what a file says; pattern.hpp, what runs
// it.
#pragma once

#include <cstdint>

namespace tessera::inline v0 {

/// The engine a regular expression was written for: the same text can split differently in another.
enum class regex_dialect : std::uint8_t {
    rust,       ///< the crates `regex` and `fancy-regex`: tiktoken
    oniguruma,  ///< tokenizer.json; `X{1,3}+` means `(?:X{1,3})+` there
};

}  // namespace tessera::inline v0
