// The tokenizer of BERT's vocab.txt. Source: huggingface/transformers 4.57, convert_slow_tokenizer.py (BertConverter)
// and models/bert/tokenization_bert.py for what is assumed where no file says.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/io/bert_vocab.hpp>
#include <tessera/io/detail/config_tokens.hpp>
#include <tessera/io/tokenizer_config.hpp>
#include <tessera/model/wordpiece_model.hpp>

namespace tessera::inline v0 {

namespace detail {

/// What stands around the model of BERT, whatever the file.
inline any_tokenizer bert_tokenizer(vocabulary vocab, wordpiece_options options, bert_normalizer_options normalizer,
                                    std::vector<added_token> added, any_post_processor frame) {
    std::string const prefix = options.continuing_subword_prefix;
    return any_tokenizer(wordpiece_model(std::move(vocab), std::move(options)), any_pretokenizer({bert_pretokenizer()}),
                         any_normalizer({bert_normalizer(normalizer)}), special_tokens(std::move(added)),
                         std::move(frame), any_decoder({word_piece_decoder({.prefix = prefix, .cleanup = true})}));
}

/// `[CLS] A [SEP]`, `[CLS] A [SEP] B [SEP]`, if both are there.
inline any_post_processor bert_frame(std::vector<added_token> const& added, std::string_view cls,
                                     std::string_view sep) {
    auto const find = [&](std::string_view content) {
        return std::find_if(added.begin(), added.end(), [&](auto const& token) { return token.content == content; });
    };
    auto const first = find(cls);
    auto const last = find(sep);
    if (first == added.end() || last == added.end()) return {};
    return any_post_processor(
        {bert_processing({.sep = {last->content, last->id}, .cls = {first->content, first->id}})});
}

}  // namespace detail

/// Makes the tokenizer that transformers' BertTokenizer is. Text is lower-cased and loses its accents unless the
/// configuration says `do_lower_case: false`, as there.
/// @throws error  bad_token: the configuration contradicts the vocabulary
[[nodiscard]] inline any_tokenizer bert_tokenizer(bert_vocab const& file, tokenizer_config const& config = {}) {
    std::vector<std::pair<std::string_view, token_id>> known;
    for (std::size_t id = 0; id < file.tokens.size(); ++id) {
        if (!file.tokens[id].empty()) known.emplace_back(file.tokens[id], static_cast<token_id>(id));
    }
    detail::config_tokens tokens(known);
    std::string const unk = config.unk_token.value_or("[UNK]");
    std::string const sep = config.sep_token.value_or("[SEP]");
    std::string const cls = config.cls_token.value_or("[CLS]");
    tokens.add_listed(config);
    std::array<std::string, 5> const names = {unk, sep, config.pad_token.value_or("[PAD]"), cls,
                                              config.mask_token.value_or("[MASK]")};
    for (std::string const& name : names) tokens.add_special(name, config);
    for (std::string const& name : config.additional_special_tokens) tokens.add_special(name, config);

    vocabulary_builder builder;
    for (auto const& [token, id] : known) builder.add(id, token);
    std::vector<added_token> added = std::move(tokens).take();
    for (added_token const& token : added) {
        token_kind const kind = token.special ? token_kind::control : token_kind::normal;
        if (builder.contains(token.id)) {
            builder.set_kind(token.id, kind);
        } else {
            builder.add_unfindable(token.id, token.content, kind);
        }
    }
    vocabulary vocab = builder.build();
    wordpiece_options options;
    options.unknown = vocab.find(unk);
    any_post_processor frame = detail::bert_frame(added, cls, sep);
    return detail::bert_tokenizer(std::move(vocab), std::move(options),
                                  {.clean_text = true,
                                   .handle_chinese_chars = config.tokenize_chinese_chars.value_or(true),
                                   .strip_accents = config.strip_accents,
                                   .lowercase = config.do_lower_case.value_or(true)},
                                  std::move(added), std::move(frame));
}

}  // namespace tessera::inline v0
