// A SentencePiece .model as a tokenizer.json with which Hugging Face's library gives the same ids on any text, where
// there is one. For most models there is none, though many are published: the two libraries differ in small things, and
// the error says in which. What is left are models of characters, and of BPE whose merges have one order.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/io/detail/shown.hpp>
#include <tessera/io/file.hpp>
#include <tessera/io/sentencepiece_file.hpp>
#include <tessera/io/sentencepiece_tokenizer.hpp>
#include <tessera/io/write_tokenizer_json.hpp>

namespace tessera::inline v0 {

namespace detail {

[[noreturn]] inline void no_json_for_sentencepiece(std::string where, std::string why) {
    throw error(error_kind::unsupported, std::move(where), std::move(why), "keep the .model, which is read as it is");
}

/// Refuses what no tokenizer.json does exactly, but for merges.
inline void check_sentencepiece_parts(sentencepiece_file const& file) {
    using enum sentencepiece_model_type;
    if (file.model_type == unigram) {
        no_json_for_sentencepiece("model_type",
                                  "Hugging Face's library adds the scores of a unigram model as doubles and "
                                  "SentencePiece as floats, so that long texts get other ids");
    }
    if (file.model_type == word) {
        no_json_for_sentencepiece("model_type",
                                  "Hugging Face's library gives an id for each unknown word, and SentencePiece one "
                                  "for a run of them");
    }
    if (!file.normalizer.precompiled_charsmap.empty()) {
        no_json_for_sentencepiece("normalizer",
                                  "Hugging Face's library applies the character map to grapheme clusters and takes the "
                                  "shortest match, SentencePiece takes the longest anywhere");
    }
    if (file.treat_whitespace_as_suffix && file.normalizer.add_dummy_prefix) {
        no_json_for_sentencepiece("treat_whitespace_as_suffix",
                                  "Hugging Face's library has nothing that puts a space behind a text");
    }
    for (std::size_t id = 0; id < file.pieces.size(); ++id) {
        sentencepiece const& p = file.pieces[id];
        auto const where = [&] { return "piece " + std::to_string(id); };
        if (p.type == sentencepiece_type::unused) {
            no_json_for_sentencepiece(where(), "Hugging Face's library has no unused pieces");
        }
        bool const is_character = decode_utf8(p.piece, 0).length == p.piece.size();
        if (!is_text_piece(p.type) && is_character) {
            no_json_for_sentencepiece(where(), shown(p.piece) +
                                                   " is not made from text, but Hugging Face's library takes the "
                                                   "character for it");
        }
        bool const has_space =
            p.piece.find(' ') != std::string::npos || p.piece.find("\xE2\x96\x81") != std::string::npos;
        if (p.type == sentencepiece_type::user_defined && has_space && file.normalizer.escape_whitespaces) {
            no_json_for_sentencepiece(where(),
                                      shown(p.piece) +
                                          " is user-defined: Hugging Face's library looks for it before spaces "
                                          "become U+2581, and SentencePiece afterwards");
        }
        if (p.type == sentencepiece_type::user_defined &&
            (file.normalizer.add_dummy_prefix || file.normalizer.remove_extra_whitespaces)) {
            no_json_for_sentencepiece(where(), shown(p.piece) +
                                                   " is user-defined: Hugging Face's library treats the spaces of what "
                                                   "is before and after it as those of two texts");
        }
    }
}

/// Merges in an order that gives what merging by score gives. SentencePiece takes all ways to make a piece at once, the
/// leftmost first; a merge list has them one after another. That is the same if, for a piece with several ways, no two
/// of them compete for a part in a circle, and making it never leads to a better piece before its turn.
class ordered_merges {
public:
    /// @throws error  unsupported: there is no such order
    explicit ordered_merges(sentencepiece_file const& file, vocabulary const& vocab) : file_(file), vocab_(vocab) {
        std::vector<token_id> order;
        is_length_.assign(vocab.longest() + 5, false);
        for (std::size_t n = 1; n <= 4; ++n) is_length_[n] = true;  // a character
        for (token_id id = 0; id < file.pieces.size(); ++id) {
            if (file.pieces[id].type != sentencepiece_type::normal) continue;
            order.push_back(id);
            is_length_[file.pieces[id].piece.size()] = true;
        }
        std::stable_sort(order.begin(), order.end(),
                         [&](token_id a, token_id b) { return file.pieces[a].score > file.pieces[b].score; });
        std::vector<bool> has_ways(file.pieces.size(), false);
        std::vector<std::pair<token_id, token_id>> ways;
        std::uint32_t rank = 0;
        token_id before = no_token;
        for (token_id const id : order) {
            find_ways(id, ways);
            if (ways.empty()) continue;
            if (before != no_token && file.pieces[before].score == file.pieces[id].score) {
                fail(id, "has the same score as " + shown(file.pieces[before].piece));
            }
            before = id;
            if (ways.size() > 1) {
                has_ways[id] = true;
                sort_ways(id, ways);
            }
            for (auto const& [left, right] : ways) merges_.push_back({left, right, id, rank++});
        }
        for (merge const& m : merges_) {
            for (token_id const part : {m.left, m.right}) {
                if (has_ways[part] && file.pieces[part].score <= file.pieces[m.result].score) {
                    fail(part, "is made in several ways, and becomes part of " + shown(file.pieces[m.result].piece) +
                                   ", which goes first");
                }
            }
        }
    }

