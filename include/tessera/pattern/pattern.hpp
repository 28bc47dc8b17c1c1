// A compiled pattern: finds its matches as the engine of its dialect does, in linear time. The way through the folder:
// parse.hpp (text -> syntax tree), compile.hpp (tree -> program), automaton.hpp (program over text).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/pattern/automaton.hpp>
#include <tessera/pattern/compile.hpp>
#include <tessera/pattern/look_passes.hpp>
#include <tessera/pattern/pattern_text.hpp>
#include <tessera/pattern/program.hpp>
#include <tessera/pattern/regex_dialect.hpp>
#include <tessera/pattern/tree_of.hpp>
#include <tessera/pattern/two_pass.hpp>

namespace tessera::inline v0 {

/// An engine for patterns that have no automaton, such as those with back references. @see icu_pattern.hpp
class foreign_pattern {
public:
    foreign_pattern() = default;
    foreign_pattern(foreign_pattern const&) = delete;
    foreign_pattern& operator=(foreign_pattern const&) = delete;
    virtual ~foreign_pattern() = default;
    [[nodiscard]] virtual std::string_view name() const noexcept = 0;
    /// Replaces `out` by the begins and ends of all matches.
    /// @throws error  limit: the engine has taken too many steps
    virtual void find(std::string_view text, std::vector<std::pair<std::size_t, std::size_t>>& out) const = 0;
};

/// What a file calls a pattern, compiled.
///
/// Leftmost-first, as backtracking engines match, but without backtracking: a deterministic automaton that is built
/// while it runs, over classes of characters. Time is linear in the text for every pattern, O(n * program) at worst.
/// Ill-formed bytes are characters that are in no class a pattern names: `.` and negated classes match each of them.
///
/// @par Source   Hugging Face's tokenizers 0.23.3 (Oniguruma 6.9, its own syntax), tiktoken 0.14.0 (fancy-regex, regex)
/// @par Differs  there is no limit on the steps of a match, where Oniguruma's is an error that ends the program of its
///               user. In Oniguruma's dialect, a round of `X{n,m}` in which X matches the empty text counts as one,
///               where Oniguruma may end the repetition, depending on the length of X. A quantifier after an anchor is
///               accepted.
class pattern {
public:
    struct match {
        std::size_t begin = 0;
        std::size_t end = 0;
        friend bool operator==(match, match) = default;
    };

    static constexpr std::size_t most_bytes = std::size_t{1} << 16;  ///< of a pattern

    /// @throws error  syntax: it is not in the dialect; unsupported: it is, but there is no automaton for it, and no
    ///                fallback can do it; limit
    explicit pattern(pattern_text text, regex_dialect dialect = regex_dialect::oniguruma)
        : data_(compile(std::move(text), dialect)) {}

    [[nodiscard]] pattern_text const& text() const noexcept { return data_->text; }
    [[nodiscard]] regex_dialect dialect() const noexcept { return data_->dialect; }
    /// "literal", "automaton", or the name of the fallback.
    [[nodiscard]] std::string_view engine() const noexcept {
        return data_->foreign != nullptr ? data_->foreign->name() : data_->is_literal ? "literal" : "automaton";
    }

    friend bool operator==(pattern const& a, pattern const& b) {
        return a.data_->text == b.data_->text && a.data_->dialect == b.data_->dialect;
    }

private:
    struct compiled {
        pattern_text text;
        regex_dialect dialect = regex_dialect::oniguruma;
        bool is_literal = false;
        std::string literal;
        detail::program program;
        std::shared_ptr<foreign_pattern const> foreign;
    };

public:
    /// What running needs; belongs to the pattern it was used with last. Runs on texts like those before allocate
    /// nothing.
    struct scratch {
        std::shared_ptr<compiled const> owner;
        detail::automaton automaton;
        detail::look_passes looks;
        detail::two_pass two_pass;
        std::vector<std::pair<std::size_t, std::size_t>> matches;
    };

