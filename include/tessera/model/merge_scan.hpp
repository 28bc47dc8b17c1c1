// The merge engine for short pretokens: look through the ranks of all neighbours for the smallest, merge, repeat.
// Quadratic, but without a data structure to keep in step, so it wins while the symbols fit in a few cache lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include <tessera/core/concepts.hpp>
#include <tessera/core/token.hpp>
#include <tessera/model/pair_table.hpp>

namespace tessera::inline v0 {

/// Merges up to `max_symbols` symbols.
class merge_scan {
public:
    static constexpr std::size_t max_symbols = 48;

    /// Applies merges, smallest rank first, leftmost first among equals.
    /// @param symbols  replaced in place by what remains
    /// @return         how many remain, at the front of `symbols`
    /// @pre            symbols.size() <= max_symbols
    /// @complexity     O(n^2) with n = symbols.size()
    template <MergeTable T>
    [[nodiscard]] std::size_t apply(T const& table, std::span<token_id> symbols) {
        std::size_t n = symbols.size();
        if (n < 2) return n;
        for (std::size_t i = 0; i + 1 < n; ++i) look_up(table, symbols, i);
        for (;;) {
            std::size_t best = 0;
            std::uint32_t best_rank = rank_[0];
            for (std::size_t i = 1; i + 1 < n; ++i) {
                if (rank_[i] < best_rank) {
                    best_rank = rank_[i];
                    best = i;
                }
            }
            if (best_rank == no_rank) return n;
            symbols[best] = result_[best];
            --n;
            std::size_t const tail = n - best - 1;  // symbols to the right of the merged one
            std::memmove(symbols.data() + best + 1, symbols.data() + best + 2, tail * sizeof(token_id));
            if (n == 1) return n;
            std::memmove(rank_ + best + 1, rank_ + best + 2, tail * sizeof(rank_[0]));
            std::memmove(result_ + best + 1, result_ + best + 2, tail * sizeof(result_[0]));
            if (best > 0) look_up(table, symbols, best - 1);
            if (best + 1 < n) look_up(table, symbols, best);
        }
    }

private:
    static constexpr std::uint32_t no_rank = 0xFFFF'FFFFU;

    template <MergeTable T>
    void look_up(T const& table, std::span<token_id> symbols, std::size_t i) {
        auto const found = table.find(symbols[i], symbols[i + 1]);
        rank_[i] = found.result == no_token ? no_rank : found.rank;
        result_[i] = found.result;
    }

    std::uint32_t rank_[max_symbols + 2] = {};  // of symbols i and i + 1
    token_id result_[max_symbols + 2] = {};
};

static_assert(MergeEngine<merge_scan, pair_table>);

}  // namespace tessera::inline v0
