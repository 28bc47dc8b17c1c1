// Whether the tokens of a model are those of a tokenizer, bytes for bytes: rows are columns by id, and an id that means
// two things makes all that is computed of them wrong.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>

namespace tessera::inline v0::lm {

/// A model that has a vocabulary of its own: lm/llama_cpp_model.hpp.
template <class M>
concept HasTokens = requires(M const m, token_id id) {
    { m.vocab_size() } -> std::convertible_to<std::size_t>;
    { m.token_bytes(id) } -> std::convertible_to<std::string>;
    { m.kind(id) } -> std::same_as<token_kind>;
};

/// Compares all tokens that stand for text in both. One that either calls a control token, or unused, may be anything
/// in the other: formats spell those in many ways. Padding behind the tokenizer's last token is no difference.
/// @param vocab  the tokenizer's canonical vocabulary (`tokenizer.vocab()`)
/// @throws error  bad_option: names the first token that differs
template <HasTokens M>
void require_same_tokens(M const& model, vocabulary const& vocab) {
    auto const is_text = [](token_kind kind) { return kind == token_kind::normal || kind == token_kind::byte; };
    auto const shown = [](std::string_view bytes) { return '"' + to_byte_alphabet(bytes) + '"'; };
    auto const fail = [&](std::string message) {
        throw error(error_kind::bad_option, "", std::move(message),
                    "give the tokenizer that the model was trained with");
    };
    std::size_t const n_model = model.vocab_size();
    for (token_id id = 0; id < std::max(n_model, vocab.size()); ++id) {
        bool const in_model = id < n_model && is_text(model.kind(id));
        bool const in_tokenizer = id < vocab.size() && is_text(vocab.kind(id));
        std::string const name = "token " + std::to_string(id);
        if (in_tokenizer && id >= n_model) {
            fail("the model has " + std::to_string(n_model) + " tokens, and " + name + " of the tokenizer, " +
                 shown(vocab.bytes(id)) + ", is not among them");
        }
        if (in_model && id >= vocab.size()) {
            std::string const bytes = model.token_bytes(id);
            if (bytes.empty() || bytes.starts_with("[PAD")) continue;
            fail("the tokenizer has " + std::to_string(vocab.size()) + " tokens, and " + name + " of the model, " +
                 shown(bytes) + ", is not among them");
        }
        if (!in_model || !in_tokenizer) continue;
        std::string const bytes = model.token_bytes(id);
        if (bytes == vocab.bytes(id)) continue;
        fail("the model has another tokenizer: " + name + " is " + shown(bytes) + " in the model, and " +
             shown(vocab.bytes(id)) + " in the tokenizer");
    }
}

}  // namespace tessera::inline v0::lm
