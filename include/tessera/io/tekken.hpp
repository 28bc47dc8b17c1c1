// Mistral's tekken.json: ranks in base64, the pattern, and the special tokens. Special tokens come first: ids
// 0 .. n_special - 1 are theirs, and the token of rank r has the id n_special + r. Of the ranks in the file only as
// many are used as fill the vocabulary. Source: mistralai/mistral-common 1.8,
// src/mistral_common/tokens/tokenizers/tekken.py.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/io/detail/shown.hpp>
#include <tessera/io/json.hpp>
#include <tessera/io/tiktoken.hpp>

namespace tessera::inline v0 {

struct tekken_special {
    std::string content;
    bool is_control = true;

    friend bool operator==(tekken_special const&, tekken_special const&) = default;
};

struct tekken_file {
    std::string pattern;                   ///< a regular expression in tiktoken's dialect
    std::string version;                   ///< "v3", "v7", "v11", ...: of the chat format
    std::vector<tekken_special> specials;  ///< by id, those without a name of their own included: <SPECIAL_20>, ...
    std::vector<std::string> tokens;       ///< bytes by rank, all distinct; id = specials.size() + rank
};

namespace detail {

/// The special tokens of files that do not list them, those up to version 7.
inline constexpr std::array<std::string_view, 20> tekken_default_specials = {"<unk>",
                                                                             "<s>",
                                                                             "</s>",
                                                                             "[INST]",
                                                                             "[/INST]",
                                                                             "[AVAILABLE_TOOLS]",
                                                                             "[/AVAILABLE_TOOLS]",
                                                                             "[TOOL_RESULTS]",
                                                                             "[/TOOL_RESULTS]",
                                                                             "[TOOL_CALLS]",
                                                                             "[IMG]",
                                                                             "<pad>",
                                                                             "[IMG_BREAK]",
                                                                             "[IMG_END]",
                                                                             "[PREFIX]",
                                                                             "[MIDDLE]",
                                                                             "[SUFFIX]",
                                                                             "[SYSTEM_PROMPT]",
                                                                             "[/SYSTEM_PROMPT]",
                                                                             "[TOOL_CONTENT]"};

/// What is left over is filled with names, one allocation each, so a number in the file must not be taken at its word.
inline constexpr std::size_t tekken_max_specials = 65'536;

inline void read_tekken_specials(json_object const& root, std::uint64_t n_specials, unsigned version,
                                 tekken_file& file) {
    if (auto const listed = root.find("special_tokens")) {
        std::size_t const n = listed->raw_array().size();
        if (n > n_specials) {
            listed->fail(error_kind::bad_token, "there are " + std::to_string(n) + " special tokens, and room for " +
                                                    std::to_string(n_specials));
        }
        for (json_value const& value : listed->array()) {
            json_object const token = value.object();
            std::uint64_t const rank = token.at("rank").unsigned_integer();
            if (rank != file.specials.size())
                value.fail(error_kind::bad_token, "its rank is " + std::to_string(rank) + ", not its position");
            file.specials.push_back(
                {std::string(token.at("token_str").string()), token.boolean_or("is_control", true)});
            if (file.specials.back().content.empty()) value.fail(error_kind::bad_token, "it is empty");
        }
    } else {
        if (version > 7)
            throw error(error_kind::syntax, "special_tokens",
                        "it is missing, and version " + file.version + " needs it");
        for (std::string_view const name : tekken_default_specials) {
            if (file.specials.size() < n_specials) file.specials.push_back({std::string(name), true});
        }
        if (n_specials < tekken_default_specials.size())
            throw error(error_kind::bad_token, "config.default_num_special_tokens", "it is less than the usual 20");
    }
    for (std::size_t id = file.specials.size(); id < n_specials; ++id)
        file.specials.push_back({"<SPECIAL_" + std::to_string(id) + ">", true});
    std::vector<std::string_view> names;
    for (tekken_special const& s : file.specials) names.push_back(s.content);
    std::sort(names.begin(), names.end());
    if (auto const twice = std::adjacent_find(names.begin(), names.end()); twice != names.end())
        throw error(error_kind::bad_token, "special_tokens", shown(*twice) + " is there twice", "keep one of the two");
}

inline void read_tekken_vocabulary(json_value const& vocab, std::size_t n_tokens, tekken_file& file) {
    auto const path = [](std::size_t i) { return "vocab[" + std::to_string(i) + "]"; };
    simdjson::dom::array const rows = vocab.raw_array();
    file.tokens.reserve(std::min(n_tokens, rows.size()));
    for (simdjson::dom::element const row : rows) {
        std::size_t const i = file.tokens.size();
        if (i == n_tokens) break;
        json_object const token = json_value(row, path(i)).object();
        std::uint64_t const rank = token.at("rank").unsigned_integer();
        if (rank != i)
            throw error(error_kind::bad_token, path(i), "its rank is " + std::to_string(rank) + ", not its position");
        std::string bytes;
        json_value const base64 = token.at("token_bytes");
        if (char const* const wrong = append_from_base64(base64.string(), bytes))
            base64.fail(error_kind::syntax, wrong);
        if (bytes.empty()) base64.fail(error_kind::bad_token, "the token is empty");
        if (i < 256 && (bytes.size() != 1 || static_cast<unsigned char>(bytes[0]) != i))
            base64.fail(error_kind::bad_token, "the first 256 tokens must be the bytes, in order");
        file.tokens.push_back(std::move(bytes));
    }
    std::vector<std::uint32_t> order(file.tokens.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        int const c = file.tokens[a].compare(file.tokens[b]);
        return c != 0 ? c < 0 : a < b;
    });
    for (std::size_t i = 1; i < order.size(); ++i) {
        if (file.tokens[order[i - 1]] == file.tokens[order[i]]) {
            throw error(error_kind::bad_token, path(order[i]),
                        shown(file.tokens[order[i]]) + " is " + path(order[i - 1]) + " already", "keep one of the two");
        }
    }
}

}  // namespace detail

