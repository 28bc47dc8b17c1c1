// Patterns that have no automaton, run by ICU's regular expressions, which backtrack: back references, \X, look-behind
// around atomic groups. ICU's regex is included here and nowhere else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/pattern/parse.hpp>
#include <tessera/pattern/pattern.hpp>
#include <tessera/pattern/syntax_tree.hpp>

#include <unicode/uregex.h>

namespace tessera::inline v0 {

namespace detail {

/// Writes a syntax tree in ICU's syntax, in which everything that the dialects read differently is spelt out. An
/// ill-formed byte is U+D800 + byte, half of a surrogate pair, which no text has otherwise.
class icu_syntax {
public:
    static constexpr std::uint32_t first_ill_formed = 0xD880;
    static constexpr std::uint32_t last_ill_formed = 0xD8FF;

    explicit icu_syntax(syntax_tree const& tree) : tree_(&tree) {}

    [[nodiscard]] std::string write() {
        todo_.push_back({.node = tree_->root, .text = {}});
        while (!todo_.empty()) {
            item const next = std::move(todo_.back());
            todo_.pop_back();
            out_ += next.text;
            if (next.node != no_node) write(tree_->nodes[next.node]);
        }
        return std::move(out_);
    }

private:
    using kind = syntax_tree::kind;

    static constexpr syntax_tree::index no_node = static_cast<syntax_tree::index>(-1);

    // What is still to be written: text, or a node; a stack, so that nothing recurses over the pattern.
    struct item {
        syntax_tree::index node = no_node;
        std::string text;
    };

    void write(syntax_tree::node const& n) {
        switch (n.kind) {
            case kind::one:
                characters(n.set);
                break;
            case kind::before:  // not after a character outside the set; or after one inside
                out_ += n.edge ? "(?<!" : "(?<=";
                characters(n.edge ? n.set.complemented() : n.set);
                out_ += ')';
                break;
            case kind::after:
                out_ += n.edge ? "(?!" : "(?=";
                characters(n.edge ? n.set.complemented() : n.set);
                out_ += ')';
                break;
            case kind::sequence:
                around("(?:", n, "", ")");
                break;
            case kind::choice:
                around(n.children.empty() ? "(?:(?!)" : "(?:", n, "|", ")");
                break;
            case kind::repeat:
                repetition(n);
                break;
            case kind::atomic:
                around("(?>", n, "", ")");
                break;
            case kind::look_ahead:
                around(n.negated ? "(?!" : "(?=", n, "", ")");
                break;
            case kind::look_behind:
                around(n.negated ? "(?<!" : "(?<=", n, "", ")");
                break;
            case kind::group:
                around("(", n, "", ")");
                break;
            case kind::reference:  // the group keeps a digit that follows apart
                out_ += n.ignore_case ? "(?i:\\" : "(?:\\";
                out_ += std::to_string(n.least) + ')';
                break;
            case kind::cluster:
                out_ += "\\X";
                break;
        }
    }

    void around(char const* open, syntax_tree::node const& n, char const* between, std::string close) {
        out_ += open;
        todo_.push_back({.text = std::move(close)});
        for (std::size_t i = n.children.size(); i-- > 0;) {
            todo_.push_back({.node = n.children[i], .text = {}});
            if (i > 0) todo_.push_back({.text = between});
        }
    }

    void repetition(syntax_tree::node const& n) {
        std::string const most = n.most == syntax_tree::no_limit ? "" : std::to_string(n.most);
        around("(?:", n, "", "){" + std::to_string(n.least) + ',' + most + (n.lazy ? "}?" : "}"));
    }

    void characters(code_point_set const& set) {
        code_point_set mapped = set;
        mapped -= {{first_ill_formed, last_ill_formed}, {ill_formed, ill_formed}};
        if (set.contains(ill_formed)) mapped |= {{first_ill_formed, last_ill_formed}};
        if (mapped.empty()) {
            out_ += "(?!)";
            return;
        }
        out_ += '[';
        for (auto const [first, last] : mapped.ranges()) {
            code_point(first);
            if (last == first) continue;
            out_ += '-';
            code_point(last);
        }
        out_ += ']';
    }
    void code_point(std::uint32_t c) {
        char text[16];
        std::snprintf(text, sizeof text, "\\x{%X}", static_cast<unsigned>(c));
        out_ += text;
    }

    syntax_tree const* tree_;
    std::vector<item> todo_;
    std::string out_;
};

}  // namespace detail

/// A pattern run by ICU. Immutable; `find` may be called from many threads.
/// @par Differs  \X is that of ICU's version of Unicode. What is found after `most_steps` is not found: an error.
class icu_pattern final : public foreign_pattern {
public:
    /// Per text, in ICU's unit: some 10,000 comparisons. About a second.
    static constexpr std::int32_t most_steps = 5'000;
    static constexpr std::int32_t most_stack_bytes = 32 << 20;

