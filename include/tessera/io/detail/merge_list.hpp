// Merges of any model as a list with one merge a token, which gives the same ids on every text.
//
// Byte-pair encoding takes, of all neighbours that may merge, those of the smallest rank, the leftmost among equals:
// merging by list (Hugging Face), by rank (tiktoken) and by score (SentencePiece) differ in the ranks alone. By rank
// and by score, every way to cut a token into two is a merge; a list would have to say which way goes first.
//
// It need not, because of each token's ways only one is ever seen. Let a part of a text become one token. No merge
// reached across the ends of the part before that, so whenever a merge inside it had its turn, it was the first among
// those inside; and what is inside changes by these merges only. So they are the merges that happen where the part is
// encoded alone, in the same order. (This also holds where a token has a smaller rank than its own parts.) Hence:
//   - A token is made, if at all, by the last merge of its own text encoded alone: its own merge. If its text alone
//     becomes something else, no text makes it.
//   - Neighbours that are another way to make it never stand side by side: alone they would have to merge.
//     "----" is (--, --), and (-, ---) never occurs.
// So the neighbours that may merge are at every step the same with the tokens' own merges alone, and the list of these
// in order of rank does the same steps.
//
// Only tokens of equal rank are left, as pieces of equal score are: the leftmost goes first whatever it makes, and a
// list has the one before the other. See `put_runs` and `put_in_order`.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/io/detail/shown.hpp>
#include <tessera/model/merge_buckets.hpp>
#include <tessera/model/merge_scan.hpp>
#include <tessera/model/pair_table.hpp>

namespace tessera::inline v0::detail {

/// The tokens' own merges.
/// @tparam Model  has `vocab`, `pairs` and `write_symbols`; what it makes of a character or byte does not depend on
///                what stands beside it
template <class Model>
class merge_list {
public:
    /// @complexity  that of encoding each token of the vocabulary
    explicit merge_list(Model const& model) : model_(model) {
        vocabulary const& vocab = model.vocab();
        for (token_id id = 0; id < vocab.size(); ++id) {
            std::string_view const bytes = vocab.bytes(id);
            if (bytes.size() < 2 || vocab.find(bytes) != id) continue;
            // Without the merges that make it, its text is left as the parts of the last one.
            symbols_.resize(model.write_symbols(bytes, symbols_));
            apply(table_without{model.pairs(), id}, symbols_);
            if (symbols_.size() != 2) continue;
            auto const found = model.pairs().find(symbols_[0], symbols_[1]);
            if (found.result == id) merges_.push_back({symbols_[0], symbols_[1], id, found.rank});
        }
        std::stable_sort(merges_.begin(), merges_.end(),
                         [](merge const& a, merge const& b) { return a.rank < b.rank; });
    }

    /// In order of rank, then of what they make. Parts may be symbols that are no tokens.
    [[nodiscard]] std::vector<merge> const& own_merges() const noexcept { return merges_; }

    /// The list; ranks are its places.
    /// @throws error  unsupported: tokens of equal rank have no order that gives the same ids
    /// @pre           all parts are tokens
    [[nodiscard]] std::vector<merge> in_order() {
        std::vector<merge> list;
        for (std::size_t begin = 0; begin < merges_.size();) {
            std::size_t end = begin + 1;
            while (end < merges_.size() && merges_[end].rank == merges_[begin].rank) ++end;
            std::span<merge const> const same = std::span(merges_).subspan(begin, end - begin);
            if (same.size() == 1) {
                list.push_back(same[0]);
            } else if (!put_runs(same, list)) {
                put_in_order(same, list);
            }
            begin = end;
        }
        for (std::size_t i = 0; i < list.size(); ++i) list[i].rank = static_cast<std::uint32_t>(i);
        return list;
    }

private:
    // The model's merges but for those that make one token.
    struct table_without {
        pair_table const& pairs;
        token_id left_out;
        [[nodiscard]] pair_table::found find(token_id left, token_id right) const noexcept {
            pair_table::found found = pairs.find(left, right);
            if (found.result == left_out) found.result = no_token;
            return found;
        }
    };

    template <MergeTable T>
    void apply(T const& table, std::vector<token_id>& symbols) {
        symbols.resize(symbols.size() <= merge_scan::max_symbols ? short_engine_.apply(table, symbols)
                                                                 : long_engine_.apply(table, symbols));
    }

    [[noreturn]] void fail(merge const& a, merge const& b, char const* why) const {
        throw error(error_kind::unsupported, "token id " + std::to_string(a.result),
                    shown(model_.vocab().bytes(a.result)) + " has the same rank as " +
                        shown(model_.vocab().bytes(b.result)) + ' ' + why +
                        ": no list of merges is known to give the same ids on all texts",
                    "keep the file as it is");
    }

