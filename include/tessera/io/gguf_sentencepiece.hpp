// The tokenizer of a GGUF file that came from a SentencePiece model: `llama` (BPE by scores) and `t5` (unigram), by
// llama.cpp's rules, which are not SentencePiece's. Source: llama.cpp src/llama-vocab.cpp (tokenize, detokenize,
// tokenizer_st_partition), commit 00ad355e. Next to read: sentencepiece_tokenizer.hpp, the same of .model files.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/error.hpp>
#include <tessera/io/gguf_file.hpp>
#include <tessera/model/piece_type.hpp>

namespace tessera::inline v0 {

namespace detail {

/// What llama.cpp looks for in a text first. Control and unknown tokens only where its caller lets it parse special
/// tokens, which `special` stands for here.
inline std::vector<added_token> gguf_added_tokens(gguf_vocabulary const& v) {
    using enum gguf_token_type;
    // llama.cpp knows of these what the file does not say.
    bool const is_phi3 = v.name.find("phi-3") != std::string::npos || v.name.find("phi3") != std::string::npos;
    std::vector<added_token> added;
    for (token_id id = 0; id < v.tokens.size(); ++id) {
        gguf_token const& token = v.tokens[id];
        if (token.text.empty()) continue;
        if (token.type != user_defined && token.type != control && token.type != unknown) continue;
        bool const strips = is_phi3 && token.text != "<unk>" && token.text != "<s>" && token.text != "<|endoftext|>";
        added.push_back({.id = id, .content = token.text, .special = token.type != user_defined, .rstrip = strips});
    }
    return added;
}

/// BOS, the text and EOS, as the file says.
/// @param may_separate  whether the model knows SEP, which then follows
inline any_post_processor gguf_frame(gguf_vocabulary const& v, bool may_separate = false) {
    template_processing_options options;
    std::vector<template_piece> before;
    std::vector<template_piece> after;
    auto const add = [&](bool wanted, std::optional<token_id> const& id, std::vector<template_piece>& to) {
        if (!wanted || !id) return;
        std::string const& name = v.tokens[*id].text;
        to.push_back({template_piece::special_token_piece{name, 0}, std::nullopt});
        options.special_tokens.emplace_back(name, special_token_ids{name, {*id}, {name}});
    };
    add(v.add_bos, v.bos, before);
    add(v.add_eos, v.eos, after);
    if (may_separate) add(v.add_sep, v.sep, after);
    if (before.empty() && after.empty()) return {};
    for (auto* const pieces : {&options.single, &options.pair}) {
        pieces->insert(pieces->begin(), before.begin(), before.end());
        pieces->insert(pieces->end(), after.begin(), after.end());
    }
    return any_post_processor({template_processing(std::move(options))});
}

inline any_model gguf_sentencepiece_model(gguf_vocabulary const& v) {
    bool const is_bpe = v.model == gguf_model::llama;
    vocabulary_builder builder;
    std::vector<piece_type> types;
    for (token_id id = 0; id < v.tokens.size(); ++id) {
        gguf_token const& token = v.tokens[id];
        bool const is_special = token.type == gguf_token_type::control || token.type == gguf_token_type::unknown;
        token_kind const kind = is_special                            ? token_kind::control
                                : token.type == gguf_token_type::byte ? token_kind::byte
                                                                      : token_kind::normal;
        // llama.cpp's BPE makes any token of text, whatever its type; its unigram model does not make all.
        if (token.text.empty()) {
            builder.add_empty(id, kind);
        } else {
            builder.add(id, token.text, kind);
        }
        // Tokens of type `undefined` are matched by BPE only.
        types.push_back(token.type == gguf_token_type::undefined ? piece_type::control
                                                                 : static_cast<piece_type>(token.type));
    }
    token_id const unknown = v.unk.value_or(no_token);
    if (is_bpe) {
        std::vector<float> scores;
        for (gguf_token const& token : v.tokens) scores.push_back(token.score);
        return sentencepiece_bpe_model(builder.build(), std::move(scores),
                                       {.unknown = unknown, .byte_fallback = true, .types = {}});
    }
    std::vector<double> scores;
    for (gguf_token const& token : v.tokens) scores.push_back(double{token.score});
    return unigram_model(builder.build(), std::move(scores),
                         {unigram_dialect::llama_cpp, unknown, false, std::move(types)});
}

inline any_normalizer gguf_sentencepiece_normalizer(gguf_vocabulary const& v) {
    if (v.model == gguf_model::llama) {
        std::vector<any_normalizer::step> steps;
        if (v.add_space_prefix) steps.emplace_back(prepend_normalizer({.prepend = " "}));
        steps.emplace_back(replace_normalizer({{" ", false}, "\xE2\x96\x81"}));
        return any_normalizer(std::move(steps));
    }
    llama_cpp_normalizer_options options{.precompiled_charsmap = v.precompiled_charsmap,
                                         .add_space_prefix = v.add_space_prefix,
                                         .remove_extra_whitespaces = v.remove_extra_whitespaces,
                                         .escape_whitespaces = v.escape_whitespaces};
    for (gguf_token const& token : v.tokens) {
        if (token.type == gguf_token_type::user_defined) options.user_defined_tokens.push_back(token.text);
    }
    return any_normalizer({llama_cpp_normalizer(std::move(options))});
}

inline any_decoder gguf_sentencepiece_decoder(gguf_vocabulary const& v) {
    using enum gguf_token_type;
    sentencepiece_decoder_options options{.byte_fallback = true,
                                          .add_dummy_prefix = v.add_space_prefix,
                                          .remove_extra_whitespaces = false,
                                          .keeps_ill_formed_bytes = true};
    for (gguf_token const& token : v.tokens) {
        if (token.text.empty()) continue;
        if (token.type == unused || token.type == undefined) {
            options.control_pieces.push_back(token.text);  // llama.cpp shows nothing for them
        } else if (token.type != normal && token.type != byte) {
            options.literal_pieces.push_back(token.text);
        }
    }
    return any_decoder({sentencepiece_decoder(std::move(options))});
}

}  // namespace detail

/// Makes the tokenizer of a file whose model is `llama` or `t5`, with the ids that llama.cpp gives. It looks for
/// user-defined tokens always and for control tokens if it is asked to; here both are added tokens, the latter special.
/// Differs: of added tokens that overlap, the first in the text is taken, not the longest of all; ill-formed bytes are
/// units of their own, where llama.cpp takes the length that the first byte announces; a byte without a token becomes
/// the unknown token or nothing, where llama.cpp fails.
/// @throws error  unsupported: another model; syntax, limit: the character map is broken
[[nodiscard]] inline any_tokenizer gguf_sentencepiece(gguf_vocabulary const& v) {
    if (v.model != gguf_model::llama && v.model != gguf_model::t5) {
        throw error(error_kind::unsupported, "tokenizer.ggml.model", "this is no SentencePiece model");
    }
    return any_tokenizer(detail::gguf_sentencepiece_model(v), any_pretokenizer(std::vector<any_pretokenizer::step>{}),
                         detail::gguf_sentencepiece_normalizer(v), special_tokens(detail::gguf_added_tokens(v)),
                         detail::gguf_frame(v), detail::gguf_sentencepiece_decoder(v));
}

}  // namespace tessera::inline v0
