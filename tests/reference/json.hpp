// The grammar of RFC 8259, rule by rule: slow, and plain enough to be seen to be right. Each rule takes a position and
// gives the positions where what it names may end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include <tessera/core/utf8.hpp>

namespace reference {

class json_grammar {
public:
    std::size_t depth = 64;               // of brackets
    std::size_t space = ~std::size_t{0};  // in a row
    bool lone_surrogates = true;          // as in the grammar

    [[nodiscard]] bool is_text(std::string_view text) {
        text_ = text;
        return ws(value(ws({0}), 0)).contains(text.size());  // JSON-text = ws value ws
    }

private:
    using ends = std::set<std::size_t>;

    [[nodiscard]] unsigned char byte(std::size_t at) const {
        return at < text_.size() ? static_cast<unsigned char>(text_[at]) : 0;  // no rule takes a zero
    }
    static void join(ends& a, ends const& b) { a.insert(b.begin(), b.end()); }

    [[nodiscard]] ends one(ends const& from, std::string_view bytes) const {
        ends out;
        for (std::size_t const at : from) {
            if (at < text_.size() && bytes.find(text_[at]) != std::string_view::npos) out.insert(at + 1);
        }
        return out;
    }
    [[nodiscard]] ends literal(ends from, std::string_view word) const {
        for (char const c : word) from = one(from, std::string_view(&c, 1));
        return from;
    }
    [[nodiscard]] ends many(ends from, std::string_view bytes, std::size_t least,
                            std::size_t most = ~std::size_t{0}) const {
        ends out;
        for (std::size_t n = 0; !from.empty() && n <= most; ++n) {
            if (n >= least) join(out, from);
            from = one(from, bytes);
        }
        return out;
    }
    [[nodiscard]] ends ws(ends const& from) const {
        ends out = many(from, " \t\n\r", 0, space);
        // A run of white space is one, however rules share it: none may begin inside or end inside.
        std::erase_if(out, [&](std::size_t at) { return one({at}, " \t\n\r").size() == 1; });
        return out;
    }
    [[nodiscard]] ends token(ends const& from, char c) const { return ws(one(ws(from), std::string_view(&c, 1))); }

    [[nodiscard]] ends value(ends const& from, std::size_t inside) const {
        if (from.empty()) return {};
        ends out = literal(from, "false");
        join(out, literal(from, "null"));
        join(out, literal(from, "true"));
        if (inside < depth) {
            join(out, object(from, inside));
            join(out, array(from, inside));
        }
        join(out, number(from));
        join(out, string(from));
        return out;
    }
    [[nodiscard]] ends object(ends const& from, std::size_t inside) const {
        ends const begin = token(from, '{');
        ends out = one(begin, "}");
        for (ends at = member(begin, inside); !at.empty(); at = member(token(at, ','), inside))
            join(out, one(ws(at), "}"));
        return out;
    }
    [[nodiscard]] ends member(ends const& from, std::size_t inside) const {
        return from.empty() ? from : value(token(string(from), ':'), inside + 1);
    }
    [[nodiscard]] ends array(ends const& from, std::size_t inside) const {
        ends const begin = token(from, '[');
        ends out = one(begin, "]");
        for (ends at = value(begin, inside + 1); !at.empty(); at = value(token(at, ','), inside + 1))
            join(out, one(ws(at), "]"));
        return out;
    }
    [[nodiscard]] ends number(ends const& from) const {
        ends begin = from;  // [ minus ] int [ frac ] [ exp ]
        join(begin, one(from, "-"));
        ends out = one(begin, "0");
        join(out, many(one(begin, "123456789"), "0123456789", 0));
        join(out, many(one(out, "."), "0123456789", 1));
        ends power = one(out, "eE");
        join(power, one(power, "+-"));
        join(out, many(power, "0123456789", 1));
        return out;
    }
    [[nodiscard]] ends string(ends const& from) const {
        ends out;
        for (ends at = one(from, "\""); !at.empty(); at = character(at)) join(out, one(at, "\""));
        return out;
    }
    [[nodiscard]] ends character(ends const& from) const {
        ends out;
        for (std::size_t const at : from) {
            if (at >= text_.size() || byte(at) < 0x20 || byte(at) == '"') continue;
            if (byte(at) != '\\') {
                auto const [c, length] = tessera::decode_utf8(text_, at);
                if (length > 1 || c != tessera::replacement_character) out.insert(at + length);
                continue;
            }
            join(out, one({at + 1}, "\"\\/bfnrt"));
            std::int64_t const unit = code_unit(at);
            if (unit < 0) continue;
            if (lone_surrogates || unit < 0xD800 || unit > 0xDFFF) {
                out.insert(at + 6);
            } else if (unit < 0xDC00 && code_unit(at + 6) >= 0xDC00 && code_unit(at + 6) <= 0xDFFF) {
                out.insert(at + 12);
            }
        }
        return out;
    }
    // Of the \uXXXX at `at`; -1 if there is none.
    [[nodiscard]] std::int64_t code_unit(std::size_t at) const {
        ends const begin = literal({at}, "\\u");
        if (!many(begin, "0123456789abcdefABCDEF", 4, 4).contains(at + 6)) return -1;
        return std::stoll(std::string(text_.substr(at + 2, 4)), nullptr, 16);
    }

    std::string_view text_;
};

}  // namespace reference
