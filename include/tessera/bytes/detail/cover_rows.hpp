// The token sequences that byte_lm follows, and the rows of the model that they need, computed together and no earlier
// than needed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <tessera/bytes/byte_law.hpp>
#include <tessera/bytes/detail/token_weights.hpp>
#include <tessera/bytes/token_order.hpp>
#include <tessera/core/language_model.hpp>
#include <tessera/core/token.hpp>
#include <tessera/lm/live_prefix.hpp>

namespace tessera::inline v0 {
namespace detail {

using exact = long double;  // sums over long texts, whose last digits are asked for

/// A token sequence: where a token may begin.
template <LanguageModel M, ByteLaw Law>
struct cover_node {
    using node_pointer = std::shared_ptr<cover_node>;

    cover_node(lm::live_prefix<M> root, typename Law::position start)
        : at(std::move(root)), position(std::move(start)), log_p(0), is_known(true) {}
    cover_node(node_pointer before, token_id t, typename Law::position p)
        : at(before->at.child(t)),
          parent(std::move(before)),
          token(t),
          position(std::move(p)),
          n_unknown(parent->is_known ? 1 : parent->n_unknown + 1) {}

    // With the parent's probability and the token's, its own is known.
    void settle() {
        if (is_known || !is_token_known || !parent->is_known) return;
        log_p = parent->log_p + log_token;
        is_known = true;
        n_unknown = 0;
        parent = nullptr;
    }

    lm::live_prefix<M> at;
    node_pointer parent;  // until log_p is known
    token_id token = no_token;
    typename Law::position position;
    exact log_p = 0;
    exact log_token = 0;          // of it, after the parent
    bool is_known = false;        // log_p
    bool is_token_known = false;  // log_token
    std::uint32_t n_unknown = 0;  // nodes in a row whose log_p is not known
};

/// Tokens that were begun after a node, and may be what stands at the end of the text.
template <LanguageModel M, ByteLaw Law>
struct cover_cursor {
    std::shared_ptr<cover_node<M, Law>> from;
    typename Law::progress on;
    token_order::range tokens;                     // those that begin with the bytes read since
    std::uint32_t depth = 0;                       // of these bytes
    std::shared_ptr<token_weights const> weights;  // none: the row was not needed yet
};

/// Asks the model.
template <LanguageModel M, ByteLaw Law>
class cover_rows {
    using node = cover_node<M, Law>;
    using node_pointer = std::shared_ptr<node>;
    using cursor = cover_cursor<M, Law>;

public:
    cover_rows(M& model, Law& law, std::vector<token_id> stop_tokens, std::size_t batch)
        : model_(&model), law_(&law), stop_tokens_(std::move(stop_tokens)), batch_(batch) {}

    [[nodiscard]] std::uint64_t n_evaluations() const noexcept { return n_evaluations_; }

    // All weights of these cursors, and the probabilities of their nodes.
    void prepare(std::span<cursor* const> cursors) {
        std::vector<node*> unknown;
        std::vector<cursor*> bare;
        for (cursor* const c : cursors) {
            if (!c->from->is_known) unknown.push_back(c->from.get());
            if (c->weights == nullptr) bare.push_back(c);
        }
        if (!unknown.empty() || !bare.empty()) resolve(unknown, bare);
    }

    // The probabilities of these nodes, and weights for these cursors.
    void resolve(std::vector<node*> const& unknown, std::vector<cursor*> const& bare = {}) {
        std::vector<request> rows;
        auto const row_of = [&](node* n) -> request& {
            auto const at = std::find_if(rows.begin(), rows.end(), [&](request const& w) { return w.from == n; });
            if (at != rows.end()) return *at;
            rows.push_back({n, {}, {}});
            return rows.back();
        };
        std::vector<node_pointer> chain;  // alive while they are worked on
        std::vector<node*> order;
        for (node* n : unknown) {
            for (; !n->is_known; n = n->parent.get()) {
                if (std::find(order.begin(), order.end(), n) != order.end()) break;
                order.push_back(n);
                chain.push_back(n->parent);
                if (!n->is_token_known) row_of(n->parent.get()).children.push_back(n);
            }
        }
        for (cursor* const c : bare) row_of(c->from.get()).cursors.push_back(c);
        evaluate(rows);
        std::sort(order.begin(), order.end(), [](node const* a, node const* b) { return a->n_unknown < b->n_unknown; });
        for (node* const n : order) n->settle();
    }

private:
    // What has to come out of one row.
    struct request {
        node* from = nullptr;
        std::vector<node*> children;   // the probabilities of their tokens
        std::vector<cursor*> cursors;  // weights
    };

    void evaluate(std::vector<request> const& rows) {
        std::size_t const width = model_->row_width();
        for (std::size_t begin = 0; begin < rows.size(); begin += batch_) {
            std::size_t const n = std::min(batch_, rows.size() - begin);
            handles_.clear();
            for (std::size_t i = 0; i < n; ++i) handles_.push_back(rows[begin + i].from->at.handle());
            rows_.resize(n * width);
            model_->evaluate(std::span<typename M::prefix const>(handles_), std::span<double>(rows_));
            n_evaluations_ += n;
            for (std::size_t i = 0; i < n; ++i) {
                std::span<double const> const row(rows_.data() + i * width, width);
                request const& w = rows[begin + i];
                for (node* const child : w.children) {
                    child->log_token = row[child->token];
                    child->is_token_known = true;
                }
                for (cursor* const c : w.cursors) {
                    c->weights = detail::token_weights::of(row, law_->order(), law_->next_tokens(w.from->position),
                                                           c->tokens, stop_tokens_);
                }
            }
        }
    }

    M* model_;
    Law* law_;
    std::vector<token_id> stop_tokens_;
    std::size_t batch_;
    std::uint64_t n_evaluations_ = 0;
    std::vector<typename M::prefix> handles_;
    std::vector<double> rows_;
};

}  // namespace detail
}  // namespace tessera::inline v0
