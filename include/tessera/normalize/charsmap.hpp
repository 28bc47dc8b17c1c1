// The character map that SentencePiece compiles into its models (precompiled_charsmap): a double-array trie of what is
// replaced, and the replacements. Hugging Face's Precompiled and SentencePiece look things up differently: both are
// here. Format: sentencepiece src/normalizer.cc and src/builder.cc; darts-clone's include/darts.h.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/utf8.hpp>

namespace tessera::inline v0 {

/// Byte string -> replacement, read from untrusted bytes: whatever they are, a lookup stays inside of them.
///
/// Layout: u32 size of the trie in bytes; its units, u32 each; the replacements, each up to a NUL. Little-endian.
class charsmap {
public:
    struct match {
        std::size_t length = 0;  ///< bytes of the text that are replaced; 0: nothing is
        std::string_view replacement;
    };

    static constexpr std::size_t longest_replacement = std::size_t{1} << 16;  ///< bytes
    static constexpr std::size_t longest_key = 1024;                          ///< bytes; bounds a lookup

    /// Maps nothing.
    charsmap() { keeps_ascii_.fill(true); }

    /// @throws error  syntax: truncated, or the trie has a cycle or points outside; limit: a key or a replacement is
    ///                longer than above. Differs from both libraries, which read until something goes wrong.
    /// @complexity    O(bytes.size()) time and memory
    explicit charsmap(std::string_view bytes) : bytes_(bytes) {
        if (bytes.size() < 4) fail("it is shorter than its size field");
        std::size_t const trie_bytes = word(0);
        if (trie_bytes > bytes.size() - 4) fail("the trie is longer than the map");
        if (trie_bytes < 4) fail("the trie is empty");
        units_.resize(trie_bytes / 4);
        for (std::size_t i = 0; i < units_.size(); ++i) units_[i] = word(4 + 4 * i);
        // Whole units; SentencePiece cuts at the size in bytes, Hugging Face after the last whole unit.
        if (trie_bytes % 4 != 0) fail("the trie's size is not a multiple of 4");
        replacements_ = 4 + trie_bytes;
        check_replacements();
        check_trie();
        find_kept_ascii();
    }

    [[nodiscard]] std::string const& bytes() const noexcept { return bytes_; }
    [[nodiscard]] bool empty() const noexcept { return units_.empty(); }

    /// The shortest key that `text` begins with, as spm_precompiled's `transform` has it. O(longest_key).
    [[nodiscard]] match shortest_match(std::string_view text) const noexcept {
        match found;
        walk(text, [&](std::size_t length, std::uint32_t value) {
            found = {length, replacement(value)};
            return false;
        });
        return found;
    }

    /// The longest key that `text` begins with, as SentencePiece's NormalizePrefix has it. O(longest_key).
    [[nodiscard]] match longest_match(std::string_view text) const noexcept {
        std::size_t longest = 0;
        std::uint32_t value_of_longest = 0;
        walk(text, [&](std::size_t length, std::uint32_t value) {
            longest = length;
            value_of_longest = value;
            return true;
        });
        return longest == 0 ? match{} : match{longest, replacement(value_of_longest)};
    }

    /// Whether an ASCII character stays as it is before another one: no key is `c`, or `c` and an ASCII character on.
    [[nodiscard]] bool keeps_ascii(char c) const noexcept {
        auto const byte = static_cast<unsigned char>(c);
        return byte < keeps_ascii_.size() && keeps_ascii_[byte];
    }

    /// Whether the replacements, all of them, are UTF-8, and each begins at a character.
    [[nodiscard]] bool is_text() const noexcept {
        std::string_view const all = std::string_view(bytes_).substr(replacements_);
        return begins_inside_ == 0 && is_valid_utf8(all);
    }

    friend bool operator==(charsmap const& a, charsmap const& b) noexcept { return a.bytes_ == b.bytes_; }

private:
    // A unit: bits 0-7 the label, bit 8 whether a key ends here, bits 9-31 the offset to the children. The value of a
    // key is a unit of its own, in the place of a child labelled 0, with bit 31 set.
    static constexpr std::uint32_t is_value = std::uint32_t{1} << 31;
    static constexpr bool ends_key(std::uint32_t unit) noexcept { return (unit >> 8 & 1) != 0; }
    static constexpr std::uint32_t label(std::uint32_t unit) noexcept { return unit & (is_value | 0xFF); }
    static constexpr std::size_t offset(std::uint32_t unit) noexcept { return (unit >> 10) << ((unit & 0x200) >> 6); }

    [[nodiscard]] std::uint32_t word(std::size_t at) const noexcept {
        std::uint32_t w = 0;
        for (std::size_t i = 4; i > 0; --i) w = w << 8 | static_cast<unsigned char>(bytes_[at + i - 1]);
        return w;
    }

    [[noreturn]] static void fail(char const* what) {
        throw error(error_kind::syntax, "precompiled_charsmap", std::string("the character map is broken: ") + what);
    }

