// A set of byte strings, for finding the longest one at a place in a text. Holds the added tokens.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <tessera/core/hash.hpp>

namespace tessera::inline v0 {

/// Byte string -> 32-bit value. Nodes are numbers; edges lie in one open-addressing table.
class byte_trie {
public:
    static constexpr std::uint32_t absent = 0xFFFF'FFFFU;

    struct match {
        std::size_t length;
        std::uint32_t value;  ///< `absent`: none
    };

    [[nodiscard]] bool empty() const noexcept { return value_.size() <= 1; }

    /// False if `key` is there already. @pre !key.empty()
    bool insert(std::string_view key, std::uint32_t value) {
        if (value_.empty()) value_.push_back(absent);
        std::uint32_t node = 0;
        for (char const c : key) node = child_or_new(node, static_cast<unsigned char>(c));
        if (value_[node] != absent) return false;
        value_[node] = value;
        first_[static_cast<unsigned char>(key[0])] = true;
        return true;
    }

    [[nodiscard]] std::uint32_t find(std::string_view key) const noexcept {
        if (value_.empty() || key.empty()) return absent;
        std::uint32_t node = 0;
        for (char const c : key) {
            node = child(node, static_cast<unsigned char>(c));
            if (node == absent) return absent;
        }
        return value_[node];
    }

    /// The first place from `at` on where a key may begin; text.size() if none.
    [[nodiscard]] std::size_t next_candidate(std::string_view text, std::size_t at) const noexcept {
        while (at < text.size() && !first_[static_cast<unsigned char>(text[at])]) ++at;
        return at;
    }

    /// The longest key that begins at `at` and whose value `accept` takes.
    template <class Accept>
    [[nodiscard]] match longest_match(std::string_view text, std::size_t at, Accept&& accept) const {
        match best{0, absent};
        std::uint32_t node = 0;
        for (std::size_t i = at; i < text.size(); ++i) {
            node = child(node, static_cast<unsigned char>(text[i]));
            if (node == absent) break;
            if (value_[node] != absent && accept(value_[node])) best = {i + 1 - at, value_[node]};
        }
        return best;
    }

    /// Calls `f(length, value)` for each key that begins at `at`, the shortest first.
    template <class F>
    void for_each_prefix(std::string_view text, std::size_t at, F&& f) const {
        if (value_.empty()) return;
        std::uint32_t node = 0;
        for (std::size_t i = at; i < text.size(); ++i) {
            node = child(node, static_cast<unsigned char>(text[i]));
            if (node == absent) return;
            if (value_[node] != absent) f(i + 1 - at, value_[node]);
        }
    }

private:
    struct edge {
        std::uint64_t key = ~std::uint64_t{0};  // node << 8 | byte
        std::uint32_t to = absent;
    };

    [[nodiscard]] std::size_t probe(std::uint64_t key) const noexcept {
        std::size_t const mask = edges_.size() - 1;
        std::size_t i = hash_key(key) & mask;
        while (edges_[i].to != absent && edges_[i].key != key) i = (i + 1) & mask;
        return i;
    }

    [[nodiscard]] std::uint32_t child(std::uint32_t node, unsigned char byte) const noexcept {
        return edges_[probe(std::uint64_t{node} << 8 | byte)].to;
    }

    std::uint32_t child_or_new(std::uint32_t node, unsigned char byte) {
        if (2 * value_.size() >= edges_.size()) grow();
        std::uint64_t const key = std::uint64_t{node} << 8 | byte;
        edge& e = edges_[probe(key)];
        if (e.to == absent) {
            e = {key, static_cast<std::uint32_t>(value_.size())};
            value_.push_back(absent);
        }
        return e.to;
    }

    void grow() {
        std::vector<edge> old(edges_.empty() ? 64 : 2 * edges_.size());
        old.swap(edges_);
        for (edge const& e : old) {
            if (e.to != absent) edges_[probe(e.key)] = e;
        }
    }

    std::vector<std::uint32_t> value_;  // by node; node 0 is the root
    std::vector<edge> edges_;           // one for each node but the root
    std::array<bool, 256> first_{};
};

}  // namespace tessera::inline v0
