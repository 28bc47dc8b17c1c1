// Whether a regular expression means the same in two dialects: whether both parsers make the same tree of it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/pattern/parse.hpp>
#include <tessera/pattern/regex_dialect.hpp>
#include <tessera/pattern/syntax_tree.hpp>

namespace tessera::inline v0 {

namespace detail {

inline bool same_tree(syntax_tree const& a, syntax_tree const& b) {
    std::vector<std::pair<syntax_tree::index, syntax_tree::index>> left{{a.root, b.root}};
    while (!left.empty()) {
        syntax_tree::node const& x = a.nodes[left.back().first];
        syntax_tree::node const& y = b.nodes[left.back().second];
        left.pop_back();
        if (x.kind != y.kind || x.edge != y.edge || x.negated != y.negated || x.lazy != y.lazy ||
            x.ignore_case != y.ignore_case || x.least != y.least || x.most != y.most || !(x.set == y.set) ||
            x.children.size() != y.children.size()) {
            return false;
        }
        for (std::size_t i = 0; i < x.children.size(); ++i) left.emplace_back(x.children[i], y.children[i]);
    }
    return true;
}

}  // namespace detail

/// True if the two match the same in every text. False where that is not plain: it is a question of how they are
/// written, and what has no automaton is never the same.
[[nodiscard]] inline bool is_same_pattern(std::string_view a, regex_dialect dialect_of_a, std::string_view b,
                                          regex_dialect dialect_of_b) {
    try {
        return detail::same_tree(detail::regex_parser(a, dialect_of_a).parse(),
                                 detail::regex_parser(b, dialect_of_b).parse());
    } catch (error const&) {
        return false;
    }
}

/// `regex`, written for Rust's engine, as Oniguruma has to be given it: `$` and `^` are the ends of lines there. None
/// where the two are not plainly the same.
[[nodiscard]] inline std::optional<std::string> rust_pattern_for_oniguruma(std::string_view regex) {
    auto const fits = [regex](std::string_view other) {
        return is_same_pattern(regex, regex_dialect::rust, other, regex_dialect::oniguruma);
    };
    if (fits(regex)) return std::string(regex);
    std::string other;
    std::size_t depth = 0;  // of classes
    for (std::size_t at = 0; at < regex.size(); ++at) {
        char const c = regex[at];
        if (c == '\\' && at + 1 < regex.size()) {
            other += c;
            other += regex[++at];
            continue;
        }
        if (c == '[') ++depth;
        if (c == ']' && depth > 0) --depth;
        if (depth == 0 && c == '$') {
            other += "\\z";
        } else if (depth == 0 && c == '^') {
            other += "\\A";
        } else if (depth == 0 && c == '+' && other.ends_with('}')) {
            continue;  // `{1,3}+` is not possessive there; the trees say whether that matters
        } else {
            other += c;
        }
    }
    if (fits(other)) return other;
    return std::nullopt;
}

}  // namespace tessera::inline v0
