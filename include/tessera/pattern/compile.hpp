// Syntax tree -> program (Thompson's construction, backward: each part is given where it goes on). Next: automaton.hpp.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/pattern/alphabet.hpp>
#include <tessera/pattern/compile_atomic.hpp>
#include <tessera/pattern/program.hpp>
#include <tessera/pattern/program_builder.hpp>
#include <tessera/pattern/syntax_tree.hpp>

namespace tessera::inline v0 {
namespace detail {

class compiler {
public:
    explicit compiler(syntax_tree tree) : tree_(std::move(tree)) {}

    /// @throws error  unsupported, limit
    [[nodiscard]] program compile() {
        std::vector<code_point_set> sets;
        set_of_.resize(tree_.nodes.size());
        for (std::size_t i = 0; i < tree_.nodes.size(); ++i) {
            auto const at = std::find(sets.begin(), sets.end(), tree_.nodes[i].set);
            set_of_[i] = static_cast<std::size_t>(at - sets.begin());
            if (at == sets.end()) sets.push_back(tree_.nodes[i].set);
        }
        b_.out.symbols = alphabet(sets);
        b_.put(op::match);
        b_.out.entry = put(tree_.root, program_builder::accept);
        finish();
        return std::move(b_.out);
    }

private:
    using index = syntax_tree::index;
    using kind = syntax_tree::kind;
    using op = program::op;

    [[nodiscard]] bool nullable(index i) const {
        syntax_tree::node const& n = tree_.nodes[i];
        auto const child_nullable = [this](index c) { return nullable(c); };
        switch (n.kind) {
            case kind::one:
                return false;
            case kind::sequence:
                return std::all_of(n.children.begin(), n.children.end(), child_nullable);
            case kind::choice:
                return std::any_of(n.children.begin(), n.children.end(), child_nullable);
            case kind::repeat:
                return n.least == 0 || nullable(n.children[0]);
            case kind::atomic:
                return nullable(n.children[0]);
            default:
                return true;
        }
    }

    [[nodiscard]] symbol_set symbols_of(index i, bool with_edge) const {
        return b_.out.symbols.symbols_of(set_of_[i], with_edge);
    }

    // The instruction where node `i` begins, if what follows it begins at `next`.
    std::uint32_t put(index i, std::uint32_t next) {
        syntax_tree::node const& n = tree_.nodes[i];
        switch (n.kind) {
            case kind::one:
                return b_.put(op::one, b_.number_of(symbols_of(i, false)), next);
            case kind::before:
                return b_.put(op::before, b_.number_of(symbols_of(i, n.edge)), next);
            case kind::after:
                return b_.put(op::after, b_.number_of(symbols_of(i, n.edge)), next);
            case kind::sequence:
                for (std::size_t k = n.children.size(); k-- > 0;) next = put(n.children[k], next);
                return next;
            case kind::choice: {
                std::vector<std::uint32_t> ways;
                for (index const child : n.children) ways.push_back(put(child, next));
                return b_.put_split(ways);
            }
            case kind::repeat:
                return put_repeat(n, next);
            case kind::atomic:
                return put_atomic(i, next);
            default:
                return put_look(i, next);
        }
    }

    std::uint32_t put_repeat(syntax_tree::node const& n, std::uint32_t next) {
        index const child = n.children[0];
        std::uint32_t at = next;
        if (n.most == syntax_tree::no_limit) {
            at = put_loop(child, n.lazy, next);
        } else {
            for (std::uint32_t k = n.least; k < n.most; ++k) {
                std::uint32_t const body = put(child, at);
                if (body == at && body == next) break;  // an empty body
                at = b_.put(op::split, n.lazy ? next : body, n.lazy ? body : next);
            }
        }
        for (std::uint32_t k = 0; k < n.least; ++k) {
            std::uint32_t const before = at;
            at = put(child, at);
            if (at == before) break;
        }
        return at;
    }

