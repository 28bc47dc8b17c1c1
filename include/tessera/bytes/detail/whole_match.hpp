// Texts that a program matches from their begin to their end, read symbol by symbol: a deterministic automaton that is
// built while it runs and has no dead states.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tessera/bytes/detail/live_threads.hpp>
#include <tessera/bytes/detail/utf8_symbols.hpp>
#include <tessera/core/error.hpp>
#include <tessera/pattern/program.hpp>

namespace tessera::inline v0 {
namespace detail {

/// A program and what is known of it before any text is read.
struct whole_match_program {
    program code;
    utf8_symbols characters;
    condition_classes classes;
    live_threads live;

    /// @throws error  limit
    explicit whole_match_program(program p)
        : code(std::move(p)), characters(code.symbols), classes(code), live(code, classes, characters.all()) {}
};

/// What an automaton may take, and has.
class automaton_limits {
public:
    automaton_limits(std::size_t states, std::size_t bytes) : states_(states), bytes_(bytes) {}

    /// Before `bytes` more of memory. @throws error  limit
    void take(std::size_t bytes) {
        if (bytes > bytes_ - taken_) {
            throw error(error_kind::limit, "regular expression",
                        "its automaton takes more than " + std::to_string(bytes_) + " bytes");
        }
        taken_ += bytes;
    }
    /// Before a state is made where there are `n`. @throws error  limit
    void check_states(std::size_t n) const {
        if (n >= states_) {
            throw error(error_kind::limit, "regular expression",
                        "its automaton has more than " + std::to_string(states_) + " states");
        }
    }

private:
    std::size_t states_, bytes_;
    std::size_t taken_ = 0;
};

/// A state is a set of threads that can still reach the end, and the class of the symbol before. Which thread is
/// preferred does not matter: any of them may match the whole text.
class whole_match {
public:
    /// Its start is state 0. @pre p has no looks, and outlives this
    explicit whole_match(whole_match_program const& p, automaton_limits limits) : limits_(limits) {
        std::uint32_t const begin = p.classes.before[p.code.symbols.edge()];
        key_.clear();
        if (p.live(p.code.entry, begin)) key_.push_back(p.code.entry);
        number(p, begin);
    }

    /// No text matches.
    [[nodiscard]] bool is_empty(whole_match_program const&) const noexcept { return states_[0].threads.empty(); }

    /// Some text that matches goes on with this symbol, or with one of these.
    [[nodiscard]] bool can_read(whole_match_program const&, std::uint32_t at, std::size_t symbol) const noexcept {
        return states_[at].live.contains(symbol);
    }
    [[nodiscard]] bool can_read_any(whole_match_program const&, std::uint32_t at,
                                    symbol_set const& symbols) const noexcept {
        return states_[at].live.meets(symbols);
    }
    /// What was read matches.
    [[nodiscard]] bool accepts(whole_match_program const&, std::uint32_t at) const noexcept {
        return states_[at].accepts;
    }

    /// @pre    can_read(at, symbol)
    /// @throws error  limit; the states that are there can still be used
    std::uint32_t next(whole_match_program const& p, std::uint32_t at, alphabet_symbol symbol) {
        std::size_t const n = p.code.symbols.edge();
        if (states_[at].row == no_row) {
            limits_.take(n * sizeof(std::uint32_t));
            next_.resize(next_.size() + n, unknown);
            states_[at].row = next_.size() - n;
        }
        std::size_t const place = states_[at].row + symbol;
        if (next_[place] == unknown) {
            std::uint32_t const before = p.classes.before[symbol];
            key_.clear();
            follow(p, states_[at], p.classes.after[symbol], [&](program::instruction i) {
                if (p.code.sets[i.x].contains(symbol) && p.live(i.y, before)) key_.push_back(i.y);
            });
            std::sort(key_.begin(), key_.end());
            key_.erase(std::unique(key_.begin(), key_.end()), key_.end());
            std::uint32_t const to = number(p, before);
            next_[place] = to;
        }
        return next_[place];
    }

    [[nodiscard]] std::size_t size() const noexcept { return states_.size(); }

private:
    static constexpr std::uint32_t unknown = ~std::uint32_t{0};
    static constexpr std::size_t no_row = ~std::size_t{0};

    struct state {
        std::vector<std::uint32_t> threads;  // not yet followed through the instructions that read nothing
        std::uint32_t before = 0;
        bool accepts = false;
        symbol_set live;
        std::size_t row = no_row;  // in next_, once it is asked for
    };

    // Calls f with each instruction that reads, before a symbol of class `after`; true if the end can be here.
    template <class F>
    bool follow(whole_match_program const& p, state const& s, std::uint32_t after, F&& f) {
        using op = program::op;
        if (seen_.size() != p.code.code.size() || ++round_ == 0) {
            seen_.assign(p.code.code.size(), 0);
            round_ = 1;
        }
        stack_ = s.threads;
        bool ends = false;
        while (!stack_.empty()) {
            std::uint32_t const at = stack_.back();
            stack_.pop_back();
            if (seen_[at] == round_) continue;
            seen_[at] = round_;
            program::instruction const i = p.code.code[at];
            switch (i.code) {
                case op::match:
                    ends = true;
                    break;
                case op::one:
                    f(i);
                    break;
                case op::split:
                    stack_.push_back(i.x);
                    stack_.push_back(i.y);
                    break;
                default:
                    if (p.code.holds(i, p.classes.before_member[s.before], p.classes.after_member[after], 0)) {
                        stack_.push_back(i.y);
                    }
            }
        }
        return ends;
    }

    // The state with the threads of key_, made if there is none.
    std::uint32_t number(whole_match_program const& p, std::uint32_t before) {
        state s{key_, before, false, symbol_set(p.code.symbols.size()), no_row};
        key_.push_back(before);
        if (auto const found = known_.find(key_); found != known_.end()) return found->second;
        limits_.take(key_.size() * 8 + p.code.symbols.size() / 8 + 200);
        limits_.check_states(states_.size());
        for (std::uint32_t after = 0; after < p.classes.after_member.size(); ++after) {
            bool const ends = follow(p, s, after, [&](program::instruction i) {
                for (std::size_t c = 0; c < p.code.symbols.edge(); ++c) {
                    if (p.classes.after[c] == after && p.code.sets[i.x].contains(c) && p.characters.all().contains(c) &&
                        p.live(i.y, p.classes.before[c])) {
                        s.live.add(c);
                    }
                }
            });
            if (after == p.classes.after[p.code.symbols.edge()]) s.accepts = ends;
        }
        auto const id = static_cast<std::uint32_t>(states_.size());
        states_.push_back(std::move(s));
        known_.emplace(key_, id);
        return id;
    }

    automaton_limits limits_;
    std::vector<state> states_;
    std::vector<std::uint32_t> next_;  // rows of states, by symbol
    std::unordered_map<std::vector<std::uint32_t>, std::uint32_t, hash_list> known_;
    std::vector<std::uint32_t> key_, stack_;
    std::vector<std::uint32_t> seen_;  // in which round of follow
    std::uint32_t round_ = 0;
};

}  // namespace detail
}  // namespace tessera::inline v0
