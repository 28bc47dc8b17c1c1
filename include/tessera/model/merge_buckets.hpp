// The merge engine for pretokens of any length: symbols in a linked list, possible merges in buckets by rank. A
// pretoken of a megabyte (base64, DNA, a line without spaces) costs what its length says and no more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/model/pair_table.hpp>
#include <tessera/model/rank_buckets.hpp>

namespace tessera::inline v0 {

/// Keeps its memory between calls, so that it allocates only for the longest pretoken so far.
class merge_buckets {
public:
    /// Longest pretoken, in symbols: positions are 32 bits wide.
    static constexpr std::size_t max_symbols = 0xFFFF'FFFEU;

    /// Applies merges, smallest rank first, leftmost first among equals.
    /// @param symbols  replaced in place by what remains
    /// @return         how many remain, at the front of `symbols`
    /// @throws error   limit: more than `max_symbols` symbols
    /// @complexity     O(n log n) time, with n = symbols.size(); memory: up to 40 n bytes, and 4 for each rank up to
    /// the
    ///                 largest that was met
    template <MergeTable T>
    [[nodiscard]] std::size_t apply(T const& table, std::span<token_id> symbols) {
        if (symbols.size() < 2) return symbols.size();
        merge(table, symbols);
        std::size_t kept = 0;
        for (std::uint32_t i = 0; i != none; i = nodes_[i].next) symbols[kept++] = nodes_[i].token;
        return kept;
    }

    /// The same, but leaves what remains where at() finds it.
    /// @pre  symbols is not empty
    template <MergeTable T>
    void merge(T const& table, std::span<token_id const> symbols) {
        std::size_t const n = symbols.size();
        if (n > max_symbols) throw error(error_kind::limit, "pretoken", "it has more than 2^32 - 2 symbols");
        auto const count = static_cast<std::uint32_t>(n);
        nodes_.resize(n);
        queue_.clear();
        for (std::uint32_t i = 0; i < count; ++i) nodes_[i] = {symbols[i], i - 1, i + 1};  // 0 - 1 is `none`
        nodes_[count - 1].next = none;
        for (std::uint32_t i = 0; i + 1 < count; ++i) push(table, i, i + 1);

        detail::rank_buckets::candidate top;
        while (queue_.pop(top, [&](std::uint32_t place) { __builtin_prefetch(&nodes_[place], 1); })) {
            node& left = nodes_[top.left];
            // The entry is stale unless the two symbols still make the token it was queued for. A symbol only grows,
            // so no later pair at this place can have the same result and another rank.
            if (left.token == no_token || left.next == none) continue;
            node& right = nodes_[left.next];
            if (table.find(left.token, right.token).result != top.result) continue;
            left.token = top.result;
            left.next = right.next;
            right.token = no_token;
            if (left.next != none) {
                nodes_[left.next].previous = top.left;
                push(table, top.left, left.next);
            }
            if (left.previous != none) push(table, left.previous, top.left);
        }
    }

    /// A token and the symbols it was made of.
    struct placed_token {
        token_id id;
        std::uint32_t begin, end;
    };
    /// The token that begins with symbol `begin`. @pre merge() was called last; 0 or the end of another token
    [[nodiscard]] placed_token at(std::uint32_t begin) const noexcept {
        node const& n = nodes_[begin];
        return {n.token, begin, n.next == none ? static_cast<std::uint32_t>(nodes_.size()) : n.next};
    }

private:
    static constexpr std::uint32_t none = 0xFFFF'FFFFU;

    struct node {
        token_id token;  // no_token: swallowed by its left neighbour
        std::uint32_t previous, next;
    };

    template <MergeTable T>
    void push(T const& table, std::uint32_t left, std::uint32_t right) {
        auto const found = table.find(nodes_[left].token, nodes_[right].token);
        if (found.result != no_token) queue_.push(found.rank, {left, found.result});
    }

    std::vector<node> nodes_;
    detail::rank_buckets queue_;
};

static_assert(MergeEngine<merge_buckets, pair_table>);

}  // namespace tessera::inline v0
