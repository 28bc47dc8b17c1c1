// The tokenizer of an RWKV World vocabulary. Source: BlinkDL/ChatRWKV tokenizer/rwkv_tokenizer.py.
#pragma once

#include <cstddef>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/io/rwkv_vocab.hpp>
#include <tessera/model/greedy_model.hpp>

namespace tessera::inline v0 {

/// Makes the tokenizer of such a vocabulary: the longest token first, over the bytes of the whole text. There are no
/// special tokens; id 0, which ends a text for the models, has no bytes and is not of the vocabulary.
/// Differs: a byte with which no token begins gives no id, where the original fails.
[[nodiscard]] inline any_tokenizer rwkv_tokenizer(rwkv_vocab const& file) {
    vocabulary_builder builder;
    for (std::size_t id = 0; id < file.tokens.size(); ++id) {
        if (file.tokens[id].empty()) continue;
        builder.add(static_cast<token_id>(id), file.tokens[id],
                    file.tokens[id].size() == 1 ? token_kind::byte : token_kind::normal);
    }
    return any_tokenizer(greedy_model(builder.build()), any_pretokenizer::by_name("bytes"));
}

}  // namespace tessera::inline v0
