// A set of byte strings, for finding the longest one at a place in a text: a trie whose nodes are where strings end or
// part (Morrison, "PATRICIA", 1968), so a million short strings, or thousands of long ones, take tens of megabytes. A
// filter before it lets text pass that has none of them. Holds the added tokens; model/prefix_trie.hpp is faster at
// each byte and larger.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/beginning_filter.hpp>
#include <tessera/core/error.hpp>

namespace tessera::inline v0 {

/// Byte string -> 32-bit value.
class packed_trie {
public:
    static constexpr std::uint32_t absent = 0xFFFF'FFFFU;

    using entry = std::pair<std::string_view, std::uint32_t>;

    struct match {
        std::size_t length = 0;
        std::uint32_t value = absent;  ///< `absent`: none
        std::size_t steps = 0;         ///< what finding it took: nodes and 16 bytes of text each
    };

    packed_trie() = default;

    /// @param entries  strings and their values, in any order; empty strings are left out, and of a string that is
    ///                 there twice the smallest value counts
    /// @throws error   limit: more than 4 GiB of strings
    /// @complexity     O(n log n) to sort n strings, mostly by their first eight bytes; then linear in their bytes. At
    ///                 most 42 bytes a string, and the bytes in which it differs from its neighbours
    explicit packed_trie(std::vector<entry> entries);

    /// Sorts by the bytes of the strings, then by value.
    static void sort(std::vector<entry>& entries);

    [[nodiscard]] bool empty() const noexcept { return nodes_.empty(); }
    /// Bytes of the longest string.
    [[nodiscard]] std::size_t longest() const noexcept { return longest_; }

    /// The first place from `at` on where a string may begin; text.size() if none.
    [[nodiscard]] std::size_t next_candidate(std::string_view text, std::size_t at) const noexcept {
        return filter_.next(text, at);
    }
    /// False only if no string begins at `at`.
    [[nodiscard]] bool may_begin_at(std::string_view text, std::size_t at) const noexcept {
        return filter_.may_begin(text, at);
    }

    /// The longest string that begins at `at` and whose value `accept` takes.
    template <class Accept>
    [[nodiscard]] match longest_match(std::string_view text, std::size_t at, Accept&& accept) const {
        match best;
        walk(text, at, best.steps, [&](std::size_t end, std::uint32_t value) {
            if (value == absent || !accept(value)) return;
            best.length = end - at;
            best.value = value;
        });
        return best;
    }
    [[nodiscard]] match longest_match(std::string_view text, std::size_t at) const {
        return longest_match(text, at, [](std::uint32_t) { return true; });
    }

    /// How many bytes from `at` on are the beginning of a string, or all of it.
    [[nodiscard]] std::size_t longest_beginning(std::string_view text, std::size_t at) const {
        std::size_t steps = 0;
        return walk(text, at, steps, [](std::size_t, std::uint32_t) {}) - at;
    }

    /// Calls `f(string_view, value)` for each string, in no useful order.
    template <class F>
    void for_each(F&& f) const;

private:
    class builder;

    // The first byte of a node's label is in firsts_, so that the children of a node, which lie side by side, are found
    // by looking through a few bytes.
    struct node {
        std::uint32_t label = 0;   // the rest of it: where in labels_
        std::uint32_t length = 0;  // and how long
        std::uint32_t value = absent;
        std::uint32_t first_child = 0;
        std::uint16_t n_children = 0;
    };

    // Calls visit(where it ends, value) for each node on the way of the text; returns where that leaves the trie.
    template <class Visit>
    std::size_t walk(std::string_view text, std::size_t at, std::size_t& steps, Visit&& visit) const {
        if (empty() || at >= text.size()) return at;
        for (std::uint32_t n = from_root_[static_cast<unsigned char>(text[at])]; n != 0; n = child(n, text[at])) {
            ++at;
            node const& here = nodes_[n];
            std::size_t const same = common_length(text.substr(at), label(here));
            at += same;
            steps += 1 + same / 16;
            if (same != here.length) break;
            visit(at, here.value);
            if (at == text.size()) break;
        }
        return at;
    }

    [[nodiscard]] std::string_view label(node const& n) const noexcept { return {labels_.data() + n.label, n.length}; }

    // 0: none
    [[nodiscard]] std::uint32_t child(std::uint32_t parent, char byte) const noexcept {
        node const& n = nodes_[parent];
        if (n.n_children == 0) return 0;
        char const* const firsts = firsts_.data() + n.first_child;
        if (*firsts == byte) return n.first_child;
        if (n.n_children == 1) return 0;
        void const* const found = std::memchr(firsts, static_cast<unsigned char>(byte), n.n_children);
        if (found == nullptr) return 0;
        return n.first_child + static_cast<std::uint32_t>(static_cast<char const*>(found) - firsts);
    }

    static std::size_t common_length(std::string_view a, std::string_view b) noexcept {
        std::size_t const n = std::min(a.size(), b.size());
        std::size_t i = 0;
        while (i + 16 <= n && std::memcmp(a.data() + i, b.data() + i, 16) == 0) i += 16;
        while (i < n && a[i] == b[i]) ++i;
        return i;
    }

