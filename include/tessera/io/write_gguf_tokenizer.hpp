// The tokenizer of a GGUF file, written or taken from another: `tokenizer.*` among its key-value pairs.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/io/gguf.hpp>
#include <tessera/io/gguf_file.hpp>
#include <tessera/io/write_gguf.hpp>

namespace tessera::inline v0 {

namespace detail {

inline std::string unused_token_name(std::size_t id) { return "[PAD" + std::to_string(id) + "]"; }

inline void set_gguf_vocab_size(gguf_pairs& pairs, std::string_view architecture, std::size_t size) {
    std::string const key = std::string(architecture) + ".vocab_size";
    if (pairs.has(key)) pairs.set_uint32(key, static_cast<std::uint32_t>(size));
}

}  // namespace detail

/// Adds unused tokens up to a number: a model's embedding may have more rows than the tokenizer has tokens, and
/// llama.cpp wants a token for each.
inline void pad_tokens(gguf_vocabulary& v, std::size_t n_rows) {
    while (v.tokens.size() < n_rows)
        v.tokens.push_back({detail::unused_token_name(v.tokens.size()), 0, gguf_token_type::unused});
}

/// Replaces all `tokenizer.` pairs by those of a tokenizer, and `ARCHITECTURE.vocab_size` where that is there.
/// @param chat_template  Jinja; empty: none
/// @throws error         unsupported: the tokenizer's model is not gpt2, llama or t5; bad_token: a role names no token
inline void set_tokenizer(gguf_pairs& pairs, gguf_vocabulary const& v, std::string_view architecture = {},
                          std::string_view chat_template = {}) {
    std::string_view model = "gpt2";
    if (v.model == gguf_model::llama) model = "llama";
    if (v.model == gguf_model::t5) model = "t5";
    if (v.model != gguf_model::gpt2 && v.model != gguf_model::llama && v.model != gguf_model::t5)
        throw error(error_kind::unsupported, "tokenizer.ggml.model", "only gpt2, llama and t5 are written");
    // The misspelling is the format's.
    std::pair<char const*, std::optional<token_id>> const roles[] = {
        {"bos", v.bos},     {"eos", v.eos},       {"eot", v.eot},     {"eom", v.eom},
        {"unknown", v.unk}, {"seperator", v.sep}, {"padding", v.pad}, {"mask", v.mask}};
    for (auto const& [role, id] : roles) {
        if (id && *id >= v.tokens.size()) {
            throw error(error_kind::bad_token, std::string("tokenizer.ggml.") + role + "_token_id",
                        "token id " + std::to_string(*id) + " is not in the vocabulary");
        }
    }
    pairs.erase_all("tokenizer.");
    pairs.set_string("tokenizer.ggml.model", model);
    pairs.set_string("tokenizer.ggml.pre", v.pre.empty() ? "default" : v.pre);
    std::vector<std::string> tokens;
    std::vector<float> scores;
    std::vector<std::int32_t> types;
    for (gguf_token const& token : v.tokens) {
        tokens.push_back(token.text);
        scores.push_back(token.score);
        types.push_back(static_cast<std::int32_t>(token.type));
    }
    pairs.set_strings("tokenizer.ggml.tokens", tokens);
    if (v.has_scores) pairs.set_floats("tokenizer.ggml.scores", scores);
    pairs.set_int32s("tokenizer.ggml.token_type", types);
    if (v.model == gguf_model::gpt2) {
        std::vector<std::string> merges;
        for (gguf_merge const& m : v.merges) merges.push_back(m.left + ' ' + m.right);
        pairs.set_strings("tokenizer.ggml.merges", merges);
    }
    for (auto const& [role, id] : roles) {
        if (id) pairs.set_uint32(std::string("tokenizer.ggml.") + role + "_token_id", *id);
    }
    pairs.set_bool("tokenizer.ggml.add_bos_token", v.add_bos);
    pairs.set_bool("tokenizer.ggml.add_eos_token", v.add_eos);
    if (v.add_sep) pairs.set_bool("tokenizer.ggml.add_sep_token", true);
    if (v.model != gguf_model::gpt2) pairs.set_bool("tokenizer.ggml.add_space_prefix", v.add_space_prefix);
    if (v.model == gguf_model::t5) {
        pairs.set_bool("tokenizer.ggml.remove_extra_whitespaces", v.remove_extra_whitespaces);
        if (!v.precompiled_charsmap.empty())
            pairs.set_bytes("tokenizer.ggml.precompiled_charsmap", v.precompiled_charsmap);
    }
    if (!chat_template.empty()) pairs.set_string("tokenizer.chat_template", chat_template);
    detail::set_gguf_vocab_size(pairs, architecture, v.tokens.size());
}

/// Replaces all `tokenizer.` pairs by those of another file, as they are there, with unused tokens behind its own up to
/// `n_rows`; and `ARCHITECTURE.vocab_size` where that is there.
/// @param from    has `tokenizer.ggml.tokens`, and at most n_rows of them
/// @throws error  syntax: a list is none of what it should be
inline void copy_tokenizer(gguf_pairs& pairs, gguf_metadata const& from, std::size_t n_rows,
                           std::string_view architecture = {}) {
    pairs.erase_all("tokenizer.");
    for (gguf_value const& value : from.values()) {
        if (value.key().starts_with("tokenizer.")) pairs.set(value);
    }
    detail::set_gguf_vocab_size(pairs, architecture, n_rows);
    std::vector<std::string> tokens;
    gguf_value const* const list = from.find("tokenizer.ggml.tokens");
    if (list == nullptr) throw error(error_kind::syntax, "tokenizer.ggml.tokens", "it is missing");
    list->for_each_string([&](std::string_view token) { tokens.emplace_back(token); });
    std::size_t const n_tokens = tokens.size();
    if (n_tokens >= n_rows) return;
    while (tokens.size() < n_rows) tokens.push_back(detail::unused_token_name(tokens.size()));
    pairs.set_strings("tokenizer.ggml.tokens", tokens);
    if (gguf_value const* const theirs = from.find("tokenizer.ggml.scores")) {
        std::vector<float> scores(n_rows, 0.0F);
        for (std::size_t i = 0; i < std::min(n_tokens, theirs->size()); ++i) scores[i] = theirs->float_at(i);
        pairs.set_floats("tokenizer.ggml.scores", scores);
    }
    std::vector<std::int32_t> types(n_rows, static_cast<std::int32_t>(gguf_token_type::unused));
    gguf_value const* const theirs = from.find("tokenizer.ggml.token_type");
    for (std::size_t i = 0; i < n_tokens; ++i) {
        types[i] = theirs != nullptr && i < theirs->size() ? theirs->int32_at(i)
                                                           : static_cast<std::int32_t>(gguf_token_type::normal);
    }
    pairs.set_int32s("tokenizer.ggml.token_type", types);
}

}  // namespace tessera::inline v0
