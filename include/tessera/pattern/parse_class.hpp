// [...]: sets of characters in brackets, nested, with && and ranges. Used by parse.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <tessera/pattern/code_point_set.hpp>
#include <tessera/pattern/pattern_reader.hpp>
#include <tessera/pattern/properties.hpp>

namespace tessera::inline v0 {
namespace detail {

inline constexpr unsigned deepest_nesting = 200;

/// Reads what follows a `[`.
/// Where case is ignored, Rust folds each item as it comes, Oniguruma the finished set before a leading ^ applies:
/// (?i)[a&&[A]] is empty there.
class class_parser {
public:
    struct result {
        code_point_set set;    // before the leading ^
        bool negated = false;  // there was one
    };

    class_parser(pattern_reader& in, bool ignore_case, bool extended)
        : in_(in), fold_each_(ignore_case && in.rust()), skip_space_(extended && in.rust()) {}

    [[nodiscard]] result read(unsigned depth) {
        if (depth > deepest_nesting) {
            throw error(error_kind::limit, "regular expression", "the classes are nested too deeply");
        }
        result out;
        out.negated = in_.take('^');
        code_point_set part;
        std::optional<code_point_set> whole;  // of the parts before the last && or its like
        char op = '&';
        auto const close_part = [&] {
            if (!whole) {
                whole = std::move(part);
            } else if (op == '&') {
                *whole &= part;
            } else if (op == '-') {
                *whole -= part;
            } else {
                code_point_set both = *whole;
                both &= part;
                *whole |= part;
                *whole -= both;
            }
            part = {};
        };
        bool first = true;
        if (in_.sees(']') && !closes_later()) in_.fail("empty class");
        for (;; first = false) {
            if (skip_space_) skip_space();
            if (in_.at_end()) in_.fail("missing ] of a class");
            if (in_.sees(']') && !(first && closes_later())) {
                in_.take(']');
                break;
            }
            if (in_.take("&&")) {
                close_part();
                op = '&';
            } else if (in_.rust() && !first && (in_.sees("--") || in_.sees("~~"))) {
                close_part();
                op = in_.sees("--") ? '-' : '~';
                in_.go_to(in_.position() + 2);
            } else {
                part |= item(depth);
            }
        }
        close_part();
        out.set = *std::move(whole);
        return out;
    }

private:
    // Whether a ] that comes first is meant as itself: there is another one to end the class.
    [[nodiscard]] bool closes_later() const {
        if (in_.rust()) return true;
        std::string_view const rest = in_.rest();
        for (std::size_t i = 1; i < rest.size(); ++i) {
            if (rest[i] == '\\') {
                ++i;
            } else if (rest[i] == ']') {
                return true;
            }
        }
        return false;
    }

    void skip_space() {
        while (!in_.at_end()) {
            if (in_.take('#')) {
                while (!in_.at_end() && in_.next() != '\n') {
                }
            } else if (!(in_.take(' ') || in_.take('\t') || in_.take('\n') || in_.take('\r') || in_.take('\f') ||
                         in_.take('\v'))) {
                break;
            }
        }
    }

    [[nodiscard]] code_point_set cased(code_point_set set) const { return fold_each_ ? folded(set) : set; }

    // A character, a range, or a set in the set.
    [[nodiscard]] code_point_set item(unsigned depth) {
        if (in_.sees("[:")) {
            if (auto found = posix_bracket()) return cased(*std::move(found));
        }
        if (in_.take('[')) {
            result nested = read(depth + 1);
            if (nested.negated) nested.set.complement();
            return std::move(nested.set);
        }
        std::uint32_t first = 0;
        if (auto set = character(first)) {
            if (in_.sees('-') && !in_.sees("-]") && !in_.sees("-&&") && !in_.sees("--")) {
                if (in_.sees("-[") && !in_.rust()) return cased(*std::move(set));
                in_.fail("a range that begins with a class");
            }
            return cased(*std::move(set));
        }
        std::uint32_t last = first;
        if (in_.sees('-') && !in_.sees("-]") && !in_.sees("-&&") && !in_.sees("-[") &&
            !(in_.rust() && in_.sees("--"))) {
            in_.take('-');
            if (in_.at_end()) in_.fail("missing ] of a class");
            if (character(last)) in_.fail("a range that ends with a class");
            if (last < first) in_.fail("a range whose end comes before its begin");
        }
        return cased({{first, last}});
    }

    // One character, or an escape that is a set.
    [[nodiscard]] std::optional<code_point_set> character(std::uint32_t& c) {
        c = in_.next();
        if (c != '\\') return std::nullopt;
        if (in_.at_end()) in_.fail("nothing after a backslash");
        std::uint32_t const escaped = in_.next();
        if (auto set = in_.class_escape(escaped, true)) return set;
        if (escaped == 'b' && !in_.rust()) {
            c = '\b';
        } else if (!in_.rust() && (escaped == 'R' || escaped == 'X')) {
            in_.refuse("\\R or \\X in a class");
        } else {
            c = in_.character_escape(escaped);
        }
        return std::nullopt;
    }

    // [:name:] or [:^name:]; nothing where it is not of this form, which is then a set like any other.
    [[nodiscard]] std::optional<code_point_set> posix_bracket() {
        std::size_t const begin = in_.position();
        in_.take("[:");
        bool const negated = in_.take('^');
        std::size_t const length = in_.rest().find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
        std::string_view const name = in_.rest().substr(0, length);
        in_.go_to(in_.position() + name.size());
        if (!in_.take(":]")) {
            in_.go_to(begin);
            return std::nullopt;
        }
        auto set = of_posix_bracket(name, in_.dialect(), true);
        if (!set) in_.fail("there is no class [:" + std::string(name.substr(0, 100)) + ":]");
        if (negated) set->complement();
        return set;
    }

    pattern_reader& in_;
    bool fold_each_;
    bool skip_space_;
};

}  // namespace detail
}  // namespace tessera::inline v0
