// All splits of a text that some continuation of it gives: one pattern, and what becomes of its matches.
//
// Where a pattern splits depends on what comes: "a  " ends in one pretoken of two spaces if nothing or a space follows,
// in two pretokens if a letter does. A stage reads a text symbol by symbol and makes each such decision at once, in all
// ways; every way carries what must come true for it. Exactly one of them is right for a whole text, and it is the one
// that the pattern itself finds. Next: split_automaton.hpp, several stages one behind the other.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/pattern/program.hpp>
#include <tessera/pretokenize/split_behavior.hpp>

namespace tessera::inline v0 {
namespace detail {

/// One way on from a state by a symbol.
struct split_choice {
    std::uint32_t state = 0;
    bool cut = false;    ///< the text is cut right before the symbol
    bool whole = false;  ///< the symbol belongs to a match that stays whole, whatever other stages say
    friend bool operator==(split_choice, split_choice) = default;
};

/// The matches of a program in a text, leftmost first, without knowing the text's end.
///
/// A state holds threads of the program, each of which has read all symbols so far:
/// - of the match that is going on, by priority: one of them must reach its end;
/// - of matches that must not be: from where none begins, and those preferred to a match that has ended;
/// - of look-ahead that must hold, a list for each; of one that must not, among the forbidden ones.
///
/// Not thread-safe: states are made as they are met.
class split_stage {
public:
    static constexpr std::uint32_t start = 0;
    static constexpr std::size_t most_states = 100'000;
    static constexpr std::size_t most_guesses = 6;  // looks asked at one position

    /// @param stays_whole  matches are not for other stages to split
    split_stage(program p, split_behavior behavior, bool invert, bool stays_whole)
        : program_(std::move(p)), behavior_(behavior), invert_(invert), stays_whole_(stays_whole) {
        state first;
        first.before = program_.before_class[program_.symbols.edge()];
        number_of(std::move(first));
    }

    [[nodiscard]] alphabet const& symbols() const noexcept { return program_.symbols; }

    /// All ways on. A text that begins here is not said to be cut at its start. Valid until the next call.
    /// @throws error  limit
    [[nodiscard]] std::span<split_choice const> step(std::uint32_t from, alphabet_symbol symbol) {
        row& known = next_[from][symbol];
        if (!known.is_known) {
            std::vector<split_choice> found;
            choose(from, symbol, found);
            row& to = next_[from][symbol];  // `choose` makes states, and moves rows
            to.begin = static_cast<std::uint32_t>(choices_.size());
            to.n = static_cast<std::uint32_t>(found.size());
            to.is_known = true;
            choices_.insert(choices_.end(), found.begin(), found.end());
            return std::span(choices_).subspan(to.begin, to.n);
        }
        return std::span(choices_).subspan(known.begin, known.n);
    }

    /// Whether the text may end here.
    [[nodiscard]] bool may_end(std::uint32_t at) {
        std::uint8_t& known = ends_[at];
        if (known == unknown) {
            std::vector<split_choice> found;
            choose(at, program_.symbols.edge(), found);
            ends_[at] = found.empty() ? 0 : 1;
        }
        return ends_[at] == 1;
    }

private:
    using threads = std::vector<std::uint32_t>;
    enum class stretch : std::uint32_t { none, gap, match };

    struct state {
        std::uint32_t before = 0;  // class of the symbol before
        stretch now = stretch::none;
        threads active;                // where now == match; by priority
        threads forbidden;             // sorted
        threads behind;                // of look-behind, sorted
        std::vector<threads> awaited;  // sorted, each sorted
    };
    struct row {
        std::uint32_t begin = 0;
        std::uint32_t n = 0;
        bool is_known = false;
    };
    static constexpr std::uint8_t unknown = 2;

    static void sort_out(threads& list) {
        std::sort(list.begin(), list.end());
        list.erase(std::unique(list.begin(), list.end()), list.end());
    }

    std::uint32_t number_of(state s) {
        threads key{s.before, static_cast<std::uint32_t>(s.now)};
        auto const put = [&](threads const& list) {
            key.push_back(static_cast<std::uint32_t>(list.size()));
            key.insert(key.end(), list.begin(), list.end());
        };
        put(s.active);
        put(s.forbidden);
        put(s.behind);
        for (threads const& list : s.awaited) put(list);
        auto const [at, is_new] = known_.emplace(std::move(key), static_cast<std::uint32_t>(states_.size()));
        if (is_new) {
            if (states_.size() == most_states) {
                throw error(error_kind::limit, "pretokenizer",
                            "its pattern can split a text in too many ways to follow them all");
            }
            states_.push_back(std::move(s));
            next_.emplace_back(program_.symbols.size());
            ends_.push_back(unknown);
        }
        return at->second;
    }