    // X*. A round that reads nothing leaves the loop: where X can be empty, its instructions are there twice, those
    // before the first symbol of a round (whose end goes on to `next`) and those after it (whose end is the loop).
    std::uint32_t put_loop(index child, bool lazy, std::uint32_t next) {
        std::uint32_t const loop = b_.put(op::split);
        auto const begin = static_cast<std::uint32_t>(b_.out.code.size());
        std::uint32_t body = put(child, loop);
        if (body == loop) {  // an empty body
            b_.out.code[loop] = {op::split, next, next};
            return loop;
        }
        if (nullable(child)) {
            auto const end = static_cast<std::uint32_t>(b_.out.code.size());
            auto const moved = [&](std::uint32_t target) {
                return target == loop ? next : target >= begin && target < end ? target + (end - begin) : target;
            };
            for (std::uint32_t at = begin; at < end; ++at) {
                program::instruction i = b_.out.code[at];
                if (i.code == op::split) i.x = moved(i.x);
                if (i.code != op::one && i.code != op::match) i.y = moved(i.y);
                b_.put(i.code, i.x, i.y);
            }
            body = moved(body);
        }
        b_.out.code[loop] = {op::split, lazy ? next : body, lazy ? body : next};
        return loop;
    }

    std::uint32_t put_atomic(index i, std::uint32_t next) {
        index const child = tree_.nodes[i].children[0];
        if (fixed(child)) return put(child, next);
        auto at = atomics_.find(i);
        if (at == atomics_.end()) {
            if (looks_around(child)) {
                throw error(error_kind::unsupported, "regular expression",
                            "there is no automaton for a look around inside an atomic group or possessive repetition");
            }
            std::uint32_t const entry = put(child, program_builder::accept);
            at = atomics_.emplace(i, std::make_unique<atomic_group>(b_, entry)).first;
        }
        return at->second->put(next);
    }

    // One way to match only, so that there is nothing to give back.
    [[nodiscard]] bool fixed(index i) const {
        syntax_tree::node const& n = tree_.nodes[i];
        if (n.kind == kind::repeat && n.least != n.most) return false;
        if (n.kind == kind::choice) return false;
        if (n.kind != kind::sequence && n.kind != kind::repeat) return true;
        return std::all_of(n.children.begin(), n.children.end(), [this](index c) { return fixed(c); });
    }

    [[nodiscard]] bool has_atomic(index i) const {
        syntax_tree::node const& n = tree_.nodes[i];
        return (n.kind == kind::atomic && !fixed(n.children[0])) ||
               std::any_of(n.children.begin(), n.children.end(), [this](index c) { return has_atomic(c); });
    }

    // Whether there is a condition in it that its own symbols do not decide.
    [[nodiscard]] bool looks_around(index i) {
        syntax_tree::node const& n = tree_.nodes[i];
        if (n.kind == kind::before || n.kind == kind::look_behind) return true;
        if (n.kind == kind::look_ahead) return !one_ahead(i);
        if (n.kind == kind::atomic) {  // may need looks: see by making it
            put(i, program_builder::accept);
            return looks_around(n.children[0]) || atomic_asks(i);
        }
        return std::any_of(n.children.begin(), n.children.end(), [this](index c) { return looks_around(c); });
    }
    [[nodiscard]] bool atomic_asks(index i) const {
        auto const at = atomics_.find(i);
        return at != atomics_.end() && at->second->has_looks();
    }

    // The symbols one of which must come before (after) for node `i` to match there, if it asks for no more than that.
    [[nodiscard]] std::optional<symbol_set> one_ahead(index i) const {
        syntax_tree::node const& n = tree_.nodes[i];
        auto set = one_of(n.children[0], n.kind == kind::look_behind);
        if (set && n.negated) set = complement(*set);
        return set;
    }
    [[nodiscard]] symbol_set complement(symbol_set const& set) const {
        symbol_set out(b_.out.symbols.size());
        for (std::size_t s = 0; s < b_.out.symbols.size(); ++s) {
            if (!set.contains(s)) out.add(s);
        }
        return out;
    }
    [[nodiscard]] std::optional<symbol_set> one_of(index i, bool behind) const {
        syntax_tree::node const& n = tree_.nodes[i];
        switch (n.kind) {
            case kind::one:
                return symbols_of(i, false);
            case kind::after:
                return behind ? std::nullopt : std::optional(symbols_of(i, n.edge));
            case kind::before:
                return behind ? std::optional(symbols_of(i, n.edge)) : std::nullopt;
            case kind::repeat:
                return n.least == 1 ? one_of(n.children[0], behind) : std::nullopt;
            case kind::look_ahead:
            case kind::look_behind: {
                if ((n.kind == kind::look_behind) != behind) return std::nullopt;
                return one_ahead(i);
            }
            case kind::choice: {
                symbol_set all(b_.out.symbols.size());
                for (index const child : n.children) {
                    auto const set = one_of(child, behind);
                    if (!set) return std::nullopt;
                    for (std::size_t s = 0; s < b_.out.symbols.size(); ++s) {
                        if (set->contains(s)) all.add(s);
                    }
                }
                return all;
            }
            case kind::sequence: {  // one part, and others that match the empty text whatever is around
                if (n.children.empty()) return complement(symbol_set(b_.out.symbols.size()));
                std::size_t const first = behind ? n.children.size() - 1 : 0;
                for (std::size_t k = 0; k < n.children.size(); ++k) {
                    if (k != first && !always_empty(n.children[k])) return std::nullopt;
                }
                return one_of(n.children[first], behind);
            }
            default:
                return std::nullopt;
        }
    }
    // Matches the empty text anywhere.
    [[nodiscard]] bool always_empty(index i) const {
        syntax_tree::node const& n = tree_.nodes[i];
        if (n.kind == kind::repeat) return n.least == 0 || always_empty(n.children[0]);
        if (n.kind != kind::sequence) return false;
        return std::all_of(n.children.begin(), n.children.end(), [this](index c) { return always_empty(c); });
    }

