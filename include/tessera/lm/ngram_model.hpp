// An n-gram model: interpolated modified Kneser-Ney smoothing over token ids. Small, exact and without any dependency,
// it serves where no real language model is installed.
//
// With h the context, h' the same without its first token, c the count of h w and D its discount (kneser_ney.hpp):
//
//   p(w | h) = (c(h w) - D(c(h w))) / C(h)  +  g(h) p(w | h')
//   C(h)     = the sum of c(h v) over all v
//   g(h)     = the sum of D(c(h v)) over all v, divided by C(h);      1 where h has no successor
//   p(w)     = the same for the empty context, with p(w | none) = 1 / row_width
//
// Counts of the longest n-grams are how often they occur; those of a shorter one, how many different tokens stand in
// front of it (ngram_trainer.hpp). Paper: Chen & Goodman 1998, "An Empirical Study of Smoothing Techniques for Language
// Modeling", TR-10-98, modified Kneser-Ney smoothing, with the recursion ended by the uniform distribution. All that is
// stored is whole numbers; every probability is computed from them.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <tessera/core/hash.hpp>
#include <tessera/core/language_model.hpp>
#include <tessera/core/token.hpp>
#include <tessera/lm/kneser_ney.hpp>
#include <tessera/lm/ngram_data.hpp>

namespace tessera::inline v0::lm {

/// Immutable; all members may be called from many threads. Models LanguageModel; its handles are the last tokens of a
/// prefix themselves, so releasing them does nothing.
class ngram_model {
public:
    struct prefix {
        std::array<token_id, max_ngram_order - 1> tokens{};  ///< the last one first
        std::uint8_t length = 0;                             ///< how many of them count; the order - 1 at most
        friend bool operator==(prefix const&, prefix const&) = default;
    };

    /// @throws error  what check_ngram_data throws
    explicit ngram_model(ngram_data data) : data_(std::move(data)) {
        check_ngram_data(data_);
        for (ngram_level const& level : data_.levels) weigh(level);
        ngram_level const& bottom = data_.levels[0];
        base_.assign(data_.row_width, weights_[0].backoff[0] / static_cast<double>(data_.row_width));
        for (std::size_t s = 0; s < bottom.successors.size(); ++s) base_[bottom.successors[s]] += share(0, 0, s);
        log_base_.reserve(base_.size());
        for (double const p : base_) log_base_.push_back(std::log(p));
    }

    [[nodiscard]] std::size_t order() const noexcept { return data_.levels.size(); }
    [[nodiscard]] std::size_t vocab_size() const noexcept { return data_.vocab_size; }
    [[nodiscard]] std::size_t row_width() const noexcept { return data_.row_width; }
    [[nodiscard]] std::size_t max_live() const noexcept { return std::numeric_limits<std::size_t>::max(); }
    /// The token that ends a text; `no_token` if texts do not end.
    [[nodiscard]] token_id end() const noexcept { return data_.end; }
    [[nodiscard]] ngram_data const& data() const noexcept { return data_; }

    [[nodiscard]] prefix root() const noexcept { return order() == 1 ? prefix{} : prefix{{before_text}, 1}; }
    [[nodiscard]] prefix child(prefix const& p, token_id token) const noexcept {
        prefix next;
        next.length = static_cast<std::uint8_t>(std::min<std::size_t>(p.length + std::size_t{1}, order() - 1));
        if (next.length == 0) return next;
        next.tokens[0] = token;
        for (std::size_t i = 1; i < next.length; ++i) next.tokens[i] = p.tokens[i - 1];
        return next;
    }
    void release(prefix const&) const noexcept {}

    /// @complexity  O(row_width + successors of the prefix) a row
    void evaluate(std::span<prefix const> prefixes, std::span<double> rows) const {
        for (std::size_t i = 0; i < prefixes.size(); ++i) {
            fill(prefixes[i], rows.subspan(i * data_.row_width, data_.row_width));
        }
    }

