// Slow twins of the scanners: a backtracking matcher that reads a pretokenizer's pattern itself, one code point at a
// time, as the reference engines do. It shares the class tables with the library (core/unicode_class_test.cpp proves
// those against the engines) and nothing else.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/unicode_class.hpp>

namespace reference {

using namespace tessera;

/// Text as code points; `begin[i]` is where the i-th one starts, and one entry more is the size.
struct code_points {
    std::vector<char32_t> value;
    std::vector<std::size_t> begin;
};

/// Reads table 3-7 of the Unicode standard, row by row; a byte that starts no row is U+FFFD by itself.
inline code_points decode(std::string_view text) {
    struct row {
        unsigned first_low, first_high, second_low, second_high, length;
    };
    static constexpr row rows[] = {
        {0x00, 0x7F, 0x00, 0x00, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
        {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
        {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
    };
    auto const byte = [&](std::size_t i) -> unsigned {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
    };
    code_points out;
    for (std::size_t i = 0; i < text.size();) {
        char32_t c = 0xFFFD;
        std::size_t length = 1;
        for (row const& r : rows) {
            if (byte(i) < r.first_low || byte(i) > r.first_high) continue;
            if (r.length > 1 && (byte(i + 1) < r.second_low || byte(i + 1) > r.second_high)) continue;
            bool ok = true;
            for (std::size_t k = 2; k < r.length; ++k) ok = ok && byte(i + k) >= 0x80 && byte(i + k) <= 0xBF;
            if (!ok) continue;
            length = r.length;
            c = length == 1 ? byte(i) : byte(i) & (0x7FU >> length);
            for (std::size_t k = 1; k < length; ++k) c = (c << 6) | (byte(i + k) & 0x3F);
        }
        out.value.push_back(c);
        out.begin.push_back(i);
        i += length;
    }
    out.begin.push_back(text.size());
    return out;
}

/// A pattern of the subset that pretokenizers use: literals, \s \S \w \r \n \p{..}, [..] and [^..], ( ), (?: ), (?i: ),
/// (?! ), (?= ), \d, $ (end of text), |, and the quantifiers ? * + {n} {m,} {m,n}, greedy, or possessive with a + after
/// them.
template <class Unicode = unicode_rust>
class pattern {
public:
    explicit pattern(std::string_view source) : source_(source) {
        root_ = alternatives(false);
        if (at_ != source_.size()) throw std::invalid_argument("pattern: unbalanced )");
    }

    /// The matches, leftmost first, as (begin, end) byte offsets; what lies between matches is dropped.
    std::vector<std::pair<std::size_t, std::size_t>> split(std::string_view text) const {
        code_points const input = decode(text);
        std::vector<std::pair<std::size_t, std::size_t>> out;
        for (std::size_t i = 0; i < input.value.size();) {
            std::size_t end = i;
            match(*root_, input.value, i, [&](std::size_t e) { return end = e, true; });
            if (end > i) out.emplace_back(input.begin[i], input.begin[end]);
            i = std::max(end, i + 1);
        }
        return out;
    }

    /// The pretokens of Split with `isolated`: the matches and what lies between them. A match of nothing cuts, but one
    /// right after a match does not count.
    std::vector<std::string> pieces(std::string_view text) const {
        code_points const input = decode(text);
        std::vector<std::size_t> cuts{0};
        std::size_t last_end = input.value.size() + 1;
        for (std::size_t i = 0; i < input.value.size();) {
            std::size_t end = 0;
            if (!match(*root_, input.value, i, [&](std::size_t e) { return end = e, true; }) ||
                (end == i && end == last_end)) {
                ++i;
                continue;
            }
            cuts.push_back(input.begin[i]);
            cuts.push_back(input.begin[end]);
            i = last_end = end;
        }
        cuts.push_back(text.size());
        std::vector<std::string> out;
        for (std::size_t k = 1; k < cuts.size(); ++k) {
            if (cuts[k] != cuts[k - 1]) out.emplace_back(text.substr(cuts[k - 1], cuts[k] - cuts[k - 1]));
        }
        return out;
    }

private:
    struct node;
    using node_ptr = std::unique_ptr<node>;
    using text_type = std::vector<char32_t>;
    using continuation = std::function<bool(std::size_t)>;

    struct node {
        enum { one, sequence, choice, repeat, ahead, never_ahead, at_end } kind = one;
        std::function<bool(char32_t)> set;
        std::vector<node_ptr> children;
        std::size_t least = 1, most = 1;
        bool possessive = false;
    };

    // Calls `then` with each end the node can reach from i, in the order of preference, until it returns true.
    static bool match(node const& n, text_type const& text, std::size_t i, continuation const& then) {
        switch (n.kind) {
            case node::one:
                return i < text.size() && n.set(text[i]) && then(i + 1);
            case node::at_end:
                return i == text.size() && then(i);
            case node::ahead:
                return match(*n.children[0], text, i, [](std::size_t) { return true; }) && then(i);
            case node::never_ahead:
                return !match(*n.children[0], text, i, [](std::size_t) { return true; }) && then(i);
            case node::choice:
                return std::any_of(n.children.begin(), n.children.end(),
                                   [&](node_ptr const& c) { return match(*c, text, i, then); });
            case node::sequence:
                return match_from(n, 0, text, i, then);
            case node::repeat: {
                std::vector<std::size_t> ends{i};  // after 0, 1, 2, ... repetitions, each the preferred one
                while (ends.size() <= n.most) {
                    std::size_t end = ends.back();
                    bool const found =
                        match(*n.children[0], text, ends.back(), [&](std::size_t e) { return end = e, true; });
                    if (!found || end == ends.back()) break;
                    ends.push_back(end);
                }
                if (ends.size() <= n.least) return false;
                if (n.possessive) return then(ends.back());
                for (std::size_t k = ends.size(); k-- > n.least;) {
                    if (then(ends[k])) return true;
                }
                return false;
            }
        }
        return false;
    }

    static bool match_from(node const& n, std::size_t child, text_type const& text, std::size_t i,
                           continuation const& then) {
        if (child == n.children.size()) return then(i);
        return match(*n.children[child], text, i,
                     [&](std::size_t e) { return match_from(n, child + 1, text, e, then); });
    }

    bool take(std::string_view what) {
        if (source_.substr(at_, what.size()) != what) return false;
        at_ += what.size();
        return true;
    }

    node_ptr alternatives(bool fold) {
        auto out = std::make_unique<node>();
        out->kind = node::choice;
        do {
            auto item = std::make_unique<node>();
            item->kind = node::sequence;
            while (at_ < source_.size() && source_[at_] != '|' && source_[at_] != ')') {
                item->children.push_back(quantified(atom(fold)));
            }
            out->children.push_back(std::move(item));
        } while (take("|"));
        return out;
    }

    node_ptr quantified(node_ptr inner) {
        constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max() - 1;
        std::size_t least = 0, most = no_limit;
        if (take("?")) {
            most = 1;
        } else if (take("+")) {
            least = 1;
        } else if (take("{")) {
            least = most = static_cast<std::size_t>(source_.at(at_++) - '0');
            if (take(",")) most = source_.at(at_) == '}' ? no_limit : static_cast<std::size_t>(source_.at(at_++) - '0');
            if (!take("}")) throw std::invalid_argument("pattern: missing }");
        } else if (!take("*")) {
            return inner;
        }
        auto out = std::make_unique<node>();
        out->kind = node::repeat;
        out->least = least;
        out->most = most;
        out->possessive = take("+");
        out->children.push_back(std::move(inner));
        return out;
    }

    node_ptr atom(bool fold) {
        auto out = std::make_unique<node>();
        if (take("(?!")) {
            out->kind = node::never_ahead;
            out->children.push_back(alternatives(fold));
        } else if (take("(?=")) {
            out->kind = node::ahead;
            out->children.push_back(alternatives(fold));
        } else if (take("$")) {
            out->kind = node::at_end;
            return out;
        } else if (take("(?i:")) {
            out = alternatives(true);
        } else if (take("(?:") || take("(")) {
            out = alternatives(fold);
        } else if (take("[")) {
            bool const negated = take("^");
            std::vector<std::function<bool(char32_t)>> members;
            while (!take("]")) members.push_back(member(fold));
            out->set = [negated, members](char32_t c) {
                return negated != std::any_of(members.begin(), members.end(), [c](auto const& m) { return m(c); });
            };
            return out;
        } else {
            out->set = member(fold);
            return out;
        }
        if (!take(")")) throw std::invalid_argument("pattern: missing )");
        return out;
    }

    std::function<bool(char32_t)> member(bool fold) {
        // The tables keep Lu with Lt, and Lm with Lo; no pattern here names one without the other.
        static constexpr std::pair<std::string_view, unsigned> classes[] = {
            {R"(\s)", unicode_class::space},
            {R"(\w)", unicode_class::word},
            {R"(\p{L})", unicode_class::letter},
            {R"(\p{Lu})", unicode_class::upper},
            {R"(\p{Lt})", unicode_class::upper},
            {R"(\p{Ll})", unicode_class::lower},
            {R"(\p{Lm})", unicode_class::other_letter},
            {R"(\p{Lo})", unicode_class::other_letter},
            {R"(\p{M})", unicode_class::mark},
            {R"(\p{N})", unicode_class::number},
        };
        for (auto const& [text, flags] : classes) {
            if (take(text)) return [flags = flags](char32_t c) { return (Unicode::class_of(c) & flags) != 0; };
        }
        if (take(R"(\d)")) return is_decimal_digit;
        if (take(R"(\S)")) return [](char32_t c) { return (Unicode::class_of(c) & unicode_class::space) == 0; };
        char32_t literal = take(R"(\r)") ? U'\r' : take(R"(\n)") ? U'\n' : 0;
        if (literal == 0) literal = static_cast<unsigned char>(source_.at(at_++));
        if (literal == U'\\') throw std::invalid_argument("pattern: unknown escape");
        return [literal, fold](char32_t c) {
            auto const lower = [](char32_t x) {
                return x >= U'A' && x <= U'Z' ? x + 32 : x == 0x17F ? U's' : x == 0x212A ? U'k' : x;
            };
            return fold ? lower(c) == lower(literal) : c == literal;
        };
    }

    // A zero of each script, from which its ten digits go up: those that the tests have.
    static bool is_decimal_digit(char32_t c) {
        static constexpr char32_t zeros[] = {U'0', 0x660, 0x966, 0xFF10, 0x1D7CE, 0x1D7D8};
        return std::any_of(std::begin(zeros), std::end(zeros),
                           [c](char32_t zero) { return c >= zero && c < zero + 10; });
    }

    std::string source_;
    std::size_t at_ = 0;
    node_ptr root_;
};

/// The pretokens of Digits, its digits together, and then of Split by the pattern, isolated.
template <class Unicode>
std::vector<std::string> digits_then_pieces(pattern<Unicode> const& split, std::string_view text) {
    auto const is_number = [](char32_t c) {
        return (Unicode::class_of(c) & unicode_class::number) != 0 || (c >= 0x11DE0 && c <= 0x11DE9) ||
               (c >= 0x16FF4 && c <= 0x16FF6);  // Rust's Unicode is a later one
    };
    code_points const input = decode(text);
    std::vector<std::string> out;
    for (std::size_t i = 0, from = 0; i < input.value.size(); ++i) {
        if (i + 1 < input.value.size() && is_number(input.value[i]) == is_number(input.value[i + 1])) continue;
        std::string_view const part = text.substr(input.begin[from], input.begin[i + 1] - input.begin[from]);
        for (std::string& piece : split.pieces(part)) out.push_back(std::move(piece));
        from = i + 1;
    }
    return out;
}

}  // namespace reference
