// From bytes to the symbols of a pattern: a trie over all characters of UTF-8 in which equal branches are one.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include <tessera/pattern/alphabet.hpp>

namespace tessera::inline v0 {
namespace detail {

/// The characters that a few bytes may begin, as what their ends mean: where two beginnings read the same symbols by
/// the same bytes they are one node. Well-formed characters only.
class utf8_symbols {
public:
    static constexpr std::uint32_t none = ~std::uint32_t{0};

    struct node {
        std::array<std::uint32_t, 64> next{};  // by continuation byte: a node, a symbol if `last`, or none
        bool last = false;
        symbol_set symbols;  // all that can be read from here
    };

    utf8_symbols() = default;

    /// O(code points).
    explicit utf8_symbols(alphabet const& symbols) : all_(symbols.size()) {
        for (std::size_t c = 0; c < 128; ++c) {
            first_[c] = symbols.of_ascii(static_cast<unsigned char>(c));
            all_.add(first_[c]);
        }
        std::fill(first_.begin() + 128, first_.end(), none);
        std::map<std::pair<bool, std::array<std::uint32_t, 64>>, std::uint32_t> known;
        auto const number = [&](bool last, std::array<std::uint32_t, 64> const& next) {
            if (std::all_of(next.begin(), next.end(), [](std::uint32_t to) { return to == none; })) return none;
            auto const [at, is_new] = known.emplace(std::pair(last, next), static_cast<std::uint32_t>(nodes_.size()));
            if (is_new) {
                node n{next, last, symbol_set(symbols.size())};
                for (std::uint32_t const to : next) {
                    if (to == none) continue;
                    if (last) {
                        n.symbols.add(to);
                    } else {
                        n.symbols |= nodes_[to].symbols;
                    }
                }
                nodes_.push_back(std::move(n));
            }
            return at->second;
        };
        // Characters whose last byte alone differs, then groups of these, and groups of groups.
        std::vector<std::uint32_t> level;
        for (char32_t begin = 0; begin <= 0x10FFFF; begin += 64) {
            std::array<std::uint32_t, 64> next;
            for (char32_t i = 0; i < 64; ++i)
                next[i] = begin < 0x80 || begin >> 11 == 0x1B ? none : symbols.of(begin + i);
            level.push_back(number(true, next));
        }
        for (std::size_t i = 2; i < 32; ++i) first_[0xC0 + i] = level[i];  // two bytes
        std::fill(level.begin(), level.begin() + 32, none);                // else these would be overlong
        level = groups(level, number);
        for (std::size_t i = 0; i < 16; ++i) first_[0xE0 + i] = level[i];  // three
        std::fill(level.begin(), level.begin() + 16, none);
        level = groups(level, number);
        for (std::size_t i = 0; i < 5; ++i) first_[0xF0 + i] = level[i];  // four
        for (std::size_t b = 128; b < 256; ++b) {
            if (first_[b] != none) all_ |= nodes_[first_[b]].symbols;
        }
    }

    /// At the begin of a character: the symbol of an ASCII byte, the node of another, or none.
    [[nodiscard]] std::uint32_t first(unsigned char byte) const noexcept { return first_[byte]; }
    [[nodiscard]] node const& operator[](std::uint32_t i) const noexcept { return nodes_[i]; }
    /// Those that well-formed characters have: not that of ill-formed bytes alone, or of surrogates alone.
    [[nodiscard]] symbol_set const& all() const noexcept { return all_; }

private:
    template <class Number>
    static std::vector<std::uint32_t> groups(std::vector<std::uint32_t> const& level, Number const& number) {
        std::vector<std::uint32_t> out;
        for (std::size_t begin = 0; begin < level.size(); begin += 64) {
            std::array<std::uint32_t, 64> next;
            next.fill(none);
            std::copy_n(level.begin() + static_cast<std::ptrdiff_t>(begin),
                        std::min<std::size_t>(64, level.size() - begin), next.begin());
            out.push_back(number(false, next));
        }
        return out;
    }

    std::array<std::uint32_t, 256> first_{};
    std::vector<node> nodes_;
    symbol_set all_;
};

}  // namespace detail
}  // namespace tessera::inline v0