    /// @throws error  syntax, unsupported, limit
    icu_pattern(pattern_text const& text, regex_dialect dialect) {
        detail::syntax_tree const tree = detail::regex_parser(text.text, dialect).parse_with_groups();
        std::string const regex = detail::icu_syntax(tree).write();
        std::u16string const wide(regex.begin(), regex.end());  // ASCII
        UErrorCode status = U_ZERO_ERROR;
        UParseError where{};
        regex_.reset(uregex_open(wide.data(), static_cast<std::int32_t>(wide.size()), 0, &where, &status));
        if (U_FAILURE(status) != 0) {
            throw error(error_kind::unsupported, "regular expression",
                        std::string("there is no automaton for it, and ICU refuses it: ") + u_errorName(status));
        }
    }

    [[nodiscard]] static std::shared_ptr<foreign_pattern const> make(pattern_text const& text, regex_dialect dialect) {
        return std::make_shared<icu_pattern>(text, dialect);
    }

    [[nodiscard]] std::string_view name() const noexcept override { return "icu"; }

    /// @throws error  limit: too many steps, too deep, or a text above 1 GiB
    void find(std::string_view text, std::vector<std::pair<std::size_t, std::size_t>>& out) const override {
        out.clear();
        if (text.size() > most_text_bytes) throw error(error_kind::limit, "regular expression", "the text is too long");
        wide_text const wide(text);
        UErrorCode status = U_ZERO_ERROR;
        handle const own(uregex_clone(regex_.get(), &status));  // the state of a search is its own
        std::int32_t steps = 0;
        uregex_setText(own.get(), wide.units.data(), static_cast<std::int32_t>(wide.units.size()), &status);
        uregex_setStackLimit(own.get(), most_stack_bytes, &status);
        uregex_setMatchCallback(own.get(), &count_step, &steps, &status);
        auto const length = static_cast<std::int32_t>(wide.units.size());
        std::int32_t last_end = -1;
        for (std::int32_t at = 0; at <= length && U_SUCCESS(status) != 0;) {
            if (uregex_find(own.get(), at, &status) == 0 || U_FAILURE(status) != 0) break;
            std::int32_t const begin = uregex_start(own.get(), 0, &status);
            std::int32_t const end = uregex_end(own.get(), 0, &status);
            if (begin == end && end == last_end) {  // an empty match right after a match is none
                at = end + wide.unit_length(static_cast<std::size_t>(end));
                continue;
            }
            out.emplace_back(wide.offsets[static_cast<std::size_t>(begin)],
                             wide.offsets[static_cast<std::size_t>(end)]);
            last_end = at = end;
        }
        if (U_FAILURE(status) != 0) {
            throw error(error_kind::limit, "regular expression",
                        std::string("ICU gave up on a text of ") + std::to_string(text.size()) +
                            " bytes: " + u_errorName(status),
                        "the pattern takes too many steps on it; cut the text, or use a pattern without "
                        "references to groups");
        }
    }

private:
    static constexpr std::size_t most_text_bytes = std::size_t{1} << 30;

    struct close {
        void operator()(URegularExpression* regex) const noexcept { uregex_close(regex); }
    };
    using handle = std::unique_ptr<URegularExpression, close>;

    // UTF-16, and for each unit and the end the byte it begins at.
    struct wide_text {
        std::u16string units;
        std::vector<std::size_t> offsets;

        explicit wide_text(std::string_view text) {
            units.reserve(text.size());
            offsets.reserve(text.size() + 1);
            for (std::size_t at = 0; at < text.size();) {
                auto const [c, length] = decode_utf8(text, at);
                offsets.push_back(at);
                if (c == replacement_character && length == 1) {
                    units += static_cast<char16_t>(0xD800 + static_cast<unsigned char>(text[at]));
                } else if (c < 0x10000) {
                    units += static_cast<char16_t>(c);
                } else {
                    offsets.push_back(at);
                    units += static_cast<char16_t>(0xD7C0 + (c >> 10));
                    units += static_cast<char16_t>(0xDC00 + (c & 0x3FF));
                }
                at += length;
            }
            offsets.push_back(text.size());
        }
        [[nodiscard]] std::int32_t unit_length(std::size_t at) const {
            return at + 1 < offsets.size() && offsets[at] == offsets[at + 1] ? 2 : 1;
        }
    };

    // Called after each unit of steps, the number of which starts anew with each match.
    static UBool U_CALLCONV count_step(void const* total, std::int32_t /*steps*/) {
        return static_cast<UBool>(++*static_cast<std::int32_t*>(const_cast<void*>(total)) <= most_steps);
    }

    handle regex_;
};

}  // namespace tessera::inline v0
