// The tokenizer that a SentencePiece .model describes: SentencePiece's own ids and texts, for all four kinds of model.
// Pieces keep their ids. Control pieces are no added tokens: SentencePiece takes "<s>" in a text for four letters, and
// so does this; who wants ids for them asks the vocabulary. Next to read: sentencepiece_file.hpp, what is in the file.
#pragma once

#include <cstddef>
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

namespace detail {

[[nodiscard]] constexpr bool is_text_piece(sentencepiece_type type) noexcept {
    return is_matched(static_cast<piece_type>(type));
}

/// Refuses a piece for text whose spelling another kind of piece has too: SentencePiece takes the one while it looks
/// for pieces and the other for the id it gives out. No file of its trainer is like that.
/// @pre text pieces and others have different spellings among themselves, as read_sentencepiece_file sees to
inline void refuse_shared_spellings(sentencepiece_file const& file) {
    vocabulary_builder builder;
    for (token_id id = 0; id < file.pieces.size(); ++id) {
        if (!is_text_piece(file.pieces[id].type)) builder.add(id, file.pieces[id].piece);
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

/// Every piece by its id. The model finds those that it may make of text, and byte pieces.
inline vocabulary sentencepiece_vocabulary(sentencepiece_file const& file) {
    vocabulary_builder builder;
    for (token_id id = 0; id < file.pieces.size(); ++id) {
        sentencepiece const& p = file.pieces[id];
        // A model of characters never looks for more than one, but for those that are kept whole.
        bool const is_out_of_reach = file.model_type == sentencepiece_model_type::character &&
                                     p.type != sentencepiece_type::user_defined &&
                                     decode_utf8(p.piece, 0).length < p.piece.size();
        if (p.type == sentencepiece_type::byte) {
            builder.add(id, p.piece, token_kind::byte);
        } else if (!is_text_piece(p.type)) {
            builder.add_unfindable(id, p.piece, token_kind::control);
        } else if (is_out_of_reach) {
            builder.add_unfindable(id, p.piece, token_kind::normal);
        } else {
            builder.add(id, p.piece);
        }
    }
    return builder.build();
}

inline any_model sentencepiece_model(sentencepiece_file const& file) {
    using enum sentencepiece_model_type;
    vocabulary vocab = sentencepiece_vocabulary(file);
    std::vector<piece_type> types;
    std::vector<float> scores;
    for (sentencepiece const& p : file.pieces) {
        types.push_back(static_cast<piece_type>(p.type));
        scores.push_back(p.score);
    }
    switch (file.model_type) {
        case word:
            return sentencepiece_word_model(std::move(vocab), {file.unk_id, file.byte_fallback});
        case unigram:
            return unigram_model(std::move(vocab), std::vector<double>(scores.begin(), scores.end()),
                                 {unigram_dialect::sentencepiece, file.unk_id, file.byte_fallback, std::move(types)});
        case character:  // merges of nothing; an unused piece is made all the same
            for (piece_type& type : types) {
                if (type == piece_type::unused) type = piece_type::normal;
            }
            break;
        case bpe:
            break;
    }
    return sentencepiece_bpe_model(std::move(vocab), std::move(scores),
                                   {file.unk_id, file.byte_fallback, std::move(types)});
}

inline sentencepiece_normalizer_options sentencepiece_normalizer_of(sentencepiece_normalizer_spec const& spec) {
    return {.precompiled_charsmap = spec.precompiled_charsmap,
            .add_dummy_prefix = spec.add_dummy_prefix,
            .remove_extra_whitespaces = spec.remove_extra_whitespaces,
            .escape_whitespaces = spec.escape_whitespaces};
}

}  // namespace detail

/// Makes the tokenizer of a file. Its ids and decoded texts are those of SentencePiece 0.2, on any bytes.
/// Differs where SentencePiece fails: a character that is spelled like a control piece is unknown here.
/// @throws error  unsupported: two pieces of different types share a spelling; syntax, limit: the character map is
///                broken; limit: a piece of a BPE model has more than 64 KiB
/// @complexity    as the model's constructor
[[nodiscard]] inline any_tokenizer sentencepiece_tokenizer(sentencepiece_file const& file) {
    detail::refuse_shared_spellings(file);
    sentencepiece_normalizer_options normalizer = detail::sentencepiece_normalizer_of(file.normalizer);
    normalizer.treat_whitespace_as_suffix = file.treat_whitespace_as_suffix;
    sentencepiece_decoder_options decoder{.unknown_piece = file.pieces[file.unk_id].piece,
                                          .unknown_surface = file.unk_surface.substr(0, file.unk_surface.find('\0')),
                                          .byte_fallback = file.byte_fallback,
                                          .add_dummy_prefix = file.normalizer.add_dummy_prefix,
                                          .remove_extra_whitespaces = file.normalizer.remove_extra_whitespaces};
    for (sentencepiece const& p : file.pieces) {
        if (p.type == sentencepiece_type::user_defined) normalizer.user_defined_symbols.push_back(p.piece);
        if (p.type == sentencepiece_type::control) decoder.control_pieces.push_back(p.piece);
    }
    if (file.denormalizer) decoder.denormalizer = detail::sentencepiece_normalizer_of(*file.denormalizer);
    return any_tokenizer(detail::sentencepiece_model(file), any_pretokenizer(std::vector<any_pretokenizer::step>{}),
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
[[nodiscard]] inline any_tokenizer read_sentencepiece(std::string_view bytes, std::string const& name = {}) {
    try {
        return sentencepiece_tokenizer(read_sentencepiece_file(bytes));
    } catch (error const& e) {
        if (name.empty()) throw;
        throw e.within(name);
    }
}

}  // namespace tessera::inline v0
