// whole_match.hpp for programs that look further than one symbol ahead or behind. Which states are dead is found by a
// search when it is asked for, as looks may contradict each other.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <queue>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tessera/bytes/detail/obligations.hpp>
#include <tessera/bytes/detail/whole_match.hpp>
#include <tessera/core/error.hpp>
#include <tessera/pattern/program.hpp>

namespace tessera::inline v0 {
namespace detail {

class whole_match_with_looks {
public:
    /// Its start is state 0. @pre p outlives this. @throws error  limit
    whole_match_with_looks(whole_match_program const& p, automaton_limits limits) : limits_(limits) {
        find_distances(p.code);
        scratch_ = obligation_step::start(p);
        number();
    }

    /// @throws error  limit, as all below
    [[nodiscard]] bool is_empty(whole_match_program const& p) { return !is_live(p, 0); }

    [[nodiscard]] bool can_read(whole_match_program const& p, std::uint32_t at, std::size_t symbol) {
        std::uint32_t const to = follow(p, at, static_cast<alphabet_symbol>(symbol));
        return to != nowhere && is_live(p, to);
    }
    [[nodiscard]] bool can_read_any(whole_match_program const& p, std::uint32_t at, symbol_set const& symbols) {
        for (std::size_t c = 0; c < p.code.symbols.edge(); ++c) {
            if (symbols.contains(c) && can_read(p, at, c)) return true;
        }
        return false;
    }
    [[nodiscard]] bool accepts(whole_match_program const& p, std::uint32_t at) {
        answer& known = states_[at].ends;
        if (known == answer::unknown) known = step_.ends(p, states_[at].what) ? answer::yes : answer::no;
        return known == answer::yes;
    }
    /// @pre can_read(at, symbol)
    std::uint32_t next(whole_match_program const& p, std::uint32_t at, alphabet_symbol symbol) {
        return follow(p, at, symbol);
    }

    [[nodiscard]] std::size_t size() const noexcept { return states_.size(); }

private:
    static constexpr std::uint32_t unknown = ~std::uint32_t{0};
    static constexpr std::size_t no_row = ~std::size_t{0};
    static constexpr std::uint32_t nowhere = unknown - 1;  // no way is left
    enum class answer : std::uint8_t { unknown, no, yes };

    struct state {
        look_state what;
        answer ends = answer::unknown;
        answer live = answer::unknown;
        std::uint32_t distance = 0;  // symbols to the end at least
        std::size_t row = no_row;    // in next_, once it is asked for
    };

    std::uint32_t follow(whole_match_program const& p, std::uint32_t at, alphabet_symbol symbol) {
        std::size_t const n = p.code.symbols.edge();
        if (states_[at].row == no_row) {
            limits_.take(n * sizeof(std::uint32_t));
            next_.resize(next_.size() + n, unknown);
            states_[at].row = next_.size() - n;
        }
        std::size_t const place = states_[at].row + symbol;
        if (next_[place] == unknown) {
            step_.read(p, states_[at].what, symbol, scratch_);
            std::uint32_t const to = scratch_.ways.empty() ? nowhere : number();
            next_[place] = to;
        }
        return next_[place];
    }

    // Whether the end can be reached: the states nearest to it are tried first. If it cannot, all that were tried are
    // dead; else those on the way are not, and what was beside it stays open.
    bool is_live(whole_match_program const& p, std::uint32_t begin) {
        if (states_[begin].live != answer::unknown) return states_[begin].live == answer::yes;
        std::unordered_map<std::uint32_t, std::uint32_t> came_from{{begin, begin}};
        using entry = std::pair<std::uint32_t, std::uint32_t>;  // distance, state
        std::priority_queue<entry, std::vector<entry>, std::greater<>> todo;
        todo.emplace(states_[begin].distance, begin);
        while (!todo.empty()) {
            std::uint32_t const at = todo.top().second;
            todo.pop();
            bool found = accepts(p, at);
            for (std::size_t c = 0; c < p.code.symbols.edge() && !found; ++c) {
                if (!p.characters.all().contains(c)) continue;
                std::uint32_t const to = follow(p, at, static_cast<alphabet_symbol>(c));
                if (to == nowhere || states_[to].live == answer::no) continue;
                found = states_[to].live == answer::yes;
                if (!found && came_from.emplace(to, at).second) todo.emplace(states_[to].distance, to);
            }
            if (!found) continue;
            for (std::uint32_t on_way = at;; on_way = came_from.at(on_way)) {
                states_[on_way].live = answer::yes;
                if (on_way == begin) return true;
            }
        }
        for (auto const& [dead, from] : came_from) states_[dead].live = answer::no;
        return false;
    }

    // The number of scratch_, a new one if it is a new state.
    std::uint32_t number() {
        key_ = scratch_.behind;
        for (obligations const& way : scratch_.ways) {
            key_.push_back(unknown);
            key_.insert(key_.end(), way.begin(), way.end());
        }
        key_.push_back(scratch_.before);
        if (auto const found = known_.find(key_); found != known_.end()) return found->second;
        limits_.take(key_.size() * 8 + scratch_.ways.size() * 32 + 300);
        limits_.check_states(states_.size());
        state s;
        s.what = scratch_;
        s.distance = unknown;
        for (obligations const& way : scratch_.ways) {
            std::uint32_t furthest = 0;
            for (std::uint32_t const o : way) {
                if (obligation_step::duty_of(o) == duty::miss) continue;
                furthest = std::max(furthest, distances_[obligation_step::instruction(o)]);
            }
            s.distance = std::min(s.distance, furthest);
        }
        auto const id = static_cast<std::uint32_t>(states_.size());
        states_.push_back(std::move(s));
        known_.emplace(key_, id);
        return id;
    }

    // From each instruction to a match, of the program or of the look that it belongs to, conditions aside.
    void find_distances(program const& p) {
        std::size_t const n = p.code.size();
        distances_.assign(n, unknown);
        std::vector<std::vector<std::uint32_t>> leads_to(n);
        std::deque<std::pair<std::uint32_t, std::uint32_t>> todo;  // instruction, distance: nearest first
        for (std::uint32_t at = 0; at < n; ++at) {
            program::instruction const i = p.code[at];
            if (i.code == program::op::match) {
                todo.emplace_back(at, 0);
                continue;
            }
            leads_to[i.y].push_back(at);
            if (i.code == program::op::split) leads_to[i.x].push_back(at);
        }
        while (!todo.empty()) {
            auto const [at, distance] = todo.front();
            todo.pop_front();
            if (distances_[at] <= distance) continue;
            distances_[at] = distance;
            for (std::uint32_t const before : leads_to[at]) {
                if (p.code[before].code == program::op::one) {
                    todo.emplace_back(before, distance + 1);
                } else {
                    todo.emplace_front(before, distance);
                }
            }
        }
    }

    automaton_limits limits_;
    obligation_step step_;
    std::vector<state> states_;
    std::vector<std::uint32_t> next_;  // rows of states, by symbol
    std::unordered_map<std::vector<std::uint32_t>, std::uint32_t, hash_list> known_;
    std::vector<std::uint32_t> distances_;
    look_state scratch_;
    std::vector<std::uint32_t> key_;
};

}  // namespace detail
}  // namespace tessera::inline v0