/// Reads a tekken.json.
/// @throws error  syntax, bad_token, limit; `where()` is a JSON path, or line:column
/// @complexity    O(n log n) comparisons of tokens
[[nodiscard]] inline tekken_file read_tekken(std::string_view text) {
    json_document const document(text);
    json_object const root = document.root().object();
    json_object const config = root.at("config").object();
    tekken_file file;
    file.pattern = config.at("pattern").string();
    json_value const version = config.at("version");
    file.version = version.string();
    unsigned number = 0;
    auto const [stop, code] = std::from_chars(file.version.data() + (file.version.empty() ? 0 : 1),
                                              file.version.data() + file.version.size(), number);
    if (!file.version.starts_with('v') || code != std::errc() || stop != file.version.data() + file.version.size())
        version.fail(error_kind::unsupported, detail::shown(file.version) + " is not a version such as \"v7\"");

    json_value const vocab = root.at("vocab");
    std::uint64_t const n_rows = vocab.raw_array().size();
    auto const size = [&](char const* key, std::uint64_t otherwise) {
        auto const value = config.find(key);
        return value ? value->unsigned_integer() : otherwise;
    };
    std::uint64_t const n_specials = size("default_num_special_tokens", detail::tekken_default_specials.size());
    if (n_specials > detail::tekken_max_specials) {
        throw error(error_kind::limit, "config.default_num_special_tokens",
                    "more than " + std::to_string(detail::tekken_max_specials) + " special tokens are not accepted");
    }
    std::uint64_t const n_all = size("default_vocab_size", n_rows + n_specials);
    if (n_all > max_vocabulary_size || n_all < n_specials || n_all - n_specials > n_rows) {
        throw error(error_kind::bad_token, "config.default_vocab_size",
                    std::to_string(n_all) + " tokens cannot be made of " + std::to_string(n_specials) +
                        " special tokens and the " + std::to_string(n_rows) + " of the vocabulary");
    }
    if (n_all - n_specials < 256) {
        throw error(error_kind::bad_token, "config.default_vocab_size",
                    "there is no room for the 256 bytes after the special tokens");
    }
    detail::read_tekken_specials(root, n_specials, number, file);
    detail::read_tekken_vocabulary(vocab, static_cast<std::size_t>(n_all - n_specials), file);
    return file;
}

}  // namespace tessera::inline v0
