// The text of a regular expression, read character by character, and what a backslash begins. Next: parse_class.hpp,
// parse.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <tessera/core/error.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/pattern/code_point_set.hpp>
#include <tessera/pattern/properties.hpp>
#include <tessera/pattern/regex_dialect.hpp>

namespace tessera::inline v0 {
namespace detail {

/// A position in the text of a pattern.
class pattern_reader {
public:
    pattern_reader(std::string_view text, regex_dialect dialect) : text_(text), dialect_(dialect) {}

    [[nodiscard]] bool at_end() const noexcept { return at_ == text_.size(); }
    [[nodiscard]] bool rust() const noexcept { return dialect_ == regex_dialect::rust; }
    [[nodiscard]] regex_dialect dialect() const noexcept { return dialect_; }
    [[nodiscard]] std::size_t position() const noexcept { return at_; }
    void go_to(std::size_t position) noexcept { at_ = position; }
    [[nodiscard]] std::string_view rest() const noexcept { return text_.substr(at_); }
    [[nodiscard]] bool sees(std::string_view what) const noexcept { return rest().starts_with(what); }
    [[nodiscard]] bool sees(char c) const noexcept { return !at_end() && text_[at_] == c; }
    bool take(std::string_view what) noexcept {
        if (!sees(what)) return false;
        at_ += what.size();
        return true;
    }
    bool take(char c) noexcept { return take(std::string_view(&c, 1)); }

    /// One character. @pre !at_end()
    [[nodiscard]] std::uint32_t next() noexcept {
        auto const [code_point, length] = decode_utf8(text_, at_);
        at_ += length;
        return code_point;
    }

    [[noreturn]] void fail(std::string message) const {
        throw error(error_kind::syntax, "regular expression, byte " + std::to_string(at_), std::move(message));
    }
    [[noreturn]] void refuse(std::string_view construct) const {
        throw error(error_kind::unsupported, "regular expression, byte " + std::to_string(at_),
                    "there is no automaton for " + std::string(construct));
    }

    /// Decimal digits; nothing if there are none. Stops growing at a million.
    [[nodiscard]] std::optional<std::uint32_t> number() noexcept {
        std::size_t const begin = at_;
        std::uint32_t value = 0;
        while (!at_end() && text_[at_] >= '0' && text_[at_] <= '9') {
            if (value < 1'000'000) value = value * 10 + static_cast<std::uint32_t>(text_[at_] - '0');
            ++at_;
        }
        return at_ == begin ? std::nullopt : std::optional(value);
    }

    /// Up to `most` digits of `base` 8 or 16. `taken` is how many there were.
    [[nodiscard]] std::uint32_t digits(unsigned base, std::size_t most, std::size_t& taken) noexcept {
        std::uint32_t value = 0;
        for (taken = 0; taken < most && !at_end(); ++taken, ++at_) {
            auto const c = static_cast<unsigned char>(text_[at_]);
            unsigned const digit = c >= '0' && c <= '9'                   ? c - '0'
                                   : (c | 32U) >= 'a' && (c | 32U) <= 'f' ? (c | 32U) - 'a' + 10
                                                                          : 99;
            if (digit >= base) break;
            value = value * base + digit;
        }
        return value;
    }

    /// `{HEX}` or exactly `length` hexadecimal digits, after \x, \u or \U.
    [[nodiscard]] std::uint32_t hexadecimal(std::size_t length) {
        std::size_t taken = 0;
        bool const braces = take('{');
        std::uint32_t const value = digits(16, braces ? 8 : length, taken);
        if (braces && sees(' ')) refuse("a list of code points");
        if (taken == 0 || (!braces && taken != length) || (braces && !take('}'))) fail("bad hexadecimal escape");
        if (value >= ill_formed || (value >> 11) == 0x1B) fail("the escape is no character of Unicode");
        return value;
    }