    /// The natural logarithm of the probability that `token` follows. @pre token < row_width()
    /// @complexity  O(order * log n), n = n-grams of the model
    [[nodiscard]] double log_probability(prefix const& p, token_id token) const noexcept {
        double probability = base_[token];
        std::size_t node = 0;
        for (std::size_t k = 0; k < p.length && find_child(k, node, p.tokens[k]); ++k) {
            ngram_level const& level = data_.levels[k + 1];
            probability *= weights_[k + 1].backoff[node];
            auto const begin = level.successors.begin();
            auto const to = begin + static_cast<std::ptrdiff_t>(level.first_successor[node + 1]);
            auto const at =
                std::lower_bound(begin + static_cast<std::ptrdiff_t>(level.first_successor[node]), to, token);
            if (at != to && *at == token) probability += share(k + 1, node, static_cast<std::size_t>(at - begin));
        }
        return std::log(probability);
    }

private:
    // Of each context of a level.
    struct weights {
        std::vector<double> total;    // C(h)
        std::vector<double> backoff;  // g(h)
        kneser_ney_discounts discounts;
    };

    void weigh(ngram_level const& level) {
        weights w;
        std::array<std::uint64_t, 4> n{};
        for (std::uint64_t const count : level.counts) {
            if (count <= n.size()) ++n[count - 1];
        }
        w.discounts = kneser_ney_discounts(n);
        w.total.reserve(level.keys.size());
        w.backoff.reserve(level.keys.size());
        for (std::size_t i = 0; i < level.keys.size(); ++i) {
            std::uint64_t total = 0;
            double given = 0;
            for (std::uint64_t s = level.first_successor[i]; s < level.first_successor[i + 1]; ++s) {
                total += level.counts[s];
                given += w.discounts.of(level.counts[s]);
            }
            w.total.push_back(static_cast<double>(total));
            w.backoff.push_back(given / static_cast<double>(total));
        }
        weights_.push_back(std::move(w));
    }

    // (c - D(c)) / C of the successor `s` of a context of level `k`.
    [[nodiscard]] double share(std::size_t k, std::size_t node, std::size_t s) const noexcept {
        std::uint64_t const count = data_.levels[k].counts[s];
        return (static_cast<double>(count) - weights_[k].discounts.of(count)) / weights_[k].total[node];
    }

    // From a context of level `k` to that with `token` in front of it; false if there is none.
    [[nodiscard]] bool find_child(std::size_t k, std::size_t& node, token_id token) const noexcept {
        std::vector<std::uint64_t> const& first = data_.levels[k].first_child;
        auto const begin = data_.levels[k + 1].keys.begin();
        auto const to = begin + static_cast<std::ptrdiff_t>(first[node + 1]);
        auto const at = std::lower_bound(begin + static_cast<std::ptrdiff_t>(first[node]), to, token);
        if (at == to || *at != token) return false;
        node = static_cast<std::size_t>(at - begin);
        return true;
    }

    void fill(prefix const& p, std::span<double> row) const {
        std::array<std::size_t, max_ngram_order> nodes{};
        std::size_t depth = 0;
        while (depth < p.length) {
            std::size_t node = nodes[depth];
            if (!find_child(depth, node, p.tokens[depth])) break;
            nodes[++depth] = node;
        }
        // How much of what a level gives is left after all longer contexts have taken theirs.
        std::array<double, max_ngram_order> left{};
        left[depth] = 1;
        for (std::size_t k = depth; k > 0; --k) left[k - 1] = left[k] * weights_[k].backoff[nodes[k]];

        double const log_left = std::log(left[0]);
        for (std::size_t column = 0; column < row.size(); ++column) row[column] = log_base_[column] + log_left;
        if (depth == 0) return;
        // What follows a longer context follows level 1's as well: these columns alone have more than the base.
        for (std::size_t k = 1; k <= depth; ++k) {
            ngram_level const& level = data_.levels[k];
            for (std::uint64_t s = level.first_successor[nodes[k]]; s < level.first_successor[nodes[k] + 1]; ++s) {
                double& value = row[level.successors[s]];
                if (k == 1) value = base_[level.successors[s]] * left[0];
                value += share(k, nodes[k], s) * left[k];
            }
        }
        ngram_level const& level = data_.levels[1];
        for (std::uint64_t s = level.first_successor[nodes[1]]; s < level.first_successor[nodes[1] + 1]; ++s) {
            double& value = row[level.successors[s]];
            value = std::log(value);
        }
    }

    ngram_data data_;
    std::vector<weights> weights_;  // of each level
    std::vector<double> base_;      // p(w) of the empty context
    std::vector<double> log_base_;
};

static_assert(LanguageModel<ngram_model>);

}  // namespace tessera::inline v0::lm
