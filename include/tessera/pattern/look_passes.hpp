// Where looks hold: one pass over the text forward for look-behind, one backward for look-ahead, whatever they say.
// Only for looks that one symbol does not decide.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tessera/pattern/automaton.hpp>
#include <tessera/pattern/program.hpp>

namespace tessera::inline v0 {
namespace detail {

/// Where programs lead, seen from behind: the instructions from which a match can be reached in the text that follows.
/// Which of them those are at a position depends on those at the next one, the symbols on both sides, and nothing else.
class backward_step {
public:
    /// Instructions that matter: all, or only those of looks.
    void bind(program const& p, bool looks_only) {
        program_ = &p;
        order_.clear();
        ones_.clear();
        reach_.assign(p.code.size(), 0);
        std::vector<std::uint8_t> wanted(p.code.size(), looks_only ? 0 : 1);
        if (looks_only) {
            std::vector<std::uint32_t> stack;
            for (program::look const& look : p.looks) {
                if (!look.behind) stack.push_back(look.entry);
            }
            while (!stack.empty()) {
                std::uint32_t const at = stack.back();
                stack.pop_back();
                if (wanted[at] != 0) continue;
                wanted[at] = 1;
                program::instruction const i = p.code[at];
                if (i.code == program::op::match) continue;
                if (i.code == program::op::split) stack.push_back(i.x);
                stack.push_back(i.y);
            }
        }
        for (std::uint32_t const at : p.order) {
            if (wanted[at] == 0) continue;
            order_.push_back(at);
            if (p.code[at].code == program::op::one) ones_.push_back(at);
        }
    }

    /// `alive` lists those that read the symbol after the position and can reach a match then, ascending.
    /// Afterwards `reaches` answers, and the result is the bits of all looks. `behind_bits`: those of look-behind.
    std::uint32_t at_position(std::vector<std::uint32_t> const& alive, std::size_t before, std::size_t after,
                              std::uint32_t behind_bits) {
        using op = program::op;
        program const& p = *program_;
        for (std::uint32_t const at : ones_) reach_[at] = 0;
        for (std::uint32_t const at : alive) reach_[at] = 1;
        std::uint32_t bits = behind_bits;
        for (std::uint32_t const at : order_) {
            program::instruction const i = p.code[at];
            switch (i.code) {
                case op::match:
                    reach_[at] = 1;
                    break;
                case op::one:
                    break;
                case op::split:
                    reach_[at] = reach_[i.x] | reach_[i.y];
                    break;
                case op::before:
                    reach_[at] = p.sets[i.x].contains(before) ? reach_[i.y] : 0;
                    break;
                case op::after:
                    reach_[at] = p.sets[i.x].contains(after) ? reach_[i.y] : 0;
                    break;
                default: {
                    bool const holds =
                        p.looks[i.x].behind ? (behind_bits >> i.x & 1) != 0 : reach_[p.looks[i.x].entry] != 0;
                    reach_[at] = holds == (i.code == op::look) ? reach_[i.y] : 0;
                }
            }
        }
        for (std::size_t k = 0; k < p.looks.size(); ++k) {
            if (!p.looks[k].behind && reach_[p.looks[k].entry] != 0) bits |= 1U << k;
        }
        return bits;
    }
    [[nodiscard]] bool reaches(std::uint32_t at) const noexcept { return reach_[at] != 0; }

    /// From the position just seen to the one before it, with `before` between them.
    void go_back(std::size_t before, std::vector<std::uint32_t>& alive) const {
        program const& p = *program_;
        alive.clear();
        for (std::uint32_t const at : ones_) {
            if (reach_[p.code[at].y] != 0 && p.sets[p.code[at].x].contains(before)) alive.push_back(at);
        }
    }

private:
    program const* program_ = nullptr;
    std::vector<std::uint32_t> order_, ones_;
    std::vector<std::uint8_t> reach_;
};

/// Fills a look_table. Both passes remember what they did in a table of bounded size, as `automaton` does.
/// O(n * instructions) at worst, O(n) where the texts repeat what they saw before.
class look_passes {
public:
    void bind(program const& p) {
        program_ = &p;
        back_.bind(p, true);
        reset(forward_);
        reset(backward_);
        forget_numbers();
    }

    [[nodiscard]] look_table const& table() const noexcept { return table_; }

    void run(std::string_view text) {
        if (program_->looks.empty()) return;
        if (table_.bits.size() > most_numbers) {
            forget_numbers();
            reset(forward_);
            reset(backward_);
        }
        table_.at.resize(text.size() + 1);
        if (program_->has_behind) pass_forward(text);
        if (program_->has_ahead) pass_backward(text);
    }

private:
    static constexpr std::size_t most_states = 4000;
    static constexpr std::size_t most_numbers = 1000;
    static constexpr std::uint32_t unknown = ~std::uint32_t{0};

    // States are lists of instructions and a symbol; transitions lead to a state and give a number of bits.
    struct machine {
        std::unordered_map<std::vector<std::uint32_t>, std::uint32_t, hash_list> known;
        std::vector<std::vector<std::uint32_t>> lists;  // the symbol is the last item
        struct transition {
            std::uint32_t state = unknown;
            std::uint16_t number = 0;
        };
        std::unordered_map<std::uint64_t, transition> far;  // keyed by state, symbol, number of look-behind
        std::vector<transition> next;                       // where there is no look-behind
    };

    void reset(machine& m) {
        m.known.clear();
        m.lists.clear();
        m.far.clear();
        m.next.clear();
    }

