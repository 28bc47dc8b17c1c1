// Rank files of tiktoken (.tiktoken): one token a line, `BASE64 RANK`; the rank is the id. Nothing but the standard
// library and the core, so that an encoder of these files needs no other package.
// Source: openai/tiktoken tiktoken/load.py. Next to read: model/bpe_from_ranks.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/base64.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>

namespace tessera::inline v0 {

namespace detail {

/// Refuses ids that lie so far apart that the gaps, not the tokens, would take the memory.
inline void check_id_range(std::uint64_t largest, std::size_t n_tokens, std::string const& where) {
    if (largest >= std::uint64_t{1} << 20 && largest / 64 > n_tokens) {
        throw error(error_kind::bad_token, where,
                    "token id " + std::to_string(largest) + " leaves too wide a gap for " + std::to_string(n_tokens) +
                        " tokens",
                    "renumber the tokens from 0");
    }
}

}  // namespace detail

/// Reads a rank file. Ids may have gaps (p50k_base has one); a token spelled "=", which is a token of no bytes
/// (Whisper's multilingual.tiktoken has one), is one too. All 256 bytes must be tokens, so that any text encodes.
/// @throws error  syntax, bad_token; `where()` is "line N"
[[nodiscard]] inline vocabulary read_tiktoken(std::string_view text) {
    struct row {
        std::uint32_t begin;
        std::uint32_t length;
        token_id id;
        std::size_t line;
    };
    std::string arena;
    std::vector<row> rows;
    std::size_t line = 0;
    token_id largest = 0;
    for (std::size_t at = 0; at < text.size();) {
        ++line;
        std::size_t const end = std::min(text.find('\n', at), text.size());
        std::string_view content = text.substr(at, end - at);
        at = end + 1;
        if (content.ends_with('\r')) content.remove_suffix(1);
        if (content.empty() && text.find_first_not_of("\r\n", std::min(at, text.size())) == std::string_view::npos)
            break;
        auto const fail = [&](error_kind kind, std::string message, char const* remedy) {
            throw error(kind, "line " + std::to_string(line), std::move(message), remedy);
        };
        std::size_t const space = content.find(' ');
        if (space == std::string_view::npos || space == 0) {
            fail(error_kind::syntax, "expected a token in base64, a space and its rank",
                 "check that this is a .tiktoken file");
        }
        std::size_t const begin = arena.size();
        bool const empty = content.substr(0, space) == "=";
        if (char const* const wrong = empty ? nullptr : detail::append_from_base64(content.substr(0, space), arena)) {
            fail(error_kind::syntax, wrong, "fetch the file again");
        }
        if (arena.size() > 0xFFFF'FFFFU) fail(error_kind::limit, "the tokens have more than 4 GiB of text", "");
        std::string_view const digits = content.substr(space + 1);
        std::uint64_t rank = 0;
        auto const [stop, code] = std::from_chars(digits.data(), digits.data() + digits.size(), rank);
        if (code != std::errc() || stop != digits.data() + digits.size() || rank >= max_vocabulary_size) {
            fail(error_kind::bad_token,
                 "the rank \"" + std::string(digits.substr(0, 40)) + "\" is not a number from 0 to " +
                     std::to_string(max_vocabulary_size - 1),
                 "fetch the file again");
        }
        if (empty) continue;
        largest = std::max(largest, static_cast<token_id>(rank));
        rows.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(arena.size() - begin),
                        static_cast<token_id>(rank), line});
    }
    if (rows.empty()) throw error(error_kind::empty_input, "", "there are no tokens in it", "check the path");
    detail::check_id_range(largest, rows.size(), "line " + std::to_string(rows.size()));

    auto const bytes_of = [&](row const& r) { return std::string_view(arena).substr(r.begin, r.length); };
    auto const twice = [&](row const& first, row const& second, std::string what) {
        throw error(error_kind::bad_token, "line " + std::to_string(second.line),
                    std::move(what) + " is in line " + std::to_string(first.line) + " already", "keep one of the two");
    };
    vocabulary_builder builder;
    std::vector<std::size_t> row_of(std::size_t{largest} + 1, rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        row const& r = rows[i];
        if (row_of[r.id] != rows.size()) twice(rows[row_of[r.id]], r, "the rank " + std::to_string(r.id));
        row_of[r.id] = i;
        builder.add(r.id, bytes_of(r), r.length == 1 ? token_kind::byte : token_kind::normal);
    }
    vocabulary vocab;
    try {
        vocab = builder.build();
    } catch (error const&) {
        // Two rows have the same token; which ones is worth a sort only now.
        std::vector<row> sorted = rows;
        std::stable_sort(sorted.begin(), sorted.end(),
                         [&](row const& a, row const& b) { return bytes_of(a) < bytes_of(b); });
        for (std::size_t i = 1; i < sorted.size(); ++i) {
            if (bytes_of(sorted[i - 1]) == bytes_of(sorted[i])) {
                twice(sorted[i - 1], sorted[i], "the token \"" + to_byte_alphabet(bytes_of(sorted[i])) + "\"");
            }
        }
        throw;
    }
    for (unsigned b = 0; b < 256; ++b) {
        char const byte = static_cast<char>(b);
        if (vocab.find({&byte, 1}) == no_token) {
            throw error(error_kind::bad_token, "", "the byte " + std::to_string(b) + " is not among the tokens",
                        "a rank file needs all 256 bytes; fetch it again");
        }
    }
    return vocab;
}

/// Writes the tokens that text can become, in order of id. Special tokens have no place in the format.
[[nodiscard]] inline std::string write_tiktoken(vocabulary const& vocab) {
    std::string out;
    for (token_id id = 0; id < vocab.size(); ++id) {
        if (vocab.kind(id) != token_kind::normal && vocab.kind(id) != token_kind::byte) continue;
        if (vocab.find(vocab.bytes(id)) != id) continue;
        detail::append_to_base64(vocab.bytes(id), out);
        out += ' ';
        out += std::to_string(id);
        out += '\n';
    }
    return out;
}

}  // namespace tessera::inline v0
