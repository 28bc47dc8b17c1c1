// Merging in two levels, for superwords: first the merges that stay inside of words, word by word, and words repeat;
// then the others, on the few symbols that are left. A line that is one pretoken is then encoded about as fast as its
// words are.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/model/byte_joints.hpp>
#include <tessera/model/joint_set.hpp>
#include <tessera/model/pair_table.hpp>

namespace tessera::inline v0 {

/// The merges of a table whose ranks are below a limit.
struct lower_merges {
    pair_table const& all;
    std::uint32_t limit;

    [[nodiscard]] pair_table::found find(token_id left, token_id right) const noexcept {
        pair_table::found const found = all.find(left, right);
        return found.rank < limit ? found : pair_table::found{0xFFFF'FFFFU, no_token};
    }
};
static_assert(MergeTable<lower_merges>);

/// A list of merges in two levels, below a rank and from it on. Merging by rank first makes all of the lower level that
/// can be made. Then it makes one of the upper; and if what that makes is never part of a merge of the lower level, then
/// none of these becomes possible again. So all of the upper level come after all of the lower.
///
/// What a token is made of. Symbols never shrink, so where symbols meet in the end, nothing was ever merged across, and
/// what happened between two such places is what would have happened there alone. So wherever a token stands between two
/// levels or after them, the lower level has made of its text what it makes of that text alone: the *lower symbols* of
/// the token. Two things follow:
/// - A token that the lower level makes of its own text is not made by the upper one, whatever merges there are.
/// - A merge of the upper level can only join two neighbours of which one is the last lower symbol of its left part, the
///   other the first of its right part. Between all others the symbols of the lower level may be cut again.
///
/// @pre  a symbol stands for its own bytes, and each merge for those of its parts; both parts have some
class merge_levels {
public:
    merge_levels() = default;

    /// @param limit  rank of the upper level's first merges; for `byte_joints::never` and for merges that cannot be made
    ///               in two levels, there are none
    /// @param lower  text -> its lower symbols, a span valid until the next call
    /// @complexity   linear in merges and tokens; for each token that can be made in several ways, that of `lower`
    template <class Lower>
    merge_levels(vocabulary const& vocab, std::span<merge const> merges, byte_joints const& joints, std::uint32_t limit,
                 Lower&& lower) {
        if (limit == 0 || limit == byte_joints::never) return;
        facts_of_tokens const facts(vocab.size(), merges, limit);
        std::vector<merge> upper;
        for (merge const& m : merges) {
            if (m.rank < limit) continue;
            if (facts.is(m.result, facts_of_tokens::lower_part)) {
                std::span<token_id const> const symbols = lower(vocab.bytes(m.result));
                if (symbols.size() != 1 || symbols[0] != m.result) return;
            }
            upper.push_back(m);
        }
        find_joints(vocab, upper, facts, lower);
        upper_ = pair_table(upper);
        cuts_ = byte_cuts(joints, limit);
        limit_ = limit;
    }

    /// Whether there are two levels. If not, nothing else may be called.
    [[nodiscard]] explicit operator bool() const noexcept { return limit_ != 0; }

    [[nodiscard]] std::uint32_t limit() const noexcept { return limit_; }
    /// Where a text may be cut for the lower level.
    [[nodiscard]] byte_cuts const& cuts() const noexcept { return cuts_; }
    /// False: nothing of the upper level reaches across the place between these two symbols of the lower.
    [[nodiscard]] bool may_join(token_id left, token_id right) const noexcept { return joints_.contains(left, right); }
    [[nodiscard]] pair_table const& upper() const noexcept { return upper_; }

private:
    class facts_of_tokens {
    public:
        enum fact : std::uint8_t { lower_part = 1, made = 2, made_above = 4, made_in_two_ways = 8 };

        facts_of_tokens(std::size_t n_tokens, std::span<merge const> merges, std::uint32_t limit) : facts_(n_tokens) {
            for (merge const& m : merges) {
                if (m.rank < limit) {
                    facts_[m.left] |= lower_part;
                    facts_[m.right] |= lower_part;
                }
                std::uint8_t& result = facts_[m.result];
                if ((result & made) != 0) result |= made_in_two_ways;
                result |= made;
                if (m.rank >= limit) result |= made_above;
            }
        }
        [[nodiscard]] bool is(token_id id, fact f) const noexcept { return (facts_[id] & f) != 0; }

    private:
        std::vector<std::uint8_t> facts_;
    };

    struct ends {
        token_id first, last;  // lower symbols
    };

    // A token with a single merge, which is of the upper level, begins as its left part does and ends as its right one.
    // Where there are more merges, only one of them is ever made: asking the lower level is surer than finding out which.
    template <class Lower>
    void find_joints(vocabulary const& vocab, std::span<merge const> upper, facts_of_tokens const& facts,
                     Lower& lower) {
        std::vector<ends> known(vocab.size(), ends{no_token, no_token});
        auto const ends_of = [&](token_id id) {
            ends& e = known[id];
            if (e.first != no_token) return e;
            e = {id, id};
            if (!facts.is(id, facts_of_tokens::made_above)) return e;
            std::span<token_id const> const symbols = lower(vocab.bytes(id));
            if (!symbols.empty()) e = {symbols.front(), symbols.back()};
            return e;
        };
        joints_ = joint_set(upper.size());
        for (merge const& m : upper) {
            ends const left = ends_of(m.left);
            ends const right = ends_of(m.right);
            joints_.add(left.last, right.first);
            if (!facts.is(m.result, facts_of_tokens::made_in_two_ways)) known[m.result] = {left.first, right.last};
        }
    }

    std::uint32_t limit_ = 0;
    byte_cuts cuts_;
    pair_table upper_;
    joint_set joints_;
};

}  // namespace tessera::inline v0
