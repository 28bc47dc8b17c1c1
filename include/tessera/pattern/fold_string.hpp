// What a run of letters matches where case is ignored, in Oniguruma: there two or three letters can equal one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include <tessera/pattern/properties.hpp>
#include <tessera/pattern/syntax_tree.hpp>

namespace tessera::inline v0 {
namespace detail {

/// The least of the code points that are equal to `c` when case is ignored.
[[nodiscard]] inline std::uint32_t least_fold(std::uint32_t c) {
    std::uint32_t least = c;
    for_each_fold(c, [&](std::uint32_t other) { least = std::min(least, other); });
    return least;
}

/// The rows of `tables::fold_to_several`: a code point, and the two or three that it equals.
template <class F>
void for_each_several(F&& f) {
    std::span const all(tables::fold_to_several);
    for (std::size_t i = 0; i < all.size(); i += 4) {
        f(all[i], all.subspan(i + 1, all[i + 3] == 0 ? 2 : 3));
    }
}

/// Each character of `text` in any case.
[[nodiscard]] inline syntax_tree::index folded_characters(syntax_tree& tree, std::span<std::uint32_t const> text) {
    std::vector<syntax_tree::index> out;
    for (std::uint32_t const c : text) out.push_back(tree.one(folded({{c, c}})));
    return tree.sequence(std::move(out));
}

/// A run of characters, case ignored, as Oniguruma matches it: from left to right the longest part that one character
/// equals (`ss`: U+00DF), in any case, or such a character; else a character, or the several that it equals.
/// Inside look-behind only one for one.
[[nodiscard]] inline syntax_tree::index folded_string(syntax_tree& tree, std::span<std::uint32_t const> text,
                                                      bool one_for_one) {
    if (one_for_one) return folded_characters(tree, text);
    std::vector<syntax_tree::index> out;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t longest = 1;
        code_point_set equal;
        std::vector<std::span<std::uint32_t const>> several;
        for_each_several([&](std::uint32_t c, std::span<std::uint32_t const> to) {
            if (least_fold(c) == least_fold(text[at])) several.push_back(to);
            if (to.size() > text.size() - at || to.size() < longest) return;
            for (std::size_t k = 0; k < to.size(); ++k) {
                if (least_fold(to[k]) != least_fold(text[at + k])) return;
            }
            if (to.size() > longest) equal = {};
            longest = to.size();
            equal |= folded({{c, c}});
        });
        std::vector<syntax_tree::index> ways;
        ways.push_back(folded_characters(tree, text.subspan(at, longest)));
        if (longest > 1) {
            ways.push_back(tree.one(equal));
        } else {
            std::vector<std::vector<std::uint32_t>> seen;
            for (auto const to : several) {
                std::vector<std::uint32_t> const as_list(to.begin(), to.end());
                if (std::find(seen.begin(), seen.end(), as_list) != seen.end()) continue;
                seen.push_back(as_list);
                ways.push_back(folded_characters(tree, to));
                for_each_several([&](std::uint32_t c, std::span<std::uint32_t const> other) {
                    if (std::equal(to.begin(), to.end(), other.begin(), other.end())) {
                        ways.push_back(tree.one(folded({{c, c}})));
                    }
                });
            }
        }
        out.push_back(tree.choice(std::move(ways)));
        at += longest;
    }
    return tree.sequence(std::move(out));
}

/// A class, case ignored: its members in any case, or the several characters that one of them equals.
[[nodiscard]] inline syntax_tree::index folded_class(syntax_tree& tree, code_point_set const& set, bool one_for_one) {
    std::vector<syntax_tree::index> ways{tree.one(folded(set))};
    if (!one_for_one) {
        for_each_several([&](std::uint32_t c, std::span<std::uint32_t const> to) {
            if (set.contains(c)) ways.push_back(folded_characters(tree, to));
        });
    }
    return tree.choice(std::move(ways));
}

}  // namespace detail
}  // namespace tessera::inline v0
