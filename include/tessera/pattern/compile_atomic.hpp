// Atomic groups and possessive repetition without backtracking: the group's first match becomes a deterministic
// automaton, and it is left where no preferred match can still come. Used by compile.hpp.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/pattern/program.hpp>
#include <tessera/pattern/program_builder.hpp>

namespace tessera::inline v0 {
namespace detail {

/// The states of `(?>X)`: lists of threads of X by priority. In state s, before symbol c, `matched[s][c]` says that X
/// has a match that ends there and beats all that would be found later by threads that are gone; `next[s][c]` are the
/// threads that are preferred to it. The group's match is therefore the last one on the way, and X is left in s before
/// c if matched[s][c] and no match follows: at once known (no next state, or none that can match), or a condition on
/// the text ahead, for which the automaton itself is the program.
class atomic_group {
public:
    static constexpr std::size_t most_states = 2000;

    /// @pre the instructions from `entry` on have no look and no `before`, and end in program_builder::accept
    atomic_group(program_builder& builder, std::uint32_t entry) : b_(builder), n_(builder.out.symbols.size()) {
        explore(entry);
        judge();
        find_exits();
        look_of_.assign(next_.size(), none);
    }

    /// The instructions of the group before `after`. Each call makes a copy; the looks are shared.
    std::uint32_t put(std::uint32_t after) {
        make_looks();
        std::vector<std::uint32_t> const nodes = put_nodes();
        for (std::size_t s = 0; s < nodes.size(); ++s) {
            std::vector<std::uint32_t> ways = put_edges(s, nodes, n_ - 1);
            if (!leave_[s].empty()) ways.push_back(b_.put(program::op::after, b_.number_of(leave_[s]), after));
            if (!ask_[s].empty()) {
                std::uint32_t const asked = b_.put_look(true, look_of_[s], after);
                ways.push_back(b_.put(program::op::after, b_.number_of(ask_[s]), asked));
            }
            fill(nodes[s], ways);
        }
        return nodes[0];
    }

    /// Whether there are conditions on more than the next symbol.
    [[nodiscard]] bool has_looks() const {
        return std::any_of(ask_.begin(), ask_.end(), [](symbol_set const& a) { return !a.empty(); });
    }

private:
    static constexpr std::uint32_t none = ~std::uint32_t{0};
    using list = std::vector<std::uint32_t>;

    void explore(std::uint32_t entry) {
        std::unordered_map<list, std::uint32_t, hash_list> known;
        std::vector<list> lists;
        auto const number = [&](list const& threads) {
            if (threads.empty()) return none;
            auto const [at, is_new] = known.emplace(threads, static_cast<std::uint32_t>(lists.size()));
            if (is_new) {
                if (lists.size() == most_states) {
                    throw error(error_kind::limit, "regular expression",
                                "a possessive repetition or atomic group has too many states");
                }
                lists.push_back(threads);
            }
            return at->second;
        };
        number({entry});
        thread_step step;
        list after;
        for (std::size_t s = 0; s < lists.size(); ++s) {
            next_.emplace_back(n_, none);
            matched_.emplace_back(n_);
            for (std::size_t c = 0; c < n_; ++c) {
                list const threads = lists[s];
                if (step.run(b_.out, threads, 0, c, 0, after)) matched_[s].add(c);
                next_[s][c] = c + 1 == n_ ? none : number(after);
            }
        }
    }

    // can_: some text leads to a match, sure_: every text does.
    void judge() {
        std::size_t const n = next_.size();
        can_.assign(n, false);
        sure_.assign(n, true);
        for (bool changed = true; changed;) {
            changed = false;
            for (std::size_t s = 0; s < n; ++s) {
                bool can = false;
                bool sure = true;
                for (std::size_t c = 0; c < n_; ++c) {
                    std::uint32_t const t = next_[s][c];
                    bool const now = matched_[s].contains(c);
                    can = can || now || (t != none && can_[t]);
                    sure = sure && (now || (t != none && sure_[t]));
                }
                if (can != can_[s] || sure != sure_[s]) changed = true;
                can_[s] = can;
                sure_[s] = sure;
            }
        }
    }

    void find_exits() {
        for (std::size_t s = 0; s < next_.size(); ++s) {
            leave_.emplace_back(n_);
            ask_.emplace_back(n_);
            for (std::size_t c = 0; c < n_; ++c) {
                if (!matched_[s].contains(c)) continue;
                std::uint32_t const t = next_[s][c];
                if (t == none || !can_[t]) {
                    leave_[s].add(c);
                } else if (!sure_[t]) {
                    ask_[s].add(c);
                }
            }
        }
    }

    void make_looks() {
        if (looks_made_) return;
        looks_made_ = true;
        if (!has_looks()) return;
        std::vector<std::uint32_t> const nodes = put_nodes();  // "a match is ahead" in each state
        for (std::size_t s = 0; s < nodes.size(); ++s) {
            std::vector<std::uint32_t> ways = put_edges(s, nodes, n_ - 1);
            if (!matched_[s].empty()) {
                ways.push_back(b_.put(program::op::after, b_.number_of(matched_[s]), program_builder::accept));
            }
            fill(nodes[s], ways);
        }
        for (std::size_t s = 0; s < nodes.size(); ++s) {
            if (ask_[s].empty()) continue;
            std::uint32_t const entry = b_.put_split(put_edges(s, nodes, n_ - 1));
            look_of_[s] = b_.add_look({entry, program_builder::accept, false});
        }
    }

    std::vector<std::uint32_t> put_nodes() {
        std::vector<std::uint32_t> nodes;
        for (std::size_t s = 0; s < next_.size(); ++s) nodes.push_back(b_.put(program::op::split));
        return nodes;
    }

    // One instruction for each state that `s` leads to.
    std::vector<std::uint32_t> put_edges(std::size_t s, std::vector<std::uint32_t> const& nodes, std::size_t n) {
        std::map<std::uint32_t, symbol_set> by_target;
        for (std::size_t c = 0; c < n; ++c) {
            std::uint32_t const t = next_[s][c];
            if (t == none || !can_[t]) continue;
            by_target.emplace(t, symbol_set(n_)).first->second.add(c);
        }
        std::vector<std::uint32_t> out;
        for (auto const& [t, set] : by_target) out.push_back(b_.put(program::op::one, b_.number_of(set), nodes[t]));
        return out;
    }

    // Makes the split at `node`, which is there already, lead to all of `ways`.
    void fill(std::uint32_t node, std::vector<std::uint32_t> const& ways) {
        std::uint32_t const to = b_.put_split(ways);
        b_.out.code[node] = {program::op::split, to, to};
    }

    program_builder& b_;
    std::size_t n_;
    std::vector<std::vector<std::uint32_t>> next_;
    std::vector<symbol_set> matched_, leave_, ask_;
    std::vector<bool> can_, sure_;
    std::vector<std::uint32_t> look_of_;
    bool looks_made_ = false;
};

}  // namespace detail
}  // namespace tessera::inline v0
