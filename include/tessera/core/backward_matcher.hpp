// For each place of a text the longest string of a set that begins there, in time linear in the text, whatever the text
// and the strings: one pass from the right with the automaton of the reversed strings, whose state at a place knows
// what begins there. Literature: Aho and Corasick, "Efficient String Matching" (1975). It takes thirteen bytes for each
// byte of the strings, so only text that needs it pays for it; token_search.hpp says which.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/packed_trie.hpp>

namespace tessera::inline v0 {

/// Made from the strings of a trie. Strings are numbered; `absent` is no string.
class backward_matcher {
public:
    static constexpr std::uint32_t absent = packed_trie::absent;

    /// @tparam Trie  has `for_each(f)`, which calls `f(string_view, value)` for each string, none of them empty
    /// @pre          the strings have less than 2^32 bytes in all
    /// @complexity   O(bytes of all strings), but for sorting them
    template <class Trie>
    explicit backward_matcher(Trie const& trie) {
        std::string all;
        std::vector<std::size_t> begins;
        trie.for_each([&](std::string_view string, std::uint32_t value) {
            begins.push_back(all.size());
            all.append(string.rbegin(), string.rend());
            value_.push_back(value);
            length_.push_back(static_cast<std::uint32_t>(string.size()));
        });
        std::vector<packed_trie::entry> reversed;
        for (std::size_t i = 0; i < begins.size(); ++i) {
            reversed.emplace_back(std::string_view(all).substr(begins[i], length_[i]), static_cast<std::uint32_t>(i));
        }
        packed_trie::sort(reversed);
        shorter_.resize(value_.size(), absent);
        add_states(reversed);
    }

    /// Writes the number of the longest string that begins at each place from `begin` on into `out`.
    void find(std::string_view text, std::size_t begin, std::span<std::uint32_t> out, std::size_t longest) const {
        std::uint32_t state = 0;
        std::size_t const end = begin + out.size();
        for (std::size_t at = std::min(text.size(), end + longest); at-- > begin;) {
            state = next(state, text[at]);
            if (at < end) out[at - begin] = best_[state];
        }
    }

    [[nodiscard]] std::size_t size() const noexcept { return value_.size(); }
    [[nodiscard]] std::uint32_t value(std::uint32_t string) const noexcept { return value_[string]; }
    [[nodiscard]] std::size_t length(std::uint32_t string) const noexcept { return length_[string]; }
    /// The longest other string with which `string` begins.
    [[nodiscard]] std::uint32_t shorter(std::uint32_t string) const noexcept { return shorter_[string]; }

private:
    // Breadth first, so that children lie side by side, and those of a state end where those of the next begin.
    void add_states(std::vector<packed_trie::entry> const& strings) {
        struct range {
            std::size_t begin, end;  // of the strings below the state
        };
        add_state('\0');
        std::vector<range> level{{0, strings.size()}};
        std::vector<range> next_level;
        std::uint32_t state = 0;
        for (std::size_t depth = 0; !level.empty(); ++depth) {
            next_level.clear();
            for (range r : level) {
                first_child_[state] = static_cast<std::uint32_t>(label_.size());
                best_[state] = state == 0 ? absent : best_[fail_[state]];
                if (strings[r.begin].first.size() == depth) {  // it sorts first
                    std::uint32_t const string = strings[r.begin++].second;
                    shorter_[string] = best_[state];
                    best_[state] = string;
                }
                while (r.begin < r.end) {
                    char const byte = strings[r.begin].first[depth];
                    std::size_t end = r.begin + 1;
                    while (end < r.end && strings[end].first[depth] == byte) ++end;
                    next_level.push_back({r.begin, end});
                    auto const child = static_cast<std::uint32_t>(label_.size());
                    add_state(byte);
                    if (state == 0) {
                        from_root_[static_cast<unsigned char>(byte)] = child;
                    } else {
                        fail_[child] = next(fail_[state], byte);
                    }
                    r.begin = end;
                }
                ++state;
            }
            std::swap(level, next_level);
        }
        first_child_.push_back(static_cast<std::uint32_t>(label_.size()));
    }

    void add_state(char label) {
        label_ += label;
        first_child_.push_back(0);
        fail_.push_back(0);
        best_.push_back(absent);
    }

    // While the automaton is made: @pre the children of `state` are all there, and `state` + 1 has been reached
    [[nodiscard]] std::uint32_t next(std::uint32_t state, char byte) const noexcept {
        for (; state != 0; state = fail_[state]) {
            std::uint32_t const first = first_child_[state];
            std::uint32_t const n = first_child_[state + 1] - first;
            if (n == 0) continue;
            char const* const labels = label_.data() + first;
            if (*labels == byte) return first;
            if (n == 1) continue;
            void const* const found = std::memchr(labels, static_cast<unsigned char>(byte), n);
            if (found != nullptr) return first + static_cast<std::uint32_t>(static_cast<char const*>(found) - labels);
        }
        return from_root_[static_cast<unsigned char>(byte)];
    }

    std::string label_;  // by state: the byte that leads to it
    std::vector<std::uint32_t> first_child_;
    std::vector<std::uint32_t> fail_;  // the state of the longest string that the state's begins with
    std::vector<std::uint32_t> best_;  // the longest string of the set that the state's begins with
    std::array<std::uint32_t, 256> from_root_{};
    std::vector<std::uint32_t> value_, length_, shorter_;  // by string
};

}  // namespace tessera::inline v0
