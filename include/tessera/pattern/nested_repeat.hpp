// `(a+)*` and its like, as Oniguruma reads them. Used by parse.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <tessera/pattern/syntax_tree.hpp>

namespace tessera::inline v0 {
namespace detail {

/// Oniguruma replaces a repetition of a repetition by one, where the two are by ? * + ?? *? +?.
inline syntax_tree::index nested_repeat(syntax_tree& tree, syntax_tree::index inner, std::uint32_t least,
                                        std::uint32_t most, bool lazy) {
    using index = syntax_tree::index;
    auto const number = [](std::uint32_t from, std::uint32_t to, bool is_lazy) {
        return (to == 1 ? 0U : from == 0 ? 1U : 2U) + (is_lazy ? 3U : 0U);
    };
    constexpr auto as_is = static_cast<char>('n');
    //                                  outer: ? * + ?? *? +?     inner:
    static constexpr std::string_view table[6] = {{"daaqln", 6},   // ?
                                                  {"dddxxd", 6},   // *
                                                  {"aadnxd", 6},   // +
                                                  {"dlldll", 6},   // ??
                                                  {"dddddd", 6},   // *?
                                                  {"naplld", 6}};  // +?
    syntax_tree::node const n = tree.nodes[inner];
    char const action = table[number(n.least, n.most, n.lazy)][number(least, most, lazy)];
    index const child = n.children[0];
    switch (action) {
        case 'd':
            return inner;  // the outer one goes
        case 'a':
            return tree.repeat(child, 0, syntax_tree::no_limit);  // *
        case 'p':
            return tree.repeat(child, 1, syntax_tree::no_limit);  // +
        case 'l':
            return tree.repeat(child, 0, syntax_tree::no_limit, true);  // *?
        case 'q':
            return tree.repeat(child, 0, 1, true);  // ??
        case 'x':
            return tree.repeat(tree.repeat(child, 1, syntax_tree::no_limit), 0, 1, true);  // (?:+)??
        case as_is:
        default:
            return tree.repeat(inner, least, most, lazy);
    }
}

}  // namespace detail
}  // namespace tessera::inline v0
