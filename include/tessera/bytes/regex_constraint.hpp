// Texts that a regular expression matches from begin to end, byte by byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include <tessera/bytes/byte_constraint.hpp>
#include <tessera/bytes/detail/whole_match.hpp>
#include <tessera/bytes/detail/whole_match_with_looks.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/pattern/compile.hpp>
#include <tessera/pattern/parse.hpp>
#include <tessera/pattern/regex_dialect.hpp>

namespace tessera::inline v0 {

struct regex_options {
    regex_dialect dialect = regex_dialect::rust;  ///< `^` and `$` are the ends of the text there, of lines in the other
    std::size_t most_states = 100'000;            ///< of the automaton
    std::size_t most_bytes = std::size_t{256} << 20;  ///< of its memory, about
};

/// Well-formed UTF-8 that a regular expression matches as a whole, as `\A(?:...)\z` would. What it prefers does not
/// matter. A byte that no well-formed text has there is refused, although patterns match such bytes elsewhere.
///
/// The automaton is over characters that the pattern does not tell apart, and made while it is used. Its states are
/// sets of threads; with look-ahead of more than a character, formulas over threads, of which there may be many more.
///
/// It grows up to limits, so one constraint a thread. A copy has an automaton of its own, in which the states made
/// until then mean the same.
class regex_constraint {
public:
    struct state {
        std::uint32_t at = 0;         // of the automaton, at the last character that is whole
        std::uint32_t character = 0;  // what was read of the next one; 0: nothing
        friend bool operator==(state, state) = default;
    };

    static constexpr std::size_t longest_pattern = std::size_t{1} << 16;  ///< in bytes

    /// @throws error  syntax; unsupported: what `pattern` has no automaton for; limit; empty_input: no text matches
    explicit regex_constraint(std::string_view regex, regex_options options = {})
        : program_(compile(regex, options.dialect)),
          automaton_(make(*program_, {options.most_states, options.most_bytes})) {
        if (std::visit([&](auto& a) { return a.is_empty(*program_); }, automaton_)) {
            throw error(error_kind::empty_input, "regular expression", "no well-formed text matches it");
        }
    }

    [[nodiscard]] static state start() noexcept { return {}; }

    /// @throws error  limit: the automaton; s is as it was
    bool step(state& s, unsigned char byte) const {
        detail::utf8_symbols const& characters = program_->characters;
        std::uint32_t to = detail::utf8_symbols::none;
        bool whole = byte < 0x80;
        if (s.character == 0) {
            to = characters.first(byte);
        } else if ((byte & 0xC0) == 0x80) {
            detail::utf8_symbols::node const& node = characters[s.character - 1];
            to = node.next[byte & 0x3F];
            whole = node.last;
        }
        if (to == detail::utf8_symbols::none) return false;
        return std::visit(
            [&](auto& automaton) {
                if (!whole) {
                    if (!automaton.can_read_any(*program_, s.at, characters[to].symbols)) return false;
                    s.character = to + 1;
                    return true;
                }
                if (!automaton.can_read(*program_, s.at, to)) return false;
                s = {automaton.next(*program_, s.at, static_cast<detail::alphabet_symbol>(to)), 0};
                return true;
            },
            automaton_);
    }

    /// @throws error  limit
    [[nodiscard]] bool accepts(state s) const {
        return s.character == 0 &&
               std::visit([&](auto& automaton) { return automaton.accepts(*program_, s.at); }, automaton_);
    }

    /// @throws error  limit
    [[nodiscard]] byte_set allowed(state s) const {
        detail::utf8_symbols const& characters = program_->characters;
        return std::visit(
            [&](auto& automaton) {
                byte_set out;
                auto const mark = [&](std::size_t byte, std::uint32_t to, bool whole) {
                    if (to == detail::utf8_symbols::none) return;
                    out[byte] = whole ? automaton.can_read(*program_, s.at, to)
                                      : automaton.can_read_any(*program_, s.at, characters[to].symbols);
                };
                if (s.character == 0) {
                    for (std::size_t byte = 0; byte < 256; ++byte) {
                        mark(byte, characters.first(static_cast<unsigned char>(byte)), byte < 0x80);
                    }
                } else {
                    detail::utf8_symbols::node const& node = characters[s.character - 1];
                    for (std::size_t i = 0; i < 64; ++i) mark(0x80 + i, node.next[i], node.last);
                }
                return out;
            },
            automaton_);
    }

    /// States of the automaton so far.
    [[nodiscard]] std::size_t n_states() const {
        return std::visit([](auto& automaton) { return automaton.size(); }, automaton_);
    }

private:
    using either = std::variant<detail::whole_match, detail::whole_match_with_looks>;

    static std::shared_ptr<detail::whole_match_program const> compile(std::string_view regex, regex_dialect dialect) {
        if (regex.size() > longest_pattern) {
            throw error(error_kind::limit, "regular expression",
                        "it has more than " + std::to_string(longest_pattern) + " bytes");
        }
        if (!is_valid_utf8(regex)) throw error(error_kind::syntax, "regular expression", "it is not UTF-8");
        return std::make_shared<detail::whole_match_program const>(
            detail::compiler(detail::regex_parser(regex, dialect).parse()).compile());
    }
    static either make(detail::whole_match_program const& program, detail::automaton_limits limits) {
        if (program.code.looks.empty()) return detail::whole_match(program, limits);
        return detail::whole_match_with_looks(program, limits);
    }

    std::shared_ptr<detail::whole_match_program const> program_;
    mutable either automaton_;
};
static_assert(ByteConstraint<regex_constraint>);

}  // namespace tessera::inline v0
