// An immutable set of byte strings that finds all its members at a place of a text: a double array, one memory access a
// byte. Unigram, WordPiece and greedy models stand on it.
// Literature: Aoe, "An Efficient Digital Search Algorithm by Using a Double-Array Structure" (1989).
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

namespace tessera::inline v0 {

/// Byte string -> 32-bit value.
class prefix_trie {
public:
    using entry = std::pair<std::string_view, std::uint32_t>;

    struct match {
        std::size_t length = 0;  ///< 0: none
        std::uint32_t value = 0;
        std::size_t steps = 0;  ///< what finding it took: the bytes that were read
    };

    prefix_trie() : prefix_trie(std::vector<entry>{}) {}

    /// @param entries  strings and their values, in any order; empty strings are left out, and of a string that is
    ///                 there twice the largest value counts
    /// @throws error   limit: 2^31 cells do not hold them
    /// @complexity     O(n log n) comparisons to sort, then about linear in the bytes; 12 bytes a cell, and little more
    ///                 than one cell for each different prefix of a string
    explicit prefix_trie(std::vector<entry> entries);

    /// Bytes of the longest member.
    [[nodiscard]] std::size_t longest() const noexcept { return longest_; }

    /// Calls `f(length, value)` for each member that begins at `at`, shortest first.
    /// @return      how many bytes from `at` on are the beginning of a member, or all of it
    /// @complexity  O(length of the longest member)
    template <class F>
    std::size_t for_each_prefix(std::string_view text, std::size_t at, F&& f) const {
        cell here = cells_[0];
        std::uint32_t node = 0;
        std::size_t i = at;
        for (; i < text.size(); ++i) {
            std::uint32_t const next = here.base ^ static_cast<unsigned char>(text[i]);
            here = cells_[next];
            if ((here.parent & ~ends) != node) break;
            node = next;
            if ((here.parent & ends) != 0) f(i + 1 - at, values_[node]);
        }
        return i - at;
    }

    /// The longest member that begins at `at` and whose value `accept` takes.
    template <class Accept>
    [[nodiscard]] match longest_match(std::string_view text, std::size_t at, Accept&& accept) const {
        match best;
        std::size_t const n_read = for_each_prefix(text, at, [&](std::size_t length, std::uint32_t value) {
            if (!accept(value)) return;
            best.length = length;
            best.value = value;
        });
        best.steps = n_read + 1;
        return best;
    }
    [[nodiscard]] match longest_match(std::string_view text, std::size_t at) const {
        return longest_match(text, at, [](std::uint32_t) { return true; });
    }

    /// Calls `f(string_view, value)` for each member, in no useful order.
    /// @complexity  O(bytes of all members)
    template <class F>
    void for_each(F&& f) const;

private:
    class builder;
    static constexpr std::uint32_t ends = 0x8000'0000U;  // set in `parent`: a member ends here
    static constexpr std::uint32_t nobody = 0x7FFF'FFFFU;

    // The child of node n by byte b is cell base(n) ^ b, if its parent is n. Blocks of 256 hold all children of a node.
    struct cell {
        std::uint32_t base = 0;
        std::uint32_t parent = nobody;
    };

    std::vector<cell> cells_;
    std::vector<std::uint32_t> values_;  // where a member ends
    std::size_t longest_ = 0;
};

/// Places nodes depth first. Free cells of the last blocks form a list, in which a place for a node's children is
/// looked for; a node that does not fit there soon gets a new block.
class prefix_trie::builder {
public:
    builder(prefix_trie& trie, std::vector<entry> const& entries) : t_(trie), entries_(entries) {
        add_block();
        take(0);
        t_.cells_[0].parent = nobody - 1;  // not free, and no child of anybody
        std::vector<range> todo{{0, 0, entries.size(), 0}};
        while (!todo.empty()) {
            range r = todo.back();
            todo.pop_back();
            while (r.begin < r.end && entries_[r.begin].first.size() == r.depth) {  // these end here; they sort first
                if (r.depth != 0) {
                    t_.values_[r.node] = entries_[r.begin].second;
                    t_.cells_[r.node].parent |= ends;
                }
                ++r.begin;
            }
            if (r.begin < r.end) place_children(r, todo);
        }
    }

private:
    static constexpr std::size_t block = 256;
    static constexpr std::size_t open_blocks = 16;
    static constexpr int max_tries = 64;

