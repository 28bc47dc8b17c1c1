// Added tokens as a program: the longest of them, wherever one begins. Next: split_stage.hpp.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/utf8.hpp>
#include <tessera/pattern/alphabet.hpp>
#include <tessera/pattern/code_point_set.hpp>
#include <tessera/pattern/program.hpp>
#include <tessera/pattern/program_builder.hpp>

namespace tessera::inline v0 {
namespace detail {

/// Matches the longest of the texts, by a trie over characters whose deeper parts come first.
/// @param texts   not empty, and none of them is
/// @throws error  limit: too many characters, or too many of them different
/// @complexity    linear in the characters, but for sorting
[[nodiscard]] inline program added_token_program(std::vector<std::string> texts) {
    using op = program::op;
    std::sort(texts.begin(), texts.end());
    struct node {
        std::map<std::uint32_t, std::uint32_t> children;  // by code point
        bool ends = false;
    };
    std::vector<node> trie(1);
    std::map<std::uint32_t, std::size_t> set_of;
    std::vector<code_point_set> sets;
    for (std::string const& text : texts) {
        std::uint32_t at = 0;
        for (std::size_t i = 0; i < text.size();) {
            auto const [c, length] = decode_utf8(text, i);
            bool const is_bad = c == replacement_character && length == 1;
            std::uint32_t const character = is_bad ? ill_formed : static_cast<std::uint32_t>(c);
            if (set_of.emplace(character, sets.size()).second) sets.push_back({{character, character}});
            auto const [child, is_new] = trie[at].children.emplace(character, static_cast<std::uint32_t>(trie.size()));
            std::uint32_t const next = child->second;
            if (is_new) trie.emplace_back();
            at = next;
            i += length;
        }
        trie[at].ends = true;
    }
    program_builder b;
    b.out.symbols = alphabet(sets);
    b.put(op::match);
    // Children have larger numbers than their parents.
    std::vector<std::uint32_t> entry(trie.size());
    for (std::size_t at = trie.size(); at-- > 0;) {
        std::vector<std::uint32_t> targets;
        for (auto const& [character, child] : trie[at].children) {
            std::uint32_t const set = b.number_of(b.out.symbols.symbols_of(set_of[character]));
            targets.push_back(b.put(op::one, set, entry[child]));
        }
        if (trie[at].ends) targets.push_back(program_builder::accept);
        entry[at] = b.put_split(targets);
    }
    b.out.entry = entry[0];
    b.out.before_class.assign(b.out.symbols.size(), 0);
    return std::move(b.out);
}

}  // namespace detail
}  // namespace tessera::inline v0