    [[nodiscard]] std::vector<merge> take() && { return std::move(merges_); }

private:
    [[noreturn]] void fail(token_id id, std::string const& why) const {
        no_json_for_sentencepiece(
            "piece " + std::to_string(id),
            shown(file_.pieces[id].piece) + ' ' + why + ": no list of merges gives the same ids on all texts");
    }

    // A part is a piece or, in SentencePiece only, a character that is none.
    void find_ways(token_id id, std::vector<std::pair<token_id, token_id>>& ways) const {
        std::string_view const piece = file_.pieces[id].piece;
        ways.clear();
        for (std::size_t cut = decode_utf8(piece, 0).length; cut < piece.size();
             cut += decode_utf8(piece, cut).length) {
            if (!is_length_[cut] || !is_length_[piece.size() - cut]) continue;
            token_id const left = part(piece.substr(0, cut));
            token_id const right = part(piece.substr(cut));
            bool const can_merge = (left != no_token || is_character(piece.substr(0, cut))) &&
                                   (right != no_token || is_character(piece.substr(cut)));
            if (!can_merge) continue;
            if (left == no_token || right == no_token) fail(id, "may be made of a character that is no piece");
            ways.emplace_back(left, right);
        }
    }
    [[nodiscard]] token_id part(std::string_view text) const {
        token_id const id = vocab_.find(text);
        return id != no_token && file_.pieces[id].type == sentencepiece_type::normal ? id : no_token;
    }
    static bool is_character(std::string_view text) { return decode_utf8(text, 0).length == text.size(); }

    // Where the right part of one way is the left part of another, three symbols can make the piece at two places;
    // SentencePiece takes the left one, so that way goes first. Only ways of complementary lengths can meet.
    void sort_ways(token_id id, std::vector<std::pair<token_id, token_id>>& ways) const {
        std::vector<std::pair<token_id, token_id>> sorted;
        std::vector<bool> done(ways.size(), false);
        for (std::size_t i = 0; i < ways.size(); ++i) {
            if (done[i]) continue;
            auto const other = std::find_if(ways.begin(), ways.end(), [&](auto const& w) {
                return w != ways[i] && (w.first == ways[i].second || w.second == ways[i].first);
            });
            if (other == ways.end()) {
                sorted.push_back(ways[i]);
                continue;
            }
            bool const before = ways[i].second == other->first;
            bool const after = other->second == ways[i].first;
            if (before && after) fail(id, "is one text repeated, made in several ways");
            done[static_cast<std::size_t>(other - ways.begin())] = true;
            sorted.push_back(before ? ways[i] : *other);
            sorted.push_back(before ? *other : ways[i]);
        }
        ways = std::move(sorted);
    }

