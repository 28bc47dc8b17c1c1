// Writes "BoundlessBPE v2" files (boundless_file.hpp) as fastboundlessbpe does, byte for byte.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/unicode_class.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/io/detail/shown.hpp>
#include <tessera/model/boundless_data.hpp>

namespace tessera::inline v0 {

namespace detail {

class boundless_writer {
public:
    explicit boundless_writer(boundless_data const& data) : data_(data) {}

    [[nodiscard]] std::string run() {
        out_ = "BoundlessBPE v2 ";
        out_ += data_.kind == boundless_kind::word        ? "word"
                : data_.kind == boundless_kind::boundless ? "boundless"
                                                          : "superbpe";
        line("\nvocabulary\n", data_.tokens.size());
        for (std::size_t id = 0; id < data_.tokens.size(); ++id) {
            out_ += std::to_string(id) + ' ';
            append_in_byte_alphabet(data_.symbols[id], out_);
            out_ += ' ' + std::to_string(data_.tokens[id].count) + (data_.tokens[id].is_super ? " 1\n" : " 0\n");
        }
        line("special_tokens\n", data_.specials.size());
        for (auto const& [id, content] : data_.specials) {
            check_special(content);
            out_ += std::to_string(id) + ' ' + content + '\n';
        }
        out_ += "words\n";
        section(data_.words, false);
        if (data_.kind != boundless_kind::word) {
            out_ += "superwords\n";
            section(data_.superwords, true);
        }
        return std::move(out_);
    }

private:
    void line(char const* before, std::size_t n) {
        out_ += before;
        out_ += std::to_string(n) + '\n';
    }

    // The line is read without the whitespace at its ends.
    static void check_special(std::string const& content) {
        auto const is_space_at = [&](std::size_t at) {
            char32_t const c = decode_utf8(content, at).code_point;
            return (unicode_16_0::class_of(c) & unicode_class::space) != 0 || (c >= 0x1C && c <= 0x1F);
        };
        std::size_t last = content.empty() ? 0 : content.size() - 1;
        while (last > 0 && (static_cast<unsigned char>(content[last]) & 0xC0) == 0x80) --last;
        if (content.empty() || !is_valid_utf8(content) || content.find_first_of("\r\n") != std::string::npos ||
            is_space_at(0) || is_space_at(last)) {
            throw error(error_kind::unsupported, "special token " + shown(content),
                        "a line of text cannot hold it: it has a line end, or spaces at its ends", "rename it");
        }
    }

    void section(boundless_section const& s, bool is_super) {
        out_ += "{\"tau\": " + python_float(s.delete_threshold);
        member("is_super", is_super);
        member("superbpe_mode", is_super && data_.kind == boundless_kind::superbpe);
        member("blowup", s.blow_up);
        out_ += ", \"main_regex\": ";
        string(s.main_regex);
        out_ += ", \"script_specific_regex\": ";
        if (s.script_regex) {
            string(*s.script_regex);
        } else {
            out_ += "null";
        }
        out_ += ", \"script_specific_scripts\": ";
        if (s.scripts) {
            char const* before = "[";
            for (std::string const& name : *s.scripts) {
                out_ += before;
                string(name);
                before = ", ";
            }
            out_ += s.scripts->empty() ? "[]" : "]";
        } else {
            out_ += "null";
        }
        out_ += ", \"merge_pattern\": ";
        string(s.merge_pattern);
        out_ += "}\n";
        auto const n_deletions = static_cast<std::size_t>(
            std::ranges::count_if(s.operations, [](merge_operation const& o) { return o.is_deletion(); }));
        line("merges\n", s.operations.size() - n_deletions);
        for (std::size_t i = 0; i < s.operations.size(); ++i) {
            merge_operation const& o = s.operations[i];
            if (o.is_deletion()) continue;
            out_ += std::to_string(i) + ' ';
            append_in_byte_alphabet(data_.symbols[o.left], out_);
            out_ += ' ';
            append_in_byte_alphabet(data_.symbols[o.right], out_);
            out_ += ' ' + std::to_string(o.count) + (o.completes ? " 1\n" : " 0\n");
        }
        line("deletions\n", n_deletions);
        for (std::size_t i = 0; i < s.operations.size(); ++i) {
            if (!s.operations[i].is_deletion()) continue;
            out_ += std::to_string(i) + ' ';
            append_in_byte_alphabet(data_.symbols[s.operations[i].result], out_);
            out_ += '\n';
        }
    }

    void member(char const* name, bool value) {
        out_ += ", \"";
        out_ += name;
        out_ += value ? "\": true" : "\": false";
    }

    // As Python's repr: the shortest digits that read back as the same number.
    static std::string python_float(double value) {
        char digits[64];
        bool const plain = value == 0 || (std::abs(value) >= 1e-4 && std::abs(value) < 1e16);
        auto const [end, code] = std::to_chars(digits, digits + sizeof digits, value,
                                               plain ? std::chars_format::fixed : std::chars_format::scientific);
        std::string text(digits, end);
        if (plain && text.find('.') == std::string::npos) text += ".0";
        return text;
    }

    // As Python's json.dumps: ASCII.
    void string(std::string_view text) {
        static constexpr std::string_view hex = "0123456789abcdef";
        auto const unit = [&](std::uint32_t u) {
            out_ += "\\u";
            for (int shift = 12; shift >= 0; shift -= 4) out_ += hex[(u >> shift) & 15];
        };
        out_ += '"';
        for (std::size_t at = 0; at < text.size();) {
            auto const [c, length] = decode_utf8(text, at);
            at += length;
            constexpr std::string_view named = "\"\\\n\r\t\f\b";
            constexpr std::string_view names = "\"\\nrtfb";
            std::size_t const place = c < 0x80 ? named.find(static_cast<char>(c)) : std::string_view::npos;
            if (place != std::string_view::npos) {
                out_ += '\\';
                out_ += names[place];
            } else if (c >= 0x20 && c < 0x7F) {
                out_ += static_cast<char>(c);
            } else if (c < 0x10000) {
                unit(c);
            } else {
                unit(0xD800 + ((c - 0x10000) >> 10));
                unit(0xDC00 + ((c - 0x10000) & 0x3FF));
            }
        }
        out_ += '"';
    }

    boundless_data const& data_;
    std::string out_;
};

}  // namespace detail

/// Writes a file.
/// @throws error  unsupported: a special token does not fit on a line
[[nodiscard]] inline std::string write_boundless_file(boundless_data const& data) {
    return detail::boundless_writer(data).run();
}

}  // namespace tessera::inline v0
