// A file in which the user says which token is which: a JSON object, token of the donor -> token or text of the base.
// Next to read: vocabulary_map.hpp, what is made of it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/io/file.hpp>
#include <tessera/io/json.hpp>
#include <tessera/transplant/vocabulary_map.hpp>

namespace tessera::inline v0::transplant {

/// Reads `{"<|im_start|>": "<start_of_turn>", "<|im_end|>": "\n"}`, in the order of the file.
/// @throws error  io, syntax; `where()` begins with the path
[[nodiscard]] inline std::vector<user_match> read_user_matches(std::filesystem::path const& path) {
    std::string const content = read_file(path);
    try {
        json_document const document(content);
        json_value const root = document.root();
        json_object const unique(root);  // a key that is there twice is an error
        std::vector<user_match> matches;
        for (auto const& field : root.raw_object()) {
            json_value const value(field.value, unique.path_of(field.key));
            matches.push_back({std::string(field.key), std::string(value.string())});
        }
        return matches;
    } catch (error const& e) {
        throw e.within(path.string());
    }
}

}  // namespace tessera::inline v0::transplant
