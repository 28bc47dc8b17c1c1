// A backtracking matcher over the syntax tree of a pattern: slow, and plain enough to be seen to be right.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/utf8.hpp>
#include <tessera/pattern/parse.hpp>

namespace reference {

using namespace tessera;

class backtracking_pattern {
public:
    explicit backtracking_pattern(std::string_view text, regex_dialect dialect = regex_dialect::oniguruma)
        : tree_(detail::regex_parser(text, dialect).parse()) {}

    /// All matches; an empty match right after a match is none.
    std::vector<std::pair<std::size_t, std::size_t>> find(std::string_view text) {
        read(text);
        std::vector<std::pair<std::size_t, std::size_t>> out;
        std::size_t last_end = ~std::size_t{0};
        for (std::size_t i = 0; i <= input_.size();) {
            std::size_t end = 0;
            if (!match(tree_.root, i, [&](std::size_t e) { return end = e, true; }) || (end == i && end == last_end)) {
                ++i;
                continue;
            }
            out.emplace_back(begin_[i], begin_[end]);
            i = last_end = end;
        }
        return out;
    }

    /// Whether some way to match takes the whole text.
    bool matches_whole(std::string_view text) {
        read(text);
        return match(tree_.root, 0, [&](std::size_t end) { return end == input_.size(); });
    }

private:
    using kind = detail::syntax_tree::kind;
    using then = std::function<bool(std::size_t)>;

    void read(std::string_view text) {
        input_.clear();
        begin_.clear();
        for (std::size_t at = 0; at < text.size();) {
            auto const [c, length] = decode_utf8(text, at);
            begin_.push_back(at);
            input_.push_back(c == replacement_character && length == 1 ? detail::ill_formed : c);
            at += length;
        }
        begin_.push_back(text.size());
    }

    // Calls `next` with each end that can be reached from i, the preferred one first, until it returns true.
    bool match(std::uint32_t index, std::size_t i, then const& next) {
        detail::syntax_tree::node const& n = tree_.nodes[index];
        auto const first_end = [&](std::size_t from, std::size_t& end) {
            return match(n.children[0], from, [&](std::size_t e) { return end = e, true; });
        };
        std::size_t end = 0;
        switch (n.kind) {
            case kind::one:
                return i < input_.size() && n.set.contains(input_[i]) && next(i + 1);
            case kind::before:
                return (i == 0 ? n.edge : n.set.contains(input_[i - 1])) && next(i);
            case kind::after:
                return (i == input_.size() ? n.edge : n.set.contains(input_[i])) && next(i);
            case kind::sequence:
                return sequence(n, 0, i, next);
            case kind::choice:
                for (auto const child : n.children) {
                    if (match(child, i, next)) return true;
                }
                return false;
            case kind::repeat:
                return repeat(n, 0, i, next);
            case kind::atomic:
                return first_end(i, end) && next(end);
            case kind::look_ahead:
                return first_end(i, end) != n.negated && next(i);
            case kind::look_behind: {
                bool found = false;
                for (std::size_t from = 0; from <= i && !found; ++from) {
                    found = match(n.children[0], from, [&](std::size_t e) { return e == i; });
                }
                return found != n.negated && next(i);
            }
            case kind::group:
            case kind::reference:
            case kind::cluster:
                break;  // not in a tree for automata
        }
        return false;
    }

    bool sequence(detail::syntax_tree::node const& n, std::size_t k, std::size_t i, then const& next) {
        if (k == n.children.size()) return next(i);
        return match(n.children[k], i, [&, k](std::size_t e) { return sequence(n, k + 1, e, next); });
    }

    bool repeat(detail::syntax_tree::node const& n, std::uint32_t done, std::size_t i, then const& next) {
        bool const may_stop = done >= n.least;
        bool const may_go_on = done < n.most;
        if (may_stop && n.lazy && next(i)) return true;
        if (may_go_on && match(n.children[0], i, [&](std::size_t e) {
                // A round of an endless loop that reads nothing ends it.
                if (e == i && may_stop && n.most == detail::syntax_tree::no_limit) return next(e);
                return repeat(n, done + 1, e, next);
            })) {
            return true;
        }
        return may_stop && !n.lazy && next(i);
    }

    detail::syntax_tree tree_;
    std::vector<std::uint32_t> input_;
    std::vector<std::size_t> begin_;
};

}  // namespace reference