    void forget_numbers() {
        numbers_.clear();
        table_.bits.clear();
        ++table_.version;
    }

    std::uint32_t number_of(machine& m, std::vector<std::uint32_t> const& key) {
        auto const [at, is_new] = m.known.emplace(key, static_cast<std::uint32_t>(m.lists.size()));
        if (is_new) {
            m.lists.push_back(key);
            m.next.resize(m.lists.size() * program_->symbols.size());
        }
        return at->second;
    }

    std::uint16_t number_of(std::uint32_t bits) {
        auto const [at, is_new] = numbers_.emplace(bits, static_cast<std::uint16_t>(table_.bits.size()));
        if (is_new) table_.bits.push_back(bits);
        return at->second;
    }

    // Between characters, before_ and after_ are the symbols on both sides.
    void pass_forward(std::string_view text) {
        program const& p = *program_;
        key_ = {p.symbols.edge()};
        std::uint32_t state = number_of(forward_, key_);
        for (std::size_t at = 0;;) {
            pattern_unit unit{p.symbols.edge(), 1};
            if (at < text.size()) unit = p.symbols.at(text, at);
            machine::transition& known = forward_.next[state * p.symbols.size() + unit.id];
            machine::transition to = known;
            if (to.state == unknown) {
                to = step_forward(forward_.lists[state], unit.id);
                if (forward_.lists.size() > most_states) {
                    reset(forward_);
                    to.state = number_of(forward_, key_);
                } else {
                    to.state = number_of(forward_, key_);
                    forward_.next[state * p.symbols.size() + unit.id] = to;
                }
            }
            table_.at[at] = to.number;
            if (at >= text.size()) break;
            state = to.state;
            at += unit.length;
        }
    }

    // Leaves the key of the next state in key_.
    machine::transition step_forward(std::vector<std::uint32_t> const& key, alphabet_symbol after) {
        program const& p = *program_;
        std::size_t const before = key.back();
        std::vector<std::uint32_t> stack(key.begin(), key.end() - 1);
        for (program::look const& look : p.looks) {
            if (look.behind) stack.push_back(look.entry);
        }
        std::vector<std::uint8_t> seen(p.code.size(), 0);
        std::vector<std::uint32_t> next;
        std::vector<std::uint8_t> listed(p.code.size(), 0);
        while (!stack.empty()) {
            std::uint32_t const at = stack.back();
            stack.pop_back();
            if (seen[at] != 0) continue;
            seen[at] = 1;
            program::instruction const i = p.code[at];
            switch (i.code) {
                case program::op::match:
                    break;
                case program::op::one:
                    if (p.sets[i.x].contains(after) && listed[i.y] == 0) {
                        listed[i.y] = 1;
                        next.push_back(i.y);
                    }
                    break;
                case program::op::split:
                    stack.push_back(i.x);
                    stack.push_back(i.y);
                    break;
                default:
                    if (p.holds(i, before, after, 0)) stack.push_back(i.y);
            }
        }
        std::uint32_t bits = 0;
        for (std::size_t k = 0; k < p.looks.size(); ++k) {
            if (p.looks[k].behind && seen[p.looks[k].accept] != 0) bits |= 1U << k;
        }
        std::sort(next.begin(), next.end());
        key_ = std::move(next);
        key_.push_back(p.before_class[after]);
        machine::transition out;
        out.number = number_of(bits);
        return out;
    }

    void pass_backward(std::string_view text) {
        program const& p = *program_;
        key_ = {p.symbols.edge()};
        std::uint32_t state = number_of(backward_, key_);
        for (std::size_t at = text.size();;) {
            pattern_unit unit{p.symbols.edge(), 1};
            if (at > 0) unit = p.symbols.before(text, at);
            std::uint32_t const behind = p.has_behind ? table_.bits[table_.at[at]] : 0;
            machine::transition to;
            if (p.has_behind) {
                auto const found = backward_.far.find(far_key(state, unit.id, table_.at[at]));
                if (found != backward_.far.end()) to = found->second;
            } else {
                to = backward_.next[state * p.symbols.size() + unit.id];
            }
            if (to.state == unknown) {
                std::vector<std::uint32_t>& key = backward_.lists[state];
                alphabet_symbol const after = static_cast<alphabet_symbol>(key.back());
                alive_.assign(key.begin(), key.end() - 1);
                to.number = number_of(back_.at_position(alive_, p.before_class[unit.id], after, behind));
                back_.go_back(unit.id, key_);
                key_.push_back(unit.id);
                if (backward_.lists.size() > most_states) {
                    reset(backward_);
                    to.state = number_of(backward_, key_);
                } else {
                    to.state = number_of(backward_, key_);
                    if (p.has_behind) {
                        backward_.far[far_key(state, unit.id, table_.at[at])] = to;
                    } else {
                        backward_.next[state * p.symbols.size() + unit.id] = to;
                    }
                }
            }
            table_.at[at] = to.number;
            if (at == 0) break;
            state = to.state;
            at -= unit.length;
        }
    }

    static std::uint64_t far_key(std::uint32_t state, alphabet_symbol c, std::uint16_t number) noexcept {
        return static_cast<std::uint64_t>(state) << 32 | static_cast<std::uint64_t>(c) << 16 | number;
    }

    program const* program_ = nullptr;
    backward_step back_;
    machine forward_, backward_;
    std::unordered_map<std::uint32_t, std::uint16_t> numbers_;
    look_table table_;
    std::vector<std::uint32_t> key_, alive_;
};

}  // namespace detail
}  // namespace tessera::inline v0
