// The files beside a tokenizer: tokenizer_config.json, special_tokens_map.json, added_tokens.json. Folders with
// vocab.json and merges.txt (or vocab.txt, or a .model) need them; a tokenizer.json has most of it itself.
// Source: huggingface/transformers 4.57, tokenization_utils_base.py and tokenization_utils.py.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/special_tokens.hpp>
#include <tessera/core/token.hpp>
#include <tessera/io/detail/shown.hpp>
#include <tessera/io/json.hpp>

namespace tessera::inline v0 {

/// What the three files say; what none of them says is empty. Field names are those of tokenizer_config.json.
struct tokenizer_config {
    std::string tokenizer_class;  ///< "GPT2Tokenizer", ...
    /// Tokens with an id, in order of the ids, which are distinct; contents are distinct too.
    std::vector<added_token> added_tokens;
    /// Tokens that are named without an id: those of the fields below, and additional_special_tokens. Their ids are
    /// `no_token`: the vocabulary has them, or they come after it in this order.
    std::vector<added_token> unnumbered_tokens;
    std::optional<std::string> bos_token, eos_token, unk_token, sep_token, pad_token, cls_token, mask_token;
    std::vector<std::string> additional_special_tokens;  ///< and extra_special_tokens, its newer name
    /// Their own names where extra_special_tokens gives them ("boi_token"), else empty; as many as there are tokens.
    std::vector<std::string> additional_names;
    /// Fields of the list above that tokenizer_config.json sets to null: no such token, whatever the class assumes.
    std::vector<std::string> null_tokens;
    std::optional<bool> add_bos_token, add_eos_token, add_prefix_space, clean_up_tokenization_spaces, do_lower_case,
        strip_accents, tokenize_chinese_chars, legacy, split_special_tokens;
    std::optional<double> model_max_length;  ///< in tokens; often 1e30, for "no limit"
};

namespace detail {

/// JSON without whole numbers beyond 64 bits: "model_max_length" is often 1000000000000000019884624838656, which the
/// parser refuses. Such a number gets an exponent of 0, which makes it a fraction.
inline std::string with_large_integers_as_fractions(std::string_view json) {
    std::string out;
    out.reserve(json.size() + 16);
    bool in_string = false;
    for (std::size_t at = 0; at < json.size();) {
        char const c = json[at];
        if (in_string && c == '\\' && at + 1 < json.size()) {
            out.append(json, at, 2);
            at += 2;
            continue;
        }
        if (c == '"') in_string = !in_string;
        std::size_t end = at;
        while (!in_string && end < json.size() && json[end] >= '0' && json[end] <= '9') ++end;
        if (end == at) {
            out += c;
            ++at;
            continue;
        }
        out.append(json, at, end - at);
        char const before = at > 0 ? json[at - 1] : ' ';
        char const after = end < json.size() ? json[end] : ' ';
        bool const part_of_fraction = before == '.' || before == '+' || before == 'e' || before == 'E' ||
                                      after == '.' || after == 'e' || after == 'E' ||
                                      (before == '-' && at > 1 && (json[at - 2] == 'e' || json[at - 2] == 'E'));
        if (end - at >= 19 && !part_of_fraction) out += "e0";
        at = end;
    }
    return out;
}

/// A token as these files write it: its content, or an object with the fields of AddedToken.
/// @param special  unless the object says
inline added_token read_added_token(json_value const& value, bool special = true) {
    added_token token;
    token.special = special;
    token.normalized = !special;
    if (value.is_string()) {
        token.content = value.string();
    } else {
        json_object const fields = value.object();
        token.content = fields.at("content").string();
        token.single_word = fields.boolean_or("single_word", false);
        token.lstrip = fields.boolean_or("lstrip", false);
        token.rstrip = fields.boolean_or("rstrip", false);
        token.special = fields.boolean_or("special", special);
        token.normalized = fields.boolean_or("normalized", !token.special);
    }
    return token;
}

class tokenizer_config_reader {
public:
    void read_config(json_value const& value) {
        json_object const root = value.object();
        if (auto const name = root.find("tokenizer_class")) config.tokenizer_class = name->string();
        if (auto const decoder = root.find("added_tokens_decoder")) {
            json_object const unique(*decoder);
            for (auto const& field : decoder->raw_object()) {
                json_value const token(field.value, unique.path_of(field.key));
                std::uint64_t id = 0;
                auto const [stop, code] = std::from_chars(field.key.data(), field.key.data() + field.key.size(), id);
                if (code != std::errc() || stop != field.key.data() + field.key.size())
                    token.fail(error_kind::bad_token, "the key is not a token id");
                add(read_added_token(token, false), id, token);
            }
        }
        read_names(root);
        for (auto const& field : value.raw_object()) {
            if (field.value.is_null() && field.key.ends_with("_token")) config.null_tokens.emplace_back(field.key);
        }
        flag(root, "add_bos_token", config.add_bos_token);
        flag(root, "add_eos_token", config.add_eos_token);
        flag(root, "add_prefix_space", config.add_prefix_space);
        flag(root, "clean_up_tokenization_spaces", config.clean_up_tokenization_spaces);
        flag(root, "do_lower_case", config.do_lower_case);
        flag(root, "strip_accents", config.strip_accents);
        flag(root, "tokenize_chinese_chars", config.tokenize_chinese_chars);
        flag(root, "legacy", config.legacy);
        flag(root, "split_special_tokens", config.split_special_tokens);
        if (auto const n = root.find("model_max_length")) config.model_max_length = n->number();
    }

