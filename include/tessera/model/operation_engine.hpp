// Applies merges and deletions to symbols: the smallest index first, and each operation everywhere at once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/model/operation_table.hpp>

namespace tessera::inline v0 {

/// Which operations may follow operation i.
enum class operation_order : std::uint8_t {
    rising,  ///< those after i: what training did, step by step
    any,     ///< all: always the first of the list that applies
};

/// Works on a linked list in an array, with a heap of (operation, place). A place is the distance of a symbol from the
/// start in units, so the parts of a deleted token have places of their own.
class operation_engine {
public:
    /// Rewrites `symbols`. Symbols that no operation names stay, no_token too.
    /// @param parts       `std::span<token_id const> parts(token_id deleted)`: what a deleted token is taken apart into
    /// @param length_of   `std::size_t length_of(token_id)`: in units; the parts of a token have its length together
    /// @complexity        O((n + d) log n), d the deletions
    template <class Parts, class Length>
    void apply(operation_table const& table, operation_order order, std::vector<token_id>& symbols, Parts const& parts,
               Length const& length_of) {
        lay_out(symbols, table.n_deletions() > 0, length_of);
        heap_.clear();
        std::uint32_t const start = operation_table::never;
        for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
            if (nodes_[i].symbol != vacant) offer(table, i, start);
        }
        // At first all at once: a heap of n takes n steps.
        std::make_heap(heap_.begin(), heap_.end(), last_first);
        heaped_ = true;
        while (!heap_.empty()) {
            auto const index = static_cast<std::uint32_t>(heap_.front() >> 32);
            std::uint32_t const after = order == operation_order::rising ? index : start;
            changed_.clear();
            while (!heap_.empty() && heap_.front() >> 32 == index) {
                auto const at = static_cast<std::uint32_t>(heap_.front());
                std::pop_heap(heap_.begin(), heap_.end(), last_first);
                heap_.pop_back();
                run(index, at, parts, length_of);
            }
            for (std::uint32_t const at : changed_) {
                if (nodes_[at].symbol != vacant) offer(table, at, after);
            }
        }
        heaped_ = false;
        symbols.clear();
        for (std::uint32_t i = first_; i != none; i = nodes_[i].next) symbols.push_back(nodes_[i].symbol);
    }

private:
    static constexpr std::uint32_t none = 0xFFFF'FFFFU;
    static constexpr token_id vacant = no_token - 1;  // no token is as large

    // The order that makes the smallest entry the top of the heap.
    static constexpr auto last_first = [](std::uint64_t a, std::uint64_t b) { return a > b; };

    struct node {
        token_id symbol;
        std::uint32_t previous, next;
        std::uint32_t merge_index;     // operations of the pair that begins here, and of the symbol,
        std::uint32_t deletion_index;  // that are in the heap; never: none
        token_id result;               // of that merge
    };

    template <class Length>
    void lay_out(std::vector<token_id> const& symbols, bool by_length, Length const& length_of) {
        nodes_.clear();
        first_ = symbols.empty() ? none : 0;
        std::uint32_t previous = none;
        for (token_id const symbol : symbols) {
            auto const at = static_cast<std::uint32_t>(nodes_.size());
            if (previous != none) nodes_[previous].next = at;
            nodes_.push_back({symbol, previous, none, operation_table::never, operation_table::never, no_token});
            previous = at;
            std::size_t const length = by_length && symbol != no_token ? length_of(symbol) : 1;
            for (std::size_t i = 1; i < length; ++i) {
                nodes_.push_back({vacant, none, none, operation_table::never, operation_table::never, no_token});
            }
        }
    }

    // Puts what may happen here after operation `after` into the heap.
    void offer(operation_table const& table, std::uint32_t at, std::uint32_t after) {
        node& n = nodes_[at];
        n.merge_index = n.deletion_index = operation_table::never;
        if (n.symbol == no_token) return;
        if (n.next != none && nodes_[n.next].symbol != no_token) {
            auto const merge = table.merge(n.symbol, nodes_[n.next].symbol, after);
            n.merge_index = merge.index;
            n.result = merge.result;
            if (merge.index != operation_table::never) push(merge.index, at);
        }
        n.deletion_index = table.deletion(n.symbol, after).index;
        if (n.deletion_index != operation_table::never) push(n.deletion_index, at);
    }

    void push(std::uint32_t index, std::uint32_t at) {
        heap_.push_back(std::uint64_t{index} << 32 | at);
        if (heaped_) std::push_heap(heap_.begin(), heap_.end(), last_first);
    }

    template <class Parts, class Length>
    void run(std::uint32_t index, std::uint32_t at, Parts const& parts, Length const& length_of) {
        node& n = nodes_[at];
        if (n.symbol == vacant) return;
        if (n.merge_index == index) {
            node& second = nodes_[n.next];
            n.symbol = n.result;
            n.next = second.next;
            second.symbol = vacant;
            second.merge_index = second.deletion_index = operation_table::never;
            if (n.next != none) nodes_[n.next].previous = at;
        } else if (n.deletion_index == index) {
            std::uint32_t const after = n.next;
            std::uint32_t previous = n.previous;
            std::uint32_t place = at;
            for (token_id const part : parts(n.symbol)) {
                node& p = nodes_[place];
                p = {part, previous, none, operation_table::never, operation_table::never, no_token};
                if (previous != none) nodes_[previous].next = place;
                if (place != at) changed_.push_back(place);
                previous = place;
                place += static_cast<std::uint32_t>(length_of(part));
            }
            nodes_[previous].next = after;
            if (after != none) nodes_[after].previous = previous;
        } else {
            return;  // a neighbour has changed since
        }
        // The pair that ended here is another now; it gets its turn with the others.
        nodes_[at].merge_index = nodes_[at].deletion_index = operation_table::never;
        changed_.push_back(at);
        if (nodes_[at].previous != none) {
            std::uint32_t const before = nodes_[at].previous;
            nodes_[before].merge_index = operation_table::never;
            changed_.push_back(before);
        }
    }

    std::vector<node> nodes_;
    std::vector<std::uint64_t> heap_;
    std::vector<std::uint32_t> changed_;
    std::uint32_t first_ = none;
    bool heaped_ = false;
};

}  // namespace tessera::inline v0