    void choose(std::uint32_t from, alphabet_symbol symbol, std::vector<split_choice>& out) {
        state const at = states_[from];
        state next;
        next.before = program_.before_class[symbol];
        std::uint32_t behind_bits = 0;
        if (program_.has_behind) behind_bits = look_behind(at, symbol, next.behind);
        std::vector<std::uint32_t> const asked = looks_asked(at, symbol, behind_bits);
        if (asked.size() > most_guesses) {
            throw error(error_kind::limit, "pretokenizer", "its pattern looks ahead in too many ways at one place");
        }
        for (std::uint32_t guess = 0; guess < 1U << asked.size(); ++guess) {
            std::uint32_t bits = behind_bits;
            for (std::size_t i = 0; i < asked.size(); ++i) {
                if ((guess >> i & 1) != 0) bits |= 1U << asked[i];
            }
            resolve(at, symbol, asked, bits, next, out);
        }
        std::sort(out.begin(), out.end(),
                  [](split_choice a, split_choice b) { return std::pair(a.state, a.cut) < std::pair(b.state, b.cut); });
        out.erase(std::unique(out.begin(), out.end()), out.end());
    }

    // One guess of all looks.
    void resolve(state const& at, alphabet_symbol symbol, std::vector<std::uint32_t> const& asked, std::uint32_t bits,
                 state next, std::vector<split_choice>& out) {
        threads forbidden = at.forbidden;
        std::vector<threads> awaited = at.awaited;
        for (std::uint32_t const look : asked) {
            std::uint32_t const entry = program_.looks[look].entry;
            if ((bits >> look & 1) != 0) {
                awaited.push_back({entry});
            } else {
                forbidden.push_back(entry);
            }
        }
        if (run(forbidden, at.before, symbol, bits, next.forbidden)) return;
        for (threads const& list : awaited) {
            threads on;
            if (run(list, at.before, symbol, bits, on)) continue;  // it holds
            if (on.empty()) return;
            sort_out(on);
            next.awaited.push_back(std::move(on));
        }
        std::sort(next.awaited.begin(), next.awaited.end());
        next.awaited.erase(std::unique(next.awaited.begin(), next.awaited.end()), next.awaited.end());
        if (at.now != stretch::match) {
            search(at, symbol, bits, at.now, false, next, out);
            return;
        }
        threads on;
        bool const matches = run(at.active, at.before, symbol, bits, on);
        if (!on.empty()) give(next, stretch::match, on, false, out);
        if (!matches) return;
        next.forbidden.insert(next.forbidden.end(), on.begin(), on.end());
        search(at, symbol, bits, stretch::match, true, next, out);
    }

    // Whether a match begins here, where `last` ends.
    void search(state const& at, alphabet_symbol symbol, std::uint32_t bits, stretch last, bool after_match, state next,
                std::vector<split_choice>& out) {
        if (symbol == program_.symbols.edge()) {
            out.push_back({});
            return;
        }
        threads on;
        bool const matches_nothing = run({program_.entry}, at.before, symbol, bits, on);
        if (!on.empty()) give(next, stretch::match, on, cuts_between(last, stretch::match), out);
        next.forbidden.insert(next.forbidden.end(), on.begin(), on.end());
        bool cut = last == stretch::match && cuts_between(last, stretch::gap);
        if (matches_nothing && !after_match) {
            cut = cuts_between(last, stretch::match) || cuts_between(stretch::match, stretch::gap);
        }
        give(next, stretch::gap, {}, cut, out);
    }

    void give(state next, stretch now, threads active, bool cut, std::vector<split_choice>& out) {
        bool const is_delimiter = (now == stretch::match) != invert_;
        if (behavior_ == split_behavior::removed && is_delimiter) return;  // no token says what was here
        next.now = now;
        next.active = std::move(active);
        sort_out(next.forbidden);
        out.push_back({number_of(std::move(next)), cut, stays_whole_ && now == stretch::match});
    }

