// Look-ahead read forward: what it says of the text that comes is an obligation that is carried along until it is met.
// Next: whole_match_with_looks.hpp, the automaton made of these.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <unordered_set>
#include <utility>
#include <vector>

#include <tessera/bytes/detail/live_threads.hpp>
#include <tessera/bytes/detail/whole_match.hpp>
#include <tessera/core/error.hpp>
#include <tessera/pattern/program.hpp>

namespace tessera::inline v0 {
namespace detail {

/// A thread and what it owes, as a number. A set of them, ascending, is a way to match: all must keep their word.
enum class duty : std::uint32_t {
    end,   // reaches the end of the program at the end of the text
    meet,  // reaches a match of its look, somewhere
    miss   // reaches none
};
using obligations = std::vector<std::uint32_t>;

/// What is known at a place of a text: look-behind is a set of threads that have begun at all places before, and the
/// text matches if one of `ways` holds of what comes. `ways` are in order and none contains another.
struct look_state {
    std::vector<std::uint32_t> behind;
    std::vector<obligations> ways;
    std::uint32_t before = 0;  // the class of the symbol before
    friend bool operator==(look_state const&, look_state const&) = default;
};

/// Steps from one such state to the next. Alternation (Chandra, Kozen and Stockmeyer 1981) made deterministic: a state
/// is a monotone formula over obligations, as the disjunction of its least conjunctions, which is unique.
class obligation_step {
public:
    static constexpr std::size_t most_tried = 50'000;  // ways of one step, whole or not
    static constexpr std::size_t most_ways = 2000;     // of a state

    static look_state start(whole_match_program const& p) {
        return {{}, {{number(p.code.entry, duty::end)}}, p.classes.before[p.code.symbols.edge()]};
    }
    [[nodiscard]] static std::uint32_t instruction(std::uint32_t obligation) noexcept { return obligation >> 2; }
    [[nodiscard]] static duty duty_of(std::uint32_t obligation) noexcept { return static_cast<duty>(obligation & 3); }

    /// `out` becomes the state after `symbol`, not the edge. @throws error  limit
    void read(whole_match_program const& p, look_state const& from, alphabet_symbol symbol, look_state& out) {
        out.before = p.classes.before[symbol];
        follow(p, from, symbol);
        out.behind = next_behind_;
        for (obligations& way : done_) {
            for (std::uint32_t& o : way) o &= ~rests;
        }
        std::erase_if(done_, [&](obligations const& way) { return cannot_hold(p, way, out.before); });
        keep_least(out.ways);
    }
    /// Whether the text may end here. @throws error  limit
    bool ends(whole_match_program const& p, look_state const& at) {
        follow(p, at, p.code.symbols.edge());
        return !done_.empty();
    }

private:
    using op = program::op;
    static constexpr std::uint32_t rests = 0x8000'0000U;  // an obligation of the next place

    static std::uint32_t number(std::uint32_t instruction, duty d) noexcept {
        return instruction << 2 | static_cast<std::uint32_t>(d);
    }

    // The looks behind that hold before `symbol`; next_behind_ are their threads after it.
    std::uint32_t look_behind(whole_match_program const& p, look_state const& s, std::size_t before,
                              alphabet_symbol symbol) {
        program const& code = p.code;
        next_behind_.clear();
        if (!code.has_behind) return 0;
        seen_.assign(code.code.size(), false);
        std::vector<std::uint32_t> stack = s.behind;
        for (program::look const& look : code.looks) {
            if (look.behind) stack.push_back(look.entry);
        }
        while (!stack.empty()) {
            std::uint32_t const at = stack.back();
            stack.pop_back();
            if (seen_[at]) continue;
            seen_[at] = true;
            program::instruction const i = code.code[at];
            if (i.code == op::one) {
                if (code.sets[i.x].contains(symbol)) next_behind_.push_back(i.y);
            } else if (i.code == op::split) {
                stack.push_back(i.x);
                stack.push_back(i.y);
            } else if (i.code != op::match && code.holds(i, before, symbol, 0)) {  // no look is inside
                stack.push_back(i.y);
            }
        }
        std::sort(next_behind_.begin(), next_behind_.end());
        next_behind_.erase(std::unique(next_behind_.begin(), next_behind_.end()), next_behind_.end());
        std::uint32_t bits = 0;
        for (std::size_t k = 0; k < code.looks.size(); ++k) {
            if (code.looks[k].behind && seen_[code.looks[k].accept]) bits |= 1U << k;
        }
        return bits;
    }

