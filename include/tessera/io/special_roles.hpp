// What the special tokens of a tokenizer are for: begin a text, end it, fill a batch. Next to read:
// read_special_roles.hpp, which files say it.
// Source: huggingface/transformers 5.24, tokenization_utils_base.py (SPECIAL_TOKENS_ATTRIBUTES, special_tokens_map).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/token.hpp>

namespace tessera::inline v0 {

/// In the order of transformers, which matters where a token has several.
enum class token_role : std::uint8_t { bos, eos, unk, sep, pad, cls, mask, additional };

/// The names of the roles in tokenizer_config.json.
inline constexpr std::array<std::string_view, 8> token_role_names{
    "bos_token", "eos_token", "unk_token",  "sep_token",
    "pad_token", "cls_token", "mask_token", "additional_special_tokens"};

/// A special token and what it is for.
struct special_role {
    std::string name;  ///< of token_role_names, or a name of the file's own ("boi_token"), whose role is `additional`
    token_role role = token_role::additional;
    std::string content;
    token_id id = no_token;  ///< where the file says the id; else the content decides
};

/// The special tokens of a tokenizer by what they are for. Several may be one token, and one token may be several.
struct special_roles {
    std::string tokenizer_class;      ///< "Qwen2Tokenizer"; empty if no file says it
    std::vector<special_role> roles;  ///< in the order of token_role, those with names of their own last
    std::vector<std::string> absent;  ///< names that a file sets to null: no such token, whatever the class assumes

    /// The first token with this role, or null.
    [[nodiscard]] special_role const* find(token_role role) const noexcept {
        for (special_role const& r : roles) {
            if (r.role == role) return &r;
        }
        return nullptr;
    }
};

}  // namespace tessera::inline v0
