// Tokens as the units of words: each word is encoded on its own, as a text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/pool/concepts.hpp>

namespace tessera::inline v0 {

/// The units are the tokens of `Tokenizer` (a `tokenizer<...>`, or `any_tokenizer`), which must outlive this. A word is
/// ordinary text: added tokens in it have no meaning.
template <class Tokenizer>
class tokenizer_units {
public:
    using scratch = typename Tokenizer::scratch;

    explicit tokenizer_units(Tokenizer const& tokenizer)
        : tokenizer_(&tokenizer), lossless_(keeps_every_byte(tokenizer)) {}

    [[nodiscard]] static constexpr std::string_view name() noexcept { return "tokens"; }
    [[nodiscard]] std::size_t size() const noexcept { return tokenizer_->model().vocab().size(); }
    [[nodiscard]] bool is_unit(std::int32_t id) const noexcept {
        return id >= 0 && static_cast<std::size_t>(id) < size() &&
               tokenizer_->model().vocab().kind(static_cast<token_id>(id)) != token_kind::unused;
    }
    /// True if every word comes back byte for byte: nothing is normalized or left out, and each byte has a token.
    [[nodiscard]] bool is_lossless() const noexcept { return lossless_; }
    [[nodiscard]] std::size_t bytes_of(std::int32_t id) const noexcept {
        return tokenizer_->model().vocab().bytes(static_cast<token_id>(id)).size();
    }

    template <class Sink>
    void encode(std::string_view word, scratch& s, Sink&& sink) const {
        tokenizer_->encode_ordinary(word, s, [&](token_id id) { sink(static_cast<std::int32_t>(id)); });
    }
    void decode(std::span<std::int32_t const> ids, std::string& out) const {
        // The signed twin of the same type; what is negative is no id.
        tokenizer_->decode(std::span(reinterpret_cast<token_id const*>(ids.data()), ids.size()), out);
    }

private:
    static bool keeps_every_byte(Tokenizer const& t) {
        using pretokenizer = typename Tokenizer::pretokenizer_type;
        bool kept = t.normalizer().is_identity() && t.decoder().joins_bytes();
        if constexpr (requires { t.pretokenizer().is_lossless(); }) {
            kept = kept && t.pretokenizer().is_lossless() && t.pretokenizer().is_in_place();
        } else {
            kept = kept && pretokenizer::lossless;
        }
        for (unsigned b = 0; kept && b < 256; ++b) {
            char const byte = static_cast<char>(static_cast<unsigned char>(b));
            kept = t.model().vocab().find({&byte, 1}) != no_token;
        }
        return kept;
    }

    Tokenizer const* tokenizer_;
    bool lossless_;
};

}  // namespace tessera::inline v0
