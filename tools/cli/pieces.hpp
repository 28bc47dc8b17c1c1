// Tokens as people read them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/byte_alphabet.hpp>

namespace tessera::cli {

/// A token that is text as it is, unless it holds spaces, control characters or ill-formed UTF-8; those, and other
/// tokens, in GPT-2's byte alphabet.
[[nodiscard]] inline std::string printable_piece(std::string_view bytes, bool is_text) {
    bool plain = is_text && is_valid_utf8(bytes);
    for (char const c : bytes) plain = plain && static_cast<unsigned char>(c) > 0x20 && c != 0x7F;
    return plain ? std::string(bytes) : to_byte_alphabet(bytes);
}

/// One printable piece for each id, without spaces. Text is what an added token is, and every token of a model over
/// characters.
[[nodiscard]] inline std::vector<std::string> printable_pieces(any_tokenizer const& tokenizer) {
    auto const& vocab = tokenizer.model().vocab();  // as the model spells them
    bool const characters = !is_byte_level(tokenizer);
    std::vector<bool> is_text(vocab.size(), characters);
    for (added_token const& token : tokenizer.specials().tokens()) is_text[token.id] = true;
    std::vector<std::string> pieces(vocab.size());
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        auto const id = static_cast<token_id>(i);
        pieces[i] = printable_piece(vocab.bytes(id), is_text[i]);
    }
    return pieces;
}

}  // namespace tessera::cli
