// A transplanted model as files: what `transformers` or llama.cpp load.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/io/chat_template.hpp>
#include <tessera/io/conversion.hpp>
#include <tessera/io/folder_file.hpp>
#include <tessera/io/gguf.hpp>
#include <tessera/io/gguf_file.hpp>
#include <tessera/io/gguf_form.hpp>
#include <tessera/io/loaded_tokenizer.hpp>
#include <tessera/io/mapped_file.hpp>
#include <tessera/io/model_config.hpp>
#include <tessera/io/model_tensors.hpp>
#include <tessera/io/special_roles.hpp>
#include <tessera/io/write_gguf.hpp>
#include <tessera/io/write_gguf_tokenizer.hpp>
#include <tessera/io/write_safetensors.hpp>
#include <tessera/transplant/token_table.hpp>
#include <tessera/transplant/tokenizer_files.hpp>
#include <tessera/transplant/transplanted_tensors.hpp>

namespace tessera::inline v0::transplant {

namespace detail {

inline std::filesystem::path folder_of(std::filesystem::path const& path) {
    return std::filesystem::is_directory(path) ? path : path.parent_path();
}

/// The ids that the donor's own file has, else those of the tokens with these roles.
inline std::vector<token_id> ids_of(std::optional<model_config> const& donor, token_table const& tokens,
                                    std::string_view key, token_role role) {
    if (donor) {
        std::vector<token_id> ids = donor->ids(key);
        std::erase_if(ids, [&](token_id id) { return id >= tokens.size(); });
        if (!ids.empty()) return ids;
    }
    token_id const id = tokens.with_role(role);
    return id == no_token ? std::vector<token_id>() : std::vector<token_id>{id};
}

inline std::optional<model_config> config_in(std::filesystem::path const& folder, char const* name) {
    std::filesystem::path const path = file_in_folder_if_any(folder.empty() ? "." : folder, name);
    if (path.empty()) return std::nullopt;
    return model_config::of_file(path);
}

inline void set_special_ids(model_config& config, std::optional<model_config> const& donor, token_table const& tokens) {
    using enum token_role;
    static constexpr std::pair<std::string_view, token_role> keys[] = {{"bos_token_id", bos},
                                                                       {"eos_token_id", eos},
                                                                       {"pad_token_id", pad},
                                                                       {"unk_token_id", unk},
                                                                       {"mask_token_id", mask}};
    for (auto const& [key, role] : keys) config.set_ids(key, ids_of(donor, tokens, key, role));
}

}  // namespace detail

/// What the configuration in a model's folder says of its head, if it does.
/// @throws error  io, syntax
[[nodiscard]] inline std::optional<bool> says_tied(std::filesystem::path const& model_path) {
    std::optional<model_config> const config = detail::config_in(detail::folder_of(model_path), "config.json");
    return config ? config->tie_word_embeddings() : std::nullopt;
}

/// The configuration in a model's folder.
/// @throws error  io: there is none; syntax; unsupported: it does not say how many rows the embeddings have
[[nodiscard]] inline model_config configuration_of(std::filesystem::path const& model_path) {
    std::filesystem::path const folder = detail::folder_of(model_path);
    std::optional<model_config> config = detail::config_in(folder, "config.json");
    std::string const name = (folder / "config.json").string();
    if (!config) throw error(error_kind::io, name, "is not there", "a model's folder has one beside its tensors");
    try {
        if (!config->vocab_size()) throw error(error_kind::unsupported, "vocab_size", "it is not there");
    } catch (error const& e) {
        throw e.within(name);
    }
    return *std::move(config);
}

struct write_options {
    bool tied = true;  ///< what the configuration is to say
    std::uint64_t max_file_bytes = 5'000'000'000;
};

/// Writes a folder: the tensors, config.json and generation_config.json of the base with the new vocabulary's size and
/// ids, and the tokenizer's files. @param folder  there already, and empty
/// @param base_path, tokenizer_path  the folders, or files in them, that the model and the tokenizer were read from
/// @param tokens    of the new tokenizer
/// @param n_rows    of the new embeddings
/// @return          what a user should know: nothing is wrong
/// @throws error    io, syntax, unsupported: a configuration lacks what is to be replaced; what a tensor throws
inline std::vector<std::string> write_model_folder(std::filesystem::path const& folder,
                                                   std::filesystem::path const& base_path,
                                                   std::filesystem::path const& tokenizer_path,
                                                   loaded_tokenizer const& tokenizer, token_table const& tokens,
                                                   std::uint64_t n_rows, std::vector<tensor_source> const& tensors,
                                                   write_options const& options) {
    std::filesystem::path const base_folder = detail::folder_of(base_path);
    std::filesystem::path const new_folder = detail::folder_of(tokenizer_path);
    model_config config = configuration_of(base_path);
    std::optional<model_config> const donor = detail::config_in(new_folder, "config.json");
    try {
        config.set_vocab_size(n_rows);
        if (config.tie_word_embeddings().value_or(options.tied) != options.tied) {
            config.set_tie_word_embeddings(options.tied);
        } else if (!options.tied) {
            config.set_tie_word_embeddings(false);  // many model types are tied where the file does not say
        }
        detail::set_special_ids(config, donor, tokens);
    } catch (error const& e) {
        throw e.within((base_folder / "config.json").string());
    }
    write_safetensors(folder, tensors, {.max_file_bytes = options.max_file_bytes});
    detail::write_text(folder / "config.json", config.text());
    if (std::optional<model_config> generation = detail::config_in(base_folder, "generation_config.json")) {
        std::optional<model_config> const donor_generation = detail::config_in(new_folder, "generation_config.json");
        detail::set_special_ids(*generation, donor_generation ? donor_generation : donor, tokens);
        detail::write_text(folder / "generation_config.json", generation->text());
    }
    std::optional<std::string> const type = donor ? donor->string("model_type") : std::nullopt;
    std::optional<std::string> const base_type = config.string("model_type");
    return write_tokenizer_files(folder, tokenizer_path, tokenizer, tokens, base_type.value_or(""), type.value_or(""));
}

/// Writes a GGUF file: the base's, with the new embeddings and the new tokenizer's keys, its chat template among them.
/// Of a tokenizer in GGUF the keys are taken as they are, and tokens without a name are added for rows that have none.
/// @throws error          unsupported: the tokenizer has no form that llama.cpp knows; io; what a tensor throws
inline std::vector<std::string> write_model_gguf(std::filesystem::path const& path, model_tensors const& base,
                                                 loaded_tokenizer const& tokenizer, token_table const& tokens,
                                                 std::uint64_t n_rows, std::vector<tensor_source> const& tensors,
                                                 bool overwrite) {
    std::vector<std::string> notes;
    if (base.gguf() == nullptr) {
        throw error(error_kind::unsupported, path.string(), "a GGUF file is written of a base that is one",
                    "write a folder, and turn that into a GGUF with llama.cpp's convert_hf_to_gguf.py");
    }
    gguf_pairs pairs(*base.gguf());
    gguf_value const* const architecture_value = base.gguf()->find("general.architecture");
    std::string const architecture(architecture_value == nullptr ? "" : architecture_value->string());
    if (tokenizer.format == "GGUF") {
        mapped_file const file(tokenizer.path);
        try {
            copy_tokenizer(pairs, gguf_metadata(file.bytes()), static_cast<std::size_t>(n_rows), architecture);
        } catch (error const& e) {
            throw e.within(tokenizer.path);
        }
    } else {
        gguf_vocabulary vocabulary = gguf_form(tokenizer.tokenizer, notes, conversion::nearest);
        auto const role = [&](token_role which) {
            token_id const id = tokens.with_role(which);
            return id == no_token ? std::optional<token_id>() : std::optional(id);
        };
        using enum token_role;
        if (!vocabulary.bos) vocabulary.bos = role(bos);
        if (!vocabulary.eos) vocabulary.eos = role(eos);
        if (!vocabulary.unk) vocabulary.unk = role(unk);
        if (!vocabulary.pad) vocabulary.pad = role(pad);
        pad_tokens(vocabulary, n_rows);
        set_tokenizer(pairs, vocabulary, architecture, read_chat_template(tokenizer));
    }
    write_gguf(path, pairs, tensors, overwrite);
    return notes;
}

}  // namespace tessera::inline v0::transplant
