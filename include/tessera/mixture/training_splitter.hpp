// Text -> the pretokens that a trainer counted pairs in. A byte-level tokenizer is trained on the pretokens that it
// encodes; SentencePiece encodes a text whole and is trained on words.
//
// The normalizer is the tokenizer's own; it comes before this.
//
// Hugging Face's library trains on files line by line, newlines included: no token then reaches behind a newline,
// though the pretokenizer would allow it. SuperBPE's published tokenizers are like that.
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

/// Whether a trainer read lines, each with the newline at its end, as texts of their own: no token has anything behind
/// a newline. Where a trainer met newlines inside its texts, "\n\n" or a newline with an indentation is among the first
/// merges; where neither is there, what stands behind a newline was rare, or not seen.
[[nodiscard]] inline bool is_trained_on_lines(training_merges const& merges) {
    for (merge const& m : merges.merges) {
        std::string const& token = merges.symbols[m.result];
        std::size_t const at = token.find('\n');
        if (at != std::string::npos && at + 1 != token.size()) return false;
    }
    return true;
}

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

    /// The same, for a trainer that reads lines: cuts behind each newline first. @see is_trained_on_lines
    [[nodiscard]] training_splitter by_lines() const {
        training_splitter out = *this;
        out.by_lines_ = true;
        return out;
    }
    [[nodiscard]] bool cuts_lines() const noexcept { return by_lines_; }

    /// Calls `sink(std::string_view)` with each pretoken, in order. The view is valid during the call.
    template <class Sink>
    void for_each(text_piece text, scratch& s, Sink&& sink) const {
        if (words_) {
            auto const cut = [&](std::string_view piece) {
                for_each_between(text_piece{piece, 0},
                                 [&](text_piece part) { words_->for_each(part.text, s.words, sink); });
            };
            pretokenizer_.for_each(text, s.splitting, cut);
            return;
        }
        auto const split = [&](text_piece part) { pretokenizer_.for_each(part, s.splitting, sink); };
        if (!by_lines_) return for_each_between(text, split);
        for (std::size_t at = 0; at < text.text.size();) {
            std::size_t const newline = text.text.find('\n', at);
            std::size_t const end = newline == std::string_view::npos ? text.text.size() : newline + 1;
            for_each_between(text.part(at, end), split);
            at = end;
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
    bool by_lines_ = false;
};

static_assert(StagedPretokenizer<training_splitter>);

/// The splitter of a byte-level trainer that split by `pretokenizer`: that of a file, or one that was guessed.
[[nodiscard]] inline training_splitter splitter_of_trainer(any_pretokenizer const& pretokenizer,
                                                           training_merges const& merges) {
    training_splitter const splitter(pretokenizer, merges.kept_whole);
    return is_trained_on_lines(merges) ? splitter.by_lines() : splitter;
}

/// The splitter of a tokenizer whose file says how text is split, or that is SentencePiece's.
/// @param rules  what its trainer was told, if that is known: rules_of; else it is guessed from the merges
[[nodiscard]] inline training_splitter splitter_of_trainer(any_tokenizer const& tokenizer,
                                                           training_merges const& merges,
                                                           std::optional<sentencepiece_rules> rules = std::nullopt) {
    if (!merges.is_sentencepiece) return splitter_of_trainer(tokenizer.pretokenizer(), merges);
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
