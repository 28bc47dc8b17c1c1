// The tokenizer's files in the folder of a transplanted model: what AutoTokenizer of transformers reads is the
// tokenizer that the rows were made for, whatever kind of model it stands beside.
#pragma once

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/io/chat_template.hpp>
#include <tessera/io/conversion.hpp>
#include <tessera/io/file.hpp>
#include <tessera/io/folder_file.hpp>
#include <tessera/io/loaded_tokenizer.hpp>
#include <tessera/io/model_config.hpp>
#include <tessera/io/special_roles.hpp>
#include <tessera/io/tokenizer_file.hpp>
#include <tessera/transplant/token_table.hpp>

namespace tessera::inline v0::transplant {

/// Files beside a tokenizer in Hugging Face's layout; what there is of them is copied.
inline constexpr std::array<std::string_view, 8> files_beside_tokenizer{
    "special_tokens_map.json", "added_tokens.json", "tokenizer.model", "vocab.json", "merges.txt", "vocab.txt",
    "chat_template.jinja",     "chat_template.json"};

/// The class that takes a tokenizer.json as it is. Others build a tokenizer of its vocabulary with their own rules for
/// splitting text, and without a class a model's type chooses one.
inline constexpr std::string_view plain_tokenizer_class = "PreTrainedTokenizerFast";

/// Types of models for which transformers takes a class of its own all the same (5.24, tokenization_auto.py:
/// MODELS_WITH_INCORRECT_HUB_TOKENIZER_CLASS that have one).
inline constexpr std::array<std::string_view, 5> types_with_own_tokenizer{"qwen2", "qwen3_5", "qwen3_5_moe",
                                                                          "qwen3_5_moe_text", "qwen4_exp"};

namespace detail {

inline void write_text(std::filesystem::path const& path, std::string_view text) {
    output_file file(path, false);
    file.write(text);
    file.commit();
}

/// A tokenizer_config.json of what is known where there is none.
inline model_config new_tokenizer_config(loaded_tokenizer const& tokenizer, token_table const& tokens) {
    model_config config("{}\n");
    for (std::size_t i = 0; i < token_role_names.size(); ++i) {
        auto const role = static_cast<token_role>(i);
        token_id const id = role == token_role::additional ? no_token : tokens.with_role(role);
        if (id != no_token && is_valid_utf8(tokens.bytes(id))) config.set_string(token_role_names[i], tokens.bytes(id));
    }
    if (tokenizer.format == "GGUF") {  // of other files the template's own is copied
        std::string const chat_template = read_chat_template(tokenizer);
        if (!chat_template.empty() && is_valid_utf8(chat_template)) config.set_string("chat_template", chat_template);
    }
    return config;
}

}  // namespace detail

/// Writes tokenizer.json, as it was or converted, tokenizer_config.json with a class that takes it as it is, and what
/// else there is beside the tokenizer.
/// @param folder     there already
/// @param given      what the user named: the tokenizer's folder, or its file
/// @param base_type  `model_type` of the model; may be empty
/// @param type       the same of the model that the tokenizer comes from
/// @return           what a user should know
/// @throws error     io, syntax, limit
inline std::vector<std::string> write_tokenizer_files(std::filesystem::path const& folder,
                                                      std::filesystem::path const& given,
                                                      loaded_tokenizer const& tokenizer, token_table const& tokens,
                                                      std::string_view base_type, std::string_view type) {
    namespace fs = std::filesystem;
    std::vector<std::string> notes;
    bool const is_folder = fs::is_directory(given);
    fs::path beside = is_folder ? given : given.parent_path();
    if (beside.empty()) beside = ".";
    bool const has_neighbours = tokenizer.format != "GGUF";
    std::optional<model_config> config;
    if (has_neighbours) {
        for (std::string_view const name : files_beside_tokenizer) {
            fs::path const from = file_in_folder_if_any(beside, name);
            if (!from.empty()) detail::write_text(folder / name, read_file(from));
        }
        if (fs::path const from = file_in_folder_if_any(beside, "tokenizer_config.json"); !from.empty())
            config = model_config::of_file(from);
    }
    if (!config) config = detail::new_tokenizer_config(tokenizer, tokens);
    config->set_string("tokenizer_class", plain_tokenizer_class);
    detail::write_text(folder / "tokenizer_config.json", config->text());
    if (tokenizer.format == "tokenizer.json") {
        fs::path const from = is_folder ? file_in_folder(beside, "tokenizer.json") : fs::path(tokenizer.path);
        detail::write_text(folder / "tokenizer.json", read_file(from));
    } else {
        std::vector<std::string> differences =
            save_tokenizer(tokenizer.tokenizer, folder / "tokenizer.json", false, conversion::nearest);
        notes.push_back("the tokenizer was converted to a tokenizer.json");
        notes.insert(notes.end(), differences.begin(), differences.end());
    }
    if (base_type != type && std::find(types_with_own_tokenizer.begin(), types_with_own_tokenizer.end(), base_type) !=
                                 types_with_own_tokenizer.end()) {
        notes.push_back("transformers' AutoTokenizer splits the text of each " + std::string(base_type) +
                        " model in the same way, whatever the files say: load the tokenizer with "
                        "PreTrainedTokenizerFast.from_pretrained");
    }
    return notes;
}

}  // namespace tessera::inline v0::transplant
