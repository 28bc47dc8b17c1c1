// What loading a file takes and gives. Next to read: tokenizer_file.hpp, the table of formats.
#pragma once

#include <string>
#include <vector>

#include <tessera/any_tokenizer.hpp>

namespace tessera::inline v0 {

/// What a file may not say itself.
struct load_options {
    /// How text is split, by name or regular expression, for formats that do not say (ranks, vocab.json + merges.txt).
    std::string pattern;
    /// Special tokens, for the same formats. Ids may be new or of tokens with the same content.
    std::vector<added_token> specials;
};

struct loaded_tokenizer {
    any_tokenizer tokenizer;
    std::string format;              ///< a name of tokenizer_formats(), such as "tokenizer.json" or "tekken.json"
    std::vector<std::string> notes;  ///< for a user to know; nothing is wrong
    std::string path = {};           ///< the file that was read; of a folder, the one that was chosen
};

}  // namespace tessera::inline v0
