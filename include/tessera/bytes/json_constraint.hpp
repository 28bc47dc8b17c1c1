// JSON texts, byte by byte: a pushdown automaton whose stack is bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include <tessera/bytes/byte_constraint.hpp>
#include <tessera/bytes/detail/json_state.hpp>
#include <tessera/core/error.hpp>

namespace tessera::inline v0 {

/// What the outermost value of a JSON text may be.
enum class json_top : std::uint8_t { any, object, array, object_or_array };

struct json_options {
    static constexpr std::uint32_t no_limit = std::numeric_limits<std::uint32_t>::max();

    json_top top = json_top::any;
    std::size_t depth = 64;          ///< of brackets inside each other; 1 to 256
    std::uint32_t space = no_limit;  ///< bytes of white space in a row, between tokens and around the text; 0: none
    bool lone_surrogates = false;    ///< `\uD800` to `\uDFFF` need not be pairs
};

/// JSON texts as RFC 8259 defines them, in well-formed UTF-8 and without a byte order mark.
///
/// What was read is in the language where its last byte may end the text: after each digit of a number that may be
/// whole. Keys may repeat, as in the grammar. Without a limit on `space`, a sampler may add white space for ever.
/// @par Differs  the RFC's grammar has `\uXXXX` with half of a surrogate pair; readers refuse or replace it, so it must
///               be asked for.
class json_constraint {
public:
    using state = detail::json_state;

    /// @throws error  bad_option: the depth
    explicit json_constraint(json_options options = {}) : options_(options) {
        if (options.depth < 1 || options.depth > state::most_depth) {
            throw error(error_kind::bad_option, "depth",
                        "it must be 1 to " + std::to_string(state::most_depth) + " brackets of JSON");
        }
    }

    [[nodiscard]] json_options const& options() const noexcept { return options_; }

    [[nodiscard]] state start() const noexcept { return {}; }

    bool step(state& s, unsigned char byte) const noexcept {
        using enum state::place;  // in order: between tokens, in strings, in words, in numbers
        if (s.at < string) return between(s, byte);
        if (s.at == string) return s.in_string(byte);
        if (s.at < word) return s.in_escape(byte, options_.lone_surrogates);
        if (s.at == word) return s.in_word(byte);
        return s.in_number(byte) || (s.value_is_whole() && between(s, byte));
    }

    [[nodiscard]] bool accepts(state const& s) const noexcept { return s.depth == 0 && s.value_is_whole(); }

private:
    bool between(state& s, unsigned char byte) const noexcept {
        if (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r') {
            if (s.space >= options_.space) return false;
            if (options_.space != json_options::no_limit) ++s.space;
            if (s.value_is_whole()) s.at = state::place::after_value;
            return true;
        }
        if (!token(s, byte)) return false;
        s.space = 0;
        return true;
    }

    bool token(state& s, unsigned char byte) const noexcept {
        using enum state::place;
        switch (s.at) {
            case value_or_close:
                if (byte == ']') {
                    s.close();
                    return true;
                }
                [[fallthrough]];
            case value:
                if (s.depth == 0 && !may_be_top(byte)) return false;
                if (byte != '{' && byte != '[') return s.begin_scalar(byte);
                if (s.depth == options_.depth) return false;
                s.open(byte == '{');
                return true;
            case key_or_close:
                if (byte == '}') {
                    s.close();
                    return true;
                }
                [[fallthrough]];
            case key:
                s.is_key = byte == '"';
                return s.go(s.is_key, string);
            case colon:
                return s.go(byte == ':', value);
            default:  // after a value
                if (s.depth == 0) return false;
                if (byte == ',') return s.go(true, s.in_object() ? key : value);
                if (byte != (s.in_object() ? '}' : ']')) return false;
                s.close();
                return true;
        }
    }

    [[nodiscard]] bool may_be_top(unsigned char byte) const noexcept {
        switch (options_.top) {
            case json_top::object:
                return byte == '{';
            case json_top::array:
                return byte == '[';
            case json_top::object_or_array:
                return byte == '{' || byte == '[';
            default:
                return true;
        }
    }

    json_options options_;
};
static_assert(ByteConstraint<json_constraint>);

}  // namespace tessera::inline v0
