// A tokenizer with SentencePiece's components or a greedy model as one with Hugging Face's that gives the same ids on
// any text, where there is one. The libraries differ in small things, and the error says in which, or the note where
// the nearest form will do. Of .model files, models of BPE and of characters have one, if text is changed in spaces
// alone; of GGUF files, `llama`, and none of `bert` (llama_cpp_as_bert.hpp).
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/base64.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/io/boundless_tokenizer.hpp>
#include <tessera/io/conversion.hpp>
#include <tessera/io/detail/llama_cpp_as_bert.hpp>
#include <tessera/io/detail/merge_list.hpp>
#include <tessera/io/detail/shown.hpp>
#include <tessera/io/greedy_as_wordpiece.hpp>

namespace tessera::inline v0::detail {

/// Its steps in Hugging Face's library.
inline std::vector<any_normalizer::step> hugging_face_steps(sentencepiece_normalizer_options const& o,
                                                            differences& found) {
    std::vector<any_normalizer::step> steps;
    if (!o.precompiled_charsmap.empty()) {
        found.add("normalizer",
                  "Hugging Face's library applies the character map to grapheme clusters and takes the shortest match, "
                  "SentencePiece takes the longest anywhere");
        std::string base64;
        append_to_base64(o.precompiled_charsmap, base64);
        steps.emplace_back(precompiled_normalizer({std::move(base64)}));
    }
    auto const replace = [&](std::string regex, std::string by) {
        steps.emplace_back(replace_normalizer({{std::move(regex), true}, std::move(by)}));
    };
    std::string const space = o.escape_whitespaces ? "\xE2\x96\x81" : " ";
    // U+2581 of the text itself goes, too, once it stands at the end.
    std::string const spaces = o.escape_whitespaces ? " \xE2\x96\x81" : " ";
    if (o.remove_extra_whitespaces) {
        replace("\\A +", "");
        replace(" {2,}", " ");
    }
    if (o.add_dummy_prefix && o.treat_whitespace_as_suffix) {
        replace(o.remove_extra_whitespaces ? "[" + spaces + "]+\\z|(?<=[^" + spaces + "])\\z" : "(?<=[\\s\\S])\\z",
                space);
    } else if (o.remove_extra_whitespaces) {
        replace("[" + spaces + "]+\\z", "");
    }
    if (o.add_dummy_prefix && !o.treat_whitespace_as_suffix) steps.emplace_back(prepend_normalizer({space}));
    if (o.escape_whitespaces) steps.emplace_back(replace_normalizer({{" ", false}, space}));
    return steps;
}

inline std::vector<any_decoder::step> hugging_face_steps(sentencepiece_decoder_options const& o) {
    std::vector<any_decoder::step> steps;
    steps.emplace_back(replace_decoder({{"\xE2\x96\x81", false}, " "}));
    if (o.byte_fallback) steps.emplace_back(byte_fallback_decoder());
    steps.emplace_back(fuse_decoder());
    if (o.add_dummy_prefix || o.remove_extra_whitespaces) steps.emplace_back(strip_decoder({U' ', 1, 0}));
    return steps;
}

/// A model that gives the same ids by a list of merges.
/// @throws error  unsupported: Hugging Face's library does not give them
inline bpe_model hugging_face_model(sentencepiece_bpe_model const& model, differences& found) {
    vocabulary const& vocab = model.vocab();
    sentencepiece_bpe_options const& o = model.options();
    auto const differs = [&](token_id id, char const* why) {
        found.add("token id " + std::to_string(id) + ", " + shown(vocab.bytes(id)), why);
    };
    auto const is_unused = [&](token_id id) { return !o.types.empty() && o.types[id] == piece_type::unused; };
    for (token_id id = 0; id < vocab.size(); ++id) {
        std::string_view const bytes = vocab.bytes(id);
        if (bytes.empty() || decode_utf8(bytes, 0).length != bytes.size()) continue;
        if (vocab.find(bytes) != id || (o.as_0_2_3 && is_unused(id))) {
            differs(id, "it is not made from text, but Hugging Face's library takes the character for it");
        }
    }
    auto const bytes = byte_fallback_tokens(vocab);
    bool const all_bytes = o.byte_fallback && std::find(bytes.begin(), bytes.end(), no_token) == bytes.end();
    bool const no_bytes =
        !o.byte_fallback || std::all_of(bytes.begin(), bytes.end(), [](token_id id) { return id == no_token; });
    if (!all_bytes && !no_bytes) {
        found.add("byte_fallback",
                  "some bytes have no token, and Hugging Face's library gives unknown characters after the bytes of "
                  "those that follow");
    }
    if (!all_bytes && o.unknown == no_token) {
        found.add("unk_token",
                  "there is none, and across an unknown character that is dropped Hugging Face's library merges");
    }
    merge_list list(model);
    for (merge const& m : list.own_merges()) {
        if (m.left >= vocab.size() || m.right >= vocab.size()) {
            differs(m.result,
                    "it is made of a character that is no token, and Hugging Face's library merges nothing but tokens");
        }
        if (is_unused(m.result)) {
            differs(m.result,
                    "it is unused: SentencePiece merges it and takes it apart again in the end, and Hugging Face's "
                    "library has nothing like it");
        }
    }
    std::vector<merge> merges = list.in_order();
    std::erase_if(merges, [&](merge const& m) { return m.left >= vocab.size() || m.right >= vocab.size(); });
    return {vocab,
            std::move(merges),
            {.unit = symbol_unit::code_point,
             .unknown = o.unknown,
             .fuse_unknown = true,
             .byte_fallback = o.byte_fallback}};
}

/// The nearest model; there is none with the same ids.
inline unigram_model hugging_face_model(unigram_model const& model, differences& found) {
    unigram_options const& o = model.options();
    found.add(
        "model",
        "Hugging Face's library adds the scores of a unigram model as doubles and SentencePiece as floats, so that "
        "long texts get other ids");
    if (std::any_of(o.types.begin(), o.types.end(),
                    [](piece_type t) { return t != piece_type::normal && t != piece_type::user_defined; })) {
        found.add(
            "model",
            "a text that spells a control, unknown, unused or byte piece has this piece in Hugging Face's library");
    }
    if (std::find(o.types.begin(), o.types.end(), piece_type::user_defined) != o.types.end()) {
        found.add("model",
                  "SentencePiece finds user-defined pieces before the text is normalized, Hugging Face's library "
                  "afterwards");
    }
    return unigram_model(
        model.vocab(), model.scores(),
        {.dialect = unigram_dialect::hugging_face, .unknown = o.unknown, .byte_fallback = o.byte_fallback});
}

/// User-defined pieces become added tokens: looks whether spaces around them are treated in the same way.
inline void check_user_defined(token_id id, std::string_view piece, sentencepiece_normalizer_options const& o,
                               differences& found) {
    bool const has_space =
        piece.find(' ') != std::string_view::npos || piece.find("\xE2\x96\x81") != std::string_view::npos;
    auto const differs = [&](char const* why) {
        found.add("token id " + std::to_string(id) + ", " + shown(piece), why);
    };
    if (has_space && o.escape_whitespaces) {
        differs(
            "it is user-defined: Hugging Face's library looks for it before spaces become U+2581, and SentencePiece "
            "afterwards");
    }
    if (o.add_dummy_prefix || o.remove_extra_whitespaces) {
        differs(
            "it is user-defined: Hugging Face's library treats the spaces of what is before and after it as those of "
            "two texts");
    }
}

/// @param notes   if not null, gets what differs all the same, in decoding and around the text, and in ids where `how`
///                allows it
/// @return        the tokenizer with other components; nothing: it has none of SentencePiece
/// @throws error  unsupported: there are none with the same ids; `where()` is the part that stands in the way
inline std::optional<any_tokenizer> hugging_face_form(any_tokenizer const& t, std::vector<std::string>* notes,
                                                      conversion how) {
    if (t.model().get_if<greedy_model>() != nullptr) return greedy_as_wordpiece(t);
    differences found(how);
    if (auto const* const boundless = t.model().get_if<boundless_model>()) {
        any_tokenizer form = boundless_as_bpe(t, *boundless, found);
        if (notes != nullptr) {
            for (std::string& note : found.notes()) notes->push_back(std::move(note));
        }
        return form;
    }
    if (auto bert = llama_cpp_as_bert(t, found)) {
        if (notes != nullptr) {
            for (std::string& note : found.notes()) notes->push_back(std::move(note));
            notes->emplace_back("what ids decode to may differ: there are spaces beside control tokens");
        }
        return bert;
    }
    any_model model = t.model();
    std::vector<piece_type> types;
    bool has_any = false;
    bool scores_user_defined = false;  // so high that they are taken, as in SentencePiece
    if (auto const* const bpe = t.model().get_if<sentencepiece_bpe_model>()) {
        has_any = true;
        types = bpe->options().types;
        model = hugging_face_model(*bpe, found);
    } else if (auto const* const unigram = t.model().get_if<unigram_model>();
               unigram != nullptr && (unigram->options().dialect == unigram_dialect::sentencepiece ||
                                      unigram->options().dialect == unigram_dialect::sentencepiece_0_2_3)) {
        has_any = scores_user_defined = true;
        types = unigram->options().types;
        model = hugging_face_model(*unigram, found);
    }
    std::vector<added_token> added = t.specials().tokens();
    std::vector<any_normalizer::step> normalizer;
    for (auto const& step : t.normalizer().steps()) {
        auto const* const theirs = std::get_if<sentencepiece_normalizer>(&step);
        if (theirs == nullptr) {
            normalizer.push_back(step);
            continue;
        }
        has_any = true;
        for (auto& one : hugging_face_steps(theirs->options(), found)) normalizer.push_back(std::move(one));
        for (token_id id = 0; id < types.size(); ++id) {
            if (types[id] != piece_type::user_defined || scores_user_defined) continue;
            std::string_view const piece = model.vocab().bytes(id);
            check_user_defined(id, piece, theirs->options(), found);
            added.push_back({.id = id, .content = std::string(piece), .special = false});
        }
    }
    std::vector<any_decoder::step> decoder;
    for (auto const& step : t.decoder().steps()) {
        if (auto const* const theirs = std::get_if<sentencepiece_decoder>(&step)) {
            has_any = true;
            for (auto& one : hugging_face_steps(theirs->options())) decoder.push_back(std::move(one));
        } else {
            decoder.push_back(step);
        }
    }
    if (!has_any) return std::nullopt;
    if (notes != nullptr) {
        for (std::string& note : found.notes()) notes->push_back(std::move(note));
        if (std::find(types.begin(), types.end(), piece_type::control) != types.end()) {
            notes->emplace_back(
                "control pieces such as <s> are in the vocabulary, but are not added tokens: SentencePiece takes "
                "them in a text for ordinary text. List them under added_tokens if they should be recognised");
        }
        notes->emplace_back(
            "what ids decode to may differ: unknown and control pieces are shown, and a run of "
            "bytes that is not UTF-8 becomes one U+FFFD a byte");
    }
    return any_tokenizer(std::move(model), t.pretokenizer(), any_normalizer(std::move(normalizer)),
                         special_tokens(std::move(added)), t.post_processor(), any_decoder(std::move(decoder)));
}

}  // namespace tessera::inline v0::detail
