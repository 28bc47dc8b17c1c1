// A pretoken of a megabyte, merged in blocks that stay in the nearest cache. Nothing is approximate: where two blocks
// meet, the second proves that the first was right.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/token.hpp>
#include <tessera/model/merge_buckets.hpp>
#include <tessera/model/pair_table.hpp>

namespace tessera::inline v0 {

/// Merges long sequences of symbols in overlapping blocks.
///
/// Tokens are the merged form of a sequence if and only if each is the merged form of its own symbols and each two
/// neighbours are that of theirs: which merge comes next among two neighbours does not depend on what lies outside of
/// them until a merge reaches across one of their borders, and the first to do so would have done it for some two
/// neighbours alone. (For merges by rank: github/rust-gems, crates/bpe, README, Corollary IIa.) So if the merged form
/// of a block has a token at a place, and so has that of the next block, which begins there, then the first block's
/// tokens up to this one, followed by those of the second, are the merged form of both: each two neighbours are
/// neighbours in one of them. Where the second block begins with another token, all is merged again as one.
///
/// @pre  of a merge's two symbols each adds something to the result: else what two neighbours become can depend on the
///       pair that was there before
/// @tparam block_size  symbols of a block
/// @tparam overlap     how many of them, at least, the next block has too
template <std::size_t block_size = std::size_t{1} << 14, std::size_t overlap = 512>
    requires(overlap > 0 && overlap < block_size)
class merge_blocks {
public:
    /// Applies merges, smallest rank first, leftmost first among equals.
    /// @param symbols  replaced in place by what remains
    /// @return         how many remain, at the front of `symbols`
    /// @throws error   limit: more symbols than merge_buckets takes
    /// @complexity     O(n) time for n = symbols.size(), and 4 bytes for each symbol that remains; where two blocks
    ///                 disagree, that of merge_buckets
    template <MergeTable T>
    [[nodiscard]] std::size_t apply(T const& table, std::span<token_id> symbols) {
        if (symbols.size() <= 2 * block_size || !merge_all_blocks(table, symbols)) return engine_.apply(table, symbols);
        std::copy(kept_.begin(), kept_.end(), symbols.begin());
        return kept_.size();
    }

private:
    using placed_token = merge_buckets::placed_token;

    // False if two blocks disagree; `symbols` are read only, for that case.
    template <MergeTable T>
    bool merge_all_blocks(T const& table, std::span<token_id const> symbols) {
        kept_.clear();
        placed_token expected{no_token, 0, 0};  // what the block before says of this one's beginning
        for (std::size_t begin = 0;;) {
            std::size_t const size = std::min(block_size, symbols.size() - begin);
            engine_.merge(table, symbols.subspan(begin, size));
            placed_token token = engine_.at(0);
            if (begin != 0 && (token.id != expected.id || token.end != expected.end - expected.begin)) return false;
            bool const is_last = begin + size == symbols.size();
            std::size_t const until = is_last ? size : size - overlap;
            for (;;) {
                kept_.push_back(token.id);
                if (token.end == size) break;
                token = engine_.at(token.end);
                if (token.begin >= until) break;
            }
            if (is_last) return true;
            if (token.begin < until) return false;  // a token as long as the block's rest
            expected = token;
            begin += token.begin;
        }
    }

    merge_buckets engine_;
    std::vector<token_id> kept_;
};

static_assert(MergeEngine<merge_blocks<>, pair_table>);

}  // namespace tessera::inline v0