    /// Calls f(begin, end) for each match, from left to right; an empty match right after a match is none. There is no
    /// match in an empty text, as in Hugging Face's library, which does not search it.
    /// @throws error  limit: only with an engine that is not ours
    template <class F>
    void for_each_match(std::string_view text, scratch& s, F&& f) const {
        if (text.empty()) return;
        if (data_->foreign != nullptr) {
            data_->foreign->find(text, s.matches);
            for (auto const& [begin, end] : s.matches) f(begin, end);
        } else if (data_->is_literal) {
            find_literal(text, f);
        } else {
            run(text, s, f);
        }
    }

    /// The same with a scratch of its own, which a literal can do without.
    template <class F>
    void for_each_match(std::string_view text, F&& f) const {
        if (data_->is_literal) {
            find_literal(text, f);
        } else {
            scratch s;
            for_each_match(text, s, f);
        }
    }

private:
    template <class F>
    void find_literal(std::string_view text, F&& f) const {
        std::string_view const literal = data_->literal;
        for (std::size_t at = text.find(literal); at != std::string_view::npos;
             at = text.find(literal, at + literal.size())) {
            f(at, at + literal.size());
        }
    }

    static std::shared_ptr<compiled const> compile(pattern_text text, regex_dialect dialect) {
        auto out = std::make_shared<compiled>();
        if (text.text.size() > most_bytes) {
            throw error(error_kind::limit, "pattern", "it has more than " + std::to_string(most_bytes) + " bytes");
        }
        if (!is_valid_utf8(text.text)) throw error(error_kind::syntax, "pattern", "it is not UTF-8");
        out->dialect = dialect;
        out->text = std::move(text);
        try {
            detail::syntax_tree tree = detail::tree_of(out->text, dialect);
            out->is_literal = literal_of(tree, out->literal);
            if (!out->is_literal) out->program = detail::compiler(std::move(tree)).compile();
        } catch (error const& e) {
            if (out->text.fallback == nullptr || e.kind() != error_kind::unsupported) throw;
            out->foreign = out->text.fallback(out->text, dialect);
        }
        return out;
    }

    // Short, so that looking for it byte by byte is linear enough.
    static bool literal_of(detail::syntax_tree const& tree, std::string& out) {
        using kind = detail::syntax_tree::kind;
        detail::syntax_tree::node const& root = tree.nodes[tree.root];
        auto const put = [&](detail::syntax_tree::node const& n) {
            if (n.kind != kind::one || !n.set.is_one() || n.set.contains(detail::ill_formed)) return false;
            encode_utf8(n.set.ranges()[0].first, out);
            return true;
        };
        if (root.kind == kind::one) return put(root);
        if (root.kind != kind::sequence || root.children.empty() || root.children.size() > 16) return false;
        for (auto const child : root.children) {
            if (!put(tree.nodes[child])) return false;
        }
        return true;
    }

    template <class F>
    void run(std::string_view text, scratch& s, F&& f) const {
        detail::program const& p = data_->program;
        if (s.owner != data_) {
            s.owner = data_;
            s.automaton.bind(p);
            s.looks.bind(p);
        }
        s.looks.run(text);
        detail::look_table const& looks = s.looks.table();
        std::size_t const n = text.size();
        std::size_t last_end = detail::automaton::no_match;
        std::size_t wasted = 0;
        for (std::size_t at = 0;;) {
            detail::alphabet_symbol before = p.before_class[p.symbols.edge()];
            if (p.has_before && at > 0) before = p.before_class[p.symbols.before(text, at).id];
            at = s.automaton.candidate(text, at, before, looks);
            std::size_t reached = at;
            std::size_t const end = s.automaton.match_at(text, at, before, looks, reached);
            std::size_t next = end;
            if (end == detail::automaton::no_match || (end == at && end == last_end)) {
                if (at >= n) break;
                next = at + p.symbols.at(text, at).length;
            } else {
                f(at, end);
                last_end = end;
            }
            // Reading far beyond what is matched, again and again, would not be linear.
            if (reached > next) wasted += reached - next;
            at = next;
            if (wasted > patience * (at + 4096)) {
                s.two_pass.run(p, text, at, last_end, looks, f);
                break;
            }
        }
    }

    static constexpr std::size_t patience = 16;

    std::shared_ptr<compiled const> data_;
};

}  // namespace tessera::inline v0
