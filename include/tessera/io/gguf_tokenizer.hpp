// The tokenizer of a GGUF file. Models from SentencePiece have a header of their own; what the others need is here.
// Source: llama.cpp src/llama-vocab.cpp, commit 00ad355e, and convert_hf_to_gguf.py for how tokens are spelled.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/error.hpp>
#include <tessera/io/detail/bpe_parts.hpp>
#include <tessera/io/gguf_file.hpp>
#include <tessera/io/gguf_sentencepiece.hpp>
#include <tessera/model/greedy_model.hpp>
#include <tessera/pattern/icu_pattern.hpp>

namespace tessera::inline v0 {

namespace detail {

/// Adds the merges that can happen. llama.cpp does not ask whether their tokens are in the vocabulary; the others lead
/// to text that is none and falls apart into bytes again.
inline std::size_t add_gguf_merges(gguf_vocabulary const& v, bpe_parts& parts) {
    auto const where = [](std::size_t i) { return "tokenizer.ggml.merges[" + std::to_string(i) + "]"; };
    std::size_t n_left_out = 0;
    std::string joined;
    for (std::size_t i = 0; i < v.merges.size(); ++i) {
        gguf_merge const& m = v.merges[i];
        joined.assign(m.left).append(m.right);
        if (parts.find(m.left) == no_token || parts.find(m.right) == no_token || parts.find(joined) == no_token) {
            ++n_left_out;
            continue;
        }
        parts.add_merge(m.left, m.right, i, where);
    }
    parts.finish_merges(where);
    return n_left_out;
}

inline any_tokenizer gguf_bpe(gguf_vocabulary const& v, std::vector<std::string>& notes) {
    gguf_pretokenizer const* const pre = find_gguf_pretokenizer(v.pre.empty() ? "default" : v.pre);
    if (pre == nullptr) {
        throw error(error_kind::unsupported, "tokenizer.ggml.pre", "the pretokenizer " + shown(v.pre) + " is not known",
                    "take the tokenizer.json of the model");
    }
    if (v.merges.empty()) {
        throw error(error_kind::unsupported, "tokenizer.ggml.merges", "it is missing, and the model needs it",
                    "take the tokenizer from the original of the model");
    }
    symbol_unit const unit = pre->byte_level ? symbol_unit::byte : symbol_unit::code_point;
    std::vector<added_token> added = gguf_added_tokens(v);
    bpe_parts parts(unit, v.tokens.size(), v.merges.size());
    parts.added_are_text();
    for (std::size_t id = 0; id < v.tokens.size(); ++id) {
        if (v.tokens[id].text.empty()) continue;
        parts.add_token(v.tokens[id].text, id, [&] { return "tokenizer.ggml.tokens[" + std::to_string(id) + "]"; });
    }
    if (std::size_t const n = add_gguf_merges(v, parts); n > 0) {
        notes.push_back(std::to_string(n) + " merges name something that is no token, and are left out");
    }
    std::vector<any_pretokenizer::step> steps;
    for (std::string_view const regex : pre->patterns) {
        steps.emplace_back(split_pretokenizer({.pattern = {std::string(regex), true, &icu_pattern::make}}));
    }
    if (v.drop_whitespaces) {
        steps.emplace_back(
            split_pretokenizer({.pattern = {"\\s+", true, &icu_pattern::make}, .behavior = split_behavior::removed}));
    }
    bpe_options options{.ignore_merges = v.ignore_merges, .unit = unit, .byte_fallback = !pre->byte_level};
    if (!pre->byte_level && !v.drop_whitespaces && v.unk) options.unknown = *v.unk;
    any_normalizer normalizer;
    if (v.drop_whitespaces && v.lowercase) normalizer = any_normalizer({lowercase_normalizer()});
    any_decoder decoder;
    if (!pre->byte_level) {
        if (v.escape_whitespaces) normalizer = any_normalizer({replace_normalizer({{" ", false}, "\xE2\x96\x81"})});
        std::vector<any_decoder::step> back;
        if (v.escape_whitespaces) back.emplace_back(replace_decoder({{"\xE2\x96\x81", false}, " "}));
        back.emplace_back(byte_fallback_decoder());
        back.emplace_back(fuse_decoder());
        decoder = any_decoder(std::move(back));
    }
    bpe_model model = parts.build(added, std::move(options), "tokenizer.ggml.tokens");
    return any_tokenizer(std::move(model), any_pretokenizer(std::move(steps)), std::move(normalizer),
                         special_tokens(std::move(added)), gguf_frame(v, true), std::move(decoder));
}

/// A word has U+2581 in front, and so have the tokens that begin one; a word is taken from the left by the longest
/// tokens, whether they begin one or not, and is unknown where there is none.
inline any_tokenizer gguf_bert(gguf_vocabulary const& v) {
    std::vector<added_token> added = gguf_added_tokens(v);
    std::vector<bool> is_added(v.tokens.size(), false);
    for (added_token const& token : added) is_added[token.id] = true;
    for (std::optional<token_id> const& id : {v.unk, v.sep, v.pad, v.bos, v.mask}) {
        if (!id || is_added[*id] || v.tokens[*id].text.empty()) continue;  // old files have no types
        is_added[*id] = true;
        added.push_back({.id = *id, .content = v.tokens[*id].text});
    }
    vocabulary_builder builder;
    for (token_id id = 0; id < v.tokens.size(); ++id) {
        std::string const& text = v.tokens[id].text;
        if (text.empty()) continue;
        builder.add_unless_known(id, text, is_added[id] ? token_kind::control : token_kind::normal);
    }
    // As in llama.cpp, there is no limit on the length of a word, and no space beside a control token.
    return any_tokenizer(
        wordpiece_model(builder.build(), {.unknown = v.unk.value_or(no_token),
                                          .continuing_subword_prefix = "",
                                          .max_input_chars_per_word = std::numeric_limits<std::uint32_t>::max()}),
        any_pretokenizer({whitespace_split_pretokenizer()}),
        any_normalizer({llama_cpp_bert_normalizer({.strip_accents = v.strip_accents, .lowercase = v.lowercase})}),
        special_tokens(std::move(added)), gguf_frame(v, true),
        any_decoder({replace_decoder({{"\xE2\x96\x81", false}, " "}),
                     word_piece_decoder({.prefix = "", .cleanup = true}), fuse_decoder(),
                     strip_decoder({U' ', 1, 0})}));
}

inline any_tokenizer gguf_rwkv(gguf_vocabulary const& v) {
    vocabulary_builder builder;
    for (token_id id = 0; id < v.tokens.size(); ++id) {
        std::string const& text = v.tokens[id].text;
        if (text.empty()) continue;
        if (v.tokens[id].type == gguf_token_type::control) {
            builder.add_unfindable(id, text);
        } else {
            builder.add(id, text, text.size() == 1 ? token_kind::byte : token_kind::normal);
        }
    }
    return any_tokenizer(greedy_model(builder.build(), {.unknown = v.unk.value_or(no_token)}),
                         any_pretokenizer::by_name("bytes"), {}, special_tokens(gguf_added_tokens(v)),
                         gguf_frame(v, true));
}

}  // namespace detail

/// Makes the tokenizer of a GGUF file. Regular expressions are those that llama.cpp quotes, in the form that Hugging
/// Face's library has them (gguf_pretokenizers.hpp). Control tokens are special added tokens.
/// @param notes   gets what a user should know but need not act on
/// @throws error  unsupported, bad_token, bad_merge; `where()` is a key of the file
[[nodiscard]] inline any_tokenizer gguf_tokenizer(gguf_vocabulary const& v, std::vector<std::string>& notes) {
    notes.insert(notes.end(), v.notes.begin(), v.notes.end());
    switch (v.model) {
        case gguf_model::gpt2:
        case gguf_model::gemma4:
            return detail::gguf_bpe(v, notes);
        case gguf_model::bert:
            return detail::gguf_bert(v);
        case gguf_model::rwkv:
            return detail::gguf_rwkv(v);
        case gguf_model::llama:
        case gguf_model::t5:
            return gguf_sentencepiece(v);
    }
    throw error(error_kind::unsupported, "tokenizer.ggml.model", "the model is not supported");
}

}  // namespace tessera::inline v0