    std::uint32_t put_look(index i, std::uint32_t next) {
        syntax_tree::node const& n = tree_.nodes[i];
        bool const behind = n.kind == kind::look_behind;
        if (auto const set = one_ahead(i)) return b_.put(behind ? op::before : op::after, b_.number_of(*set), next);
        auto at = looks_.find(i);
        if (at == looks_.end()) {
            std::size_t const inside = b_.out.looks.size();
            if (behind && has_atomic(n.children[0])) {
                throw error(error_kind::unsupported, "regular expression",
                            "there is no automaton for an atomic group or possessive repetition inside look-behind");
            }
            std::uint32_t const accept = b_.put(op::match);
            std::uint32_t const entry = put(n.children[0], accept);
            if (behind && b_.out.looks.size() != inside) {
                throw error(error_kind::unsupported, "regular expression",
                            "there is no automaton for a look around inside look-behind");
            }
            at = looks_.emplace(i, b_.add_look({entry, accept, behind})).first;
        }
        return b_.put_look(n.negated, at->second, next);
    }

    void finish() {
        program& p = b_.out;
        // `before` sees classes of symbols, so that automata have no more states than they need.
        std::vector<std::uint32_t> asked;
        for (program::instruction const& i : p.code) {
            if (i.code == op::before) asked.push_back(i.x);
        }
        p.has_before = !asked.empty();
        std::map<std::vector<bool>, alphabet_symbol> classes;
        for (std::size_t s = 0; s < p.symbols.size(); ++s) {
            std::vector<bool> in;
            for (std::uint32_t const set : asked) in.push_back(p.sets[set].contains(s));
            p.before_class.push_back(classes.emplace(std::move(in), static_cast<alphabet_symbol>(s)).first->second);
        }
        for (program::look const& look : p.looks) (look.behind ? p.has_behind : p.has_ahead) = true;
        sort_by_need();
    }

    // program::order, by a depth-first walk whose stack is not the machine's.
    void sort_by_need() {
        program& p = b_.out;
        std::vector<std::uint8_t> state(p.code.size(), 0);
        std::vector<std::uint32_t> stack;
        for (std::uint32_t start = 0; start < p.code.size(); ++start) {
            stack.push_back(start);
            while (!stack.empty()) {
                std::uint32_t const at = stack.back();
                if (state[at] == 2) {
                    stack.pop_back();
                    continue;
                }
                if (state[at] == 1) {
                    state[at] = 2;
                    p.order.push_back(at);
                    stack.pop_back();
                    continue;
                }
                state[at] = 1;
                program::instruction const i = p.code[at];
                auto const need = [&](std::uint32_t other) {
                    if (state[other] == 0) stack.push_back(other);
                };
                if (i.code == op::split) need(i.x);
                if (i.code != op::one && i.code != op::match) need(i.y);
                if ((i.code == op::look || i.code == op::no_look) && !p.looks[i.x].behind) need(p.looks[i.x].entry);
            }
        }
    }

    syntax_tree tree_;
    std::vector<std::size_t> set_of_;  // of each node
    program_builder b_;
    std::map<index, std::uint32_t> looks_;
    std::map<index, std::unique_ptr<atomic_group>> atomics_;
};

}  // namespace detail
}  // namespace tessera::inline v0
