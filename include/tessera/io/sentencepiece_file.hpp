// SentencePiece's .model files: a ModelProto. What is read is what running the tokenizer needs, and of its training
// what pieces there may be; other fields of training and self-tests are skipped. The checks are those of SentencePiece
// 0.2.3 (src/model_interface.cc, InitializePieces) and, on top, what it leaves to chance: scores are numbers, pieces
// are UTF-8, types are known.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/io/detail/byte_piece.hpp>
#include <tessera/io/detail/shown.hpp>
#include <tessera/io/protobuf.hpp>

namespace tessera::inline v0 {

/// What a piece is for; numbers of ModelProto.SentencePiece.Type.
enum class sentencepiece_type : std::uint8_t {
    normal = 1,
    unknown = 2,       ///< stands for what no piece covers
    control = 3,       ///< <s>, </s>, ...: never made from text
    user_defined = 4,  ///< always taken whole where it occurs
    unused = 5,        ///< in the vocabulary, but not made from text
    byte = 6,          ///< <0x00> .. <0xFF>
};

/// Numbers of TrainerSpec.ModelType.
enum class sentencepiece_model_type : std::uint8_t { unigram = 1, bpe = 2, word = 3, character = 4 };

/// A piece; its id is its position.
struct sentencepiece {
    std::string piece;  ///< as SentencePiece spells it: U+2581 for a space; may contain NUL
    float score = 0;    ///< higher is better; -inf for required_chars that no text of the training had
    sentencepiece_type type = sentencepiece_type::normal;
};

/// NormalizerSpec, with its defaults.
struct sentencepiece_normalizer_spec {
    std::string name;                  ///< nmt_nfkc, identity, ...; for people: the rules are in the map
    std::string precompiled_charsmap;  ///< empty, or: size of the trie (4 bytes), the trie, the replacements
    bool add_dummy_prefix = true;
    bool remove_extra_whitespaces = true;
    bool escape_whitespaces = true;
};

/// A ModelProto, checked.
struct sentencepiece_file {
    std::vector<sentencepiece> pieces;  ///< at least one
    sentencepiece_model_type model_type = sentencepiece_model_type::unigram;
    bool byte_fallback = false;  ///< if so, each of the 256 bytes is a piece
    bool treat_whitespace_as_suffix = false;
    bool split_by_whitespace = true;  ///< false: pieces may have spaces in the middle
    // As the model was trained; running does not need them.
    bool allow_whitespace_only_pieces = false;
    bool split_by_unicode_script = true;
    bool split_by_number = true;
    bool split_digits = false;
    std::string unk_surface = " \xE2\x81\x87 ";  ///< what the unknown piece decodes to
    std::string pretokenization_delimiter;

    token_id unk_id = no_token;  ///< the piece of type `unknown`; `no_token`: there is none, and byte_fallback is true
    // As `bos_id()` and its sisters of SentencePiece find them: by spelling, and only a control piece counts.
    std::optional<token_id> bos_id;
    std::optional<token_id> eos_id;
    std::optional<token_id> pad_id;

