// The n-grams of token streams: collected in pieces, sorted, counted, and put together.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/lm/ngram_data.hpp>

namespace tessera::inline v0::lm::detail {

/// Different n-grams in order, with counts. Their tokens are in the order of the trie: that before the last one first,
/// then further back, and the last one at the end.
struct ngram_run {
    std::size_t order = 0;
    std::vector<token_id> tokens;  ///< `order` for each n-gram
    std::vector<std::uint64_t> counts;

    [[nodiscard]] std::size_t size() const noexcept { return counts.size(); }
    [[nodiscard]] token_id const* at(std::size_t i) const noexcept { return tokens.data() + i * order; }
    [[nodiscard]] std::uint64_t bytes() const noexcept {
        return tokens.capacity() * sizeof(token_id) + counts.capacity() * sizeof(std::uint64_t);
    }
    /// What `n` n-grams need.
    [[nodiscard]] static std::uint64_t bytes_for(std::uint64_t n, std::size_t order) noexcept {
        return n * (order * sizeof(token_id) + sizeof(std::uint64_t));
    }
    void reserve(std::size_t n) {
        tokens.reserve(n * order);
        counts.reserve(n);
    }
};

/// What `sort_ngrams` needs for `n` tokens, beside its result.
inline std::uint64_t bytes_to_sort(std::uint64_t n) noexcept { return n * 16; }

/// The n-grams that end at each token of `text`, from its `order - 1`-th on; `before_text` ends none.
/// @pre text.size() < 2^32
inline ngram_run sort_ngrams(std::vector<token_id> const& text, std::size_t order) {
    struct place {
        std::uint64_t beginning;  // the first two tokens, in the order of the trie
        std::uint32_t at;
    };
    // The i-th token of the n-gram at a place.
    auto const token = [&](std::size_t at, std::size_t i) { return text[i + 1 == order ? at : at - i - 1]; };
    std::vector<place> places;
    places.reserve(text.size());
    for (std::size_t at = order - 1; at < text.size(); ++at) {
        if (text[at] == before_text) continue;
        std::uint64_t const second = order > 1 ? token(at, 1) : 0;
        places.push_back({std::uint64_t{token(at, 0)} << 32 | second, static_cast<std::uint32_t>(at)});
    }
    auto const compare = [&](place const& a, place const& b) {
        if (a.beginning != b.beginning) return a.beginning < b.beginning ? -1 : 1;
        for (std::size_t i = 2; i < order; ++i) {
            token_id const x = token(a.at, i);
            token_id const y = token(b.at, i);
            if (x != y) return x < y ? -1 : 1;
        }
        return 0;
    };
    std::sort(places.begin(), places.end(), [&](place const& a, place const& b) { return compare(a, b) < 0; });
    ngram_run run;
    run.order = order;
    std::size_t n = 0;
    for (std::size_t i = 0; i < places.size(); ++i) n += i == 0 || compare(places[i - 1], places[i]) != 0 ? 1 : 0;
    run.reserve(n);
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (i > 0 && compare(places[i - 1], places[i]) == 0) {
            ++run.counts.back();
            continue;
        }
        for (std::size_t j = 0; j < order; ++j) run.tokens.push_back(token(places[i].at, j));
        run.counts.push_back(1);
    }
    return run;
}

/// Both together.
inline ngram_run merge_runs(ngram_run const& a, ngram_run const& b) {
    ngram_run out;
    out.order = a.order;
    out.reserve(a.size() + b.size());
    auto const take = [&](ngram_run const& from, std::size_t i) {
        out.tokens.insert(out.tokens.end(), from.at(i), from.at(i) + from.order);
        out.counts.push_back(from.counts[i]);
    };
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() && j < b.size()) {
        auto const [x, y] = std::mismatch(a.at(i), a.at(i) + a.order, b.at(j));
        if (x == a.at(i) + a.order) {
            take(a, i++);
            out.counts.back() += b.counts[j++];
        } else if (*x < *y) {
            take(a, i++);
        } else {
            take(b, j++);
        }
    }
    for (; i < a.size(); ++i) take(a, i);
    for (; j < b.size(); ++j) take(b, j);
    return out;
}

}  // namespace tessera::inline v0::lm::detail
