// The template that makes a text of a conversation, wherever a tokenizer's files have it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <tessera/core/error.hpp>
#include <tessera/io/file.hpp>
#include <tessera/io/folder_file.hpp>
#include <tessera/io/gguf.hpp>
#include <tessera/io/json.hpp>
#include <tessera/io/loaded_tokenizer.hpp>
#include <tessera/io/mapped_file.hpp>
#include <tessera/io/tokenizer_config.hpp>

namespace tessera::inline v0 {

namespace detail {

/// Of several with names, the one called default, as Hugging Face's and llama.cpp's libraries choose; else none.
inline std::string chat_template_member(json_value const& root) {
    std::optional<json_value> const value = root.object().find("chat_template");
    if (!value) return {};
    if (!value->is_array()) return std::string(value->string());
    for (json_value const& named : value->array()) {
        json_object const fields = named.object();
        if (fields.at("name").string() == "default") return std::string(fields.at("template").string());
    }
    return {};
}

}  // namespace detail

/// The chat template of a tokenizer that was loaded from a file: the GGUF file's own key, or, beside any other file,
/// that of chat_template.jinja, tokenizer_config.json or chat_template.json, the first that has one. Empty: there is
/// none.
/// @throws error  io, syntax, limit: a file that is there cannot be read; `where()` begins with its path
[[nodiscard]] inline std::string read_chat_template(loaded_tokenizer const& loaded) {
    namespace fs = std::filesystem;
    if (loaded.path.empty()) return {};
    if (loaded.format == "GGUF") {
        mapped_file const file(loaded.path);
        try {
            gguf_metadata const metadata(file.bytes());
            gguf_value const* const value = metadata.find("tokenizer.chat_template");
            return value == nullptr ? std::string() : std::string(value->string());
        } catch (error const& e) {
            throw e.within(loaded.path);
        }
    }
    fs::path folder = fs::path(loaded.path).parent_path();
    if (folder.empty()) folder = ".";
    if (fs::path const path = file_in_folder_if_any(folder, "chat_template.jinja"); !path.empty())
        return read_file(path);
    for (char const* const name : {"tokenizer_config.json", "chat_template.json"}) {
        fs::path const path = file_in_folder_if_any(folder, name);
        if (path.empty()) continue;
        try {
            json_document const json(detail::with_large_integers_as_fractions(read_file(path)));
            if (std::string found = detail::chat_template_member(json.root()); !found.empty()) return found;
        } catch (error const& e) {
            throw e.within(path.string());
        }
    }
    return {};
}

}  // namespace tessera::inline v0
