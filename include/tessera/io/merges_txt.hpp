// merges.txt alone, or GPT-2's vocab.bpe: a merge list without the vocabulary that belongs to it. The tokens follow
// from it: the bytes, and what the merges make. Their ids do not; they are numbered here.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/io/detail/bpe_parts.hpp>
#include <tessera/io/detail/split_merge.hpp>
#include <tessera/model/bpe_model.hpp>

namespace tessera::inline v0 {

namespace detail {

struct merge_line {
    std::string left, right;  // bytes
    std::size_t number = 0;
};

[[noreturn]] inline void fail_at_line(std::size_t line, std::string message, std::string remedy = {}) {
    throw error(error_kind::bad_merge, "line " + std::to_string(line), std::move(message), std::move(remedy));
}

inline std::vector<merge_line> read_merge_lines(std::string_view content) {
    std::vector<merge_line> lines;
    if (content.starts_with("\xEF\xBB\xBF")) content.remove_prefix(3);
    std::size_t number = 0;
    for (std::size_t at = 0; at < content.size();) {
        ++number;
        std::size_t const end = std::min(content.find('\n', at), content.size());
        std::string_view line = content.substr(at, end - at);
        at = end + 1;
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.starts_with("#version")) continue;
        // A blank line can only be the end.
        if (line.empty() && content.find_first_not_of("\r\n", std::min(at, content.size())) == std::string_view::npos) {
            break;
        }
        auto const two = split_merge(line);
        if (!two || two->first.empty() || two->second.empty()) {
            fail_at_line(number, in_quotes(line) + " is not two tokens with one space between");
        }
        merge_line read{{}, {}, number};
        for (auto const& [spelling, bytes] : {std::pair{two->first, &read.left}, std::pair{two->second, &read.right}}) {
            if (!from_byte_alphabet(spelling, *bytes)) {
                fail_at_line(number, in_quotes(spelling) + " has a character that is not of GPT-2's byte alphabet",
                             "a list of characters needs the tokenizer.json that it belongs to");
            }
        }
        lines.push_back(std::move(read));
    }
    return lines;
}

}  // namespace detail

/// The model of a merge list: its tokens are the 256 bytes, by value, and then what the merges make, in their order. A
/// part may be made later in the list; a token may be made in several ways.
/// @throws error  bad_merge, `where()` is "line N": a line is not two tokens, a character is not of the byte alphabet,
/// a
///                part is neither a byte nor made by a merge, a merge is there twice; limit; empty_input: no merges
[[nodiscard]] inline bpe_model read_merges_txt(std::string_view content) {
    std::vector<detail::merge_line> const lines = detail::read_merge_lines(content);
    if (lines.empty()) {
        throw error(error_kind::empty_input, "", "there are no merges in it",
                    "check that this is a merges.txt: two tokens a line, with one space between");
    }
    std::map<std::string, token_id> ids;
    vocabulary_builder builder;
    for (unsigned b = 0; b < 256; ++b) {
        std::string byte(1, static_cast<char>(b));
        builder.add(b, byte, token_kind::byte);
        ids.emplace(std::move(byte), b);
    }
    std::vector<token_id> results;
    for (detail::merge_line const& line : lines) {
        if (ids.size() == max_vocabulary_size) {
            throw error(error_kind::limit, "line " + std::to_string(line.number), "there are too many tokens");
        }
        auto const next = static_cast<token_id>(ids.size());
        auto const [at, is_new] = ids.emplace(line.left + line.right, next);
        if (is_new) builder.add(next, at->first);
        results.push_back(at->second);
    }
    std::vector<merge> merges;
    std::map<std::pair<token_id, token_id>, std::size_t> line_of;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        detail::merge_line const& line = lines[i];
        auto const id_of = [&](std::string const& part) {
            auto const found = ids.find(part);
            if (found != ids.end()) return found->second;
            bool const is_suffix = part.ends_with("</w>");
            detail::fail_at_line(
                line.number,
                detail::in_quotes(to_byte_alphabet(part)) + " is neither a byte nor what another merge makes",
                is_suffix ? "a list of words that end in </w> needs the tokenizer.json that it belongs to"
                          : "a list of characters, or of a tokenizer with more tokens, needs its tokenizer.json");
        };
        merge const m{id_of(line.left), id_of(line.right), results[i], static_cast<std::uint32_t>(i)};
        auto const [at, is_new] = line_of.emplace(std::pair(m.left, m.right), line.number);
        if (!is_new) {
            detail::fail_at_line(line.number, "this merge is there already, in line " + std::to_string(at->second),
                                 "remove one of the two");
        }
        merges.push_back(m);
    }
    return {builder.build(), std::move(merges)};
}

}  // namespace tessera::inline v0
