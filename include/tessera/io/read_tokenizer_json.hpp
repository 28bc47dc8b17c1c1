// Reads a tokenizer.json of Hugging Face's library (0.23): byte-level BPE, and BPE over characters.
// Next to read: write_tokenizer_json.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/error.hpp>
#include <tessera/io/detail/bpe_parts.hpp>
#include <tessera/io/detail/tokenizer_json_components.hpp>
#include <tessera/io/json.hpp>

namespace tessera::inline v0 {

namespace detail {

inline void read_vocabulary(json_value const& value, bpe_parts& parts) {
    std::size_t i = 0;
    for (auto const& field : value.raw_object()) {
        auto const where = [&] { return value.path() + '[' + in_quotes(field.key) + ']'; };
        std::uint64_t id = 0;
        if (field.value.get(id) != simdjson::SUCCESS) (void)json_value(field.value, where()).unsigned_integer();
        parts.add_token(field.key, id, where);
        ++i;
    }
    if (i == 0) value.fail(error_kind::empty_input, "the vocabulary is empty");
}

inline void read_merges(json_value const& value, bpe_parts& parts) {
    std::size_t i = 0;
    for (simdjson::dom::element const element : value.raw_array()) {
        auto const where = [&] { return value.path() + '[' + std::to_string(i) + ']'; };
        std::string_view left;
        std::string_view right;
        std::string_view both;
        simdjson::dom::array pair;
        if (element.get(both) == simdjson::SUCCESS) {
            std::size_t const space = both.find(' ');
            if (space == std::string_view::npos || both.find(' ', space + 1) != std::string_view::npos) {
                throw error(error_kind::bad_merge, where(),
                            in_quotes(both) + " is not two tokens with one space between");
            }
            left = both.substr(0, space);
            right = both.substr(space + 1);
        } else if (element.get(pair) == simdjson::SUCCESS) {
            if (pair.size() != 2 || pair.at(0).get(left) != simdjson::SUCCESS ||
                pair.at(1).get(right) != simdjson::SUCCESS) {
                throw error(error_kind::bad_merge, where(), "expected two strings");
            }
        } else {
            throw error(error_kind::syntax, where(),
                        "expected a string or two strings, found " + std::string(json_value::kind_of(element)));
        }
        parts.add_merge(left, right, where);
        ++i;
    }
}

inline void check_model_type(json_object const& model) {
    auto const type = model.find("type");
    if (type && type->string() != "BPE") unsupported(*type, in_quotes(type->string()), "the supported model is BPE");
    if (!type && !model.find("merges")) {
        throw error(error_kind::unsupported, model.path_of("type"),
                    "a model without a type and without merges is not BPE", "the supported model is BPE");
    }
}

inline void refuse_model_options(json_object const& model) {
    for (char const* const key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
        auto const text = model.find(key);
        if (text && !text->string().empty()) unsupported(*text, in_quotes(text->string()), "only an empty one is");
    }
    if (auto const dropout = model.find("dropout"); dropout && dropout->number() != 0) {
        unsupported(*dropout, "dropout", "set it to null; ids are then what they are without it");
    }
    if (model.boolean_or("byte_fallback", false)) {
        unsupported(model.at("byte_fallback"), "byte fallback", "only byte-level BPE and BPE over characters are");
    }
}

inline bpe_model read_model(json_object const& model, std::vector<added_token> const& added, symbol_unit unit,
                            std::vector<std::string>* notes) {
    refuse_model_options(model);
    json_value const vocab = model.at("vocab");
    json_value const merges = model.at("merges");
    bpe_parts parts(unit, vocab.raw_object().size(), merges.raw_array().size());
    read_vocabulary(vocab, parts);
    read_merges(merges, parts);

    bpe_options options{.ignore_merges = model.boolean_or("ignore_merges", false),
                        .unit = unit,
                        .fuse_unknown = model.boolean_or("fuse_unk", false)};
    if (auto const unknown = model.find("unk_token")) {
        options.unknown = parts.find(unknown->string());
        // Hugging Face's library fails when it first needs the token; encoding must not fail here.
        if (options.unknown == no_token) {
            unknown->fail(error_kind::bad_token, in_quotes(unknown->string()) + " is not in the vocabulary",
                          "add it to model.vocab, or set unk_token to null");
        }
    }
    if (notes != nullptr) {
        // Hugging Face's library numbers added tokens itself, in the order of the file.
        std::size_t next = parts.n_tokens();
        for (added_token const& token : added) {
            if (parts.find(token.content) == no_token && token.id != next) {
                notes->push_back("added token " + in_quotes(token.content) + " has id " + std::to_string(token.id) +
                                 " as the file says; Hugging Face's library gives it id " + std::to_string(next));
                break;
            }
            next = std::max(next, std::size_t{token.id} + 1);
        }
    }
    return parts.build(added, options, "model.vocab");
}

}  // namespace detail

/// Makes the tokenizer that a tokenizer.json describes. Ids are those of Hugging Face's library for the same file.
/// Differs: truncation and padding are not applied; an added token keeps the id the file gives it; the decoder joins
/// the bytes of the tokens also where the file names none. Strings of the vocabulary that are not in the byte alphabet
/// are never made from text.
/// @param notes   if not null, gets what a user should know but need not act on
/// @throws error  syntax, unsupported, bad_token, bad_merge, limit; `where()` is line:column or a JSON path
/// @complexity    linear in the text, but for marking whole tokens (see bpe_model)
[[nodiscard]] inline any_tokenizer read_tokenizer_json(std::string_view json,
                                                       std::vector<std::string>* notes = nullptr) {
    json_document const document(json);
    json_object const root = document.root().object();
    if (!root.find("model")) {
        throw error(error_kind::unsupported, "model", "it is missing, so this is not a tokenizer.json",
                    "name the tokenizer.json, or the folder with vocab.json and merges.txt");
    }
    json_object const model = root.at("model").object();
    detail::check_model_type(model);  // the first thing to know about a file that is not for us
    std::vector<added_token> added = detail::read_added_tokens(root.find("added_tokens"));
    any_normalizer normalizer = detail::read_normalizer(root.find("normalizer"));
    detail::pre_tokenizer_parts parts = detail::read_pre_tokenizer(root.find("pre_tokenizer"));
    detail::check_decoder(root.find("decoder"), parts.unit);
    text_frame frame = detail::read_post_processor(root.find("post_processor"));
    bpe_model bpe = detail::read_model(model, added, parts.unit, notes);
    for (auto const* const ids : {&frame.before, &frame.after}) {
        for (token_id const id : *ids) {
            if (id < bpe.vocab().size() && bpe.vocab().kind(id) != token_kind::unused) continue;
            throw error(error_kind::bad_token, "post_processor",
                        "token id " + std::to_string(id) + " is not in the vocabulary",
                        "add the token, or correct the id");
        }
    }
    if (notes != nullptr) {
        for (char const* const key : {"truncation", "padding"}) {
            if (root.find(key)) notes->push_back(std::string("the file's ") + key + " is not applied");
        }
    }
    return any_tokenizer(std::move(bpe), std::move(parts.pretokenizer), std::move(normalizer),
                         special_tokens(std::move(added)), std::move(frame));
}

}  // namespace tessera::inline v0
