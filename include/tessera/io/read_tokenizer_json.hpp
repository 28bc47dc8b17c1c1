// Reads a tokenizer.json of Hugging Face's library (0.23).
// Next to read: write_tokenizer_json.hpp.
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/error.hpp>
#include <tessera/io/detail/bpe_parts.hpp>
#include <tessera/io/detail/split_merge.hpp>
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
    auto const place = [&](std::size_t i) { return value.path() + '[' + std::to_string(i) + ']'; };
    std::size_t i = 0;
    for (simdjson::dom::element const element : value.raw_array()) {
        auto const where = [&] { return place(i); };
        std::string_view left;
        std::string_view right;
        std::string_view both;
        simdjson::dom::array pair;
        if (element.get(both) == simdjson::SUCCESS) {
            auto const parts_of_it = split_merge(both);
            if (!parts_of_it) {
                throw error(error_kind::bad_merge, where(),
                            in_quotes(both) + " is not two tokens with one space between");
            }
            std::tie(left, right) = *parts_of_it;
        } else if (element.get(pair) == simdjson::SUCCESS) {
            if (pair.size() != 2 || pair.at(0).get(left) != simdjson::SUCCESS ||
                pair.at(1).get(right) != simdjson::SUCCESS) {
                throw error(error_kind::bad_merge, where(), "expected two strings");
            }
        } else {
            throw error(error_kind::syntax, where(),
                        "expected a string or two strings, found " + std::string(json_value::kind_of(element)));
        }
        parts.add_merge(left, right, i, place);
        ++i;
    }
    parts.finish_merges(place);
}

/// Which model: as the file says, or, in older files, by the fields it has, tried in the library's order.
inline std::string_view model_type(json_object const& model) {
    if (auto const type = model.find("type")) {
        for (std::string_view const known : {"BPE", "Unigram", "WordPiece", "WordLevel"}) {
            if (type->string() == known) return known;
        }
        unsupported(*type, in_quotes(type->string()), "the supported models are BPE, Unigram, WordPiece and WordLevel");
    }
    if (model.find("merges")) return "BPE";
    if (model.find("max_input_chars_per_word")) return "WordPiece";
    auto const vocab = model.find("vocab");
    if (vocab && vocab->is_array()) return "Unigram";
    if (vocab && model.find("unk_token")) return "WordLevel";
    throw error(error_kind::unsupported, model.path_of("type"), "it is missing, and the fields fit no model",
                "the supported models are BPE, Unigram, WordPiece and WordLevel");
}

inline std::string text_or_empty(json_object const& object, char const* key) {
    auto const value = object.find(key);
    return value ? std::string(value->string()) : std::string();
}

/// The id of the unknown token. Where it is no token, Hugging Face's library fails at the first text that needs it.
template <class Vocab>
token_id find_unknown(json_value const& name, Vocab const& vocab, std::vector<std::string>* notes) {
    token_id const id = vocab.find(name.string());
    if (id == no_token && notes != nullptr) {
        notes->push_back("unk_token " + in_quotes(name.string()) +
                         " is not in the vocabulary: what it would stand for is left out, where Hugging Face's library "
                         "fails");
    }
    return id;
}

/// BPE that works on bytes needs what ByteLevel makes of text, and nothing that looks at its characters.
inline bool can_work_on_bytes(json_object const& model) {
    return model_type(model) == "BPE" && !model.boolean_or("byte_fallback", false) &&
           text_or_empty(model, "continuing_subword_prefix").empty() &&
           text_or_empty(model, "end_of_word_suffix").empty();
}

