// Which token may stand behind which: whether a BPE model, given the bytes of both, gives these two tokens.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/model/pair_table.hpp>

namespace tessera::inline v0 {

/// The merge that a token comes from when its bytes are encoded alone.
struct token_derivation {
    token_id left = no_token;  ///< no_token: it is a symbol, or no merge makes it
    token_id right = no_token;
    std::uint32_t rank = 0;
    /// The largest rank on the way to it. Merges of two tokens side by side come about in the order of these, and of
    /// equal ones the left one first. It is `rank`, but where a merge becomes possible only after one of a larger rank.
    std::uint32_t top = 0;
};

/// Of tokens of one pretoken. A sequence of tokens is what the model makes of its bytes exactly if all of them are
/// reachable and each two neighbours are allowed.
/// @par Source  Hayase, Liu, Smith and Oh 2025, arXiv:2506.14123, appendix on merges; the walk from the outside in is
///              that of GitHub's rust-gems. Differs: ranks are those of the merges, not ids, and may come in any order:
///              Llama 3 has merges that become possible only after merges of larger ranks
class token_adjacency {
public:
    /// @param model       outlives this
    /// @complexity        O(tokens + merges), times the depth of the tokens' merges
    explicit token_adjacency(bpe_model const& model) : model_(&model), derivations_(model.vocab().size()) {
        std::size_t const n = model.vocab().size();
        is_reachable_.assign(n, false);
        std::vector<token_id> symbols;
        for (token_id id = 0; id < n; ++id) {
            std::string_view const bytes = model.vocab().bytes(id);
            if (bytes.empty()) continue;
            is_reachable_[id] = model.write_symbols(bytes, symbols) == 1 && symbols[0] == id;
        }
        // The shorter parts first: a token is reachable by a merge if its parts are, and nothing else comes before it.
        std::vector<std::uint32_t> order(model.merges().size());
        std::iota(order.begin(), order.end(), 0U);
        std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
            return length(model.merges()[a].result) < length(model.merges()[b].result);
        });
        for (std::uint32_t const i : order) {
            merge const& m = model.merges()[i];
            pair_table::found const used = model.pairs().find(m.left, m.right);
            if (is_reachable_[m.result] || used.result != m.result) continue;  // another merge of the pair counts
            if (!is_reachable_[m.left] || !is_reachable_[m.right] || !meets_nothing(m.left, m.right)) continue;
            is_reachable_[m.result] = true;
            derive(m.result, m.left, m.right, used.rank);
        }
    }

    /// True if its bytes, alone, are encoded as this token.
    [[nodiscard]] bool is_reachable(token_id id) const noexcept { return is_reachable_[id]; }

    /// Its last merge. @pre is_reachable(id)
    [[nodiscard]] token_derivation const& derivation(token_id id) const noexcept { return derivations_[id]; }

    /// True if the bytes of both are encoded as these two.
    /// @pre         both are reachable
    /// @complexity  O(depth of their merges) lookups
    [[nodiscard]] bool may_follow(token_id left, token_id right) const {
        return model_->pairs().find(left, right).result == no_token && meets_nothing(left, right);
    }

    /// A merge across the boundary of two tokens comes about if its rank is below this: the largest rank of the merges
    /// between the moment when its parts stand side by side and the one when `part` becomes a part of `whole`.
    /// @param beside  the other part, on the other side of the boundary
    /// @param is_left `whole` is the left token
    /// @pre           `part` is the right part of `whole`, or the left one if it stands right
    [[nodiscard]] std::uint64_t limit(token_id whole, token_id part, token_id beside, bool is_left) const {
        token_derivation const& w = derivations_[whole];
        token_derivation const& p = derivations_[part];
        token_derivation const& b = derivations_[beside];
        bool const has_part = p.left != no_token;
        bool const has_beside = b.left != no_token;
        // Whether the part is there last; of equal ones the right one is.
        bool const part_last = has_part && (!has_beside || (is_left ? p.top > b.top : p.top >= b.top));
        // Its other part may have come in between, by a merge of the same pair further to the right.
        token_derivation const& other = derivations_[is_left ? w.left : w.right];
        bool const at_once = p.top == w.top && (is_left || other.left == no_token || other.top != p.top);
        std::uint64_t const largest = part_last && at_once ? after(whole, part) : w.top;
        // Of equal ranks the leftmost comes first: the whole's, if it is the left one.
        return is_left ? largest : largest + 1;
    }

private:
    // Ranks on the way to a token: the largest one, then the largest of those after it, and so on. All but few tokens
    // have just their own.
    using chain = std::vector<std::uint32_t>;

    [[nodiscard]] std::size_t length(token_id id) const noexcept { return model_->vocab().bytes(id).size(); }

    [[nodiscard]] chain chain_of(token_id id) const {
        auto const found = chains_.find(id);
        if (found != chains_.end()) return found->second;
        token_derivation const& d = derivations_[id];
        return d.left == no_token ? chain{} : chain{d.rank};
    }

    void derive(token_id id, token_id left, token_id right, std::uint32_t rank) {
        token_derivation const& l = derivations_[left];
        token_derivation const& r = derivations_[right];
        bool const right_last = r.left != no_token && (l.left == no_token || r.top >= l.top);
        token_id const last = right_last ? right : left;
        std::uint32_t top = rank;
        if (derivations_[last].left != no_token && derivations_[last].top > rank) {
            chain all = chain_of(last);
            while (all.back() < rank) all.pop_back();
            all.push_back(rank);
            top = all.front();
            chains_.emplace(id, std::move(all));
        }
        derivations_[id] = {left, right, rank, top};
    }

    // The largest rank after `part` is there, up to the merge that makes `whole`. @pre both have the same top
    [[nodiscard]] std::uint32_t after(token_id whole, token_id part) const {
        chain const w = chain_of(whole);
        chain const p = chain_of(part);
        std::size_t i = 0;
        while (i < std::min(w.size(), p.size()) && w[i] == p[i]) ++i;
        return i < w.size() ? w[i] : w.back();
    }

    // True if, while both come about, nothing merges across their boundary. The last of all merges is undone first: at
    // each moment two tokens stand at the boundary, and a merge of these that comes before the merge undone would have
    // been made.
    [[nodiscard]] bool meets_nothing(token_id left, token_id right) const {
        for (;;) {
            token_derivation const& l = derivations_[left];
            token_derivation const& r = derivations_[right];
            if (l.left == no_token && r.left == no_token) return true;
            bool const undo_left = r.left == no_token || (l.left != no_token && l.top > r.top);
            token_id const whole = undo_left ? left : right;
            if (undo_left) {
                left = l.right;
            } else {
                right = r.left;
            }
            pair_table::found const across = model_->pairs().find(left, right);
            if (across.result == no_token) continue;
            std::uint64_t const limit =
                this->limit(whole, undo_left ? left : right, undo_left ? right : left, undo_left);
            if (across.rank < limit) return false;
        }
    }

    bpe_model const* model_;
    std::vector<token_derivation> derivations_;
    std::map<token_id, chain> chains_;  // of those whose way has a larger rank than their own
    std::vector<bool> is_reachable_;
};

}  // namespace tessera::inline v0