    sentencepiece_file const& file_;
    vocabulary const& vocab_;
    std::vector<bool> is_length_;  // of a piece or a character
    std::vector<merge> merges_;
};

inline any_normalizer json_normalizer_of(sentencepiece_normalizer_spec const& spec) {
    std::vector<any_normalizer::step> steps;
    auto const replace = [&](char const* regex, char const* by) {
        steps.emplace_back(replace_normalizer({{regex, true}, by}));
    };
    std::string const space = spec.escape_whitespaces ? "\xE2\x96\x81" : " ";
    if (spec.remove_extra_whitespaces) {
        replace("\\A +", "");
        replace(" {2,}", " ");
        // U+2581 of the text itself goes, too, once it stands at the end.
        replace(spec.escape_whitespaces ? "[ \xE2\x96\x81]+\\z" : " +\\z", "");
    }
    if (spec.add_dummy_prefix) steps.emplace_back(prepend_normalizer({space}));
    if (spec.escape_whitespaces) steps.emplace_back(replace_normalizer({{" ", false}, space}));
    return any_normalizer(std::move(steps));
}

inline any_decoder json_decoder_of(sentencepiece_file const& file) {
    std::vector<any_decoder::step> steps;
    steps.emplace_back(replace_decoder({{"\xE2\x96\x81", false}, " "}));
    if (file.byte_fallback) steps.emplace_back(byte_fallback_decoder());
    steps.emplace_back(fuse_decoder());
    if (file.normalizer.add_dummy_prefix || file.normalizer.remove_extra_whitespaces) {
        steps.emplace_back(strip_decoder({U' ', 1, 0}));
    }
    return any_decoder(std::move(steps));
}

}  // namespace detail

/// Writes a tokenizer.json with which Hugging Face's library (0.23) gives the ids of SentencePiece on any text.
/// @param notes   if not null, gets what differs all the same, in decoding and around the text
/// @throws error  unsupported: there is no such file; `where()` is the part that stands in the way
/// @complexity    the bytes of all pieces times the number of different lengths of pieces
[[nodiscard]] inline std::string sentencepiece_to_json(sentencepiece_file const& file,
                                                       std::vector<std::string>* notes = nullptr) {
    detail::refuse_shared_spellings(file);
    detail::check_sentencepiece_parts(file);
    vocabulary_builder builder;
    std::vector<added_token> added;
    bool has_control = false;
    for (token_id id = 0; id < file.pieces.size(); ++id) {
        sentencepiece const& p = file.pieces[id];
        has_control |= p.type == sentencepiece_type::control;
        builder.add(id, p.piece,
                    p.type == sentencepiece_type::control || p.type == sentencepiece_type::unknown
                        ? token_kind::control
                        : token_kind::normal);
        if (p.type == sentencepiece_type::user_defined) {
            added.push_back({.id = id, .content = p.piece, .special = false});
        }
    }
    vocabulary vocab = builder.build();
    std::vector<merge> merges;
    if (file.model_type == sentencepiece_model_type::bpe) merges = detail::ordered_merges(file, vocab).take();
    bpe_options options{.unit = symbol_unit::code_point,
                        .unknown = file.unk_id,
                        .fuse_unknown = true,
                        .byte_fallback = file.byte_fallback};
    any_tokenizer const tokenizer(bpe_model(std::move(vocab), std::move(merges), std::move(options)),
                                  any_pretokenizer(std::vector<any_pretokenizer::step>{}),
                                  detail::json_normalizer_of(file.normalizer), special_tokens(std::move(added)), {},
                                  detail::json_decoder_of(file));
    if (notes != nullptr) {
        if (has_control) {
            notes->emplace_back(
                "control pieces such as <s> are in the vocabulary, but are not added tokens: SentencePiece takes "
                "them in a text for ordinary text. List them under added_tokens if they should be recognised");
        }
        notes->emplace_back(
            "ids are the same; what they decode to may differ: unknown and control pieces are shown, and a run of "
            "bytes that is not UTF-8 becomes one U+FFFD a byte");
    }
    return write_tokenizer_json(tokenizer);
}

/// The same from file to file; `out` appears complete or not at all.
/// @return        what a user should know
/// @throws error  io; as read_sentencepiece_file and sentencepiece_to_json: `where()` begins with the path
inline std::vector<std::string> convert_sentencepiece(std::filesystem::path const& model,
                                                      std::filesystem::path const& out, bool overwrite) {
    std::string const bytes = read_file(model);
    std::vector<std::string> notes;
    std::string json;
    try {
        json = sentencepiece_to_json(read_sentencepiece_file(bytes), &notes);
    } catch (error const& e) {
        throw e.within(model.string());
    }
    output_file file(out, overwrite);
    file.write(json);
    file.commit();
    return notes;
}

}  // namespace tessera::inline v0