inline bpe_model read_bpe(json_object const& model, std::vector<added_token>& added, symbol_unit unit,
                          std::vector<std::string>* notes) {
    if (auto const dropout = model.find("dropout"); dropout && dropout->number() != 0) {
        unsupported(*dropout, "dropout", "set it to null; ids are then what they are without it");
    }
    json_value const vocab = model.at("vocab");
    json_value const merges = model.at("merges");
    bpe_options options{.ignore_merges = model.boolean_or("ignore_merges", false),
                        .unit = unit,
                        .fuse_unknown = model.boolean_or("fuse_unk", false),
                        .byte_fallback = model.boolean_or("byte_fallback", false),
                        .continuing_subword_prefix = text_or_empty(model, "continuing_subword_prefix"),
                        .end_of_word_suffix = text_or_empty(model, "end_of_word_suffix")};
    bpe_parts parts(unit, vocab.raw_object().size(), merges.raw_array().size(), options.continuing_subword_prefix);
    read_vocabulary(vocab, parts);
    read_merges(merges, parts);
    if (auto const unknown = model.find("unk_token")) {
        options.unknown = find_unknown(*unknown, parts, notes);
    }
    number_added_tokens(
        added, [&](std::string_view content) { return parts.find(content); }, parts.n_tokens(),
        [&](token_id id) { return parts.has(id); }, notes);
    return parts.build(added, std::move(options), "model.vocab");
}

// The vocabulary of a model without merges: an object of ids.
inline vocabulary read_plain_vocabulary(json_object const& model, std::vector<added_token>& added,
                                        std::vector<std::string>* notes) {
    json_value const vocab = model.at("vocab");
    bpe_parts parts(symbol_unit::code_point, vocab.raw_object().size(), 0);
    read_vocabulary(vocab, parts);
    number_added_tokens(
        added, [&](std::string_view content) { return parts.find(content); }, parts.n_tokens(),
        [&](token_id id) { return parts.has(id); }, notes);
    return parts.build_vocabulary(added, "model.vocab");
}

/// A number as Hugging Face's library reads it: serde_json takes the digits as a whole number and divides or multiplies
/// by one power of ten, which is off by a unit in the last place for every seventh score, and decides between ways of
/// equal score. The digits are the shortest that give `correct`, which is what files have.
inline double as_serde_reads(double correct) {
    std::array<char, 40> text{};
    char const* const end =
        std::to_chars(text.data(), text.data() + text.size(), correct, std::chars_format::scientific).ptr;
    std::uint64_t significand = 0;
    int exponent = 0;
    bool decimals = false;
    char const* at = text.data();
    bool const negative = *at == '-';
    at += negative ? 1 : 0;
    for (; at != end && *at != 'e'; ++at) {
        if (*at == '.') {
            decimals = true;
            continue;
        }
        if (*at < '0' || *at > '9') return correct;  // inf, nan
        significand = 10 * significand + static_cast<std::uint64_t>(*at - '0');
        exponent -= decimals ? 1 : 0;
    }
    if (at != end) {
        int written = 0;
        bool const below = *++at == '-';
        if (*at == '-' || *at == '+') ++at;
        for (; at != end; ++at) written = 10 * written + (*at - '0');
        exponent += below ? -written : written;
    }
    auto value = static_cast<double>(significand);
    for (; exponent < -308; exponent += 308) value /= 1e308;
    std::string const power = "1e" + std::to_string(exponent < 0 ? -exponent : exponent);
    double scale = 1;
    std::from_chars(power.data(), power.data() + power.size(), scale);
    value = exponent < 0 ? value / scale : value * scale;
    return negative ? -value : value;
}

inline unigram_model read_unigram(json_object const& model, std::vector<added_token>& added,
                                  std::vector<std::string>* notes) {
    json_value const vocab = model.at("vocab");
    bpe_parts parts(symbol_unit::code_point, vocab.raw_array().size(), 0);
    std::vector<double> scores;
    scores.reserve(vocab.raw_array().size());
    for (simdjson::dom::element const element : vocab.raw_array()) {
        auto const where = [&] { return vocab.path() + '[' + std::to_string(scores.size()) + ']'; };
        simdjson::dom::array pair;
        std::string_view spelling;
        double score = 0;
        if (element.get(pair) != simdjson::SUCCESS || pair.size() != 2 ||
            pair.at(0).get(spelling) != simdjson::SUCCESS || pair.at(1).get(score) != simdjson::SUCCESS) {
            throw error(error_kind::syntax, where(), "expected a token and its score");
        }
        parts.add_token(spelling, scores.size(), where);
        scores.push_back(as_serde_reads(score));
    }
    unigram_options options{.byte_fallback = model.boolean_or("byte_fallback", false)};
    if (auto const unknown = model.find("unk_id")) {
        std::uint64_t const id = unknown->unsigned_integer();
        if (id >= scores.size()) {
            unknown->fail(error_kind::bad_token, "id " + std::to_string(id) + " is not in the vocabulary");
        }
        options.unknown = static_cast<token_id>(id);
    }
    number_added_tokens(
        added, [&](std::string_view content) { return parts.find(content); }, parts.n_tokens(),
        [&](token_id id) { return parts.has(id); }, notes);
    vocabulary all = parts.build_vocabulary(added, "model.vocab");
    scores.resize(all.size(), 0);  // added tokens, which the model never makes
    return unigram_model(std::move(all), std::move(scores), options);
}

