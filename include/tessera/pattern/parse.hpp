// The text of a regular expression -> syntax tree, in either dialect. Next: compile.hpp.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/pattern/fold_string.hpp>
#include <tessera/pattern/group_names.hpp>
#include <tessera/pattern/nested_repeat.hpp>
#include <tessera/pattern/parse_class.hpp>
#include <tessera/pattern/pattern_reader.hpp>
#include <tessera/pattern/syntax_tree.hpp>

namespace tessera::inline v0 {
namespace detail {

/// Oniguruma: its own syntax (ONIG_SYNTAX_ONIGURUMA), as of 6.9, which Hugging Face's tokenizers use. Rust: that of
/// `fancy-regex` 0.17 over `regex`, which tiktoken uses.
class regex_parser {
public:
    regex_parser(std::string_view text, regex_dialect dialect) : in_(text, dialect) {}

    /// For the compiler: groups are not remembered, and what asks for them is refused.
    /// @throws error  syntax, unsupported, limit
    [[nodiscard]] syntax_tree parse() {
        tree_.root = alternatives({}, 0);
        if (!in_.at_end()) in_.fail("a ) without (");
        return std::move(tree_);
    }

    /// For an engine that backtracks.
    [[nodiscard]] syntax_tree parse_with_groups() {
        captures_ = group_names(in_);  // a reference may come before its group
        return parse();
    }

private:
    using index = syntax_tree::index;
    using kind = syntax_tree::kind;

    struct flags {
        bool ignore_case = false;
        bool dot_all = false;     // (?m) of Oniguruma, (?s) of Rust
        bool multi_line = false;  // (?m) of Rust; always in Oniguruma
        bool extended = false;
        bool swap_greed = false;
        bool behind = false;  // inside look-behind
    };

    // What a quantifier may follow.
    struct atom {
        index node = 0;
        std::uint32_t character = 0;
        bool is_character = false;
        bool is_repeat = false;  // the node is a repetition by ? * or +, perhaps of groups
    };

    // Up to the end of the text or a ), which is left.
    index alternatives(flags f, unsigned depth) {
        if (depth > deepest_nesting) {
            throw error(error_kind::limit, "regular expression", "the groups are nested too deeply");
        }
        std::vector<index> ways;
        for (;;) {
            ways.push_back(sequence(f, depth));
            if (!in_.take('|')) return tree_.choice(std::move(ways));
        }
    }

    index sequence(flags& f, unsigned depth) {
        std::vector<index> parts;
        std::vector<std::uint32_t> run;  // characters, case ignored, that belong together
        flags of_run = f;
        auto const end_run = [&] {
            if (!run.empty()) parts.push_back(string(run, of_run));
            run.clear();
        };
        while (!in_.at_end() && !in_.sees('|') && !in_.sees(')')) {
            if (f.extended && skip_extended()) continue;
            if (in_.sees("(?#")) {
                std::size_t const end = in_.rest().find(')');
                if (end == std::string_view::npos) in_.fail("a comment without end");
                in_.go_to(in_.position() + end + 1);
                continue;
            }
            flags changed = f;
            if (isolated_flags(changed)) {
                end_run();
                if (in_.rust()) {  // up to the end of the group
                    f = changed;
                } else {  // a group up to there, alternatives and all
                    parts.push_back(alternatives(changed, depth + 1));
                }
                continue;
            }
            atom a = read_atom(f, depth);
            bool const repeated = sees_quantifier(f);
            if (a.is_character && f.ignore_case && !in_.rust()) {
                if (!repeated) {
                    of_run = f;
                    run.push_back(a.character);
                    continue;
                }
                end_run();
                a.node = string({a.character}, f);
            } else {
                end_run();
                if (a.is_character) a.node = string({a.character}, f);
            }
            while (sees_quantifier(f)) a = quantified(a, f);
            parts.push_back(a.node);
        }
        end_run();
        return tree_.sequence(std::move(parts));
    }

