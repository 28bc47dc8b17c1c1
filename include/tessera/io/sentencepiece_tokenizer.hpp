// The tokenizer that a SentencePiece .model describes: SentencePiece's own ids and texts, for all four kinds of model.
// Pieces keep their ids. Control pieces are no added tokens: SentencePiece takes "<s>" in a text for four letters, and
// so does this; who wants ids for them asks the vocabulary. Next to read: sentencepiece_file.hpp, what is in the file.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/io/detail/shown.hpp>
#include <tessera/io/protobuf.hpp>
#include <tessera/io/sentencepiece_file.hpp>
#include <tessera/model/piece_type.hpp>

namespace tessera::inline v0 {

/// Whose ids: SentencePiece changed them for a few texts and models in 0.2.2. Different are, in ordinary models, the
/// cuts that unigram models choose among those of nearly the same score (about one text in two thousand), and in very
/// long texts; in models with unused pieces, single characters that are one.
enum class sentencepiece_release : std::uint8_t {
    v0_2_1,  ///< and before
    v0_2_3,  ///< and 0.2.2
};

namespace detail {

[[nodiscard]] constexpr bool is_text_piece(sentencepiece_type type) noexcept {
    return is_matched(static_cast<piece_type>(type));
}

/// Refuses pieces that share a spelling where it matters: SentencePiece looks for the one and gives the id of the other
/// (and since 0.2.2 refuses, for BPE). Unigram models only do so for bytes. No file of its trainer is like that.
/// @pre text pieces and others have different spellings among themselves, as read_sentencepiece_file sees to
inline void refuse_shared_spellings(sentencepiece_file const& file) {
    bool const only_bytes = file.model_type == sentencepiece_model_type::unigram;
    vocabulary_builder builder;
    for (token_id id = 0; id < file.pieces.size(); ++id) {
        sentencepiece_type const type = file.pieces[id].type;
        if (!is_text_piece(type) && (!only_bytes || type == sentencepiece_type::byte))
            builder.add(id, file.pieces[id].piece);
    }
    vocabulary const others = builder.build();
    for (token_id id = 0; id < file.pieces.size(); ++id) {
        sentencepiece const& p = file.pieces[id];
        if (!is_text_piece(p.type)) continue;
        if (token_id const other = others.find(p.piece); other != no_token) {
            throw error(error_kind::unsupported, "piece " + std::to_string(id),
                        shown(p.piece) + " is also piece " + std::to_string(other) + ", of another type",
                        "rename one of the two");
        }
    }
}

/// Whether no text leads to a piece, though its type is for text.
inline bool is_out_of_reach(sentencepiece_file const& file, sentencepiece const& p, sentencepiece_release release) {
    using enum sentencepiece_model_type;
    bool const is_new = release == sentencepiece_release::v0_2_3;
    // Conversion scripts write NUL beside <0x00>; newer releases call it unused.
    if (is_new && file.byte_fallback && p.piece == std::string_view("\0", 1)) return true;
    if (p.type == sentencepiece_type::user_defined) return false;
    bool const is_plain = file.model_type == word || file.model_type == character;
    if (is_new && is_plain && p.type == sentencepiece_type::unused) return true;
    // A model of characters never looks for more than one.
    return file.model_type == character && decode_utf8(p.piece, 0).length < p.piece.size();
}

/// Every piece by its id. The model finds those that it may make of text, and byte pieces.
inline vocabulary sentencepiece_vocabulary(sentencepiece_file const& file, sentencepiece_release release) {
    vocabulary_builder builder;
    for (token_id id = 0; id < file.pieces.size(); ++id) {
        sentencepiece const& p = file.pieces[id];
        if (p.type == sentencepiece_type::byte) {
            builder.add(id, p.piece, token_kind::byte);
        } else if (!is_text_piece(p.type)) {
            builder.add_unfindable(id, p.piece, token_kind::control);
        } else if (is_out_of_reach(file, p, release)) {
            builder.add_unfindable(id, p.piece, token_kind::normal);
        } else {
            builder.add(id, p.piece);
        }
    }
    return builder.build();
}

inline any_model sentencepiece_model(sentencepiece_file const& file, sentencepiece_release release) {
    using enum sentencepiece_model_type;
    bool const is_new = release == sentencepiece_release::v0_2_3;
    vocabulary vocab = sentencepiece_vocabulary(file, release);
    std::vector<piece_type> types;
    std::vector<float> scores;
    for (sentencepiece const& p : file.pieces) {
        types.push_back(static_cast<piece_type>(p.type));
        scores.push_back(p.score);
    }
    switch (file.model_type) {
        case word:
            return sentencepiece_word_model(std::move(vocab), {file.unk_id, file.byte_fallback, !is_new});
        case unigram:
            return unigram_model(std::move(vocab), std::vector<double>(scores.begin(), scores.end()),
                                 {is_new ? unigram_dialect::sentencepiece_0_2_3 : unigram_dialect::sentencepiece,
                                  file.unk_id, file.byte_fallback, std::move(types)});
        case character:  // nothing merges: no piece that it finds has two parts
            for (piece_type& type : types) {
                if (type == piece_type::unused) type = piece_type::normal;
            }
            break;
        case bpe:
            break;
    }
    if (is_new) {  // which compares the bits of scores
        for (float& score : scores) {
            if (score == 0 && std::signbit(score)) score = -std::numeric_limits<float>::denorm_min();
        }
    }
    return sentencepiece_bpe_model(std::move(vocab), std::move(scores),
                                   {file.unk_id, file.byte_fallback, std::move(types), is_new});
}

inline sentencepiece_normalizer_options sentencepiece_normalizer_of(sentencepiece_normalizer_spec const& spec) {
    return {.precompiled_charsmap = spec.precompiled_charsmap,
            .add_dummy_prefix = spec.add_dummy_prefix,
            .remove_extra_whitespaces = spec.remove_extra_whitespaces,
            .escape_whitespaces = spec.escape_whitespaces};
}

}  // namespace detail

/// Makes the tokenizer of a file. Its ids and decoded texts are those of SentencePiece, on any bytes.
/// Differs where SentencePiece 0.2.1 fails: a character or word that is spelled like a control piece is unknown here,
/// as it is since 0.2.2.
/// @throws error  unsupported: two pieces share a spelling, see refuse_shared_spellings; syntax, limit: the character
///                map is broken; limit: a piece of a BPE model has more than 64 KiB
/// @complexity    as the model's constructor
[[nodiscard]] inline any_tokenizer sentencepiece_tokenizer(
    sentencepiece_file const& file, sentencepiece_release release = sentencepiece_release::v0_2_1) {
    detail::refuse_shared_spellings(file);
    sentencepiece_normalizer_options normalizer = detail::sentencepiece_normalizer_of(file.normalizer);
    normalizer.treat_whitespace_as_suffix = file.treat_whitespace_as_suffix;
    sentencepiece_decoder_options decoder{
        .unknown_piece = file.unk_id == no_token ? std::string() : file.pieces[file.unk_id].piece,
        .unknown_surface = file.unk_surface,
        .byte_fallback = file.byte_fallback,
        .add_dummy_prefix = file.normalizer.add_dummy_prefix,
        .remove_extra_whitespaces = file.normalizer.remove_extra_whitespaces};
    if (release == sentencepiece_release::v0_2_1) {  // a C string there
        decoder.unknown_surface.resize(std::min(decoder.unknown_surface.find('\0'), decoder.unknown_surface.size()));
    }
    for (sentencepiece const& p : file.pieces) {
        if (p.type == sentencepiece_type::user_defined) normalizer.user_defined_symbols.push_back(p.piece);
        if (p.type == sentencepiece_type::control) decoder.control_pieces.push_back(p.piece);
    }
    if (file.denormalizer) decoder.denormalizer = detail::sentencepiece_normalizer_of(*file.denormalizer);
    return any_tokenizer(detail::sentencepiece_model(file, release),
                         any_pretokenizer(std::vector<any_pretokenizer::step>{}),
                         any_normalizer({sentencepiece_normalizer(std::move(normalizer))}), {}, {},
                         any_decoder({sentencepiece_decoder(std::move(decoder))}));
}

/// Whether the bytes begin as a SentencePiece model does: with a piece. A file that is damaged further on does, too.
[[nodiscard]] inline bool looks_like_sentencepiece(std::string_view bytes) noexcept {
    if (!bytes.starts_with('\n')) return false;  // field 1, a message
    try {
        protobuf_reader reader(bytes);
        protobuf_field f;
        if (!reader.next(f) || f.number != 1 || f.wire != protobuf_wire::bytes) return false;
        protobuf_reader piece(f.bytes, f.bytes_at);
        bool has_text = false;
        for (protobuf_field part; piece.next(part);) {
            if (part.number == 1 && part.wire == protobuf_wire::bytes) has_text = true;
            if ((part.number == 1) != (part.wire == protobuf_wire::bytes)) return false;
        }
        return has_text;
    } catch (error const&) {
        return false;
    }
}

/// Reads a SentencePiece model.
/// @param name    of the file, for error messages; may be empty
/// @throws error  as read_sentencepiece_file and sentencepiece_tokenizer; `where()` begins with `name`
[[nodiscard]] inline any_tokenizer read_sentencepiece(std::string_view bytes, std::string const& name = {},
                                                      sentencepiece_release release = sentencepiece_release::v0_2_1) {
    try {
        return sentencepiece_tokenizer(read_sentencepiece_file(bytes), release);
    } catch (error const& e) {
        if (name.empty()) throw;
        throw e.within(name);
    }
}

}  // namespace tessera::inline v0