    std::vector<node> nodes_;  // the root first; empty if no string is there
    std::string firsts_;       // by node
    std::string labels_;
    std::array<std::uint32_t, 256> from_root_{};  // the root's children; 0: none
    beginning_filter filter_;
    std::size_t longest_ = 0;
};

inline void packed_trie::sort(std::vector<entry>& entries) {
    struct place {
        std::uint64_t head;  // the first eight bytes: a comparison that reads no string
        std::size_t index;
    };
    std::vector<place> places(entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
        std::uint64_t head = 0;
        for (std::size_t k = 0; k < 8; ++k) {
            std::string_view const s = entries[i].first;
            head = head << 8 | (k < s.size() ? static_cast<unsigned char>(s[k]) : 0U);
        }
        places[i] = {head, i};
    }
    std::sort(places.begin(), places.end(), [&](place const& a, place const& b) {
        return a.head != b.head ? a.head < b.head : entries[a.index] < entries[b.index];
    });
    std::vector<entry> sorted(entries.size());
    for (std::size_t i = 0; i < places.size(); ++i) sorted[i] = entries[places[i].index];
    entries = std::move(sorted);
}

/// Makes nodes from ranges of the sorted strings. Nothing recurses: strings may be long.
class packed_trie::builder {
public:
    builder(packed_trie& trie, std::vector<entry> const& entries) : t_(trie), entries_(entries) {
        add_node('\0');
        std::vector<range> todo{{0, 0, entries.size(), 0}};
        while (!todo.empty()) {
            range r = todo.back();
            todo.pop_back();
            if (r.node != 0) take_label(r);
            for (; r.begin < r.end && entries_[r.begin].first.size() == r.depth; ++r.begin) {  // these sort first
                if (t_.nodes_[r.node].value == absent) t_.nodes_[r.node].value = entries_[r.begin].second;
            }
            if (r.begin < r.end) add_children(r, todo);
        }
    }

private:
    struct range {
        std::uint32_t node;
        std::size_t begin, end;  // of the entries below the node
        std::size_t depth;       // bytes they share; without the node's label until that is taken
    };

    void add_node(char first) {
        if (t_.nodes_.size() >= absent) throw error(error_kind::limit, "strings", "they need 2^32 nodes");
        t_.nodes_.emplace_back();
        t_.firsts_ += first;
    }

    // What all strings below have in common: what the first and the last have.
    void take_label(range& r) {
        std::string_view const first = entries_[r.begin].first.substr(r.depth);
        std::string_view const last = entries_[r.end - 1].first.substr(r.depth);
        std::size_t const length = common_length(first, last);
        if (t_.labels_.size() + length >= absent) throw error(error_kind::limit, "strings", "they have 4 GiB or more");
        node& n = t_.nodes_[r.node];
        n.label = static_cast<std::uint32_t>(t_.labels_.size());
        n.length = static_cast<std::uint32_t>(length);
        t_.labels_ += first.substr(0, length);
        r.depth += length;
    }

    void add_children(range const& r, std::vector<range>& todo) {
        t_.nodes_[r.node].first_child = static_cast<std::uint32_t>(t_.nodes_.size());
        for (std::size_t begin = r.begin; begin < r.end;) {
            char const first = entries_[begin].first[r.depth];
            auto const other = std::upper_bound(
                entries_.begin() + static_cast<std::ptrdiff_t>(begin),
                entries_.begin() + static_cast<std::ptrdiff_t>(r.end), first, [&](char byte, entry const& e) {
                    return static_cast<unsigned char>(byte) < static_cast<unsigned char>(e.first[r.depth]);
                });
            auto const end = static_cast<std::size_t>(other - entries_.begin());
            todo.push_back({static_cast<std::uint32_t>(t_.nodes_.size()), begin, end, r.depth + 1});
            add_node(first);
            ++t_.nodes_[r.node].n_children;
            begin = end;
        }
    }

    packed_trie& t_;
    std::vector<entry> const& entries_;  // sorted
};

inline packed_trie::packed_trie(std::vector<entry> entries) {
    std::erase_if(entries, [](entry const& e) { return e.first.empty(); });
    if (entries.empty()) return;
    sort(entries);
    builder(*this, entries);
    nodes_.shrink_to_fit();
    firsts_.shrink_to_fit();
    labels_.shrink_to_fit();

    filter_ = beginning_filter(entries);
    for (auto const& [string, value] : entries) longest_ = std::max(longest_, string.size());
    for (std::uint32_t k = 0; k < nodes_[0].n_children; ++k) {
        from_root_[static_cast<unsigned char>(firsts_[nodes_[0].first_child + k])] = nodes_[0].first_child + k;
    }
}

template <class F>
void packed_trie::for_each(F&& f) const {
    struct place {
        std::uint32_t node;
        std::size_t depth;  // of its parent
    };
    if (empty()) return;
    std::string path;
    std::vector<place> todo{{0, 0}};
    while (!todo.empty()) {
        auto const [n, depth] = todo.back();
        todo.pop_back();
        node const& here = nodes_[n];
        path.resize(depth);
        if (n != 0) path.append(1, firsts_[n]).append(label(here));
        if (here.value != absent) f(std::string_view(path), here.value);
        for (std::uint32_t k = 0; k < here.n_children; ++k) todo.push_back({here.first_child + k, path.size()});
    }
}

}  // namespace tessera::inline v0
