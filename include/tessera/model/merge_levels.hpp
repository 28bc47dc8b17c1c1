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
#include <tessera/model/lazy_flags.hpp>
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
/// can be made, then one of the upper. Unless that makes a merge of the lower level possible again, all of the upper
/// level come after all of the lower, and each level may be done in its own way.
///
/// Symbols never shrink: where two of them meet in the end, nothing was ever merged across, and what happened between
/// two such places is what would have happened there alone. So wherever a token stands between the levels or after
/// them, the lower level has made of its text what it makes of that text alone: the *lower symbols* of the token.
/// Hence:
/// - What the lower level makes of its own text is not made by the upper one, whatever merges there are. A merge of the
///   lower level becomes possible again only if one of its parts is made by the upper level, and is not its own only
///   lower symbol; and its result, whose parts still stood apart between the levels, is not either. Lists that a
///   trainer made have no such merge.
/// - A merge of the upper level joins two neighbours between the levels of which one is the last lower symbol of its
///   left part, the other the first of its right part. Between all others the text may be cut again.
///
/// @pre  a symbol stands for its own bytes, and each merge for those of its parts; both parts have some
class merge_levels {
public:
    merge_levels() = default;

    /// @param limit  rank of the upper level's first merges; for `byte_joints::never` and for merges that cannot be
    /// made
    ///               in two levels, there are none
    /// @param lower  text -> its lower symbols, a span valid until the next call
    /// @complexity   linear in merges and tokens; for tokens that can be made in several ways, that of `lower`
    template <class Lower>
    merge_levels(vocabulary const& vocab, std::span<merge const> merges, byte_joints const& joints, std::uint32_t limit,
                 Lower&& lower) {
        if (limit == 0 || limit == byte_joints::never) return;
        facts_of_tokens const facts(vocab.size(), merges, limit);
        auto const is_made_below = [&](token_id id) {
            std::span<token_id const> const symbols = lower(vocab.bytes(id));
            return symbols.size() == 1 && symbols[0] == id;
        };
        auto const may_come_late = [&](token_id part) { return facts.is_made_above(part) && !is_made_below(part); };
        std::vector<merge> upper;
        for (merge const& m : merges) {
            if (m.rank >= limit) {
                upper.push_back(m);
            } else if ((may_come_late(m.left) || may_come_late(m.right)) && !is_made_below(m.result)) {
                return;
            }
        }
        find_joints(vocab, upper, facts, lower);
        upper_ = pair_table(upper);
        cuts_ = byte_cuts(joints, limit);
        lower_whole_ = lazy_flags(vocab.size());
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
    /// Of each token: does the lower level make it of its text?
    [[nodiscard]] lazy_flags const& lower_whole() const noexcept { return lower_whole_; }

private:
    class facts_of_tokens {
    public:
        facts_of_tokens(std::size_t n_tokens, std::span<merge const> merges, std::uint32_t limit) : facts_(n_tokens) {
            for (merge const& m : merges) {
                std::uint8_t& result = facts_[m.result];
                if ((result & made) != 0) result |= in_two_ways;
                result |= made;
                if (m.rank >= limit) result |= above;
            }
        }
        [[nodiscard]] bool is_made_above(token_id id) const noexcept { return (facts_[id] & above) != 0; }
        [[nodiscard]] bool is_made_in_two_ways(token_id id) const noexcept { return (facts_[id] & in_two_ways) != 0; }

    private:
        static constexpr std::uint8_t made = 1, above = 2, in_two_ways = 4;
        std::vector<std::uint8_t> facts_;
    };

    struct ends {
        token_id first, last;  // lower symbols
    };

    // A token with a single merge, which is of the upper level, begins as its left part does and ends as its right one.
    // Where there are more merges, only one of them is ever made: asking the lower level is surer than finding out
    // which.
    template <class Lower>
    void find_joints(vocabulary const& vocab, std::span<merge const> upper, facts_of_tokens const& facts,
                     Lower& lower) {
        std::vector<ends> known(vocab.size(), ends{no_token, no_token});
        auto const ends_of = [&](token_id id) {
            ends& e = known[id];
            if (e.first != no_token) return e;
            e = {id, id};
            if (!facts.is_made_above(id)) return e;
            std::span<token_id const> const symbols = lower(vocab.bytes(id));
            if (!symbols.empty()) e = {symbols.front(), symbols.back()};
            return e;
        };
        joints_ = joint_set(upper.size());
        for (merge const& m : upper) {
            ends const left = ends_of(m.left);
            ends const right = ends_of(m.right);
            joints_.add(left.last, right.first);
            if (!facts.is_made_in_two_ways(m.result)) known[m.result] = {left.first, right.last};
        }
    }

    std::uint32_t limit_ = 0;
    byte_cuts cuts_;
    pair_table upper_;
    joint_set joints_;
    lazy_flags lower_whole_;
};

}  // namespace tessera::inline v0