    index string(std::vector<std::uint32_t> const& text, flags const& f) {
        if (f.ignore_case) return folded_string(tree_, text, in_.rust() || f.behind);
        std::vector<index> parts;
        for (std::uint32_t const c : text) parts.push_back(tree_.one({{c, c}}));
        return tree_.sequence(std::move(parts));
    }

    bool skip_extended() {
        if (in_.take('#')) {
            while (!in_.at_end() && in_.next() != '\n') {
            }
            return true;
        }
        for (char const c : {' ', '\t', '\n', '\r', '\f', '\v'}) {
            if (in_.take(c)) return true;
        }
        return false;
    }

    // `(?i)`, with its parenthesis; leaves the position where it is something else.
    bool isolated_flags(flags& f) {
        std::size_t const begin = in_.position();
        if (!in_.take("(?")) return false;
        flags changed = f;
        if (read_flags(changed) && in_.take(')')) {
            f = changed;
            return true;
        }
        in_.go_to(begin);
        return false;
    }

    // imx-imx; at least one letter or a -. False where it is something else.
    bool read_flags(flags& f) {
        bool on = true;
        bool any = false;
        for (;; any = true) {
            if (in_.take('-')) {
                on = false;
            } else if (in_.take('i')) {
                f.ignore_case = on;
            } else if (in_.take('x')) {
                f.extended = on;
            } else if (in_.take('m')) {
                (in_.rust() ? f.multi_line : f.dot_all) = on;
            } else if (in_.rust() && in_.take('s')) {
                f.dot_all = on;
            } else if (in_.rust() && in_.take('U')) {
                f.swap_greed = on;
            } else if (in_.rust() && in_.take('u')) {
                if (!on) in_.refuse("matching bytes, (?-u)");
            } else {
                return any;
            }
        }
    }

    atom read_atom(flags const& f, unsigned depth) {
        if (in_.take('(')) return {.node = group(f, depth)};
        if (in_.take('[')) {
            auto const [set, negated] = class_parser(in_, f.ignore_case, f.extended).read(depth + 1);
            if (in_.rust() || !f.ignore_case) return {.node = tree_.one(negated ? set.complemented() : set)};
            if (negated) return {.node = tree_.one(folded(set).complemented())};
            return {.node = folded_class(tree_, set, f.behind)};
        }
        if (in_.take('.')) {
            code_point_set all{{0, ill_formed}};
            if (!f.dot_all) all -= {{'\n', '\n'}};
            return {.node = tree_.one(std::move(all))};
        }
        if (in_.take('^')) return {.node = line_begin(f)};
        if (in_.take('$')) return {.node = line_end(f)};
        if (in_.take('\\')) return escape(f);
        if (sees_quantifier(f)) in_.fail("nothing to repeat");
        return {.character = in_.next(), .is_character = true};
    }

    index line_begin(flags const& f) {
        index const at_begin = tree_.before({}, true);
        if (in_.rust()) return f.multi_line ? tree_.before({{'\n', '\n'}}, true) : at_begin;
        // Not after the newline that ends the text.
        return tree_.choice(
            {at_begin, tree_.sequence({tree_.before({{'\n', '\n'}}, false), tree_.after({{0, ill_formed}}, false)})});
    }
    index line_end(flags const& f) {
        return in_.rust() && !f.multi_line ? tree_.after({}, true) : tree_.after({{'\n', '\n'}}, true);
    }

