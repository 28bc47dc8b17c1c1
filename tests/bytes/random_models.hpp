// Small BPE models as no trainer makes them: tokens that no text leads to, tokens made in several ways, merges in an
// order that cannot come about.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/vocabulary.hpp>
#include <tessera/model/bpe_from_ranks.hpp>
#include <tessera/model/bpe_model.hpp>

namespace random_models {

using namespace tessera;

enum class rank_order { as_trained, shuffled };

/// @param letters  of which the first few are tokens; all of them if `all`
inline bpe_model random_model(std::mt19937& source, rank_order order, std::string_view letters = "abc",
                              bool all = false, bpe_options options = {}) {
    std::size_t const n_letters = all ? letters.size() : 1 + source() % letters.size();
    std::vector<std::string> tokens;
    for (std::size_t i = 0; i < n_letters; ++i) tokens.emplace_back(1, letters[i]);
    std::map<std::pair<token_id, token_id>, token_id> pairs;
    std::vector<merge> merges;
    std::size_t const n_merges = 1 + source() % 14;
    for (std::size_t i = 0; i < n_merges; ++i) {
        auto const left = static_cast<token_id>(source() % tokens.size());
        auto const right = static_cast<token_id>(source() % tokens.size());
        std::string const whole = tokens[left] + tokens[right];
        if (pairs.contains({left, right}) || whole.size() > 12) continue;
        auto const known = std::find(tokens.begin(), tokens.end(), whole);
        auto const result = static_cast<token_id>(known - tokens.begin());
        if (known == tokens.end()) tokens.push_back(whole);
        pairs[{left, right}] = result;
        merges.push_back({left, right, result, static_cast<std::uint32_t>(merges.size())});
    }
    if (order == rank_order::shuffled) {
        std::shuffle(merges.begin(), merges.end(), source);
        for (std::size_t i = 0; i < merges.size(); ++i) merges[i].rank = static_cast<std::uint32_t>(i);
    }
    vocabulary_builder builder;
    for (std::size_t i = 0; i < tokens.size(); ++i) builder.add(static_cast<token_id>(i), tokens[i]);
    return {builder.build(), std::move(merges), std::move(options)};
}

/// A vocabulary in which any two neighbours whose bytes are a token merge.
inline bpe_model random_model_of_ranks(std::mt19937& source) {
    vocabulary_builder builder;
    std::vector<std::string> tokens{"a", "b"};
    std::size_t const n = 3 + source() % 12;
    while (tokens.size() < n) {
        std::string const whole = tokens[source() % tokens.size()] + tokens[source() % tokens.size()];
        if (whole.size() <= 9 && std::find(tokens.begin(), tokens.end(), whole) == tokens.end())
            tokens.push_back(whole);
    }
    for (std::size_t i = 0; i < tokens.size(); ++i) builder.add(static_cast<token_id>(i), tokens[i]);
    return bpe_from_ranks(builder.build());
}

}  // namespace random_models
