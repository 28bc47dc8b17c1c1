// Ranks in JSON, the format of JavaScript's tiktoken and of Anthropic's claude.json:
//   {"pat_str": "...", "special_tokens": {"<EOT>": 0}, "bpe_ranks": "! 5 IQ== Ig== ...\n! 900 ...", "explicit_n_vocab":
//   n}
// A line of `bpe_ranks` has a mark, the rank of its first token, then tokens in base64 with ranks counted up.
// Source: dqbd/tiktoken js/src/core.ts; @anthropic-ai/tokenizer 0.0.4.
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
#include <tessera/io/detail/lines.hpp>
#include <tessera/io/detail/token_table.hpp>
#include <tessera/io/json.hpp>
#include <tessera/io/tiktoken.hpp>

namespace tessera::inline v0 {

struct tiktoken_json {
    std::string pattern;                ///< a regular expression in tiktoken's dialect
    std::vector<std::string> tokens;    ///< bytes by rank, which is the id; empty where a rank has no token
    std::vector<added_token> specials;  ///< in the order of the file; ids not of a token
    /// As the file says. Nobody checks it, and in claude.json it is wrong.
    std::optional<std::uint64_t> explicit_n_vocab;
};

/// Reads such a file. All 256 bytes must be tokens, as in a .tiktoken file.
/// @throws error  syntax, bad_token; `where()` is a JSON path, and for ranks "bpe_ranks: line N"
[[nodiscard]] inline tiktoken_json read_tiktoken_json(std::string_view text) {
    json_document const document(text);
    json_object const root = document.root().object();
    tiktoken_json file;
    file.pattern = root.at("pat_str").string();
    if (auto const n = root.find("explicit_n_vocab")) file.explicit_n_vocab = n->unsigned_integer();

    detail::token_table table;
    auto const where = [](std::size_t line) { return "bpe_ranks: line " + std::to_string(line); };
    detail::for_each_line(root.at("bpe_ranks").string(), [&](std::string_view line, std::size_t n) {
        auto const fail = [&](std::string message) { throw error(error_kind::syntax, where(n), std::move(message)); };
        if (line.empty()) return;
        std::vector<std::string_view> head;  // mark and rank
        std::uint64_t rank = 0;
        for (std::size_t at = 0; at <= line.size();) {
            std::size_t const end = std::min(line.find(' ', at), line.size());
            std::string_view const word = line.substr(at, end - at);
            at = end + 1;
            if (head.size() < 2) {
                head.push_back(word);
                if (head.size() < 2) continue;
                auto const [stop, code] = std::from_chars(word.data(), word.data() + word.size(), rank);
                if (code != std::errc() || stop != word.data() + word.size())
                    fail("expected a mark, a rank and tokens in base64");
                continue;
            }
            std::string bytes;
            if (char const* const wrong = detail::append_from_base64(word, bytes)) fail(wrong);
            table.add(rank++, std::move(bytes), n, where);
        }
        if (head.size() < 2) fail("expected a mark, a rank and tokens in base64");
    });
    file.tokens = table.build(where);
    std::vector<bool> byte_found(256);
    for (std::string const& token : file.tokens) {
        if (token.size() == 1) byte_found[static_cast<unsigned char>(token[0])] = true;
    }
    auto const missing = std::find(byte_found.begin(), byte_found.end(), false);
    if (missing != byte_found.end()) {
        throw error(error_kind::bad_token, "bpe_ranks",
                    "the byte " + std::to_string(missing - byte_found.begin()) + " is not among the tokens");
    }

    if (auto const specials = root.find("special_tokens")) {
        json_object const unique(*specials);  // refuses a key that is there twice
        std::vector<token_id> ids;
        for (auto const& field : specials->raw_object()) {
            std::string const path = unique.path_of(field.key);
            std::uint64_t const id = json_value(field.value, path).unsigned_integer();
            if (field.key.empty()) throw error(error_kind::bad_token, path, "the token is empty");
            if (id >= max_vocabulary_size || (id < file.tokens.size() && !file.tokens[id].empty())) {
                throw error(error_kind::bad_token, path,
                            "the id " + std::to_string(id) +
                                (id >= max_vocabulary_size ? " is too large" : " is a token's already"));
            }
            ids.push_back(static_cast<token_id>(id));
            added_token token;
            token.id = static_cast<token_id>(id);
            token.content = field.key;
            file.specials.push_back(std::move(token));
        }
        std::sort(ids.begin(), ids.end());
        if (auto const twice = std::adjacent_find(ids.begin(), ids.end()); twice != ids.end())
            throw error(error_kind::bad_token, "special_tokens", "two tokens have the id " + std::to_string(*twice));
        if (!ids.empty()) detail::check_id_range(ids.back(), file.tokens.size() + ids.size(), "special_tokens");
    }
    return file;
}

}  // namespace tessera::inline v0
