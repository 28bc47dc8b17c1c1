// Hugging Face's `ByteLevel`: GPT-2's pretokenizer, and its byte alphabet (core/byte_alphabet.hpp), in which their
// models and vocabularies are written. A model over canonical bytes wants the splitting alone: `translate`.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/text_piece.hpp>
#include <tessera/pretokenize/gpt2.hpp>

namespace tessera::inline v0 {

struct byte_level_options {
    bool add_prefix_space = true;  ///< a space before each piece that does not begin with one
    bool trim_offsets = true;      ///< says nothing here: the post-processor of the same name reads it
    bool use_regex = true;         ///< split as gpt2_pretokenizer does; else each piece stays whole
    bool translate = true;         ///< write bytes in the byte alphabet; not in tokenizer.json
    friend bool operator==(byte_level_options const&, byte_level_options const&) = default;
};

/// Puts a space before the piece, splits it by GPT-2's pattern, writes each byte as the character that stands for it.
/// @complexity  O(n), any bytes; an ill-formed byte is a character that is neither space, letter nor number
/// @par Source  tokenizers 0.23.3, pre_tokenizers/byte_level.rs
class byte_level_pretokenizer {
public:
    using options_type = byte_level_options;
    static constexpr std::string_view type = "ByteLevel";
    static constexpr bool lossless = false;

    /// What has been rewritten. One a step of a sequence.
    struct scratch {
        std::string prefixed;
        std::string translated;
    };

    template <class Fields, class Options>
    static void describe(Fields& f, Options& o) {
        f("add_prefix_space", o.add_prefix_space);
        f("trim_offsets", o.trim_offsets);
        f.optional("use_regex", o.use_regex);
    }

    explicit byte_level_pretokenizer(options_type o = {}) noexcept : options_(o) {}
    [[nodiscard]] options_type const& options() const noexcept { return options_; }

    /// Calls `sink(text_piece)` with each piece, in order; valid during the call.
    template <class Sink>
    void for_each(text_piece piece, scratch& s, Sink&& sink) const {
        if (piece.text.empty()) return;
        if (options_.add_prefix_space && piece.text.front() != ' ') {
            s.prefixed.assign(1, ' ');
            s.prefixed += piece.text;
            // The space stands for the character that it was put before.
            piece = {s.prefixed, piece.from_start == 0 ? 0 : piece.from_start + 1};
        }
        if (!options_.use_regex) {
            give(piece, s, sink);
            return;
        }
        for (std::size_t begin = 0; begin < piece.text.size();) {
            std::size_t const end = gpt2_pretokenizer<>::next(piece.text, begin);
            give(piece.part(begin, end), s, sink);
            begin = end;
        }
    }

    friend bool operator==(byte_level_pretokenizer const&, byte_level_pretokenizer const&) = default;

private:
    template <class Sink>
    void give(text_piece piece, scratch& s, Sink& sink) const {
        if (!options_.translate) {
            sink(piece);
            return;
        }
        s.translated.clear();
        append_in_byte_alphabet(piece.text.substr(0, piece.from_start), s.translated);
        std::size_t const from_start = s.translated.size();
        append_in_byte_alphabet(piece.text.substr(piece.from_start), s.translated);
        sink(text_piece{s.translated, from_start});
    }

    options_type options_;
};

}  // namespace tessera::inline v0