    struct range {
        std::uint32_t node;
        std::size_t begin, end;  // of the entries below the node
        std::size_t depth;
    };

    [[nodiscard]] unsigned char byte(std::size_t i, std::size_t depth) const {
        return static_cast<unsigned char>(entries_[i].first[depth]);
    }

    void place_children(range const& r, std::vector<range>& todo) {
        n_labels_ = 0;
        for (std::size_t i = r.begin; i < r.end; ++i) {
            if (n_labels_ == 0 || labels_[n_labels_ - 1] != byte(i, r.depth)) {
                starts_[n_labels_] = i;
                labels_[n_labels_++] = byte(i, r.depth);
            }
        }
        std::uint32_t const base = find_base();
        t_.cells_[r.node].base = base;
        for (std::size_t k = 0; k < n_labels_; ++k) {
            std::uint32_t const child = base ^ labels_[k];
            take(child);
            t_.cells_[child].parent = r.node;
            todo.push_back({child, starts_[k], k + 1 < n_labels_ ? starts_[k + 1] : r.end, r.depth + 1});
        }
    }

    [[nodiscard]] bool fits(std::uint32_t base) const {
        for (std::size_t k = 0; k < n_labels_; ++k) {
            if (t_.cells_[base ^ labels_[k]].parent != nobody) return false;
        }
        return true;
    }

    [[nodiscard]] std::uint32_t find_base() {
        int tries = 0;
        for (std::uint32_t c = first_free_; c != nobody && tries < max_tries; c = next_[c], ++tries) {
            if (fits(c ^ labels_[0])) return c ^ labels_[0];
        }
        // Look through all of the last block before another one is made: memory stays within a few cells a child.
        auto const last = static_cast<std::uint32_t>(t_.cells_.size() - block);
        for (std::uint32_t base = last; base < last + block; ++base) {
            if (fits(base)) return base;
        }
        return add_block();
    }

    std::uint32_t add_block() {
        std::size_t const begin = t_.cells_.size();
        if (begin + block >= nobody - 1) throw error(error_kind::limit, "vocabulary", "its tokens need 2^31 cells");
        t_.cells_.resize(begin + block);
        t_.values_.resize(begin + block);
        next_.resize(begin + block);
        previous_.resize(begin + block);
        if (begin >= open_blocks * block) {  // close the oldest open one
            std::size_t const old = begin - open_blocks * block;
            for (std::size_t c = old; c < old + block; ++c) {
                if (t_.cells_[c].parent == nobody) take(static_cast<std::uint32_t>(c));
            }
        }
        for (std::size_t c = begin; c < begin + block; ++c) append_free(static_cast<std::uint32_t>(c));
        return static_cast<std::uint32_t>(begin);
    }

    void append_free(std::uint32_t c) {
        next_[c] = nobody;
        previous_[c] = last_free_;
        (last_free_ == nobody ? first_free_ : next_[last_free_]) = c;
        last_free_ = c;
    }
    void take(std::uint32_t c) {
        (previous_[c] == nobody ? first_free_ : next_[previous_[c]]) = next_[c];
        (next_[c] == nobody ? last_free_ : previous_[next_[c]]) = previous_[c];
    }

    prefix_trie& t_;
    std::vector<entry> const& entries_;  // sorted
    std::vector<std::uint32_t> next_, previous_;
    std::uint32_t first_free_ = nobody, last_free_ = nobody;
    std::array<unsigned char, block> labels_{};
    std::array<std::size_t, block> starts_{};
    std::size_t n_labels_ = 0;
};

inline prefix_trie::prefix_trie(std::vector<entry> entries) {
    std::sort(entries.begin(), entries.end());
    builder(*this, entries);
    for (auto const& [string, value] : entries) longest_ = std::max(longest_, string.size());
}

// From where each ends up to the root: a cell knows its parent, and the two the byte between them.
template <class F>
void prefix_trie::for_each(F&& f) const {
    std::string reversed;
    std::string member;
    for (std::uint32_t last = 0; last < cells_.size(); ++last) {
        if ((cells_[last].parent & ends) == 0) continue;
        reversed.clear();
        for (std::uint32_t node = last; node != 0;) {
            std::uint32_t const parent = cells_[node].parent & ~ends;
            reversed += static_cast<char>(cells_[parent].base ^ node);
            node = parent;
        }
        member.assign(reversed.rbegin(), reversed.rend());
        f(std::string_view(member), values_[last]);
    }
}

}  // namespace tessera::inline v0
