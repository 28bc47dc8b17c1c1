// The two simpler ways to a mixture that Hayase et al. 2024 (arXiv 2407.16607, section 4.2) compare theirs with.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/train/pretoken_counts.hpp>

namespace mixture_experiment {

/// How a tokenizer encodes a text that is known by its pretokens.
struct encoded_counts {
    std::vector<double> of_token;  // occurrences
    double n_tokens = 0;           // a byte without a token counts as one

    encoded_counts(tessera::bpe_model const& model, tessera::pretoken_counts const& text)
        : of_token(model.vocab().size()) {
        tessera::bpe_model::scratch scratch;
        text.for_each([&](std::string_view pretoken, std::uint64_t n) {
            auto const times = static_cast<double>(n);
            std::size_t missing = pretoken.size();
            model.encode(pretoken, scratch, [&](tessera::token_id id) {
                of_token[id] += times;
                n_tokens += times;
                missing -= model.vocab().bytes(id).size();
            });
            n_tokens += times * static_cast<double>(missing);
        });
    }
};

/// "Token classification": each token belongs to the category where it makes up most of the tokens; a category's share
/// is that of the tokens that belong to it.
inline std::vector<double> shares_of_tokens(std::span<encoded_counts const> categories) {
    std::vector<double> shares(categories.size());
    double n_assigned = 0;
    for (std::size_t id = 0; id < categories.front().of_token.size(); ++id) {
        std::size_t best = 0;
        double most = 0;
        for (std::size_t i = 0; i < categories.size(); ++i) {
            double const part = categories[i].of_token[id] / categories[i].n_tokens;
            if (part > most) most = part, best = i;
        }
        if (most == 0) continue;
        shares[best] += 1;
        n_assigned += 1;
    }
    for (double& share : shares) share /= n_assigned;
    return shares;
}

/// "Tokenizer encoding efficiency": bytes a token on a category, as a part of those of a tokenizer that was trained on
/// it alone. Its logarithm is a line in the logarithm of the share, fitted on tokenizers of known mixtures.
struct efficiency_trial {
    std::vector<double> efficiency;  // by category
    std::vector<double> truth;
};

/// Shares of trial `which`, by the line through all others; equal shares if there are none.
inline std::vector<double> shares_of_efficiency(std::span<efficiency_trial const> trials, std::size_t which) {
    double n = 0, x = 0, y = 0, xx = 0, xy = 0;
    for (std::size_t t = 0; t < trials.size(); ++t) {
        if (t == which) continue;
        for (std::size_t i = 0; i < trials[t].truth.size(); ++i) {
            double const log_efficiency = std::log(trials[t].efficiency[i]);
            double const log_share = std::log(trials[t].truth[i]);
            n += 1;
            x += log_efficiency;
            y += log_share;
            xx += log_efficiency * log_efficiency;
            xy += log_efficiency * log_share;
        }
    }
    double const spread = n * xx - x * x;
    double const slope = spread > 0 ? (n * xy - x * y) / spread : 0;
    std::vector<double> shares;
    double sum = 0;
    for (double const efficiency : trials[which].efficiency) {
        shares.push_back(std::exp(slope * std::log(efficiency)));  // what is left of the line is the same for all
        sum += shares.back();
    }
    for (double& share : shares) share /= sum;
    return shares;
}

}  // namespace mixture_experiment
