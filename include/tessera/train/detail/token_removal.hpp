// Takes a token apart wherever it stands, and tells what that changes in the counts of pairs.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/train/detail/linked_words.hpp>
#include <tessera/train/detail/pair_counts.hpp>

namespace tessera::inline v0::detail {

class token_removal {
public:
    /// Changes of pair counts, one entry a pair, and the places of pairs that are new, sorted by pair.
    std::vector<std::pair<symbol_pair, std::int64_t>> changes;
    std::vector<std::pair<symbol_pair, std::uint32_t>> found;
    std::uint64_t n_removed = 0;  ///< occurrences, weighted

    /// @param places  where the token may be, ascending
    /// @param parts   what it is replaced by; @param lengths  of tokens, in units
    /// @complexity    places, parts and the runs of equal symbols beside them; times the logarithm for sorting
    void run(linked_words& words, token_id token, std::span<std::uint32_t const> places,
             std::span<token_id const> parts, std::vector<std::uint32_t> const& lengths) {
        changes.clear();
        found.clear();
        n_removed = 0;
        for (std::uint32_t const place : places) {
            if (words[place].symbol == token) rewrite(words, token, place, parts, lengths);
        }
        std::sort(changes.begin(), changes.end());
        std::size_t n = 0;
        for (auto const& [pair, change] : changes) {
            if (n > 0 && changes[n - 1].first == pair) {
                changes[n - 1].second += change;
            } else {
                changes[n++] = {pair, change};
            }
        }
        changes.resize(n);
        std::sort(found.begin(), found.end());
        found.erase(std::unique(found.begin(), found.end()), found.end());
    }

private:
    static constexpr std::uint32_t none = linked_words::none;

    // Rewrites the stretch around `place` in which pairs change: tokens that have at most one run of another symbol
    // between them, with the runs at both ends. Counting it before and after is exact, for no run reaches out of it.
    void rewrite(linked_words& words, token_id token, std::uint32_t place, std::span<token_id const> parts,
                 std::vector<std::uint32_t> const& lengths) {
        std::uint32_t first = place;
        if (words[first].previous != none) {
            first = words[first].previous;
            token_id const symbol = words[first].symbol;
            while (words[first].previous != none && words[words[first].previous].symbol == symbol)
                first = words[first].previous;
        }
        std::uint32_t last = place;
        for (;;) {
            while (words[last].next != none && words[words[last].next].symbol == token) last = words[last].next;
            if (words[last].next == none) break;
            token_id const symbol = words[words[last].next].symbol;
            while (words[last].next != none && words[words[last].next].symbol == symbol) last = words[last].next;
            if (words[last].next == none || words[words[last].next].symbol != token) break;
        }
        std::int64_t const n = words.count_at(place);
        std::uint32_t const end = words[last].next;
        count(words, first, end, -n);
        expand(words, token, first, end, parts, lengths, n);
        count(words, first, end, n);
    }

    void count(linked_words const& words, std::uint32_t first, std::uint32_t end, std::int64_t n) {
        bool taken = false;
        for (std::uint32_t i = first; words[i].next != end; i = words[i].next) {
            token_id const left = words[i].symbol;
            token_id const right = words[words[i].next].symbol;
            taken = left == right && !taken;
            if (left != right || taken) changes.emplace_back(make_pair_of(left, right), n);
        }
    }

    void expand(linked_words& words, token_id token, std::uint32_t first, std::uint32_t end,
                std::span<token_id const> parts, std::vector<std::uint32_t> const& lengths, std::int64_t n) {
        for (std::uint32_t i = first; i != end;) {
            std::uint32_t const after = words[i].next;
            if (words[i].symbol == token) {
                std::uint32_t const word = words[i].word;
                std::uint32_t previous = words[i].previous;
                std::uint32_t at = i;
                for (token_id const part : parts) {
                    words[at] = {part, previous, none, word};
                    if (previous != none) words[previous].next = at;
                    previous = at;
                    at += lengths[part];
                }
                words[previous].next = after;
                if (after != none) words[after].previous = previous;
                n_removed += static_cast<std::uint64_t>(n);
                note(words, i, after);
            }
            i = after;
        }
    }

    // The pairs of the parts that now lie before `after`, with their neighbours.
    void note(linked_words const& words, std::uint32_t first, std::uint32_t after) {
        std::uint32_t const begin = words[first].previous != none ? words[first].previous : first;
        for (std::uint32_t i = begin; words[i].next != none && i != after; i = words[i].next) {
            found.emplace_back(make_pair_of(words[i].symbol, words[words[i].next].symbol), i);
        }
    }
};

}  // namespace tessera::inline v0::detail
