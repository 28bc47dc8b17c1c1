// What dynamic tokenization has to know of the tokens it begins with: their bytes, and which of them are special.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/special_tokens.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>

namespace tessera::inline v0::dynamic {

/// The vocabulary of a tokenizer, to which it keeps a reference. Cheap to copy but for a bit a token.
class base_tokens {
public:
    /// @param vocab       canonical bytes
    /// @param is_special  by id; ids beyond are not. Control tokens, and ids without bytes, are special anyway.
    explicit base_tokens(vocabulary const& vocab, std::vector<bool> is_special = {})
        : vocab_(&vocab), is_special_(std::move(is_special)) {
        is_special_.resize(vocab.size(), false);
        for (token_id id = 0; id < vocab.size(); ++id) {
            if (vocab.kind(id) == token_kind::control || vocab.bytes(id).empty()) is_special_[id] = true;
        }
    }

    /// The tokens of `tokenizer`, whose added tokens are special where they say so. It has to stay.
    template <class Tokenizer>
    [[nodiscard]] static base_tokens of(Tokenizer const& tokenizer) {
        vocabulary const& vocab = tokenizer.vocab();
        std::vector<bool> is_special(vocab.size(), false);
        for (added_token const& token : tokenizer.specials().tokens()) is_special[token.id] = token.special;
        return base_tokens(vocab, std::move(is_special));
    }

    [[nodiscard]] std::size_t size() const noexcept { return vocab_->size(); }
    /// @pre id < size()
    [[nodiscard]] std::string_view bytes(token_id id) const noexcept { return vocab_->bytes(id); }
    [[nodiscard]] token_id find(std::string_view bytes) const noexcept { return vocab_->find(bytes); }
    [[nodiscard]] bool is_special(token_id id) const noexcept { return is_special_[id]; }

private:
    vocabulary const* vocab_;
    std::vector<bool> is_special_;
};

}  // namespace tessera::inline v0::dynamic
