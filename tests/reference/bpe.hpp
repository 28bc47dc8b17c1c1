// BPE encoding as one would say it: find the mergeable neighbours of lowest rank, leftmost first; join them; repeat.
// Shares no code with the library's engines. Quadratic.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reference {

using rank_of_pair = std::map<std::pair<std::string, std::string>, std::uint32_t>;

inline std::vector<std::string> merge_by_list(std::vector<std::string> symbols, rank_of_pair const& ranks) {
    for (;;) {
        std::optional<std::pair<std::uint32_t, std::size_t>> best;  // rank, position
        for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
            auto const found = ranks.find({symbols[i], symbols[i + 1]});
            if (found != ranks.end() && (!best || found->second < best->first)) best = {found->second, i};
        }
        if (!best) return symbols;
        symbols[best->second] += symbols[best->second + 1];
        symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(best->second) + 1);
    }
}

/// tiktoken: the rank of two neighbours is that of the token they make together.
inline std::vector<std::string> merge_by_rank(std::vector<std::string> symbols,
                                              std::map<std::string, std::uint32_t> const& rank_of_token) {
    for (;;) {
        std::optional<std::pair<std::uint32_t, std::size_t>> best;
        for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
            auto const found = rank_of_token.find(symbols[i] + symbols[i + 1]);
            if (found != rank_of_token.end() && (!best || found->second < best->first)) best = {found->second, i};
        }
        if (!best) return symbols;
        symbols[best->second] += symbols[best->second + 1];
        symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(best->second) + 1);
    }
}

/// A token's own merge: the one that comes last where its text is encoded alone. Nothing if other symbols are left.
/// @param merge_once  gives the place of the next merge, or nothing
template <class MergeOnce>
std::optional<std::pair<std::string, std::string>> own_merge(std::vector<std::string> symbols, MergeOnce merge_once) {
    std::optional<std::pair<std::string, std::string>> last;
    while (symbols.size() > 1) {
        std::optional<std::size_t> const at = merge_once(symbols);
        if (!at) return std::nullopt;
        last = {symbols[*at], symbols[*at + 1]};
        symbols[*at] += symbols[*at + 1];
        symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(*at) + 1);
    }
    return last;
}

/// The place of the smallest rank, the leftmost of equals. @param rank  of two symbols; nothing: they do not merge
template <class Rank>
std::optional<std::size_t> next_merge(std::vector<std::string> const& symbols, Rank rank) {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
        auto const here = rank(symbols[i], symbols[i + 1]);
        if (here && (!best || *here < *rank(symbols[*best], symbols[*best + 1]))) best = i;
    }
    return best;
}

inline std::vector<std::string> bytes_of(std::string_view text) {
    std::vector<std::string> symbols;
    for (char const c : text) symbols.emplace_back(1, c);
    return symbols;
}

/// What is left of a token's bytes where no merge may make the token.
inline std::vector<std::string> merge_without(std::string const& token, rank_of_pair const& ranks) {
    rank_of_pair others;
    for (auto const& [pair, rank] : ranks) {
        if (pair.first + pair.second != token) others[pair] = rank;
    }
    return merge_by_list(bytes_of(token), others);
}

}  // namespace reference
