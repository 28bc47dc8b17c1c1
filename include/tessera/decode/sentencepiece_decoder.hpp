// SentencePiece's own decoding, for .model files: what its Decode makes of pieces.
// Source: google/sentencepiece 0.2.1, src/sentencepiece_processor.cc (Decode of pieces), src/model_interface.cc
// (PieceToId: a piece is what its spelling says). Next to read: io/sentencepiece_tokenizer.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/core/token_source.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/normalize/edit.hpp>
#include <tessera/normalize/sentencepiece_normalizer.hpp>

namespace tessera::inline v0 {

struct sentencepiece_decoder_options {
    std::vector<std::string> control_pieces = {};  ///< add nothing
    std::string unknown_piece = {};                ///< adds `unknown_surface`; empty: there is none
    std::string unknown_surface = " \xE2\x81\x87 ";
    bool byte_fallback = false;                    ///< `<0x00>` .. `<0xFF>` are bytes
    bool add_dummy_prefix = true;                  ///< the space in front is taken off
    bool remove_extra_whitespaces = true;          ///< a space in front of each piece is taken off until there is text
    std::vector<std::string> literal_pieces = {};  ///< add themselves, U+2581 and all; SentencePiece has none
    bool keeps_ill_formed_bytes = false;  ///< byte pieces that are not UTF-8 stay what they are, as in llama.cpp
    std::optional<sentencepiece_normalizer_options> denormalizer = {};  ///< rewrites the text in the end
    friend bool operator==(sentencepiece_decoder_options const&, sentencepiece_decoder_options const&) = default;
};

/// Joins pieces to the text they stand for. U+2581 becomes a space. In a run of byte pieces each character that is
/// well-formed is itself, and each other byte U+FFFD.
/// Not a component of tokenizer.json, so it has no `describe`.
/// @complexity  O(n)
class sentencepiece_decoder {
public:
    using options_type = sentencepiece_decoder_options;
    static constexpr std::string_view type = "SentencePiece";
    static constexpr bool joins_tokens = true;

    /// @throws error  as sentencepiece_normalizer: the denormalizer's character map is broken
    explicit sentencepiece_decoder(options_type options = {}) : options_(std::move(options)) {
        vocabulary_builder builder;
        token_id next = 0;
        // Of two roles of one spelling the first here counts; files that were read have one for each.
        auto const add = [&](std::string_view piece, role r) {
            if (piece.empty()) return;
            builder.add_unless_known(next++, piece);
            roles_.push_back(r);
            begins_special_[static_cast<unsigned char>(piece.front())] = true;
        };
        for (std::string const& piece : options_.control_pieces) add(piece, role::control);
        add(options_.unknown_piece, role::unknown);
        for (std::string const& piece : options_.literal_pieces) add(piece, role::literal);
        if (options_.byte_fallback) {
            constexpr std::string_view digits = "0123456789ABCDEF";
            for (std::size_t b = 0; b < 256; ++b) {
                char const piece[] = {'<', '0', 'x', digits[b >> 4], digits[b & 15], '>'};
                if (b == 0) first_byte_ = next;
                add({piece, sizeof piece}, role::byte);
            }
        }
        special_ = builder.build();
        if (options_.denormalizer) denormalizer_.emplace(*options_.denormalizer);
    }

    [[nodiscard]] options_type const& options() const noexcept { return options_; }
    friend bool operator==(sentencepiece_decoder const& a, sentencepiece_decoder const& b) noexcept {
        return a.options_ == b.options_;
    }

    struct scratch {
        std::string text;
        std::string run;  // the bytes of the pieces just before
        std::string denormalized;
        sentencepiece_normalizer::scratch denormalizer;
    };
    /// Makes one token, the text, which is empty if there are none.
    void decode(token_source tokens, scratch& s, token_sink sink) const {
        s.text.clear();
        s.run.clear();
        bool at_start = true;
        bool took_space = false;
        tokens([&](std::string_view piece) {
            auto const [r, byte] = role_of(piece);
            if (r == role::byte) {
                s.run += byte;
                return;
            }
            end_run(s.run, s.text);
            if (took_space || !s.text.empty()) at_start = false;
            took_space = false;
            if (r == role::text && at_start && piece.starts_with(space) &&
                (options_.add_dummy_prefix || options_.remove_extra_whitespaces)) {
                piece.remove_prefix(space.size());
                took_space = !options_.remove_extra_whitespaces;
            }
            append_piece(r, piece, s.text);
        });
        end_run(s.run, s.text);
        if (denormalizer_) {
            plain_edit edit(s.text, s.denormalized);
            denormalizer_->rewrite(s.text, s.denormalizer, edit);
            sink(s.denormalized);
        } else {
            sink(s.text);
        }
    }
    /// What a token in the middle of a text adds to it; a byte whether or not its neighbours make it UTF-8. The
    /// denormalizer, which sees the whole text, is left out.
    void append_token_bytes(std::string_view spelling, std::string& out) const {
        auto const [r, byte] = role_of(spelling);
        if (r == role::byte) {
            out += byte;
        } else {
            append_piece(r, spelling, out);
        }
    }
    /// The same where a step before has joined all tokens into one, and this is a part of it.
    void append_part_bytes(std::string_view part, std::string& out) const { append_spaced(part, out); }

private:
    enum class role : unsigned char { text, control, unknown, literal, byte };
    static constexpr std::string_view space = "\xE2\x96\x81";

    struct found {
        role r;
        char byte;
    };
    [[nodiscard]] found role_of(std::string_view piece) const noexcept {
        if (piece.empty() || !begins_special_[static_cast<unsigned char>(piece.front())]) return {role::text, 0};
        token_id const at = special_.find(piece);
        if (at == no_token) return {role::text, 0};
        return {roles_[at], static_cast<char>(static_cast<unsigned char>((at - first_byte_) & 0xFF))};
    }

    void append_piece(role r, std::string_view piece, std::string& out) const {
        if (r == role::text) {
            append_spaced(piece, out);
        } else if (r == role::literal) {
            out += piece;
        } else if (r == role::unknown) {
            out += options_.unknown_surface;
        }
    }
    static void append_spaced(std::string_view piece, std::string& out) {
        for (;;) {
            std::size_t const at = piece.find(space);
            out.append(piece.substr(0, at));
            if (at == std::string_view::npos) return;
            out += ' ';
            piece.remove_prefix(at + space.size());
        }
    }

    void end_run(std::string& run, std::string& text) const {
        if (options_.keeps_ill_formed_bytes) {
            text += run;
            run.clear();
            return;
        }
        for (std::size_t at = 0; at < run.size();) {
            auto const [code_point, length] = decode_utf8(run, at);
            if (length == 1 && code_point == replacement_character) {
                text += "\xEF\xBF\xBD";
            } else {
                text.append(run, at, length);
            }
            at += length;
        }
        run.clear();
    }

    options_type options_;
    vocabulary special_;
    std::vector<role> roles_;                    // by place in special_
    std::array<bool, 256> begins_special_ = {};  // by first byte: most pieces need not be looked up
    token_id first_byte_ = 0;
    std::optional<sentencepiece_normalizer> denormalizer_;
};

}  // namespace tessera::inline v0
