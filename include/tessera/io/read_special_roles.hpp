// The roles of special tokens, as the files say them: a tokenizer.json does not; the files beside it do, and so do GGUF
// and SentencePiece files. Next to read: special_roles.hpp, what there is to say.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include <tessera/core/token.hpp>
#include <tessera/io/file.hpp>
#include <tessera/io/gguf_file.hpp>
#include <tessera/io/loaded_tokenizer.hpp>
#include <tessera/io/sentencepiece_file.hpp>
#include <tessera/io/special_roles.hpp>
#include <tessera/io/tokenizer_config.hpp>
#include <tessera/io/tokenizer_file.hpp>

namespace tessera::inline v0 {

/// The roles of tokenizer_config.json and special_tokens_map.json.
[[nodiscard]] inline special_roles special_roles_of(tokenizer_config const& config) {
    special_roles out{config.tokenizer_class, {}, {}};
    std::array<std::optional<std::string> const*, 7> const fields{
        &config.bos_token, &config.eos_token, &config.unk_token, &config.sep_token,
        &config.pad_token, &config.cls_token, &config.mask_token};
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (*fields[i]) {
            out.roles.push_back({std::string(token_role_names[i]), static_cast<token_role>(i), **fields[i]});
        }
    }
    for (std::size_t i = 0; i < config.additional_special_tokens.size(); ++i) {
        std::string const& own = config.additional_names[i];
        out.roles.push_back({own.empty() ? std::string(token_role_names.back()) : own, token_role::additional,
                             config.additional_special_tokens[i]});
    }
    out.absent = config.null_tokens;
    return out;
}

/// The roles that the keys of a GGUF file give. llama.cpp's ids for files without the keys are among them; they are of
/// use only where the token is a special one.
[[nodiscard]] inline special_roles special_roles_of(gguf_vocabulary const& v) {
    special_roles out;
    std::array<std::optional<token_id>, 7> const ids{v.bos, v.eos, v.unk, v.sep, v.pad, std::nullopt, v.mask};
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (!ids[i]) continue;
        out.roles.push_back(
            {std::string(token_role_names[i]), static_cast<token_role>(i), v.tokens[*ids[i]].text, *ids[i]});
    }
    return out;
}

[[nodiscard]] inline special_roles special_roles_of(sentencepiece_file const& file) {
    special_roles out;
    auto const add = [&](token_role role, std::optional<token_id> const& id) {
        if (!id || *id == no_token) return;
        out.roles.push_back(
            {std::string(token_role_names[static_cast<std::size_t>(role)]), role, file.pieces[*id].piece, *id});
    };
    add(token_role::bos, file.bos_id);
    add(token_role::eos, file.eos_id);
    add(token_role::unk, file.unk_id);
    add(token_role::pad, file.pad_id);
    return out;
}

/// Reads the roles of a tokenizer that was loaded from a file: from the file itself if it is a GGUF, else from the
/// files in the same folder, and where they say nothing, from a SentencePiece model itself, or from the names that
/// tekken.json always has. Whether the tokens exist is for whoever uses them to see.
/// @throws error  io, syntax, bad_token, limit: a file that is there cannot be read
[[nodiscard]] inline special_roles read_special_roles(loaded_tokenizer const& loaded) {
    if (loaded.path.empty()) return {};
    if (loaded.format == "GGUF") return special_roles_of(read_gguf_file(loaded.path));
    special_roles out;
    if (auto const config = detail::read_config_of(std::filesystem::path(loaded.path).parent_path())) {
        out = special_roles_of(*config);
    }
    special_roles own;
    if (loaded.format == "SentencePiece") {
        own = special_roles_of(read_sentencepiece_file(read_file(loaded.path)));
    } else if (loaded.format == "tekken.json") {
        own.roles = {{"bos_token", token_role::bos, "<s>"},
                     {"eos_token", token_role::eos, "</s>"},
                     {"unk_token", token_role::unk, "<unk>"},
                     {"pad_token", token_role::pad, "<pad>"}};
    }
    for (special_role& role : own.roles) {
        if (out.find(role.role) == nullptr) out.roles.push_back(std::move(role));
    }
    std::stable_sort(out.roles.begin(), out.roles.end(),
                     [](special_role const& a, special_role const& b) { return a.role < b.role; });
    return out;
}

}  // namespace tessera::inline v0