    // f(length, value) for each key that `text` begins with, until it returns false; `known` is how far a key reaches.
    template <class F>
    void walk(std::string_view text, F&& f, std::size_t* known = nullptr) const noexcept {
        if (units_.empty()) return;
        std::size_t at = offset(units_[0]);
        for (std::size_t i = 0; i < text.size(); ++i) {
            std::uint32_t const byte = static_cast<unsigned char>(text[i]);
            at ^= byte;
            if (byte == 0 || at >= units_.size() || label(units_[at]) != byte) return;
            std::uint32_t const unit = units_[at];
            at ^= offset(unit);
            if (known != nullptr) *known = i + 1;
            // check_trie() has seen that the value is there.
            if (ends_key(unit) && !f(i + 1, units_[at] & ~is_value)) return;
        }
    }

    [[nodiscard]] std::string_view replacement(std::uint32_t value) const noexcept {
        std::string_view const rest = std::string_view(bytes_).substr(replacements_ + value);
        return rest.substr(0, rest.find('\0'));
    }

    void check_replacements() const {
        std::size_t run = 0;
        for (std::size_t i = replacements_; i < bytes_.size(); ++i) {
            run = bytes_[i] == '\0' ? 0 : run + 1;
            if (run > longest_replacement) {
                throw error(error_kind::limit, "precompiled_charsmap",
                            "a replacement is longer than " + std::to_string(longest_replacement) + " bytes");
            }
        }
    }

    // Walks everything that can be reached. Nodes whose offsets lead to the same place share their children
    // (darts-clone merges equal subtries), so a state is that place, and is visited once; children are found by a list
    // for each place.
    void check_trie() {
        constexpr std::uint32_t none = 0xFFFF'FFFFU;
        std::size_t const n = units_.size();
        std::size_t const n_places = (n + 0xFF) / 0x100 * 0x100;
        std::vector<std::uint32_t> first_child(n_places, none);
        std::vector<std::uint32_t> next_child(n, none);
        for (std::size_t i = n; i-- > 0;) {
            std::uint32_t const byte = label(units_[i]);
            if (byte == 0 || byte > 0xFF) continue;
            next_child[i] = first_child[i ^ byte];
            first_child[i ^ byte] = static_cast<std::uint32_t>(i);
        }
        // depth[place]: length of the longest key below; 0 not visited, and `open` on the way down.
        constexpr std::uint32_t open = none;
        std::vector<std::uint32_t> depth(n_places, 0);
        std::vector<std::pair<std::size_t, std::uint32_t>> path;  // a place, and its next child to visit
        std::size_t const root = offset(units_[0]);
        if (root >= n_places) return;  // no key
        depth[root] = open;
        path.emplace_back(root, first_child[root]);
        std::uint32_t below = 0;
        while (!path.empty()) {
            auto& [place, child] = path.back();
            if (child == none) {
                below = 1;
                for (std::uint32_t c = first_child[place]; c != none; c = next_child[c]) {
                    std::size_t const to = c ^ offset(units_[c]);
                    if (to < n_places) below = std::max(below, depth[to] + 1);
                }
                depth[place] = below;
                path.pop_back();
                continue;
            }
            std::uint32_t const unit = units_[child];
            std::size_t const to = child ^ offset(unit);
            child = next_child[child];
            if (ends_key(unit)) check_value(to);
            if (to >= n_places) continue;
            if (depth[to] == open) fail("the trie has a cycle");
            if (depth[to] == 0) {
                depth[to] = open;
                path.emplace_back(to, first_child[to]);
            }
        }
        if (below - 1 > longest_key) {
            throw error(error_kind::limit, "precompiled_charsmap",
                        "a key is longer than " + std::to_string(longest_key) + " bytes");
        }
    }

    void find_kept_ascii() noexcept {
        for (std::size_t c = 0; c < keeps_ascii_.size(); ++c) {
            char pair[2] = {static_cast<char>(c), '\0'};
            bool kept = true;
            for (int next = 0; kept && next < 0x80; ++next) {
                pair[1] = static_cast<char>(next);
                std::size_t bytes = 0;
                walk(
                    {pair, 2}, [&](std::size_t, std::uint32_t) { return kept = false; }, &bytes);
                if (bytes > 1) kept = false;
            }
            keeps_ascii_[c] = kept;
        }
    }

    void check_value(std::size_t at) {
        if (at >= units_.size()) fail("a value lies outside of the trie");
        std::size_t const value = units_[at] & ~is_value;
        std::size_t const size = bytes_.size() - replacements_;
        if (value > size) fail("a replacement lies outside of the map");
        if (value < size && (static_cast<unsigned char>(bytes_[replacements_ + value]) & 0xC0) == 0x80)
            ++begins_inside_;
    }

    std::string bytes_;
    std::vector<std::uint32_t> units_;
    std::size_t replacements_ = 0;  // where they begin in bytes_
    std::array<bool, 128> keeps_ascii_{};
    std::size_t begins_inside_ = 0;  // keys whose replacement begins inside of a character
};

}  // namespace tessera::inline v0