    /// \p or \P and what follows. @pre it has just been taken
    [[nodiscard]] code_point_set property(bool negated, bool in_class) {
        std::string_view name;
        if (take('{')) {
            std::size_t const end = rest().find('}');
            if (end == std::string_view::npos) fail("missing } after \\p{");
            name = rest().substr(0, end);
            at_ += end + 1;
        } else {
            if (at_end()) fail("nothing after \\p");
            std::size_t const begin = at_;
            static_cast<void>(next());
            name = text_.substr(begin, at_ - begin);
        }
        if (name.starts_with('^')) {
            negated = !negated;
            name.remove_prefix(1);
        }
        auto found = of_property(name, dialect_, in_class);
        if (!found) {
            throw error(error_kind::unsupported, "regular expression, byte " + std::to_string(at_),
                        "no property of characters is called \"" + std::string(name.substr(0, 100)) + "\"");
        }
        if (negated) found->complement();
        return *std::move(found);
    }

    /// The set that \CLASS stands for: d D s S w W h H and the general newline's relatives are not here.
    [[nodiscard]] std::optional<code_point_set> class_escape(std::uint32_t c, bool in_class) {
        code_point_set out;
        if (c == 'd' || c == 'D') {
            out = of_categories({"nd"});
        } else if (c == 's' || c == 'S') {
            out = white_space();
        } else if (c == 'w' || c == 'W') {
            out = word_characters(dialect_, in_class);
        } else if (c == 'h' || c == 'H') {
            out = {{'0', '9'}, {'A', 'F'}, {'a', 'f'}};
        } else if ((c == 'p' || c == 'P') && (rust() || sees('{'))) {
            return property(c == 'P', in_class);
        } else {
            return std::nullopt;
        }
        if (c < 'a') out.complement();
        return out;
    }

    /// The character that \c... stands for. @pre the backslash and `c` have just been taken, and it is no class
    [[nodiscard]] std::uint32_t character_escape(std::uint32_t c) {
        std::size_t taken = 0;
        switch (c) {
            case 't':
                return '\t';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 'f':
                return '\f';
            case 'v':
                return '\v';
            case 'a':
                return '\a';
            case 'e':
                return 0x1B;
            case 'x':
                return sees('{') || rust() ? hexadecimal(2) : bytes_in_hexadecimal();
            case 'u':
                return hexadecimal(4);
            default:
                break;
        }
        if (c == 'U' && rust()) return hexadecimal(8);
        if (!rust() && (c == 'c' || (c == 'C' && take('-')))) {
            if (at_end() || sees('\\')) refuse("this control character");
            std::uint32_t const named = next();
            if (named >= 0x80) refuse("this control character");
            return named == '?' ? 0x7F : named & 0x1F;
        }
        if (!rust() && c == 'M' && sees('-')) refuse("\\M-");
        if (!rust() && c == 'o' && take('{')) {
            std::uint32_t const value = digits(8, 11, taken);
            if (taken == 0 || !take('}') || value >= ill_formed) fail("bad octal escape");
            return value;
        }
        if (!rust() && c >= '0' && c <= '7') {
            std::uint32_t const more = digits(8, 2, taken);
            std::uint32_t const whole = (c - '0') << (3 * taken) | more;
            if (whole >= 0x80) refuse("a byte beyond ASCII in octal");
            return whole;
        }
        bool const letter = (c | 32U) >= 'a' && (c | 32U) <= 'z' && c < 0x80;
        if (rust() && (letter || (c >= '0' && c <= '9'))) refuse(std::string("\\") + static_cast<char>(c));
        return c;
    }

private:
    // \xHH are bytes in Oniguruma; several of them make a character.
    [[nodiscard]] std::uint32_t bytes_in_hexadecimal() {
        std::string bytes;
        std::size_t taken = 0;
        do {
            std::uint32_t const value = digits(16, 2, taken);
            if (taken == 0) fail("bad hexadecimal escape");
            bytes += static_cast<char>(static_cast<unsigned char>(value));
            auto const [code_point, length] = decode_utf8(bytes, 0);
            if (length == bytes.size() && (length > 1 || code_point != replacement_character)) return code_point;
        } while (bytes.size() < 4 && take("\\x"));
        fail("the bytes are not UTF-8");
    }

    std::string_view text_;
    regex_dialect dialect_;
    std::size_t at_ = 0;
};

}  // namespace detail
}  // namespace tessera::inline v0