    /// special_tokens_map.json; what the configuration says itself is not changed.
    void read_names(json_object const& root) {
        auto const name = [&](char const* key, std::optional<std::string>& to) {
            auto const value = root.find(key);
            if (!value || to) return;
            if (value->is_string() && value->string().empty()) return;  // "no such token", in some files
            added_token token = read_added_token(*value);
            to = token.content;
            add_unnumbered(std::move(token), *value);
        };
        name("bos_token", config.bos_token);
        name("eos_token", config.eos_token);
        name("unk_token", config.unk_token);
        name("sep_token", config.sep_token);
        name("pad_token", config.pad_token);
        name("cls_token", config.cls_token);
        name("mask_token", config.mask_token);
        if (!config.additional_special_tokens.empty()) return;
        auto const more = [&](json_value const& value, std::string_view own_name = {}) {
            added_token token = read_added_token(value);
            config.additional_special_tokens.push_back(token.content);
            config.additional_names.emplace_back(own_name);
            add_unnumbered(std::move(token), value);
        };
        for (char const* const key : {"additional_special_tokens", "extra_special_tokens"}) {
            auto const list = root.find(key);
            if (!list) continue;
            if (list->is_object()) {  // name -> token
                for (auto const& field : list->raw_object()) more({field.value, root.path_of(key)}, field.key);
            } else {
                for (json_value const& value : list->array()) more(value);
            }
        }
    }

    /// added_tokens.json: content -> id. Only for folders whose configuration has no list of its own.
    void read_added(json_value const& root) {
        bool const listed = !config.added_tokens.empty();
        std::vector<added_token> named = config.unnumbered_tokens;
        std::sort(named.begin(), named.end(),
                  [](added_token const& a, added_token const& b) { return a.content < b.content; });
        auto const by_content = [](added_token const& t, std::string const& content) { return t.content < content; };
        json_object const unique(root);
        for (auto const& field : root.raw_object()) {
            json_value const value(field.value, unique.path_of(field.key));
            std::uint64_t const id = value.unsigned_integer();
            if (listed) continue;
            added_token token;
            token.content = field.key;
            // transformers: special if one of the special tokens, and then with that one's options.
            auto const known = std::lower_bound(named.begin(), named.end(), token.content, by_content);
            if (known != named.end() && known->content == token.content) {
                token = *known;
            } else {
                token.special = false;
                token.normalized = true;
            }
            add(std::move(token), id, value);
        }
    }

