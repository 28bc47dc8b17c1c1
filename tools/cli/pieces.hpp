// Tokens as people read them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/byte_alphabet.hpp>

namespace tessera::cli {

/// One printable piece for each id, without spaces: the token's bytes in GPT-2's byte alphabet; an added token, and
/// every token of a model over characters, as it is, unless that holds spaces, control characters or ill-formed UTF-8.
[[nodiscard]] inline std::vector<std::string> printable_pieces(any_tokenizer const& tokenizer) {
    auto const& vocab = tokenizer.model().vocab();  // as the model spells them
    bool const characters = !is_byte_level(tokenizer);
    std::vector<bool> as_it_is(vocab.size(), characters);
    for (added_token const& token : tokenizer.specials().tokens()) as_it_is[token.id] = true;
    std::vector<std::string> pieces(vocab.size());
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        auto const id = static_cast<token_id>(i);
        std::string_view const bytes = vocab.bytes(id);
        bool plain = as_it_is[i] && is_valid_utf8(bytes);
        for (char const c : bytes) plain = plain && static_cast<unsigned char>(c) > 0x20 && c != 0x7F;
        pieces[i] = plain ? std::string(bytes) : to_byte_alphabet(bytes);
    }
    return pieces;
}

}  // namespace tessera::cli
