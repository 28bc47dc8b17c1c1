// How probable a text is, token by token.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <tessera/core/language_model.hpp>
#include <tessera/core/token.hpp>
#include <tessera/lm/live_prefix.hpp>

namespace tessera::inline v0::lm {

struct sequence_score {
    double log_probability = 0;  ///< natural logarithm
    std::uint64_t n_tokens = 0;  ///< the end among them
};

/// The probability that a text begins with `ids`, and with `end` is no longer than they: the product over the tokens.
/// A model that knows the probability of a single token is asked for no rows.
/// @param ids  each below model.vocab_size()
/// @param end  the token that ends a text; `no_token`: whatever may follow
/// @throws     what the model throws
template <LanguageModel M>
[[nodiscard]] sequence_score score_sequence(M& model, std::span<token_id const> ids, token_id end = no_token) {
    sequence_score score;
    score.n_tokens = ids.size() + (end == no_token ? 0 : 1);
    auto const token = [&](std::size_t i) { return i < ids.size() ? ids[i] : end; };
    if constexpr (requires(typename M::prefix const& p) { model.log_probability(p, token_id{}); }) {
        live_prefix<M> at(model);
        for (std::size_t i = 0; i < score.n_tokens; ++i) {
            score.log_probability += model.log_probability(at.handle(), token(i));
            if (i + 1 < score.n_tokens) at = at.child(token(i));
        }
    } else {
        // Several prefixes at a time: what is cheap for a model that runs on an accelerator.
        std::size_t const batch = std::min<std::size_t>(model.max_live() - 1, 16);
        std::vector<live_prefix<M>> prefixes;
        std::vector<typename M::prefix> handles;
        std::vector<double> rows;
        std::size_t const width = model.row_width();
        auto const evaluate = [&](std::size_t first) {
            handles.clear();
            for (auto const& p : prefixes) handles.push_back(p.handle());
            rows.resize(handles.size() * width);
            model.evaluate(std::span<typename M::prefix const>(handles), std::span<double>(rows));
            for (std::size_t i = 0; i < handles.size(); ++i)
                score.log_probability += rows[i * width + token(first + i)];
        };
        for (std::size_t i = 0; i < score.n_tokens; ++i) {
            if (i == 0) {
                prefixes.emplace_back(model);
            } else {
                live_prefix<M> next = prefixes.back().child(token(i - 1));
                if (prefixes.size() == batch) {
                    evaluate(i - batch);
                    prefixes.clear();
                }
                prefixes.push_back(std::move(next));
            }
        }
        if (!prefixes.empty()) evaluate(score.n_tokens - prefixes.size());
    }
    return score;
}

}  // namespace tessera::inline v0::lm
