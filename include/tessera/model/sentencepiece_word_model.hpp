// SentencePiece's word model: the text is cut before each U+2581, and each part is a piece or unknown.
// Sources: google/sentencepiece 0.2.1 and 0.2.3, src/word_model.cc (Encode), src/model_interface.cc (SplitIntoWords),
// and for unknown words src/sentencepiece_processor.cc (PopulateSentencePieceText).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/model/bpe_symbols.hpp>

namespace tessera::inline v0 {

struct sentencepiece_word_options {
    /// Stands for a run of words that are not in the vocabulary; `no_token`: such a run gives no id.
    token_id unknown = no_token;
    /// An unknown word becomes one token `<0xXX>` a byte, if the vocabulary has all of them.
    bool byte_fallback = false;
    /// A word that is spelled `<0xXX>` is that byte, as in SentencePiece up to 0.2.1.
    bool finds_bytes = false;

    friend bool operator==(sentencepiece_word_options const&, sentencepiece_word_options const&) = default;
};

/// An immutable model of that kind. SentencePiece cuts before U+2581 also where the model was trained with spaces at
/// the ends of words, and so does this.
class sentencepiece_word_model {
public:
    using vocabulary_type = vocabulary;
    static constexpr std::string_view type = "SentencePieceWord";
    struct scratch {};

    /// @throws error  bad_option: `unknown` is not in the vocabulary
    explicit sentencepiece_word_model(vocabulary vocab, sentencepiece_word_options options = {})
        : vocab_(std::move(vocab)), options_(options) {
        if (options_.unknown != no_token && options_.unknown >= vocab_.size()) {
            throw error(error_kind::bad_option, "unknown",
                        "its id " + std::to_string(options_.unknown) + " is not in the vocabulary", "add the token");
        }
        bytes_.fill(no_token);
        if (options_.byte_fallback) bytes_ = byte_fallback_tokens(vocab_);
    }

    [[nodiscard]] vocabulary const& vocab() const noexcept { return vocab_; }
    [[nodiscard]] sentencepiece_word_options const& options() const noexcept { return options_; }

    /// Encodes one pretoken (of SentencePiece, the whole normalized text), calling `sink(token_id)` for each token.
    /// @complexity  O(n)
    template <class Sink>
    void encode(std::string_view pretoken, scratch&, Sink&& sink) const {
        constexpr std::string_view space = "\xE2\x96\x81";
        bool in_unknown = false;
        for (std::size_t begin = 0; begin < pretoken.size();) {
            std::size_t const end = std::min(pretoken.find(space, begin + 1), pretoken.size());
            std::string_view const word = pretoken.substr(begin, end - begin);
            begin = end;
            token_id id = vocab_.find(word);
            // Bytes are there for the fallback.
            if (id != no_token && vocab_.kind(id) == token_kind::byte && !options_.finds_bytes) id = no_token;
            if (id != no_token) {
                sink(id);
            } else if (options_.byte_fallback &&
                       std::none_of(word.begin(), word.end(), [this](char b) { return byte(b) == no_token; })) {
                for (char const b : word) sink(byte(b));
            } else if (options_.unknown != no_token && !in_unknown) {
                sink(options_.unknown);
            }
            in_unknown = id == no_token;
        }
    }

private:
    [[nodiscard]] token_id byte(char b) const noexcept { return bytes_[static_cast<unsigned char>(b)]; }

    vocabulary vocab_;
    sentencepiece_word_options options_;
    std::array<token_id, 256> bytes_{};
};

static_assert(Model<sentencepiece_word_model>);

}  // namespace tessera::inline v0
