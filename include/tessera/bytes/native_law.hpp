// All token sequences, whether a tokenizer would make them or not. Next: byte_lm.hpp, which weighs them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <tessera/bytes/byte_law.hpp>
#include <tessera/bytes/token_order.hpp>
#include <tessera/bytes/token_set.hpp>
#include <tessera/core/special_tokens.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>

namespace tessera::inline v0 {

/// Any tokens may stand behind any others, special ones apart, which are not text. The sum over all of them is a
/// probability of byte strings that needs no tokenizer, only the bytes of tokens; there are exponentially many.
/// @par Source  Vieira et al. 2024, arXiv:2412.03719
class native_law {
public:
    struct position {};
    struct progress {};

    /// @tparam Tokenizer  tokenizer<...>; outlives this. Of a tokenizer that puts a space in front of texts, which
    ///                    decoding takes off, the tokens are those of texts with the space
    template <class Tokenizer>
    explicit native_law(Tokenizer const& tokenizer) : native_law(tokenizer.vocab(), tokenizer.specials()) {
        std::vector<token_id> const ids = tokenizer.encode_ordinary("a");
        if (!ids.empty() && ids[0] < tokenizer.vocab().size() && tokenizer.vocab().bytes(ids[0]).starts_with(' ')) {
            prefix_ = tokenizer.decode(ids).starts_with(' ') ? "" : " ";
        }
    }

    /// @param vocab  bytes of tokens; outlives this
    explicit native_law(vocabulary const& vocab, special_tokens const& specials = {})
        : order_(vocab, [is_text = texts(vocab, specials)](token_id id) { return is_text[id]; }) {
        all_.assign(order_.size());
        for (std::size_t place = 0; place < order_.size(); ++place) all_.add(place);
    }

    [[nodiscard]] token_order const& order() const noexcept { return order_; }
    [[nodiscard]] std::string_view prefix(bool after_special) const noexcept {
        return after_special ? std::string_view() : prefix_;
    }
    [[nodiscard]] static position start() noexcept { return {}; }
    [[nodiscard]] static bool may_end(position) noexcept { return true; }
    [[nodiscard]] token_set const& next_tokens(position) const noexcept { return all_; }
    [[nodiscard]] static bool step(position, progress&, unsigned char) noexcept { return true; }
    [[nodiscard]] static std::optional<position> complete(position, progress, std::uint32_t) noexcept {
        return position{};
    }

private:
    static std::vector<bool> texts(vocabulary const& vocab, special_tokens const& specials) {
        std::vector<bool> is_text(vocab.size());
        for (token_id id = 0; id < vocab.size(); ++id) {
            is_text[id] = vocab.kind(id) == token_kind::normal || vocab.kind(id) == token_kind::byte;
        }
        for (added_token const& token : specials.tokens()) {
            if (token.id < is_text.size()) is_text[token.id] = !token.special;
        }
        return is_text;
    }

    token_order order_;
    token_set all_;
    std::string_view prefix_;
};

static_assert(ByteLaw<native_law>);

}  // namespace tessera::inline v0
