// A pattern of a file, string or regular expression, as a syntax tree. Next: compile.hpp.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <tessera/core/utf8.hpp>
#include <tessera/pattern/parse.hpp>
#include <tessera/pattern/pattern_text.hpp>
#include <tessera/pattern/regex_dialect.hpp>
#include <tessera/pattern/syntax_tree.hpp>

namespace tessera::inline v0 {
namespace detail {

/// @pre           text is UTF-8
/// @throws error  syntax, unsupported, limit
[[nodiscard]] inline syntax_tree tree_of(pattern_text const& text, regex_dialect dialect) {
    if (text.is_regex) return regex_parser(text.text, dialect).parse();
    syntax_tree tree;
    std::vector<syntax_tree::index> parts;
    for (std::size_t at = 0; at < text.text.size();) {
        auto const [c, length] = decode_utf8(text.text, at);
        parts.push_back(tree.one({{c, c}}));
        at += length;
    }
    tree.root = tree.sequence(std::move(parts));
    return tree;
}

}  // namespace detail
}  // namespace tessera::inline v0