    tokenizer_config finish() {
        std::vector<added_token>& tokens = config.added_tokens;
        auto const twice = [&](added_token const& token, std::string what) {
            throw error(error_kind::bad_token, "token id " + std::to_string(token.id), std::move(what),
                        "keep one of the two");
        };
        std::sort(tokens.begin(), tokens.end(),
                  [](added_token const& a, added_token const& b) { return a.content < b.content; });
        for (std::size_t i = 1; i < tokens.size(); ++i) {
            if (tokens[i - 1].content == tokens[i].content)
                twice(tokens[i], shown(tokens[i].content) + " has the id " + std::to_string(tokens[i - 1].id) + " too");
        }
        // A token that has an id is not without one, whichever file named it first.
        std::erase_if(config.unnumbered_tokens, [&](added_token const& token) {
            auto const at = std::lower_bound(tokens.begin(), tokens.end(), token.content,
                                             [](added_token const& t, std::string const& c) { return t.content < c; });
            return at != tokens.end() && at->content == token.content;
        });
        std::sort(tokens.begin(), tokens.end(), [](added_token const& a, added_token const& b) { return a.id < b.id; });
        for (std::size_t i = 1; i < tokens.size(); ++i) {
            if (tokens[i - 1].id == tokens[i].id)
                twice(tokens[i], "it is both " + shown(tokens[i - 1].content) + " and " + shown(tokens[i].content));
        }
        return std::move(config);
    }

private:
    static void flag(json_object const& root, char const* key, std::optional<bool>& to) {
        if (auto const value = root.find(key)) to = value->boolean();
    }

    void add(added_token token, std::uint64_t id, json_value const& value) {
        if (id >= max_vocabulary_size)
            value.fail(error_kind::bad_token, "the id " + std::to_string(id) + " is too large");
        if (token.content.empty()) value.fail(error_kind::bad_token, "the token is empty");
        token.id = static_cast<token_id>(id);
        config.added_tokens.push_back(std::move(token));
    }

    void add_unnumbered(added_token token, json_value const& value) {
        if (token.content.empty()) value.fail(error_kind::bad_token, "the token is empty");
        std::vector<added_token>& known = config.unnumbered_tokens;
        // Few have more than a hundred; the bound keeps a hostile list from taking quadratic time.
        if (known.size() >= 10'000) value.fail(error_kind::limit, "more than 10,000 special tokens without an id");
        if (std::none_of(known.begin(), known.end(), [&](added_token const& t) { return t.content == token.content; }))
            known.push_back(std::move(token));
    }

    tokenizer_config config;
};

}  // namespace detail

/// Reads the files of a folder; an empty text stands for a file that is not there. tokenizer_config.json goes before
/// special_tokens_map.json, and its added_tokens_decoder before added_tokens.json, as in transformers.
/// @throws error  syntax, bad_token, limit; `where()` begins with the name of the file
/// @complexity    O(n log n) in the size of the files, and 10^8 comparisons at worst
[[nodiscard]] inline tokenizer_config read_tokenizer_config(std::string_view tokenizer_config_json,
                                                            std::string_view special_tokens_map_json = {},
                                                            std::string_view added_tokens_json = {}) {
    detail::tokenizer_config_reader reader;
    auto const read = [&](std::string_view text, char const* name, auto&& use) {
        if (text.empty()) return;
        try {
            json_document const document(detail::with_large_integers_as_fractions(text));
            use(document.root());
        } catch (error const& e) {
            throw e.within(name);
        }
    };
    read(tokenizer_config_json, "tokenizer_config.json", [&](json_value const& root) { reader.read_config(root); });
    read(special_tokens_map_json, "special_tokens_map.json",
         [&](json_value const& root) { reader.read_names(root.object()); });
    read(added_tokens_json, "added_tokens.json", [&](json_value const& root) { reader.read_added(root); });
    return reader.finish();
}

}  // namespace tessera::inline v0