    sentencepiece_normalizer_spec normalizer;
    std::optional<sentencepiece_normalizer_spec> denormalizer;  ///< only if it has a map
};

namespace detail {

/// The four bytes in front of the trie must leave room for it and for the replacements behind it; the trie itself is
/// checked where it is used. As SentencePiece's DecodePrecompiledCharsMap.
inline bool charsmap_header_is_sane(std::string_view map) {
    if (map.empty()) return true;
    if (map.size() <= 4) return false;
    std::uint64_t trie = 0;
    for (std::size_t i = 0; i < 4; ++i) trie |= std::uint64_t{static_cast<unsigned char>(map[i])} << (8 * i);
    return trie <= map.size() - 4 && trie % 4 == 0;
}

inline void read_sentencepiece_normalizer(std::string_view bytes, std::size_t at, sentencepiece_normalizer_spec& spec) {
    protobuf_reader reader(bytes, at);
    for (protobuf_field f; reader.next(f);) {
        switch (f.number) {
            case 1:
                spec.name = f.string();
                break;
            case 2:
                if (!charsmap_header_is_sane(f.string())) {
                    f.fail(error_kind::syntax, "precompiled_charsmap is too short for the trie it announces",
                           "the file may be damaged; fetch it again");
                }
                spec.precompiled_charsmap = f.string();
                break;
            case 3:
                spec.add_dummy_prefix = f.boolean();
                break;
            case 4:
                spec.remove_extra_whitespaces = f.boolean();
                break;
            case 5:
                spec.escape_whitespaces = f.boolean();
                break;
            default:
                break;
        }
    }
}

/// Spellings of the special pieces; they matter only while reading.
struct sentencepiece_names {
    std::string bos = "<s>";
    std::string eos = "</s>";
    std::string pad = "<pad>";
};

inline void read_sentencepiece_trainer(std::string_view bytes, std::size_t at, sentencepiece_file& file,
                                       sentencepiece_names& names) {
    protobuf_reader reader(bytes, at);
    for (protobuf_field f; reader.next(f);) {
        switch (f.number) {
            case 3: {
                std::int32_t const type = f.int32();
                if (type < 1 || type > 4)
                    f.fail(error_kind::unsupported, "model_type " + std::to_string(type) + " is unknown");
                file.model_type = static_cast<sentencepiece_model_type>(type);
                break;
            }
            case 21:
                file.split_by_unicode_script = f.boolean();
                break;
            case 22:
                file.split_by_whitespace = f.boolean();
                break;
            case 23:
                file.split_by_number = f.boolean();
                break;
            case 24:
                file.treat_whitespace_as_suffix = f.boolean();
                break;
            case 25:
                file.split_digits = f.boolean();
                break;
            case 26:
                file.allow_whitespace_only_pieces = f.boolean();
                break;
            case 35:
                file.byte_fallback = f.boolean();
                break;
            case 44:
                file.unk_surface = f.string();
                break;
            case 46:
                names.bos = f.string();
                break;
            case 47:
                names.eos = f.string();
                break;
            case 48:
                names.pad = f.string();
                break;
            case 53:
                file.pretokenization_delimiter = f.string();
                break;
            default:
                break;
        }
    }
}

inline sentencepiece read_model_piece(std::string_view bytes, std::size_t at, std::size_t id) {
    sentencepiece out;
    auto const where = [id] { return "piece " + std::to_string(id); };
    protobuf_reader reader(bytes, at);
    for (protobuf_field f; reader.next(f);) {
        if (f.number == 1) {
            out.piece = f.string();
        } else if (f.number == 2) {
            out.score = f.float32();
            if (std::isnan(out.score)) throw error(error_kind::bad_token, where(), "its score is not a number");
        } else if (f.number == 3) {
            std::int32_t const type = f.int32();
            if (type < 1 || type > 6)
                throw error(error_kind::unsupported, where(), "its type " + std::to_string(type) + " is unknown");
            out.type = static_cast<sentencepiece_type>(type);
        }
    }
    if (out.piece.empty()) throw error(error_kind::bad_token, where(), "it is empty");
    if (!is_valid_utf8(out.piece)) throw error(error_kind::bad_token, where(), shown(out.piece) + " is not UTF-8");
    return out;
}

/// What holds of all pieces together. Sorting, not hashing: spellings are the file's, and may have been chosen.
inline void check_sentencepieces(sentencepiece_file& file, sentencepiece_names const& names) {
    using enum sentencepiece_type;
    auto const where = [](std::size_t id) { return "piece " + std::to_string(id); };
    auto const reserved = [&](std::size_t id) {  // SentencePiece keeps two tables; a spelling may be in both
        sentencepiece_type const t = file.pieces[id].type;
        return t == unknown || t == control || t == byte;
    };
    std::array<bool, 256> byte_found{};
    for (std::size_t id = 0; id < file.pieces.size(); ++id) {
        sentencepiece const& p = file.pieces[id];
        if (p.type == unknown) {
            if (file.unk_id != no_token) {
                throw error(error_kind::bad_token, where(id),
                            "it is of type unknown, but piece " + std::to_string(file.unk_id) + " is already");
            }
            file.unk_id = static_cast<token_id>(id);
        } else if (p.type == byte) {
            if (!file.byte_fallback)
                throw error(error_kind::bad_token, where(id), "it is a byte, but byte_fallback is false");
            std::optional<unsigned char> const value = byte_of_piece(p.piece);
            if (!value) throw error(error_kind::bad_token, where(id), shown(p.piece) + " is not <0x00> .. <0xFF>");
            byte_found[*value] = true;
        }
    }
    if (file.unk_id == no_token && !file.byte_fallback)
        throw error(error_kind::bad_token, "", "no piece is of type unknown",
                    "the file may be damaged; fetch it again");
    if (file.byte_fallback) {
        auto const missing = std::find(byte_found.begin(), byte_found.end(), false);
        if (missing != byte_found.end()) {
            throw error(
                error_kind::bad_token, "",
                "byte_fallback is true, but byte " + std::to_string(missing - byte_found.begin()) + " is not a piece");
        }
    }

    std::vector<std::uint32_t> order(file.pieces.size());
    for (std::size_t id = 0; id < order.size(); ++id) order[id] = static_cast<std::uint32_t>(id);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        int const c = file.pieces[a].piece.compare(file.pieces[b].piece);
        if (c != 0) return c < 0;
        if (reserved(a) != reserved(b)) return reserved(a);
        return a < b;
    });
    for (std::size_t i = 1; i < order.size(); ++i) {
        if (file.pieces[order[i - 1]].piece == file.pieces[order[i]].piece &&
            reserved(order[i - 1]) == reserved(order[i])) {
            throw error(error_kind::bad_token, where(order[i]),
                        shown(file.pieces[order[i]].piece) + " is piece " + std::to_string(order[i - 1]) + " already",
                        "keep one of the two");
        }
    }
    auto const control_piece = [&](std::string const& name) -> std::optional<token_id> {
        auto const at = std::lower_bound(order.begin(), order.end(), name, [&](std::uint32_t id, std::string const& n) {
            return file.pieces[id].piece < n;
        });
        if (at == order.end() || file.pieces[*at].piece != name || file.pieces[*at].type != control)
            return std::nullopt;
        return *at;
    };
    file.bos_id = control_piece(names.bos);
    file.eos_id = control_piece(names.eos);
    file.pad_id = control_piece(names.pad);
}

}  // namespace detail

