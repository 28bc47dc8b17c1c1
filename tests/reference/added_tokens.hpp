// Slow twins of token_search and special_tokens::split: every token is tried at every place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/special_tokens.hpp>

namespace reference {

using namespace tessera;

/// The index of the longest token that begins at `at`, of those that `accept` takes; tokens.size() if none.
template <class Accept>
std::size_t longest_token_at(std::vector<std::string> const& tokens, std::string_view text, std::size_t at,
                             Accept&& accept) {
    std::size_t best = tokens.size();
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (tokens[i].empty() || !text.substr(at).starts_with(tokens[i]) || !accept(i)) continue;
        if (best == tokens.size() || tokens[i].size() > tokens[best].size()) best = i;
    }
    return best;
}

/// "[token]" for added tokens, "(text)" for what is between. @pre ASCII, and no token is white space
inline std::string cut(std::vector<added_token> const& tokens, std::string_view text, special_rules const& rules) {
    std::vector<std::string> contents;
    for (added_token const& t : tokens) contents.push_back(t.content);
    auto const is_word = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    auto const is_space = [](char c) { return c == ' ' || c == '\n' || c == '\t'; };
    std::string out;
    std::string between;
    auto const flush = [&] {
        if (!between.empty()) out += "(" + between + ")";
        between.clear();
    };
    std::size_t at = 0;
    while (at < text.size()) {
        std::size_t const found =
            longest_token_at(contents, text, at, [&](std::size_t i) { return rules[i] != special_action::ordinary; });
        std::size_t const length = found == tokens.size() ? 1 : contents[found].size();
        bool const touches_word =
            (at > 0 && is_word(text[at - 1])) || (at + length < text.size() && is_word(text[at + length]));
        if (found == tokens.size() || (tokens[found].single_word && touches_word)) {
            between += text.substr(at, length);
            at += length;
            continue;
        }
        at += length;
        if (tokens[found].lstrip) {
            while (!between.empty() && is_space(between.back())) between.pop_back();
        }
        flush();
        out += "[" + contents[found] + "]";
        while (tokens[found].rstrip && at < text.size() && is_space(text[at])) ++at;
    }
    flush();
    return out;
}

}  // namespace reference