    atom escape(flags const& f) {
        if (in_.at_end()) in_.fail("nothing after the backslash");
        std::uint32_t const c = in_.next();
        if (c == 'b' || c == 'B') {
            if (in_.rust() && in_.sees("{")) in_.refuse("\\b{...}");
            return {.node = word_boundary(c == 'B')};
        }
        if (c == 'A') return {.node = tree_.before({}, true)};
        if (c == 'z') return {.node = tree_.after({}, true)};
        if (c == 'Z') {
            index const newline = tree_.one({{'\n', '\n'}});
            index const newlines = tree_.repeat(newline, 0, in_.rust() ? syntax_tree::no_limit : 1);
            return {.node = tree_.look(tree_.sequence({newlines, tree_.after({}, true)}), false, false)};
        }
        if (captures_ && c == 'X' && !in_.rust()) return {.node = tree_.cluster()};
        if (captures_ && ((c >= '1' && c <= '9') || (c == 'k' && (in_.sees('<') || in_.sees('\''))))) {
            std::uint32_t const number = captures_->read_reference(in_, c);
            // In Oniguruma a group has no text inside of itself, also not that of an earlier round.
            bool const is_inside = std::find(open_groups_.begin(), open_groups_.end(), number) != open_groups_.end();
            if (is_inside && !in_.rust()) return {.node = tree_.choice({})};
            return {.node = tree_.reference(number, f.ignore_case)};
        }
        if (c == 'G' || c == 'K' || c == 'X' || c == 'y' || c == 'Y' || c == 'g' || c == 'k') {
            std::string const name{'\\', static_cast<char>(c)};
            if (!in_.rust() || (c != 'X' && c != 'y' && c != 'Y')) in_.refuse(name);
            in_.fail("there is no " + name);
        }
        if (c >= '1' && c <= '9') in_.refuse("a reference to a group");
        if (!in_.rust()) {
            if (c == 'R') {
                return {.node = tree_.atomic(
                            tree_.choice({tree_.sequence({tree_.one({{'\r', '\r'}}), tree_.one({{'\n', '\n'}})}),
                                          tree_.one({{'\n', '\r'}, {0x85, 0x85}, {0x2028, 0x2029}})}))};
            }
            if (c == 'N') return {.node = tree_.one(code_point_set{{'\n', '\n'}}.complemented())};
            if (c == 'O') return {.node = tree_.one({{0, ill_formed}})};
        }
        if (auto set = in_.class_escape(c, false)) {
            return {.node = tree_.one(in_.rust() && f.ignore_case ? folded(*set) : *std::move(set))};
        }
        return {.character = in_.character_escape(c), .is_character = true};
    }

    index word_boundary(bool negated) {
        code_point_set const word = word_characters(in_.dialect(), false);
        code_point_set const other = word.complemented();
        auto const pair = [&](bool word_before, bool word_after) {
            return tree_.sequence({tree_.before(word_before ? word : other, !word_before),
                                   tree_.after(word_after ? word : other, !word_after)});
        };
        return tree_.choice({pair(true, negated), pair(false, !negated)});
    }

    // @pre the ( has just been taken
    index group(flags f, unsigned depth) {
        index out = 0;
        if (!in_.take('?')) {
            if (!in_.rust() && in_.sees('*')) in_.refuse("a callout");
            out = remembered(f, depth, captures_ && captures_->counts_unnamed());
        } else if (in_.take(':')) {
            out = alternatives(f, depth + 1);
        } else if (in_.take('>')) {
            out = tree_.atomic(alternatives(f, depth + 1));
        } else if (in_.sees('=') || in_.sees('!') || in_.sees("<=") || in_.sees("<!")) {
            bool const behind = in_.take('<');
            bool const negated = in_.next() == '!';
            flags inside = f;
            inside.behind = behind || f.behind;
            out = tree_.look(alternatives(inside, depth + 1), behind, negated);
        } else if (in_.take('<') || in_.take("P<") || (!in_.rust() && in_.sees('\''))) {
            char const close = !in_.rust() && in_.take('\'') ? '\'' : '>';
            std::size_t const end = in_.rest().find(close);
            if (end == std::string_view::npos || end == 0) in_.fail("a group's name without end");
            in_.go_to(in_.position() + end + 1);
            out = remembered(f, depth, captures_.has_value());
        } else if (in_.sees('~') || in_.sees('(') || in_.sees('{') || in_.sees('|')) {
            in_.refuse("(?" + std::string(in_.rest().substr(0, 1)));
        } else if (read_flags(f) && in_.take(':')) {
            out = alternatives(f, depth + 1);
        } else {
            in_.refuse("this kind of group");
        }
        if (!in_.take(')')) in_.fail("missing )");
        return out;
    }

