// What a regular expression says, before it is compiled. Made by parse.hpp, read by compile.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <tessera/pattern/code_point_set.hpp>

namespace tessera::inline v0 {
namespace detail {

/// Nodes in one vector, children by index: nothing of it recurses when it is copied or destroyed.
struct syntax_tree {
    using index = std::uint32_t;
    static constexpr std::uint32_t no_limit = std::numeric_limits<std::uint32_t>::max();

    enum class kind : std::uint8_t {
        one,          // a character of `set`
        before,       // the character before is in `set`, or with `edge` there is none
        after,        // the character after is in `set`, or with `edge` there is none
        sequence,     // all children; none of them: the empty match
        choice,       // the first child that leads to a match; none of them: no match
        repeat,       // `least` to `most` times the child
        atomic,       // the child's first match and no other
        look_ahead,   // the child matches from here, or with `negated` does not
        look_behind,  // the child matches up to here, or with `negated` does not
        // Only where the parser was asked to keep them; no automaton has these.
        group,      // the child, remembered as number `least`
        reference,  // what group `least` matched last; with `ignore_case` in any case
        cluster     // an extended grapheme cluster
    };
    struct node {
        syntax_tree::kind kind = kind::sequence;
        bool edge = false;
        bool negated = false;
        bool lazy = false;
        bool ignore_case = false;
        std::uint32_t least = 0;
        std::uint32_t most = 0;
        code_point_set set;
        std::vector<index> children;
    };

    std::vector<node> nodes;
    index root = 0;

    index add(node n) {
        nodes.push_back(std::move(n));
        return static_cast<index>(nodes.size() - 1);
    }
    index one(code_point_set set) { return add({.kind = kind::one, .set = std::move(set), .children = {}}); }
    index before(code_point_set set, bool edge) {
        return add({.kind = kind::before, .edge = edge, .set = std::move(set), .children = {}});
    }
    index after(code_point_set set, bool edge) {
        return add({.kind = kind::after, .edge = edge, .set = std::move(set), .children = {}});
    }
    index sequence(std::vector<index> children) {
        if (children.size() == 1) return children[0];
        return add({.kind = kind::sequence, .set = {}, .children = std::move(children)});
    }
    index choice(std::vector<index> children) {
        if (children.size() == 1) return children[0];
        return add({.kind = kind::choice, .set = {}, .children = std::move(children)});
    }
    index repeat(index child, std::uint32_t least, std::uint32_t most, bool lazy = false) {
        return add({.kind = kind::repeat, .lazy = lazy, .least = least, .most = most, .set = {}, .children = {child}});
    }
    index atomic(index child) { return add({.kind = kind::atomic, .set = {}, .children = {child}}); }
    index group(std::uint32_t number, index child) {
        return add({.kind = kind::group, .least = number, .set = {}, .children = {child}});
    }
    index reference(std::uint32_t number, bool ignore_case) {
        return add({.kind = kind::reference, .ignore_case = ignore_case, .least = number, .set = {}, .children = {}});
    }
    index cluster() { return add({.kind = kind::cluster, .set = {}, .children = {}}); }
    index look(index child, bool behind, bool negated) {
        return add({.kind = behind ? kind::look_behind : kind::look_ahead,
                    .negated = negated,
                    .set = {},
                    .children = {child}});
    }
};

}  // namespace detail
}  // namespace tessera::inline v0