    // Runs of one symbol, such as the spaces of Llama, where each length is a token of the same rank. The leftmost
    // first reads a run from the left: what lies right of the last merge is single symbols. So once the first token is
    // the longest there is, what follows is as if it stood alone: of a run come the longest token as often as it fits,
    // then what comes of the rest. A list does that by doubling, if the longest is a power of two; then the rest is in
    // powers of two, each once, the larger first, which are joined from the left. Whether that gives what comes of the
    // rest by the leftmost first is tried for each length. (Other merges than the tokens' own are among them, and they
    // do meet.)
    [[nodiscard]] bool put_runs(std::span<merge const> ties, std::vector<merge>& list) {
        std::map<std::size_t, token_id> runs;  // by length
        std::vector<bool> is_run(model_.vocab().size(), false);
        for (merge const& m : ties) {
            symbols_.resize(model_.write_symbols(model_.vocab().bytes(m.result), symbols_));
            token_id const symbol = symbols_[0];
            if (!runs.emplace(1, symbol).second && runs[1] != symbol) return false;
            if (std::count(symbols_.begin(), symbols_.end(), symbol) != std::ssize(symbols_)) return false;
            runs.emplace(symbols_.size(), m.result);
            is_run[m.result] = true;
        }
        // No run is made before the rank has its turn, and none becomes part of anything until it has had it.
        auto const is_apart = [&](token_id part) { return is_run[part] || part == runs[1]; };
        for (merge const& m : ties) {
            if (!is_apart(m.left) || !is_apart(m.right)) return false;
        }
        for (merge const& m : merges_) {
            if (m.rank < ties[0].rank && (is_run[m.left] || is_run[m.right])) return false;
        }
        std::size_t const longest = runs.rbegin()->first;
        if (!std::has_single_bit(longest) || longest > most_in_run) return false;
        std::vector<merge> joins;
        auto const join = [&](std::size_t a, std::size_t b) {
            if (!runs.contains(a) || !runs.contains(b) || !runs.contains(a + b)) return false;
            joins.push_back({runs[a], runs[b], runs[a + b], static_cast<std::uint32_t>(joins.size())});
            return true;
        };
        for (std::size_t n = 1; n < longest; n *= 2) {
            if (!join(n, n)) return false;
        }
        for (std::size_t b = longest / 4; b > 0; b /= 2) {
            for (std::size_t a = 2 * b; a + b < longest; a += 2 * b) (void)join(a, b);
        }
        pair_table const by_list(joins);
        for (std::size_t n = 1; n < longest; ++n) {
            std::vector<token_id> expected(n, runs[1]);
            symbols_ = expected;
            apply(model_.pairs(), expected);
            apply(by_list, symbols_);
            if (symbols_ != expected) return false;
        }
        list.insert(list.end(), joins.begin(), joins.end());
        return true;
    }

    // Merges of one rank in another order. If what they make is part of nothing that goes before them or with them,
    // then, once the rank has its turn, the places where they are possible are known, and the leftmost goes first. So
    // where (l, r) and (r, s) overlap, the list must have (l, r) before; then it takes the first of each row of places
    // that overlap, and so on, as the leftmost first does. Each symbol thus goes before those that follow it.
    void put_in_order(std::span<merge const> ties, std::vector<merge>& list) {
        note_uses();
        struct symbol {
            std::size_t n_before = 0;  // others that are still to be numbered
            std::vector<token_id> after = {};
            std::size_t number = 0;
        };
        std::map<token_id, symbol> symbols;
        for (merge const& m : ties) {
            if (first_use_[m.result] <= m.rank) {
                fail(m, &m == ties.data() ? ties[1] : ties[0], "and becomes part of a token that does not go after it");
            }
            symbols[m.left];
            if (m.left == m.right) continue;
            symbols[m.left].after.push_back(m.right);
            ++symbols[m.right].n_before;
        }
        std::vector<token_id> order;
        for (auto const& [id, s] : symbols) {
            if (s.n_before == 0) order.push_back(id);
        }
        for (std::size_t n = 0; n < order.size(); ++n) {
            symbol& s = symbols[order[n]];
            s.number = n;
            for (token_id const next : s.after) {
                if (--symbols[next].n_before == 0) order.push_back(next);
            }
        }
        std::vector<merge> circle;
        for (merge const& m : ties) {
            if (symbols[m.left].n_before != 0 && symbols[m.right].n_before != 0) circle.push_back(m);
        }
        if (order.size() != symbols.size())
            fail(circle[0], circle[1], "or others, and now one and now the other goes first");
        std::vector<merge> sorted(ties.begin(), ties.end());
        std::stable_sort(sorted.begin(), sorted.end(), [&](merge const& a, merge const& b) {
            std::size_t const number_a = symbols[a.left].number;
            std::size_t const number_b = symbols[b.left].number;
            // Of a a b, too, the left two go first.
            return number_a != number_b ? number_a < number_b : a.left == a.right && b.left != b.right;
        });
        list.insert(list.end(), sorted.begin(), sorted.end());
    }

    // The smallest rank of the merges that a token is part of.
    void note_uses() {
        if (!first_use_.empty()) return;
        first_use_.assign(model_.vocab().size(), std::numeric_limits<std::uint32_t>::max());
        for (merge const& m : merges_) {
            for (token_id const part : {m.left, m.right}) first_use_[part] = std::min(first_use_[part], m.rank);
        }
    }

    static constexpr std::size_t most_in_run = 1024;
    Model const& model_;
    std::vector<merge> merges_;
    std::vector<std::uint32_t> first_use_;
    std::vector<token_id> symbols_;
    merge_scan short_engine_;
    merge_buckets long_engine_;
};

}  // namespace tessera::inline v0::detail