    // A group; with `counts` it gets the next number.
    index remembered(flags const& f, unsigned depth, bool counts) {
        if (!counts) return alternatives(f, depth + 1);
        std::uint32_t const number = ++n_groups_;
        open_groups_.push_back(number);
        index const inside = alternatives(f, depth + 1);
        open_groups_.pop_back();
        return tree_.group(number, inside);
    }

    struct bounds {
        std::uint32_t least = 0;
        std::uint32_t most = 0;
        bool possessive = false;  // {3,1}: one to three, possessive
    };

    // {n}, {n,}, {,n}, {n,m}; leaves the position where it is none of them.
    std::optional<bounds> interval() {
        std::size_t const begin = in_.position();
        in_.take('{');
        auto const least = in_.number();
        bool const comma = in_.take(',');
        auto const most = comma ? in_.number() : least;
        if (!in_.take('}') || (!least && !most) || (in_.rust() && !least)) {
            in_.go_to(begin);
            return std::nullopt;
        }
        bounds out{least.value_or(0), most.value_or(syntax_tree::no_limit), false};
        if ((out.most != syntax_tree::no_limit && out.most > 100'000) || out.least > 100'000) {
            throw error(error_kind::limit, "regular expression, byte " + std::to_string(begin),
                        "the number of repetitions is over 100000");
        }
        if (out.least > out.most) {
            if (in_.rust()) in_.fail("the bounds of a repetition are the wrong way round");
            std::swap(out.least, out.most);
            out.possessive = true;
        }
        return out;
    }

    bool sees_quantifier(flags const& f) {
        if (f.extended) {
            while (!in_.at_end() && skip_extended()) {
            }
        }
        if (in_.sees('?') || in_.sees('*') || in_.sees('+')) return true;
        if (!in_.sees('{')) return false;
        std::size_t const begin = in_.position();
        bool const found = interval().has_value();
        in_.go_to(begin);
        if (!found && in_.rust()) in_.fail("a { that begins no repetition");
        return found;
    }

    // @pre sees_quantifier
    atom quantified(atom const& a, flags const& f) {
        if (in_.sees('{')) {
            bounds const b = *interval();
            bool lazy = false;
            bool possessive = b.possessive;
            if (in_.rust()) {
                lazy = in_.take('?') != f.swap_greed;
                possessive = in_.take('+');
            } else if (!possessive && b.least != b.most) {
                lazy = in_.take('?');  // a + after it is a quantifier of its own, as is a ? after {n}
            }
            index const node = tree_.repeat(a.node, b.least, b.most, lazy);
            return {.node = possessive ? tree_.atomic(node) : node};
        }
        std::uint32_t const sign = in_.next();
        bool const lazy = in_.take('?');
        bool const possessive = !lazy && in_.take('+');
        std::uint32_t const least = sign == '+' ? 1 : 0;
        std::uint32_t const most = sign == '?' ? 1 : syntax_tree::no_limit;
        if (possessive) return {.node = tree_.atomic(tree_.repeat(a.node, least, most))};
        if (!in_.rust() && a.is_repeat)
            return {.node = nested_repeat(tree_, a.node, least, most, lazy), .is_repeat = true};
        return {.node = tree_.repeat(a.node, least, most, lazy != f.swap_greed), .is_repeat = true};
    }

    pattern_reader in_;
    syntax_tree tree_;
    std::optional<group_names> captures_;  // where groups are kept
    std::uint32_t n_groups_ = 0;
    std::vector<std::uint32_t> open_groups_;  // those that the position is inside of
};

}  // namespace detail
}  // namespace tessera::inline v0