    // done_ becomes the ways that are left when `symbol` is read. A way in which something is yet to be followed gives
    // way to those in which one obligation less is; the same way is followed once.
    void follow(whole_match_program const& p, look_state const& s, alphabet_symbol symbol) {
        std::size_t const before = p.classes.before_member[s.before];
        std::uint32_t const bits = look_behind(p, s, before, symbol);
        bool const at_edge = symbol == p.code.symbols.edge();
        done_.clear();
        known_.clear();
        todo_ = s.ways;
        while (!todo_.empty()) {
            way_ = std::move(todo_.back());
            todo_.pop_back();
            if (way_.empty() || (way_.front() & rests) != 0) {
                done_.push_back(way_);
                continue;
            }
            std::uint32_t const at = instruction(way_.front());
            duty const d = duty_of(way_.front());
            way_.erase(way_.begin());
            program::instruction const i = p.code.code[at];
            switch (i.code) {
                case op::match:
                    if (d == duty::meet || (d == duty::end && at_edge)) go_on({});
                    break;
                case op::one:
                    if (!p.code.sets[i.x].contains(symbol)) {
                        if (d == duty::miss) go_on({});
                    } else if (d == duty::end || p.code.code[i.y].code != op::match) {
                        go_on({number(i.y, d) | rests});
                    } else if (d == duty::meet) {  // the match is known at once
                        go_on({});
                    }
                    break;
                case op::split:
                    if (d == duty::miss) {
                        go_on({number(i.x, d), number(i.y, d)});
                    } else {
                        go_on({number(i.x, d)});
                        go_on({number(i.y, d)});
                    }
                    break;
                default:
                    if ((i.code == op::look || i.code == op::no_look) && !p.code.looks[i.x].behind) {
                        look_ahead(p.code.looks[i.x].entry, i, d);
                    } else if (p.code.holds(i, before, symbol, bits)) {
                        go_on({number(i.y, d)});
                    } else if (d == duty::miss) {
                        go_on({});
                    }
            }
        }
    }
    void look_ahead(std::uint32_t entry, program::instruction i, duty d) {
        bool const positive = i.code == op::look;
        if (d != duty::miss) {
            go_on({number(entry, positive ? duty::meet : duty::miss), number(i.y, d)});
        } else {  // the condition or what comes after it fails
            go_on({number(entry, positive ? duty::miss : duty::meet)});
            go_on({number(i.y, d)});
        }
    }
    // way_ with these too.
    void go_on(std::initializer_list<std::uint32_t> more) {
        obligations way = way_;
        for (std::uint32_t const o : more) {
            auto const at = std::lower_bound(way.begin(), way.end(), o);
            if (at == way.end() || *at != o) way.insert(at, o);
        }
        if (!known_.insert(way).second) return;
        if (known_.size() > most_tried) refuse();
        todo_.push_back(std::move(way));
    }

    // Its thread has no way to the end, or another is to meet and to miss the same.
    static bool cannot_hold(whole_match_program const& p, obligations const& way, std::uint32_t before) {
        for (std::size_t k = 0; k < way.size(); ++k) {
            if (duty_of(way[k]) == duty::end && !p.live(instruction(way[k]), before)) return true;
            bool const same = k > 0 && instruction(way[k]) == instruction(way[k - 1]);
            if (same && duty_of(way[k]) == duty::miss && duty_of(way[k - 1]) == duty::meet) return true;
        }
        return false;
    }

    // Of done_, those that contain no other.
    void keep_least(std::vector<obligations>& out) {
        std::sort(done_.begin(), done_.end(), [](obligations const& a, obligations const& b) {
            return a.size() != b.size() ? a.size() < b.size() : a < b;
        });
        out.clear();
        for (obligations& way : done_) {
            bool const needed = std::none_of(out.begin(), out.end(), [&](obligations const& less) {
                return std::includes(way.begin(), way.end(), less.begin(), less.end());
            });
            if (!needed) continue;
            if (out.size() == most_ways) refuse();
            out.push_back(std::move(way));
        }
    }
    [[noreturn]] static void refuse() {
        throw error(error_kind::limit, "regular expression", "there are too many ways in which its looks may hold");
    }

    std::vector<bool> seen_;
    std::vector<std::uint32_t> next_behind_;
    obligations way_;
    std::vector<obligations> todo_, done_;
    std::unordered_set<obligations, hash_list> known_;
};

}  // namespace detail
}  // namespace tessera::inline v0
