// A tokenizer with llama.cpp's normalizer for BERT as one with Hugging Face's: the one the model was trained with. Ids
// are not the same on all texts, as llama.cpp's rule has no place in a tokenizer.json.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/io/bert_tokenizer.hpp>
#include <tessera/io/conversion.hpp>
#include <tessera/model/wordpiece_model.hpp>

namespace tessera::inline v0::detail {

/// The vocabulary spelled as in vocab.txt: U+2581 begins a word in GGUF, and what has none goes on in one, but for
/// added tokens and other names in brackets.
inline vocabulary bert_spelling(vocabulary const& vocab, std::vector<added_token> const& added) {
    constexpr std::string_view begins = "\xE2\x96\x81";
    std::vector<bool> is_name(vocab.size(), false);
    for (added_token const& token : added) {
        if (token.id < vocab.size()) is_name[token.id] = true;
    }
    vocabulary_builder builder;
    for (token_id id = 0; id < vocab.size(); ++id) {
        if (vocab.kind(id) == token_kind::unused) continue;
        std::string_view const text = vocab.bytes(id);
        std::string spelling;
        if (is_name[id] || (text.starts_with('[') && text.ends_with(']'))) {
            spelling = text;
        } else if (!text.starts_with(begins)) {
            spelling.append("##").append(text);
        } else {
            spelling = text.size() > begins.size() ? text.substr(begins.size()) : text;
        }
        builder.add_unless_known(id, spelling, vocab.kind(id));
    }
    return builder.build();
}

/// @param found   gets in what ids differ
/// @return        nothing: it has another normalizer
/// @throws error  unsupported: conversion has to be exact
inline std::optional<any_tokenizer> llama_cpp_as_bert(any_tokenizer const& t, differences& found) {
    auto const* const model = t.model().get_if<wordpiece_model>();
    auto const& steps = t.normalizer().steps();
    auto const* const normalizer = steps.size() == 1 ? std::get_if<llama_cpp_bert_normalizer>(&steps.front()) : nullptr;
    if (model == nullptr || normalizer == nullptr) return std::nullopt;
    found.add("normalizer",
              "llama.cpp leaves of a Hangul syllable its first letter, takes spacing marks away with the others, and "
              "knows controls, marks and punctuation of Unicode 15.1, which Hugging Face's BertNormalizer does not");
    std::vector<added_token> added = t.specials().tokens();
    vocabulary vocab = bert_spelling(model->vocab(), added);
    return bert_tokenizer(std::move(vocab),
                          {.unknown = model->options().unknown,
                           .continuing_subword_prefix = "##",
                           .max_input_chars_per_word = model->options().max_input_chars_per_word},
                          {.clean_text = true,
                           .handle_chinese_chars = true,
                           .strip_accents = normalizer->options().strip_accents,
                           .lowercase = normalizer->options().lowercase},
                          std::move(added), t.post_processor());
}

}  // namespace tessera::inline v0::detail
