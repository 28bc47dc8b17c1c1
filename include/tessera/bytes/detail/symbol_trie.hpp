// Tokens by the symbols of their characters: many tokens are alike to a pretokenizer, and are tried as one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <tessera/bytes/split_automaton.hpp>

namespace tessera::inline v0 {
namespace detail {

/// An immutable trie, its nodes in the order of a walk.
class symbol_trie {
public:
    using symbol = split_automaton::symbol;
    using state_id = split_automaton::state_id;

    symbol_trie() = default;

    /// @param sequences  by token; an empty one: the token is not listed
    explicit symbol_trie(std::vector<std::vector<symbol>> const& sequences) {
        tokens_.resize(sequences.size());
        std::iota(tokens_.begin(), tokens_.end(), 0U);
        std::erase_if(tokens_, [&](std::uint32_t t) { return sequences[t].empty(); });
        std::sort(tokens_.begin(), tokens_.end(),
                  [&](std::uint32_t a, std::uint32_t b) { return sequences[a] < sequences[b]; });
        std::vector<std::uint32_t> path;  // nodes above
        std::vector<symbol> const none;
        std::vector<symbol> const* last = &none;
        auto const leave = [&](std::size_t depth) {
            while (path.size() > depth) {
                nodes_[path.back()].end = static_cast<std::uint32_t>(nodes_.size());
                path.pop_back();
            }
        };
        for (std::uint32_t i = 0; i < tokens_.size(); ++i) {
            std::vector<symbol> const& now = sequences[tokens_[i]];
            std::size_t same = 0;
            while (same < std::min(last->size(), now.size()) && (*last)[same] == now[same]) ++same;
            leave(same);
            for (std::size_t depth = same; depth < now.size(); ++depth) {
                path.push_back(static_cast<std::uint32_t>(nodes_.size()));
                nodes_.push_back({now[depth], static_cast<std::uint32_t>(depth), 0, i, i});
            }
            nodes_[path.back()].last_token = i + 1;
            last = &now;
            deepest_ = std::max(deepest_, now.size());
        }
        leave(0);
    }

    /// Calls found(tokens, cut, states) for tokens that can be read from `start` in one piece, by a way that cuts
    /// before them or by one that does not, with the states after them.
    /// @param step  (state, symbol) -> choices
    template <class Step, class Found>
    void for_each_readable(state_id start, Step&& step, Found&& found) const {
        std::vector<std::vector<state_id>> states(deepest_ + 1);
        for (bool const cut : {true, false}) {
            states[0] = {start};
            for (std::size_t at = 0; at < nodes_.size();) {
                node const& n = nodes_[at];
                std::vector<state_id>& next = states[n.depth + std::size_t{1}];
                next.clear();
                for (state_id const s : states[n.depth]) {
                    for (auto const& choice : step(s, n.read)) {
                        if (choice.cut == (cut && n.depth == 0) && !choice.whole) next.push_back(choice.state);
                    }
                }
                if (next.empty()) {
                    at = n.end;
                    continue;
                }
                if (next.size() > 1) {
                    std::sort(next.begin(), next.end());
                    next.erase(std::unique(next.begin(), next.end()), next.end());
                }
                if (n.first_token != n.last_token) {
                    found(std::span(tokens_).subspan(n.first_token, n.last_token - n.first_token), cut,
                          std::span<state_id const>(next));
                }
                ++at;
            }
        }
    }

    [[nodiscard]] std::size_t size() const noexcept { return nodes_.size(); }

private:
    struct node {
        symbol read = 0;
        std::uint32_t depth = 0;
        std::uint32_t end = 0;                          // of those below it
        std::uint32_t first_token = 0, last_token = 0;  // those that end here, in tokens_
    };

    std::vector<node> nodes_;
    std::vector<std::uint32_t> tokens_;
    std::size_t deepest_ = 0;
};

}  // namespace detail
}  // namespace tessera::inline v0
