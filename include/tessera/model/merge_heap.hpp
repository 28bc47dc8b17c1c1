// The merge engine for pretokens of any length: symbols in a linked list, possible merges in a heap. A pretoken of a
// megabyte (base64, DNA, a line without spaces) costs what its length says and no more.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/model/pair_table.hpp>

namespace tessera::inline v0 {

/// Keeps its memory between calls, so that it allocates only for the longest pretoken so far.
class merge_heap {
public:
    /// Longest pretoken, in symbols: positions are 32 bits wide.
    static constexpr std::size_t max_symbols = 0xFFFF'FFFEU;

    /// Applies merges, smallest rank first, leftmost first among equals.
    /// @param symbols  replaced in place by what remains
    /// @return         how many remain, at the front of `symbols`
    /// @throws error   limit: more than `max_symbols` symbols
    /// @complexity     O(n log n) time, 28 n bytes, with n = symbols.size()
    template <MergeTable T>
    [[nodiscard]] std::size_t apply(T const& table, std::span<token_id> symbols) {
        std::size_t const n = symbols.size();
        if (n < 2) return n;
        if (n > max_symbols) throw error(error_kind::limit, "pretoken", "it has more than 2^32 - 2 symbols");
        auto const count = static_cast<std::uint32_t>(n);
        links_.resize(n);
        heap_.clear();
        for (std::uint32_t i = 0; i < count; ++i) links_[i] = {i - 1, i + 1};  // 0 - 1 is `none`
        links_[count - 1].next = none;
        for (std::uint32_t i = 0; i + 1 < count; ++i) push(table, symbols, i, i + 1);
        std::make_heap(heap_.begin(), heap_.end(), later);

        while (!heap_.empty()) {
            candidate const top = heap_.front();
            std::pop_heap(heap_.begin(), heap_.end(), later);
            heap_.pop_back();
            auto const left = static_cast<std::uint32_t>(top.order);
            if (symbols[left] == no_token) continue;  // swallowed by its left neighbour
            std::uint32_t const right = links_[left].next;
            if (right == none) continue;
            // The entry is stale unless the two symbols still make the token it was queued for. A symbol only grows,
            // so no later pair at this place can have the same result and another rank.
            if (table.find(symbols[left], symbols[right]).result != top.result) continue;
            symbols[left] = top.result;
            symbols[right] = no_token;
            std::uint32_t const after = links_[right].next;
            links_[left].next = after;
            if (after != none) {
                links_[after].previous = left;
                if (push(table, symbols, left, after)) std::push_heap(heap_.begin(), heap_.end(), later);
            }
            std::uint32_t const before = links_[left].previous;
            if (before != none && push(table, symbols, before, left)) {
                std::push_heap(heap_.begin(), heap_.end(), later);
            }
        }
        std::size_t kept = 0;
        for (std::uint32_t i = 0; i != none; i = links_[i].next) symbols[kept++] = symbols[i];
        return kept;
    }

private:
    static constexpr std::uint32_t none = 0xFFFF'FFFFU;

    struct link {
        std::uint32_t previous, next;
    };
    struct candidate {
        std::uint64_t order;  // rank, then position of the left symbol: the heap's key in one comparison
        token_id result;
    };
    static bool later(candidate const& a, candidate const& b) noexcept { return a.order > b.order; }

    template <MergeTable T>
    bool push(T const& table, std::span<token_id> symbols, std::uint32_t left, std::uint32_t right) {
        auto const found = table.find(symbols[left], symbols[right]);
        if (found.result == no_token) return false;
        heap_.push_back({std::uint64_t{found.rank} << 32 | left, found.result});
        return true;
    }

    std::vector<link> links_;
    std::vector<candidate> heap_;
};

static_assert(MergeEngine<merge_heap, pair_table>);

}  // namespace tessera::inline v0
