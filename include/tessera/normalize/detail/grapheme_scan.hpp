// Extended grapheme clusters (UAX #29) of Unicode 17.0, from left to right with a few bits of state: those of the crate
// unicode-segmentation 1.13 in tokenizers 0.23.3. ICU has the version it was built for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <tessera/core/utf8.hpp>
#include <tessera/normalize/detail/unicode_tables_grapheme.hpp>

namespace tessera::inline v0 {
namespace detail {

// Grapheme_Cluster_Break, with Indic_Conjunct_Break=Consonant and Extended_Pictographic as values of their own.
enum class grapheme_category : std::uint8_t {
    any,
    cr,
    lf,
    control,
    extend,
    zwj,
    regional,
    prepend,
    spacing,
    l,
    v,
    t,
    lv,
    lvt,
    consonant,
    pictographic
};

class grapheme_scan {
public:
    /// Where the cluster that begins at `at` ends. A byte that is not UTF-8 is a cluster. O(length of the cluster).
    /// @pre at is the beginning of a cluster, and < text.size()
    [[nodiscard]] static std::size_t end_of_cluster(std::string_view text, std::size_t at) noexcept {
        if (at + 1 < text.size() && is_ascii(text[at]) && is_ascii(text[at + 1])) {
            return text[at] == '\r' && text[at + 1] == '\n' ? at + 2 : at + 1;
        }
        character before = character_at(text, at);
        grapheme_scan state;
        std::size_t end = at + before.length;
        while (end < text.size()) {
            state.take(before);
            character const after = character_at(text, end);
            if (state.breaks_between(before.category, after.category)) break;
            end += after.length;
            before = after;
        }
        return end;
    }

private:
    struct character {
        grapheme_category category;
        bool is_linker;
        bool is_conjunct_extend;
        std::size_t length;
    };

    static bool is_ascii(char c) noexcept { return static_cast<unsigned char>(c) < 0x80; }

    static character character_at(std::string_view text, std::size_t at) noexcept {
        auto const [c, length] = decode_utf8(text, at);
        if (c == replacement_character && length == 1) return {grapheme_category::control, false, false, 1};
        std::size_t const block = grapheme_block_of[c >> grapheme_block_shift];
        std::uint8_t const byte =
            grapheme_classes[block << grapheme_block_shift | (c & ((1U << grapheme_block_shift) - 1))];
        return {static_cast<grapheme_category>(byte & 15), (byte & 16) != 0, (byte & 32) != 0, length};
    }

    void take(character const& c) noexcept {
        using enum grapheme_category;
        regionals_ = c.category == regional ? regionals_ + 1 : 0;
        if (c.category == pictographic) {
            emoji_ = emoji::base;
        } else if (c.category == zwj && emoji_ == emoji::base) {
            emoji_ = emoji::joined;
        } else if (c.category != extend || emoji_ == emoji::joined) {
            emoji_ = emoji::none;
        }
        if (c.category == consonant) {
            conjunct_ = conjunct::consonant;
        } else if (c.is_linker) {
            if (conjunct_ == conjunct::consonant) conjunct_ = conjunct::linked;
        } else if (!c.is_conjunct_extend) {
            conjunct_ = conjunct::none;
        }
    }

    [[nodiscard]] bool breaks_between(grapheme_category a, grapheme_category b) const noexcept {
        using enum grapheme_category;
        if (a == cr && b == lf) return false;                                       // GB3
        if (a == control || a == cr || a == lf) return true;                        // GB4
        if (b == control || b == cr || b == lf) return true;                        // GB5
        if (a == l && (b == l || b == v || b == lv || b == lvt)) return false;      // GB6
        if ((a == lv || a == v) && (b == v || b == t)) return false;                // GB7
        if ((a == lvt || a == t) && b == t) return false;                           // GB8
        if (b == extend || b == zwj || b == spacing || a == prepend) return false;  // GB9, 9a, 9b
        if (b == consonant) return conjunct_ != conjunct::linked;                   // GB9c
        if (b == pictographic) return emoji_ != emoji::joined;                      // GB11
        if (a == regional && b == regional) return regionals_ % 2 == 0;             // GB12, 13
        return true;
    }

    enum class emoji : std::uint8_t { none, base, joined };
    enum class conjunct : std::uint8_t { none, consonant, linked };

    std::size_t regionals_ = 0;  // regional indicators just before
    emoji emoji_ = emoji::none;
    conjunct conjunct_ = conjunct::none;
};

}  // namespace detail
}  // namespace tessera::inline v0
