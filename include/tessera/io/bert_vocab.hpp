// BERT's vocab.txt: one token a line, ids from 0. As Hugging Face's library reads it (tokenizers 0.23.3,
// models/wordpiece/mod.rs, read_file): whitespace at the end of a line is not part of the token, and of two equal lines
// the later one counts.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/io/detail/lines.hpp>

namespace tessera::inline v0 {

struct bert_vocab {
    /// By id, continuations as in the file (##ing). Empty where the line is blank, or the same token comes again later.
    std::vector<std::string> tokens;
    std::size_t n_repeated = 0;  ///< lines that were given up for a later one
};

namespace detail {

/// Without White_Space (Unicode 16.0) at the end, as Rust's trim_end. @pre is_valid_utf8(text)
[[nodiscard]] constexpr std::string_view trim_end(std::string_view text) noexcept {
    while (!text.empty()) {
        std::size_t begin = text.size() - 1;
        while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) --begin;
        char32_t const c = decode_utf8(text, begin).code_point;
        bool const space = (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
                           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
                           c == 0x3000;
        if (!space) break;
        text = text.substr(0, begin);
    }
    return text;
}

}  // namespace detail

/// Reads a vocab.txt.
/// @throws error  syntax: a line is not UTF-8 ("line N"); limit: there are more than 2^24 lines; empty_input
/// @complexity    O(n log n) comparisons of tokens
[[nodiscard]] inline bert_vocab read_bert_vocab(std::string_view text) {
    bert_vocab vocab;
    detail::for_each_line(text, [&](std::string_view line, std::size_t n) {
        if (!is_valid_utf8(line))
            throw error(error_kind::syntax, "line " + std::to_string(n), "it is not UTF-8",
                        "check that this is a vocab.txt");
        if (n > max_vocabulary_size)
            throw error(error_kind::limit, "line " + std::to_string(n), "there are too many lines");
        vocab.tokens.emplace_back(detail::trim_end(line));
    });
    std::vector<std::uint32_t> order(vocab.tokens.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        int const c = vocab.tokens[a].compare(vocab.tokens[b]);
        return c != 0 ? c < 0 : a < b;
    });
    bool any = false;
    for (std::size_t i = 0; i < order.size(); ++i) {
        std::string& token = vocab.tokens[order[i]];
        if (token.empty()) continue;
        any = true;
        if (i + 1 < order.size() && token == vocab.tokens[order[i + 1]]) {
            token.clear();
            ++vocab.n_repeated;
        }
    }
    if (!any) throw error(error_kind::empty_input, "", "there are no tokens in it", "check the path");
    return vocab;
}

}  // namespace tessera::inline v0
