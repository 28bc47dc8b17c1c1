// By what in its content each format of tokenizer files is recognised. Names of files say little: a `.json` has one of
// four formats, a `.model` one of
// three.
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

#include <tessera/core/base64.hpp>

namespace tessera::inline v0::detail {

inline std::string_view without_space_before(std::string_view text) noexcept {
    std::size_t const begin = text.find_first_not_of(" \t\r\n");
    return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

inline std::string_view first_line(std::string_view text) noexcept {
    std::string_view const line = text.substr(0, std::min(text.find('\n'), text.size()));
    return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

/// The first of `keys` among the members of the object that `json` is; empty if there is none. Not a check of the
/// syntax. O(n), and usually over after a few bytes.
inline std::string_view first_key_of(std::string_view json, std::initializer_list<std::string_view> keys) noexcept {
    std::size_t depth = 0;
    bool expects_key = false;
    for (std::size_t at = 0; at < json.size(); ++at) {
        char const c = json[at];
        if (c == '{' || c == '[') {
            expects_key = ++depth == 1 && c == '{';
        } else if (c == '}' || c == ']') {
            if (depth <= 1) return {};
            --depth;
        } else if (c == ',') {
            expects_key = depth == 1;
        } else if (c == '"') {
            std::size_t const begin = ++at;
            for (; at < json.size() && json[at] != '"'; ++at) at += json[at] == '\\' ? 1 : 0;
            if (at >= json.size()) return {};
            if (expects_key && depth == 1) {
                std::string_view const key = json.substr(begin, at - begin);
                for (std::string_view const wanted : keys) {
                    if (key == wanted) return wanted;
                }
            }
            expects_key = false;
        }
    }
    return {};
}

inline std::string_view json_sign(std::string_view content) noexcept {
    content = without_space_before(content);
    if (!content.starts_with('{')) return {};
    return first_key_of(content,
                        {"model", "added_tokens", "pre_tokenizer", "normalizer", "bpe_ranks", "pat_str", "config"});
}

inline bool looks_like_gguf(std::string_view content) noexcept { return content.starts_with("GGUF"); }

// A vocabulary may have tokens of any name, but their values are numbers.
inline bool looks_like_vocab_json(std::string_view content) noexcept {
    content = without_space_before(content);
    if (!content.starts_with('{')) return false;
    content = without_space_before(content.substr(1));
    if (!content.starts_with('"')) return false;
    std::size_t at = 1;
    for (; at < content.size() && content[at] != '"'; ++at) at += content[at] == '\\' ? 1 : 0;
    if (at >= content.size()) return false;
    content = without_space_before(content.substr(at + 1));
    if (!content.starts_with(':')) return false;
    content = without_space_before(content.substr(1));
    return !content.empty() && content[0] >= '0' && content[0] <= '9';
}

inline bool looks_like_tiktoken_json(std::string_view content) noexcept {
    std::string_view const key = json_sign(content);
    // Where "explicit_n_vocab" comes first it looks like a vocabulary, in which one of these may be a token.
    return (key == "bpe_ranks" || key == "pat_str") &&
           (!looks_like_vocab_json(content) || without_space_before(content).find("\"explicit_n_vocab\"") < 32);
}
inline bool looks_like_tekken(std::string_view content) noexcept {
    return !looks_like_vocab_json(content) && json_sign(content) == "config";
}
inline bool looks_like_tokenizer_json(std::string_view content) noexcept {
    std::string_view const key = json_sign(content);
    return !looks_like_vocab_json(content) &&
           (key == "model" || key == "added_tokens" || key == "pre_tokenizer" || key == "normalizer");
}

inline bool looks_like_boundless(std::string_view content) noexcept { return content.starts_with("BoundlessBPE v"); }

inline bool looks_like_ranks(std::string_view content) {
    std::string_view const line = first_line(content);
    std::size_t const space = line.find(' ');
    std::string bytes;
    return space != std::string_view::npos && space > 0 &&
           line.find_first_not_of("0123456789", space + 1) == std::string_view::npos && space + 1 < line.size() &&
           append_from_base64(line.substr(0, space), bytes) == nullptr;
}

/// `1 '\x00' 1`
inline bool looks_like_rwkv(std::string_view content) noexcept {
    std::string_view const line = first_line(content);
    std::size_t const space = line.find_first_not_of("0123456789");
    if (space == 0 || space == std::string_view::npos || line[space] != ' ') return false;
    std::string_view const literal = line.substr(space + 1);
    return literal.starts_with('\'') || literal.starts_with('"') || literal.starts_with("b'") ||
           literal.starts_with("b\"");
}

/// A line `[UNK]`.
inline bool looks_like_bert_vocab(std::string_view content) noexcept {
    for (std::size_t at = content.find("[UNK]"); at != std::string_view::npos; at = content.find("[UNK]", at + 1)) {
        char const after = at + 5 < content.size() ? content[at + 5] : '\n';
        if ((at == 0 || content[at - 1] == '\n') && (after == '\n' || after == '\r')) return true;
    }
    return false;
}

}  // namespace tessera::inline v0::detail