/// Reads a SentencePiece model. Pieces with NUL are taken as they are (0.2.2 refuses them, and real models with them).
/// @return        a file in which there is one unknown piece, or none with byte fallback; no spelling twice among the
/// text pieces (normal,
///                user-defined, unused), nor among the others; byte pieces complete or absent
/// @throws error  syntax (`where()` is "byte N"), bad_token ("piece ID"), unsupported, limit, empty_input
/// @complexity    O(n log n) comparisons of pieces; memory in proportion to the file
[[nodiscard]] inline sentencepiece_file read_sentencepiece_file(std::string_view bytes) {
    sentencepiece_file file;
    detail::sentencepiece_names names;
    sentencepiece_normalizer_spec denormalizer;
    protobuf_reader reader(bytes);
    for (protobuf_field f; reader.next(f);) {
        switch (f.number) {
            case 1:
                if (file.pieces.size() == max_vocabulary_size) f.fail(error_kind::limit, "there are too many pieces");
                file.pieces.push_back(detail::read_model_piece(f.string(), f.bytes_at, file.pieces.size()));
                break;
            case 2:  // a message that comes twice is one message in two parts
                detail::read_sentencepiece_trainer(f.string(), f.bytes_at, file, names);
                break;
            case 3:
                detail::read_sentencepiece_normalizer(f.string(), f.bytes_at, file.normalizer);
                break;
            case 5:
                detail::read_sentencepiece_normalizer(f.string(), f.bytes_at, denormalizer);
                break;
            default:
                break;
        }
    }
    if (file.pieces.empty())
        throw error(error_kind::empty_input, "", "there are no pieces in it",
                    "check that this is a SentencePiece model");
    detail::check_sentencepieces(file, names);
    if (!denormalizer.precompiled_charsmap.empty()) file.denormalizer = std::move(denormalizer);
    return file;
}

}  // namespace tessera::inline v0
