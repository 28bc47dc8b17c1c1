// What kind of token a token of a GGUF file is: what the file says, and what its name says.
//
// Converters have written wrong types, so llama.cpp knows the names of tokens that end a text or that frame code to be
// filled in, and makes them control tokens; a few others it makes ordinary. Source: llama.cpp src/llama-vocab.cpp,
// llama_vocab::impl::load, "auto-detect special tokens by text" (release 0.5.0).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace tessera::inline v0 {

/// Numbers of `tokenizer.ggml.token_type`.
enum class gguf_token_type : std::uint8_t {
    undefined = 0,
    normal = 1,
    unknown = 2,
    control = 3,
    user_defined = 4,
    unused = 5,
    byte = 6,
};

/// What a name means. Of the tokens with one of the `fill_` meanings, the first is meant, and only where the file has
/// no key for it.
enum class gguf_name : std::uint8_t {
    ordinary,
    ends_text,  ///< always control
    fill_prefix,
    fill_suffix,
    fill_middle,
    fill_padding,
    fill_repository,
    fill_file,
    shown,  ///< always user-defined
};

/// What `text`, as the file spells it, means.
[[nodiscard]] constexpr gguf_name gguf_name_of(std::string_view text) noexcept {
    using enum gguf_name;
    // The bars and blocks in DeepSeek's names are U+FF5C and U+2581.
    constexpr std::pair<std::string_view, gguf_name> names[] = {
        {"<|eot_id|>", ends_text},
        {"<|im_end|>", ends_text},
        {"<|end|>", ends_text},
        {"<|return|>", ends_text},
        {"<|call|>", ends_text},
        {"<|flush|>", ends_text},
        {"<|calls|>", ends_text},
        {"<end_of_turn>", ends_text},
        {"<|endoftext|>", ends_text},
        {"</s>", ends_text},
        {"<|eom_id|>", ends_text},
        {"<EOT>", ends_text},
        {"_<EOT>", ends_text},
        {"[EOT]", ends_text},
        {"[EOS]", ends_text},
        {"<|end_of_text|>", ends_text},
        {"<end_of_utterance>", ends_text},
        {"<eos>", ends_text},
        {"<turn|>", ends_text},
        {"<|tool_response>", ends_text},
        {"<\uFF5Cend\u2581of\u2581sentence\uFF5C>", ends_text},
        {"[e~[", ends_text},
        {"<|fim_prefix|>", fill_prefix},
        {"<fim-prefix>", fill_prefix},
        {"<fim_prefix>", fill_prefix},
        {"<\uFF5Cfim\u2581begin\uFF5C>", fill_prefix},
        {"<PRE>", fill_prefix},
        {"\u2581<PRE>", fill_prefix},
        {"<|code_prefix|>", fill_prefix},
        {"<|prefix|>", fill_prefix},
        {"<|fim_suffix|>", fill_suffix},
        {"<fim-suffix>", fill_suffix},
        {"<fim_suffix>", fill_suffix},
        {"<\uFF5Cfim\u2581hole\uFF5C>", fill_suffix},
        {"<SUF>", fill_suffix},
        {"\u2581<SUF>", fill_suffix},
        {"<|code_suffix|>", fill_suffix},
        {"<|suffix|>", fill_suffix},
        {"<|fim_middle|>", fill_middle},
        {"<fim-middle>", fill_middle},
        {"<fim_middle>", fill_middle},
        {"<\uFF5Cfim\u2581end\uFF5C>", fill_middle},
        {"<MID>", fill_middle},
        {"\u2581<MID>", fill_middle},
        {"<|code_middle|>", fill_middle},
        {"<|middle|>", fill_middle},
        {"<|fim_pad|>", fill_padding},
        {"<fim-pad>", fill_padding},
        {"<fim_pad>", fill_padding},
        {"<PAD>", fill_padding},
        {"[PAD]", fill_padding},
        {"<|fim_repo|>", fill_repository},
        {"<|repo_name|>", fill_repository},
        {"<fim-repo>", fill_repository},
        {"<REPO>", fill_repository},
        {"<reponame>", fill_repository},
        {"<|file_sep|>", fill_file},
        {"<|channel|>", shown},
        {"<|message|>", shown},
        {"<|start|>", shown},
        {"<|constrain|>", shown},
    };
    constexpr std::size_t longest = 32;
    if (text.size() > longest || text.empty()) return ordinary;
    if (text[0] != '<' && text[0] != '[' && text[0] != '_' && text[0] != '\xE2') return ordinary;
    for (auto const& [name, meaning] : names) {
        if (name == text) return meaning;
    }
    return ordinary;
}

/// The key of a GGUF file that names the token with a `fill_` meaning, and its older spelling; empty for others.
[[nodiscard]] constexpr std::pair<std::string_view, std::string_view> gguf_name_keys(gguf_name name) noexcept {
    switch (name) {
        case gguf_name::fill_prefix:
            return {"tokenizer.ggml.fim_pre_token_id", "tokenizer.ggml.prefix_token_id"};
        case gguf_name::fill_suffix:
            return {"tokenizer.ggml.fim_suf_token_id", "tokenizer.ggml.suffix_token_id"};
        case gguf_name::fill_middle:
            return {"tokenizer.ggml.fim_mid_token_id", "tokenizer.ggml.middle_token_id"};
        case gguf_name::fill_padding:
            return {"tokenizer.ggml.fim_pad_token_id", {}};
        case gguf_name::fill_repository:
            return {"tokenizer.ggml.fim_rep_token_id", {}};
        case gguf_name::fill_file:
            return {"tokenizer.ggml.fim_sep_token_id", {}};
        default:
            return {};
    }
}

}  // namespace tessera::inline v0
