// From the longest n-grams to the counts of all.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <tessera/core/function_ref.hpp>
#include <tessera/core/token.hpp>
#include <tessera/lm/detail/ngram_runs.hpp>
#include <tessera/lm/ngram_data.hpp>

namespace tessera::inline v0::lm::detail {

/// Makes the trie of ngram_data.hpp. A context that reaches back to the beginning of a text is cut there; what follows
/// it is counted as it occurs, and so is what follows the longest contexts. Else a count is how many tokens stand in
/// front: what follows a context is what follows the contexts that end with it, each once.
class ngram_levels {
public:
    /// @param need  called with the bytes that are about to be allocated; may throw
    [[nodiscard]] static std::vector<ngram_level> of(ngram_run run, std::size_t vocab_size,
                                                     function_ref<void(std::uint64_t)> need) {
        ngram_levels made(run, need);
        run = {};
        for (std::size_t k = made.levels_.size(); k-- > 0;) made.join(k, vocab_size, need);
        return std::move(made.levels_);
    }

private:
    // Contexts whose successors are counted as they occur; in order of the level's.
    struct whole_contexts {
        std::vector<std::uint64_t> first;
        std::vector<token_id> successors;
        std::vector<std::uint64_t> counts;
    };

    // How many tokens of its context count.
    static std::size_t depth_of(token_id const* ngram, std::size_t order) {
        std::size_t depth = 0;
        while (depth + 1 < order && (depth == 0 || ngram[depth - 1] != before_text)) ++depth;
        return depth;
    }

    // fn(i, depth, is_new, common): `common` tokens of the context of n-gram i are those of the one before it.
    template <class F>
    static void for_each_context(ngram_run const& run, F&& fn) {
        std::size_t before = 0;
        for (std::size_t i = 0; i < run.size(); ++i) {
            std::size_t const depth = depth_of(run.at(i), run.order);
            std::size_t common = 0;
            if (i > 0) {
                while (common < depth && common < before && run.at(i)[common] == run.at(i - 1)[common]) ++common;
            }
            fn(i, depth, i == 0 || common < depth, common);
            before = depth;
        }
    }

    ngram_levels(ngram_run const& run, function_ref<void(std::uint64_t)> need) : levels_(run.order), whole_(run.order) {
        std::size_t const order = run.order;
        std::vector<std::size_t> n_contexts(order, 0);
        std::vector<std::size_t> n_whole(order, 0);
        std::vector<std::size_t> n_successors(order, 0);
        n_contexts[0] = 1;
        for_each_context(run, [&](std::size_t, std::size_t depth, bool is_new, std::size_t common) {
            for (std::size_t k = common; k < depth; ++k) ++n_contexts[k + 1];
            if (is_new) ++n_whole[depth];
            ++n_successors[depth];
        });
        std::uint64_t bytes = 0;
        for (std::size_t k = 0; k < order; ++k)
            bytes += n_contexts[k] * 20 + (n_whole[k] + 1) * 8 + n_successors[k] * 12;
        need(bytes);
        for (std::size_t k = 0; k < order; ++k) {
            levels_[k].keys.reserve(n_contexts[k]);
            if (k + 1 < order) levels_[k].first_child.reserve(n_contexts[k] + 1);
            levels_[k].first_successor.reserve(n_contexts[k] + 1);
            whole_[k].first.reserve(n_whole[k] + 1);
            whole_[k].successors.reserve(n_successors[k]);
            whole_[k].counts.reserve(n_successors[k]);
        }
        add_context(0, before_text);
        for_each_context(run, [&](std::size_t i, std::size_t depth, bool is_new, std::size_t common) {
            for (std::size_t k = common; k < depth; ++k) add_context(k + 1, run.at(i)[k]);
            whole_contexts& whole = whole_[depth];
            if (is_new) whole.first.push_back(whole.successors.size());
            whole.successors.push_back(run.at(i)[order - 1]);
            whole.counts.push_back(run.counts[i]);
        });
        for (std::size_t k = 0; k < order; ++k) {
            if (k + 1 < order) levels_[k].first_child.push_back(levels_[k + 1].keys.size());
            whole_[k].first.push_back(whole_[k].successors.size());
        }
    }

    void add_context(std::size_t k, token_id key) {
        levels_[k].keys.push_back(key);
        if (k + 1 < levels_.size()) levels_[k].first_child.push_back(levels_[k + 1].keys.size());
    }

    // The successors of level `k`, when those of the next level are there.
    void join(std::size_t k, std::size_t vocab_size, function_ref<void(std::uint64_t)> need) {
        ngram_level& level = levels_[k];
        whole_contexts whole = std::exchange(whole_[k], {});
        if (k + 1 == levels_.size()) {
            level.first_successor = std::move(whole.first);
            level.successors = std::move(whole.successors);
            level.counts = std::move(whole.counts);
            return;
        }
        ngram_level const& next = levels_[k + 1];
        std::size_t const n = next.successors.size() + whole.successors.size();
        need(n * 24 + vocab_size * 8);  // twice, for they grow
        std::vector<token_id> sorted;
        std::vector<std::uint64_t> by_token;
        std::size_t n_whole = 0;
        for (std::size_t i = 0; i < level.keys.size(); ++i) {
            level.first_successor.push_back(level.successors.size());
            if (level.first_child[i] == level.first_child[i + 1]) {
                for (std::uint64_t s = whole.first[n_whole]; s < whole.first[n_whole + 1]; ++s)
                    add(level, whole.successors[s], whole.counts[s]);
                ++n_whole;
                continue;
            }
            std::uint64_t const from = next.first_successor[level.first_child[i]];
            std::uint64_t const to = next.first_successor[level.first_child[i + 1]];
            std::span<token_id const> const all(next.successors.data() + from, to - from);
            if (all.size() >= vocab_size) {
                by_token.assign(vocab_size, 0);
                for (token_id const token : all) ++by_token[token];
                for (std::size_t token = 0; token < vocab_size; ++token) {
                    if (by_token[token] > 0) add(level, static_cast<token_id>(token), by_token[token]);
                }
                continue;
            }
            sorted.assign(all.begin(), all.end());
            std::sort(sorted.begin(), sorted.end());
            for (std::size_t s = 0; s < sorted.size(); ++s) {
                if (s > 0 && sorted[s - 1] == sorted[s]) {
                    ++level.counts.back();
                } else {
                    add(level, sorted[s], 1);
                }
            }
        }
        level.first_successor.push_back(level.successors.size());
        level.successors.shrink_to_fit();
        level.counts.shrink_to_fit();
    }

    static void add(ngram_level& level, token_id token, std::uint64_t count) {
        level.successors.push_back(token);
        level.counts.push_back(count);
    }

    std::vector<ngram_level> levels_;
    std::vector<whole_contexts> whole_;
};

}  // namespace tessera::inline v0::lm::detail