inline any_model read_model(json_object const& model, std::vector<added_token>& added, symbol_unit unit,
                            std::vector<std::string>* notes) {
    std::string_view const type = model_type(model);
    if (type == "BPE") return read_bpe(model, added, unit, notes);
    if (type == "Unigram") return read_unigram(model, added, notes);
    if (type == "WordPiece") {
        wordpiece_options options;
        options.continuing_subword_prefix = model.at("continuing_subword_prefix").string();
        options.max_input_chars_per_word = model.at("max_input_chars_per_word").unsigned_integer();
        vocabulary vocab = read_plain_vocabulary(model, added, notes);
        options.unknown = find_unknown(model.at("unk_token"), vocab, notes);
        return wordpiece_model(std::move(vocab), std::move(options));
    }
    vocabulary vocab = read_plain_vocabulary(model, added, notes);
    word_level_options options;
    options.unknown = find_unknown(model.at("unk_token"), vocab, notes);
    return word_level_model(std::move(vocab), options);
}

}  // namespace detail

/// Makes the tokenizer that a tokenizer.json describes. Ids are those of Hugging Face's library for the same file.
/// Differs: truncation and padding are kept, and applied on request only (post_process()); the decoder of byte-level
/// BPE joins the bytes of the tokens also where the file names none. Strings of the vocabulary that are not in the byte
/// alphabet are never made from text.
/// @param notes   if not null, gets what a user should know but need not act on
/// @throws error  syntax, unsupported, bad_token, bad_merge, limit; `where()` is line:column or a JSON path
/// @complexity    linear in the text, but for marking whole tokens (see bpe_model)
[[nodiscard]] inline any_tokenizer read_tokenizer_json(json_document const& document,
                                                       std::vector<std::string>* notes = nullptr) {
    json_object const root = document.root().object();
    if (!root.find("model")) {
        throw error(error_kind::unsupported, "model", "it is missing, so this is not a tokenizer.json",
                    "name the tokenizer.json, or the folder with vocab.json and merges.txt");
    }
    json_object const model = root.at("model").object();
    (void)detail::model_type(model);  // the first thing to know about a file that is not for us
    std::vector<added_token> added = detail::read_added_tokens(root.find("added_tokens"));
    any_normalizer normalizer = detail::read_normalizer(root.find("normalizer"));
    std::vector<any_decoder::step> decoder =
        detail::read_steps<any_decoder::step>(root.find("decoder"), "decoders", "decoder");
    // An empty Sequence is not the same as none, which puts a space between tokens.
    if (decoder.empty() && root.find("decoder")) decoder.emplace_back(fuse_decoder());
    detail::pre_tokenizer_parts parts = detail::read_pre_tokenizer(
        root.find("pre_tokenizer"), detail::can_work_on_bytes(model) && detail::decodes_bytes(decoder));
    any_model made = detail::read_model(model, added, parts.unit, notes);
    any_post_processor processor = detail::read_post_processor(root, made.vocab());
    if (notes != nullptr) {
        for (char const* const key : {"truncation", "padding"}) {
            if (root.find(key)) notes->push_back(std::string("the file's ") + key + " is applied on request only");
        }
    }
    bool const joins_bytes = parts.unit == symbol_unit::byte;
    return any_tokenizer(std::move(made), std::move(parts.pretokenizer), std::move(normalizer),
                         special_tokens(std::move(added)), std::move(processor),
                         any_decoder(std::move(decoder), joins_bytes));
}

[[nodiscard]] inline any_tokenizer read_tokenizer_json(std::string_view json,
                                                       std::vector<std::string>* notes = nullptr) {
    return read_tokenizer_json(json_document(json), notes);
}

}  // namespace tessera::inline v0
