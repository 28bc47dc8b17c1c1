// Which token may stand behind which: whether a BPE model, given the bytes of both, gives these two tokens.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <string>
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
};

/// Of tokens of one pretoken. A sequence of tokens is what the model makes of its bytes exactly if all of them are
/// reachable and each two neighbours are allowed.
/// @par Source  Hayase, Liu, Smith and Oh 2025, arXiv:2506.14123, appendix on merges; the walk from the outside in is
///              that of GitHub's rust-gems. Differs: ranks are those of the merges, not ids; where a token's merge has
///              a lower rank than one of its parts', pairs are encoded instead
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
            derivations_[m.result] = {m.left, m.right, used.rank};
            for (token_id const part : {m.left, m.right}) {
                token_derivation const& d = derivations_[part];
                is_monotone_ = is_monotone_ && (d.left == no_token || d.rank < used.rank);
            }
        }
        if (is_monotone_) return;
        for (token_id id = 0; id < n; ++id) is_reachable_[id] = encodes_to(model.vocab().bytes(id), std::span(&id, 1));
    }

    /// True if its bytes, alone, are encoded as this token.
    [[nodiscard]] bool is_reachable(token_id id) const noexcept { return is_reachable_[id]; }

    /// Its last merge. @pre is_monotone()
    [[nodiscard]] token_derivation const& derivation(token_id id) const noexcept { return derivations_[id]; }

    /// True if no token's merge has a lower rank than those of its parts: so it is for all that were trained.
    [[nodiscard]] bool is_monotone() const noexcept { return is_monotone_; }

    /// True if the bytes of both are encoded as these two.
    /// @pre         both are reachable
    /// @complexity  O(depth of their merges) lookups; of encoding them where !is_monotone()
    [[nodiscard]] bool may_follow(token_id left, token_id right) const {
        if (!is_monotone_) {
            std::string bytes(model_->vocab().bytes(left));
            bytes += model_->vocab().bytes(right);
            token_id const both[] = {left, right};
            return encodes_to(bytes, both);
        }
        return model_->pairs().find(left, right).result == no_token && meets_nothing(left, right);
    }

private:
    [[nodiscard]] std::size_t length(token_id id) const noexcept { return model_->vocab().bytes(id).size(); }

    [[nodiscard]] bool encodes_to(std::string_view bytes, std::span<token_id const> expected) const {
        if (bytes.empty()) return false;
        bpe_model::scratch s;
        std::span<token_id const> const ids = model_->merged(bytes, s);
        return std::equal(ids.begin(), ids.end(), expected.begin(), expected.end());
    }

    /// True if, while both come about, nothing merges across their boundary. The last of all merges is undone first: at
    /// each moment two tokens stand at the boundary, and a merge of these with a lower rank than that of the merge
    /// undone would have come before it. Of equal ranks the leftmost comes first.
    [[nodiscard]] bool meets_nothing(token_id left, token_id right) const {
        for (;;) {
            token_derivation const& l = derivations_[left];
            token_derivation const& r = derivations_[right];
            if (l.left == no_token && r.left == no_token) return true;
            bool const undo_left = r.left == no_token || (l.left != no_token && l.rank > r.rank);
            std::uint64_t limit;  // ranks from here on come later
            if (undo_left) {
                left = l.right;
                limit = l.rank;
            } else {
                right = r.left;
                limit = std::uint64_t{r.rank} + 1;
            }
            pair_table::found const across = model_->pairs().find(left, right);
            if (across.result != no_token && across.rank < limit) return false;
        }
    }

    bpe_model const* model_;
    std::vector<token_derivation> derivations_;
    std::vector<bool> is_reachable_;
    bool is_monotone_ = true;
};

}  // namespace tessera::inline v0