    // As split_pieces says.
    [[nodiscard]] bool cuts_between(stretch last, stretch now) const noexcept {
        if (last == stretch::none) return false;
        bool const before = (last == stretch::match) != invert_;
        bool const after = (now == stretch::match) != invert_;
        switch (behavior_) {
            case split_behavior::contiguous:
                return before != after;
            case split_behavior::merged_with_previous:
                return !after || before;
            case split_behavior::merged_with_next:
                return after || !before;
            default:
                return true;
        }
    }

    // What is left after `symbol`; whether one matches before it. At the end of the text nothing is left.
    bool run(threads const& list, std::uint32_t before, alphabet_symbol symbol, std::uint32_t bits, threads& on) {
        bool const matches = step_.run(program_, list, before, symbol, bits, on);
        if (symbol == program_.symbols.edge()) on.clear();
        return matches;
    }

    // Look-behind that holds here, and its threads after `symbol`.
    std::uint32_t look_behind(state const& at, alphabet_symbol symbol, threads& next) {
        threads list = at.behind;
        for (program::look const& look : program_.looks) {
            if (look.behind) list.push_back(look.entry);
        }
        std::vector<bool> seen(program_.code.size());
        follow(list, seen, [&](std::uint32_t instruction) {
            program::instruction const& i = program_.code[instruction];
            if (i.code == program::op::one && program_.sets[i.x].contains(symbol)) next.push_back(i.y);
            if (i.code == program::op::before || i.code == program::op::after) {
                return program_.holds(i, at.before, symbol, 0);
            }
            return i.code == program::op::split;
        });
        sort_out(next);
        std::uint32_t bits = 0;
        for (std::size_t k = 0; k < program_.looks.size(); ++k) {
            if (program_.looks[k].behind && seen[program_.looks[k].accept]) bits |= 1U << k;
        }
        return bits;
    }

    // The look-ahead that may be asked at this position, in ascending order.
    std::vector<std::uint32_t> looks_asked(state const& at, alphabet_symbol symbol, std::uint32_t behind_bits) {
        std::vector<std::uint32_t> asked;
        if (!program_.has_ahead) return asked;
        threads list = at.active;
        list.insert(list.end(), at.forbidden.begin(), at.forbidden.end());
        for (threads const& more : at.awaited) list.insert(list.end(), more.begin(), more.end());
        list.push_back(program_.entry);
        std::vector<bool> seen(program_.code.size());
        for (std::size_t n = 0; n != list.size();) {  // looks lead to looks
            threads const from(list.begin() + static_cast<std::ptrdiff_t>(n), list.end());
            n = list.size();
            follow(from, seen, [&](std::uint32_t instruction) {
                program::instruction const& i = program_.code[instruction];
                if (i.code == program::op::look || i.code == program::op::no_look) {
                    if (program_.looks[i.x].behind) return program_.holds(i, at.before, symbol, behind_bits);
                    if (std::find(asked.begin(), asked.end(), i.x) == asked.end()) {
                        asked.push_back(i.x);
                        list.push_back(program_.looks[i.x].entry);
                    }
                    return true;
                }
                if (i.code == program::op::one || i.code == program::op::match) return false;
                return i.code == program::op::split || program_.holds(i, at.before, symbol, 0);
            });
        }
        std::sort(asked.begin(), asked.end());
        return asked;
    }

    // Goes wherever `goes_on` says that it goes without reading.
    template <class GoesOn>
    void follow(threads const& list, std::vector<bool>& seen, GoesOn&& goes_on) const {
        threads stack = list;
        while (!stack.empty()) {
            std::uint32_t const at = stack.back();
            stack.pop_back();
            if (seen[at]) continue;
            seen[at] = true;
            if (!goes_on(at)) continue;
            if (program_.code[at].code == program::op::split) stack.push_back(program_.code[at].x);
            stack.push_back(program_.code[at].y);
        }
    }

    program program_;
    split_behavior behavior_;
    bool invert_;
    bool stays_whole_;
    thread_step step_;
    std::map<threads, std::uint32_t> known_;
    std::vector<state> states_;
    std::vector<std::vector<row>> next_;  // by state and symbol
    std::vector<std::uint8_t> ends_;
    std::vector<split_choice> choices_;
};

}  // namespace detail
}  // namespace tessera::inline v0
