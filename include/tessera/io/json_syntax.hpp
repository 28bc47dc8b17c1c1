// Where a JSON text breaks the grammar. The parser that reads JSON here tells what is wrong, not where; this slow
// second look is taken only at a text that has failed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/utf8.hpp>

namespace tessera::inline v0 {

/// A place in a JSON text and what is wrong there.
struct json_fault {
    std::size_t byte = 0;
    std::string message;  ///< empty: nothing was found
};

namespace detail {

/// A checker of RFC 8259 without recursion.
class json_checker {
public:
    explicit json_checker(std::string_view text) noexcept : text_(text) {}

    json_fault run(std::size_t max_depth) {
        std::vector<bool> in_object;  // one for each open bracket
        bool want_value = true;       // else: a comma or a closing bracket
        bool may_close = false;       // directly after an opening bracket
        for (skip_space(); fault_.message.empty(); skip_space()) {
            if (!want_value && in_object.empty())
                return at_ < text_.size() ? fail("the text goes on after its end") : json_fault{};
            if (at_ >= text_.size()) return fail("the text ends too early");
            char const c = text_[at_];
            if ((c == '}' || c == ']') && !in_object.empty() && (!want_value || may_close)) {
                if ((c == '}') != in_object.back()) return fail("the bracket does not match the open one");
                in_object.pop_back();
                ++at_;
                want_value = may_close = false;
                continue;
            }
            if (!want_value) {
                if (c != ',') return fail("expected a comma or a closing bracket");
                ++at_;
                skip_space();
                want_value = true;
                if (at_ >= text_.size()) continue;
            }
            if (!in_object.empty() && in_object.back()) {
                if (!string("expected a key in quotes")) break;
                skip_space();
                if (at_ >= text_.size()) return fail("the text ends too early");
                if (text_[at_] != ':') return fail("expected a colon");
                ++at_;
                skip_space();
                if (at_ >= text_.size()) return fail("the text ends too early");
            }
            may_close = false;
            if (text_[at_] == '{' || text_[at_] == '[') {
                if (in_object.size() >= max_depth) return fail("the brackets are nested too deep");
                in_object.push_back(text_[at_] == '{');
                ++at_;
                may_close = true;
                continue;
            }
            if (!scalar()) break;
            want_value = false;
        }
        return fault_;
    }

private:
    json_fault fail(char const* message) {
        fault_ = {at_, message};
        return fault_;
    }
    bool no(char const* message) {
        fail(message);
        return false;
    }

    void skip_space() noexcept {
        while (at_ < text_.size() &&
               (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
            ++at_;
    }

    bool scalar() {
        if (text_[at_] == '"') return string("");
        for (std::string_view const word : {"true", "false", "null"}) {
            if (text_.substr(at_).starts_with(word)) {
                at_ += word.size();
                return true;
            }
        }
        return number();
    }

    bool number() {
        std::size_t const begin = at_;
        auto const digits = [&] {
            std::size_t const from = at_;
            while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
            return at_ - from;
        };
        auto const is = [&](char a, char b) { return at_ < text_.size() && (text_[at_] == a || text_[at_] == b); };
        if (is('-', '-')) ++at_;
        bool const zero = is('0', '0');
        std::size_t const whole = digits();
        if (whole == 0) return no("expected a value");
        if (zero && whole > 1) return no("a number begins with 0");
        bool integer = true;
        if (is('.', '.')) {
            ++at_;
            integer = false;
            if (digits() == 0) return no("expected a digit");
        }
        if (is('e', 'E')) {
            ++at_;
            integer = false;
            if (is('+', '-')) ++at_;
            if (digits() == 0) return no("expected a digit");
        }
        if (integer && whole > 18) {
            at_ = begin;
            return no("the number is too large");
        }
        return true;
    }

    bool string(char const* message_if_none) {
        if (text_[at_] != '"') return no(message_if_none);
        for (++at_; at_ < text_.size();) {
            auto const c = static_cast<unsigned char>(text_[at_]);
            if (c == '"') {
                ++at_;
                return true;
            }
            if (c < 0x20) return no("a control character in a string is not escaped");
            if (c == '\\') {
                if (!escape()) return false;
                continue;
            }
            auto const [code_point, length] = decode_utf8(text_, at_);
            if (length == 1 && code_point == replacement_character) return no("a byte is not UTF-8");
            at_ += length;
        }
        return no("the text ends inside a string");
    }

    bool escape() {
        if (at_ + 1 >= text_.size()) {
            at_ = text_.size();
            return no("the text ends inside a string");
        }
        char const kind = text_[at_ + 1];
        if (kind != 'u') {
            if (std::string_view("\"\\/bfnrt").find(kind) == std::string_view::npos) return no("unknown escape");
            at_ += 2;
            return true;
        }
        std::uint32_t const unit = code_unit(at_);
        if (unit > 0xFFFF) return no("expected four hexadecimal digits");
        if (unit >= 0xD800 && unit < 0xE000) {
            bool const paired = unit < 0xDC00 && text_.substr(at_ + 6).starts_with("\\u");
            std::uint32_t const low = paired ? code_unit(at_ + 6) : 0;
            if (low < 0xDC00 || low > 0xDFFF) return no("half of a surrogate pair stands alone");
            at_ += 6;
        }
        at_ += 6;
        return true;
    }

    // Of `\uXXXX` at `at`; beyond 0xFFFF where there are not four digits.
    [[nodiscard]] std::uint32_t code_unit(std::size_t at) const noexcept {
        std::uint32_t value = 0;
        for (std::size_t i = at + 2; i < at + 6; ++i) {
            char const c = i < text_.size() ? text_[i] : '?';
            std::uint32_t digit = 0;
            if (c >= '0' && c <= '9') {
                digit = static_cast<std::uint32_t>(c - '0');
            } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
                digit = static_cast<std::uint32_t>((c | 0x20) - 'a' + 10);
            } else {
                return 0x1'0000;
            }
            value = value << 4 | digit;
        }
        return value;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    json_fault fault_;
};

}  // namespace detail

/// The first fault of a JSON text; a message only if there is one. Linear time, no recursion.
[[nodiscard]] inline json_fault find_json_fault(std::string_view text, std::size_t max_depth = 1000) {
    return detail::json_checker(text).run(max_depth);
}

/// "line:column" of a byte, both from 1, columns in bytes.
[[nodiscard]] inline std::string line_and_column(std::string_view text, std::size_t byte) {
    std::size_t line = 1;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < byte && i < text.size(); ++i) {
        if (text[i] == '\n') {
            ++line;
            begin = i + 1;
        }
    }
    return std::to_string(line) + ':' + std::to_string(byte - begin + 1);
}

}  // namespace tessera::inline v0
