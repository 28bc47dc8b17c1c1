// All tokens that may not stand behind one: what token_adjacency says of a pair, for all pairs with the same left
// token.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <tessera/bytes/token_adjacency.hpp>
#include <tessera/core/token.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/model/pair_table.hpp>

namespace tessera::inline v0 {

/// A pair of tokens is forbidden if, on the way to both, a merge across their boundary comes before what separates its
/// parts. Its left part lies on the right spine of the left token (the token, its right part, the right part of that);
/// its right part on the left spine of the right token. So for each merge whose left part is on the spine, the tokens
/// that grow from its right part are forbidden: a range, where tokens are listed along the tree of left parts.
class forbidden_successors {
public:
    /// @param adjacency  of `model`; both outlive this
    /// @complexity       O((tokens + merges) log)
    forbidden_successors(bpe_model const& model, token_adjacency const& adjacency)
        : model_(&model), adjacency_(&adjacency) {
        list_merges();
        list_tokens();
    }

    /// Calls f(token) for each reachable token that may not follow `left`, perhaps more than once.
    /// @pre         `left` is reachable
    /// @complexity  the merges whose left part is on its spine, and the tokens found
    template <class F>
    void for_each(token_id left, F&& f) const {
        for (token_id whole = no_token;;) {  // what `left` becomes a part of
            token_derivation const& own = adjacency_->derivation(left);
            std::uint64_t const made = own.left == no_token ? 0 : own.top;
            for (std::uint32_t i = first_merge_[left]; i < first_merge_[left + 1]; ++i) {
                auto const [right, rank] = merges_[i];
                if (begin_[right] == none) continue;
                token_derivation const& other = adjacency_->derivation(right);
                std::uint64_t leaves = never;  // the top rank at which `left` is no longer at the boundary
                bool before_that = true;       // the merge comes before
                if (whole != no_token) {
                    leaves = adjacency_->derivation(whole).top;
                    if (other.left != no_token && other.top >= leaves) continue;  // they never meet
                    before_that = rank < adjacency_->limit(whole, left, right, true);
                }
                if (before_that) f(right);
                // What grows from it, by when it does.
                auto const first = children_.begin() + first_child_[right];
                auto const last = children_.begin() + first_child_[right + 1];
                auto const from = [&](std::uint64_t top) {
                    return std::lower_bound(first, last, top, [&](token_id c, std::uint64_t t) {
                        return adjacency_->derivation(c).top < t;
                    });
                };
                auto const leaving = leaves == never ? last : from(leaves);
                if (before_that) give(leaving, last, f);
                // While `left` is there: those that grow after the merge.
                if (other.left != no_token && other.top >= made) {
                    // Those that grow at once when it is there are a matter of what comes in between.
                    auto const later = std::min(leaving, from(std::uint64_t{other.top} + 1));
                    for (auto c = from(std::max<std::uint64_t>(made, other.top)); c < later; ++c) {
                        if (rank < adjacency_->limit(*c, right, left, false)) give(c, c + 1, f);
                    }
                    give(std::max(later, from(rank)), leaving, f);
                } else {
                    give(from(std::max<std::uint64_t>(rank, made)), leaving, f);
                }
            }
            if (own.left == no_token) return;
            whole = left;
            left = own.right;
        }
    }

private:
    static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();
    static constexpr std::uint32_t none = 0xFFFF'FFFFU;

    // Children from first to last, and all that grow from them.
    template <class Iterator, class F>
    void give(Iterator first, Iterator last, F& f) const {
        if (first >= last) return;
        for (std::uint32_t at = begin_[*first]; at < end_[*(last - 1)]; ++at) f(tokens_[at]);
    }

    void list_merges() {
        std::size_t const n = model_->vocab().size();
        std::vector<merge> used;
        for (merge const& m : model_->merges()) {
            pair_table::found const found = model_->pairs().find(m.left, m.right);
            if (found.rank == m.rank && found.result == m.result) used.push_back(m);
        }
        first_merge_.assign(n + 1, 0);
        for (merge const& m : used) ++first_merge_[m.left + 1];
        for (std::size_t i = 0; i < n; ++i) first_merge_[i + 1] += first_merge_[i];
        merges_.resize(used.size());
        std::vector<std::uint32_t> at = first_merge_;
        for (merge const& m : used) merges_[at[m.left]++] = {m.right, m.rank};
    }

    // Reachable tokens, each before those whose left part it is, and these by when they come about.
    void list_tokens() {
        std::size_t const n = model_->vocab().size();
        begin_.assign(n, none);
        end_.assign(n, none);
        first_child_.assign(n + 1, 0);
        std::vector<token_id> roots;
        for (token_id id = 0; id < n; ++id) {
            if (!adjacency_->is_reachable(id)) continue;
            token_id const parent = adjacency_->derivation(id).left;
            if (parent == no_token) {
                roots.push_back(id);
            } else {
                ++first_child_[parent + 1];
            }
        }
        for (std::size_t i = 0; i < n; ++i) first_child_[i + 1] += first_child_[i];
        children_.resize(first_child_[n]);
        std::vector<std::uint32_t> at = first_child_;
        for (token_id id = 0; id < n; ++id) {
            token_id const parent = adjacency_->is_reachable(id) ? adjacency_->derivation(id).left : no_token;
            if (parent != no_token) children_[at[parent]++] = id;
        }
        for (token_id id = 0; id < n; ++id) {
            std::sort(
                children_.begin() + first_child_[id], children_.begin() + first_child_[id + 1],
                [&](token_id a, token_id b) { return adjacency_->derivation(a).top < adjacency_->derivation(b).top; });
        }
        std::vector<std::pair<token_id, std::uint32_t>> stack;  // a token and its next child
        for (token_id const root : roots) {
            stack.emplace_back(root, first_child_[root]);
            while (!stack.empty()) {
                auto& [id, child] = stack.back();
                if (begin_[id] == none) {
                    begin_[id] = static_cast<std::uint32_t>(tokens_.size());
                    tokens_.push_back(id);
                }
                if (child == first_child_[id + 1]) {
                    end_[id] = static_cast<std::uint32_t>(tokens_.size());
                    stack.pop_back();
                    continue;
                }
                token_id const next = children_[child++];
                stack.emplace_back(next, first_child_[next]);
            }
        }
    }

    bpe_model const* model_;
    token_adjacency const* adjacency_;
    std::vector<std::uint32_t> first_merge_;                  // by left part, into merges_
    std::vector<std::pair<token_id, std::uint32_t>> merges_;  // right part and rank
    std::vector<std::uint32_t> first_child_;                  // by token, into children_
    std::vector<token_id> children_;                          // those it is the left part of, by top
    std::vector<token_id> tokens_;                            // along the tree
    std::vector<std::uint32_t> begin_, end_;                  // by token: itself and all that grow from it
};

}  // namespace tessera::inline v0
