// Text -> the pretokens that a trainer counted pairs in. A byte-level tokenizer is trained on the pretokens that it
// encodes; SentencePiece encodes a text whole and is trained on words.
//
// The normalizer is the tokenizer's own; it comes before this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/concepts.hpp>
#include <tessera/core/text_piece.hpp>
#include <tessera/mixture/sentencepiece_rules.hpp>
#include <tessera/mixture/sentencepiece_words.hpp>
#include <tessera/mixture/training_merges.hpp>
#include <tessera/model/prefix_trie.hpp>
#include <tessera/pretokenize/any_pretokenizer.hpp>

namespace tessera::inline v0 {

/// A StagedPretokenizer; drops what the trainer took out of the text.
class training_splitter {
public:
    static constexpr bool lossless = false;

    struct scratch {
        any_pretokenizer::scratch splitting;
        sentencepiece_words::scratch words;
    };

    /// @param kept_whole  cut out of the text before it is split (SentencePiece: before it is cut into words)
    /// @param words       of SentencePiece; the pretokenizer then only rewrites, if it does anything
    explicit training_splitter(any_pretokenizer pretokenizer, std::vector<std::string> const& kept_whole = {},
                               std::optional<sentencepiece_words> words = std::nullopt)
        : pretokenizer_(std::move(pretokenizer)), words_(std::move(words)), keeps_(!kept_whole.empty()) {
        std::vector<prefix_trie::entry> entries;
        for (std::string const& text : kept_whole) entries.emplace_back(text, 0);
        kept_whole_ = prefix_trie(std::move(entries));
    }

    [[nodiscard]] std::string name() const { return words_ ? "SentencePiece's words" : pretokenizer_.name(); }
    [[nodiscard]] bool asks_for_start() const { return pretokenizer_.asks_for_start(); }
    [[nodiscard]] std::optional<sentencepiece_words> const& words() const noexcept { return words_; }

    /// Calls `sink(std::string_view)` with each pretoken, in order. The view is valid during the call.
    template <class Sink>
    void for_each(text_piece text, scratch& s, Sink&& sink) const {
        if (words_) {
            auto const cut = [&](std::string_view piece) {
                for_each_between(text_piece{piece, 0},
                                 [&](text_piece part) { words_->for_each(part.text, s.words, sink); });
            };
            pretokenizer_.for_each(text, s.splitting, cut);
        } else {
            for_each_between(text, [&](text_piece part) { pretokenizer_.for_each(part, s.splitting, sink); });
        }
    }
    template <class Sink>
    void for_each(std::string_view text, Sink&& sink) const {
        scratch s;
        for_each(text_piece{text, 0}, s, sink);
    }

private:
    // What lies between the texts that are kept whole, of which the longest is taken at each place.
    template <class F>
    void for_each_between(text_piece text, F&& f) const {
        if (!keeps_) return f(text);
        std::size_t begin = 0;
        for (std::size_t at = 0; at < text.text.size();) {
            std::size_t const length = kept_whole_.longest_match(text.text, at).length;
            if (length == 0) {
                ++at;
                continue;
            }
            if (at != begin) f(text.part(begin, at));
            begin = at += length;
        }
        if (begin != text.text.size()) f(text.part(begin, text.text.size()));
    }

    any_pretokenizer pretokenizer_;
    std::optional<sentencepiece_words> words_;
    prefix_trie kept_whole_;
    bool keeps_;
};

static_assert(StagedPretokenizer<training_splitter>);

/// The splitter of a tokenizer whose file says how text is split, or that is SentencePiece's.
/// @param rules  what its trainer was told, if that is known: rules_of; else it is guessed from the merges
[[nodiscard]] inline training_splitter splitter_of_trainer(any_tokenizer const& tokenizer,
                                                           training_merges const& merges,
                                                           std::optional<sentencepiece_rules> rules = std::nullopt) {
    if (!merges.is_sentencepiece) return training_splitter(tokenizer.pretokenizer(), merges.kept_whole);
    // Whether U+2581 comes before each text is seen where a text is one letter.
    std::string normalized = "a";
    if (!tokenizer.normalizer().is_identity()) tokenizer.normalizer().normalize("a", normalized);
    std::string line_begins;
    any_pretokenizer::scratch s;
    tokenizer.pretokenizer().for_each(text_piece{normalized, 1}, s, [&](std::string_view piece) {
        if (piece.starts_with("\xE2\x96\x81")) line_begins = "\xE2\x96\x81";
    });
    return training_splitter(
        tokenizer.pretokenizer(), merges.kept_whole,
        sentencepiece_words(rules ? *rules : guess_sentencepiece_rules(merges), std::move(line_begins)));
}

}  // namespace tessera::inline v0
