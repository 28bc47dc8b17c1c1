// The components around the model in a tokenizer.json: normalizer, pre-tokenizer, post-processor, decoder, added
// tokens. Each function takes one of them and says what tessera makes of it, or throws `unsupported` with its JSON
// path.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/special_tokens.hpp>
#include <tessera/io/detail/bpe_parts.hpp>
#include <tessera/io/json.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/normalize/any_normalizer.hpp>
#include <tessera/pretokenize/any_pretokenizer.hpp>
#include <tessera/tokenizer.hpp>

namespace tessera::inline v0::detail {

[[noreturn]] inline void unsupported(json_value const& at, std::string_view what, std::string remedy) {
    at.fail(error_kind::unsupported, std::string(what) + " is not supported", std::move(remedy));
}

/// Calls `f(component, type)` for a component, or for the parts of a `Sequence` (whose member `key` lists them), in
/// order, Sequences within Sequences included.
template <class F>
void for_each_component(std::optional<json_value> const& component, std::string_view key, F&& f) {
    if (!component) return;
    std::vector<json_value> left{*component};
    while (!left.empty()) {
        json_value const value = std::move(left.back());
        left.pop_back();
        json_object const object = value.object();
        std::string_view const type = object.at("type").string();
        if (type != "Sequence") {
            f(object, value, type);
            continue;
        }
        json_value const list = object.at(key);
        if (list.path().size() > 1000 || list.raw_array().size() > 64) {
            list.fail(error_kind::limit, "more than 64 components in one sequence, or nested too deep");
        }
        std::vector<json_value> parts = list.array();
        left.insert(left.end(), std::make_move_iterator(parts.rbegin()), std::make_move_iterator(parts.rend()));
    }
}

inline any_normalizer read_normalizer(std::optional<json_value> const& component) {
    static constexpr std::array<std::string_view, 4> forms{"NFC", "NFD", "NFKC", "NFKD"};
    std::vector<normalization_form> steps;
    for_each_component(
        component, "normalizers", [&](json_object const&, json_value const& value, std::string_view type) {
            auto const* const form = std::find(forms.begin(), forms.end(), type);
            if (form == forms.end()) {
                unsupported(value, in_quotes(type), "the supported normalizers are NFC, NFD, NFKC and NFKD");
            }
            if (steps.size() == 16) value.fail(error_kind::limit, "more than 16 normalizers follow each other");
            steps.push_back(static_cast<normalization_form>(form - forms.begin()));
        });
    return any_normalizer(std::move(steps));
}

/// What a file's pre-tokenizer says: how text is split, and whether it becomes bytes.
struct pre_tokenizer_parts {
    any_pretokenizer pretokenizer = any_pretokenizer::by_name("bytes");
    symbol_unit unit = symbol_unit::code_point;
};

inline any_pretokenizer read_split(json_object const& split, json_value const& value) {
    json_object const pattern = split.at("pattern").object();
    if (auto const literal = pattern.find("String")) {
        unsupported(*literal, "splitting at a literal string", "only known regular expressions are (pattern.Regex)");
    }
    json_value const regex = pattern.at("Regex");
    json_value const behavior = split.at("behavior");
    if (behavior.string() != "Isolated") unsupported(behavior, in_quotes(behavior.string()), "only \"Isolated\" is");
    if (split.boolean_or("invert", false)) unsupported(value, "an inverted Split", "set invert to false");
    auto const known = any_pretokenizer::by_pattern(regex.string(), regex_dialect::oniguruma);
    if (!known) {
        regex.fail(error_kind::unsupported,
                   "no scanner splits as the regular expression " + std::string(regex.string()),
                   "supported are those of GPT-2, o200k, Llama 3 and Qwen2");
    }
    return *known;
}

/// Hugging Face runs BPE over characters, and ByteLevel turns bytes into characters first. So without a ByteLevel the
/// symbols are code points and the vocabulary is plain text.
inline pre_tokenizer_parts read_pre_tokenizer(std::optional<json_value> const& component) {
    pre_tokenizer_parts parts;
    bool splits = false;
    auto const split_by = [&](any_pretokenizer by, json_value const& value) {
        if (splits)
            unsupported(value, "a second pre-tokenizer that splits", "only one that splits is, and a ByteLevel");
        splits = true;
        parts.pretokenizer = std::move(by);
    };
    for_each_component(
        component, "pretokenizers", [&](json_object const& object, json_value const& value, std::string_view type) {
            if (parts.unit == symbol_unit::byte)
                unsupported(value, in_quotes(type) + " after ByteLevel", "put ByteLevel last");
            if (type == "ByteLevel") {
                parts.unit = symbol_unit::byte;
                bool const prefix = object.boolean_or("add_prefix_space", true);
                if (prefix && splits) {
                    unsupported(value, "add_prefix_space after a split", "set add_prefix_space to false");
                }
                if (object.boolean_or("use_regex", true)) split_by(any_pretokenizer::by_name("gpt2"), value);
                parts.pretokenizer = parts.pretokenizer.with_prefix_space(prefix);
            } else if (type == "Split") {
                split_by(read_split(object, value), value);
            } else if (type == "Whitespace") {
                split_by(any_pretokenizer::by_name("whitespace"), value);
            } else {
                unsupported(value, in_quotes(type), "the supported pre-tokenizers are ByteLevel, Split and Whitespace");
            }
        });
    return parts;
}

/// Nothing is kept of a decoder: the bytes of the tokens, joined, are the text.
inline void check_decoder(std::optional<json_value> const& component, symbol_unit unit) {
    for_each_component(component, "decoders", [&](json_object const&, json_value const& value, std::string_view type) {
        if (type == "Fuse") return;
        if (type != "ByteLevel") unsupported(value, in_quotes(type), "the supported decoders are ByteLevel and Fuse");
        if (unit != symbol_unit::byte) unsupported(value, "a ByteLevel decoder without a ByteLevel pre-tokenizer", "");
    });
}

inline token_id read_id(json_value const& value) {
    std::uint64_t const id = value.unsigned_integer();
    if (id >= max_vocabulary_size) {
        value.fail(error_kind::bad_token,
                   "token id " + std::to_string(id) + " is larger than " + std::to_string(max_vocabulary_size - 1),
                   "renumber the tokens from 0");
    }
    return static_cast<token_id>(id);
}

inline std::vector<added_token> read_added_tokens(std::optional<json_value> const& list) {
    std::vector<added_token> tokens;
    if (!list) return tokens;
    for (json_value const& value : list->array()) {
        json_object const object = value.object();
        added_token token;
        token.id = read_id(object.at("id"));
        token.content = object.at("content").string();
        token.special = object.boolean_or("special", false);
        token.single_word = object.boolean_or("single_word", false);
        token.lstrip = object.boolean_or("lstrip", false);
        token.rstrip = object.boolean_or("rstrip", false);
        token.normalized = object.boolean_or("normalized", !token.special);
        tokens.push_back(std::move(token));
    }
    return tokens;
}

inline void read_template(json_object const& object, text_frame& frame) {
    json_object const specials = object.at("special_tokens").object();
    std::vector<token_id> before;
    std::vector<token_id> after;
    bool seen_text = false;
    for (json_value const& piece : object.at("single").array()) {
        json_object const fields = piece.object();
        if (auto const sequence = fields.find("Sequence")) {
            json_value const id = sequence->object().at("id");
            if (id.string() != "A" || seen_text)
                unsupported(id, "this place of the text", "the text stands once, as \"A\"");
            seen_text = true;
            continue;
        }
        std::string_view const name = fields.at("SpecialToken").object().at("id").string();
        for (json_value const& id : specials.at(name).object().at("ids").array()) {
            (seen_text ? after : before).push_back(read_id(id));
        }
    }
    if (!seen_text) unsupported(object.at("single"), "a template without the text", "the text stands in it as \"A\"");
    frame.before.insert(frame.before.begin(), before.begin(), before.end());
    frame.after.insert(frame.after.end(), after.begin(), after.end());
}

/// The tokens put around a text; what a post-processor does to pairs of texts and to offsets is not kept.
inline text_frame read_post_processor(std::optional<json_value> const& component) {
    text_frame frame;
    for_each_component(component, "processors",
                       [&](json_object const& object, json_value const& value, std::string_view type) {
                           if (type == "ByteLevel") return;  // trims offsets
                           if (type == "TemplateProcessing") {
                               read_template(object, frame);
                           } else if (type == "RobertaProcessing" || type == "BertProcessing") {
                               auto const id_of = [&](std::string_view key) {
                                   json_value const pair = object.at(key);
                                   std::vector<json_value> const name_and_id = pair.array();
                                   if (name_and_id.size() != 2)
                                       pair.fail(error_kind::syntax, "expected a token and its id");
                                   return read_id(name_and_id[1]);
                               };
                               frame.before.insert(frame.before.begin(), id_of("cls"));
                               frame.after.push_back(id_of("sep"));
                           } else {
                               unsupported(value, in_quotes(type),
                                           "the supported post-processors are ByteLevel, TemplateProcessing, "
                                           "RobertaProcessing and BertProcessing");
                           }
                       });
    return frame;
}

}  // namespace tessera::inline v0::detail
