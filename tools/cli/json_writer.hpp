// Writes JSON text piece by piece. Strings that are not UTF-8 get U+FFFD for each wrong byte.
#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <tessera/core/utf8.hpp>

namespace tessera::cli {

class json_writer {
public:
    json_writer& begin_object() { return open('{'); }
    json_writer& end_object() { return close('}'); }
    json_writer& begin_array() { return open('['); }
    json_writer& end_array() { return close(']'); }

    json_writer& key(std::string_view name) {
        comma();
        quote(name);
        text_ += ':';
        first_ = true;  // the value needs no comma
        return *this;
    }

    json_writer& value(std::string_view s) {
        comma();
        quote(s);
        return *this;
    }
    json_writer& value(char const* s) { return value(std::string_view(s)); }
    json_writer& value(bool b) {
        comma();
        text_ += b ? "true" : "false";
        return *this;
    }
    template <std::integral I>
        requires(!std::same_as<I, bool>)
    json_writer& value(I i) {
        comma();
        char digits[24];
        text_.append(digits, std::to_chars(digits, digits + sizeof digits, i).ptr);
        return *this;
    }
    /// Shortest text that reads back as the same number; null where JSON has none.
    json_writer& value(double d) {
        comma();
        if (!std::isfinite(d)) {
            text_ += "null";
            return *this;
        }
        char digits[40];
        text_.append(digits, std::to_chars(digits, digits + sizeof digits, d).ptr);
        return *this;
    }
    json_writer& null() {
        comma();
        text_ += "null";
        return *this;
    }

    template <class T>
    json_writer& member(std::string_view name, T const& v) {
        return key(name).value(v);
    }
    template <class Range>
    json_writer& array(std::string_view name, Range const& values) {
        key(name).begin_array();
        for (auto const& v : values) value(v);
        return end_array();
    }

    [[nodiscard]] std::string const& text() const noexcept { return text_; }
    void clear() {
        text_.clear();
        first_ = true;
    }

private:
    json_writer& open(char bracket) {
        comma();
        text_ += bracket;
        first_ = true;
        return *this;
    }
    json_writer& close(char bracket) {
        text_ += bracket;
        first_ = false;
        return *this;
    }
    void comma() {
        if (!first_) text_ += ',';
        first_ = false;
    }
    void quote(std::string_view s) {
        static constexpr char hex[] = "0123456789abcdef";
        text_ += '"';
        for (std::size_t at = 0; at < s.size();) {
            auto const c = static_cast<unsigned char>(s[at]);
            if (c >= 0x80) {
                auto const decoded = decode_utf8(s, at);
                if (decoded.length == 1) {
                    text_ += "\xEF\xBF\xBD";
                } else {
                    text_ += s.substr(at, decoded.length);
                }
                at += decoded.length;
                continue;
            }
            ++at;
            switch (c) {
                case '"':
                    text_ += "\\\"";
                    break;
                case '\\':
                    text_ += "\\\\";
                    break;
                case '\n':
                    text_ += "\\n";
                    break;
                case '\r':
                    text_ += "\\r";
                    break;
                case '\t':
                    text_ += "\\t";
                    break;
                default:
                    if (c < 0x20 || c == 0x7F) {
                        text_ += "\\u00";
                        text_ += hex[c >> 4];
                        text_ += hex[c & 15];
                    } else {
                        text_ += static_cast<char>(c);
                    }
            }
        }
        text_ += '"';
    }

    std::string text_;
    bool first_ = true;
};

}  // namespace tessera::cli
