// Where the members of a JSON object stand in its text, for changing one and leaving all else as it is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::inline v0::detail {

/// One member: `"key": value`. Places in the text of the document.
struct json_member {
    std::size_t key_begin = 0;  // of the quote
    std::string_view key;       // as it is written, escapes and all
    std::size_t value_begin = 0;
    std::size_t value_end = 0;
};

[[nodiscard]] inline std::size_t skip_json_space(std::string_view text, std::size_t at) noexcept {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r')) ++at;
    return at;
}

/// Behind the string that begins at `at`. @pre text[at] == '"'
[[nodiscard]] inline std::size_t skip_json_string(std::string_view text, std::size_t at) noexcept {
    for (++at; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\') ++at;
    }
    return at < text.size() ? at + 1 : text.size();
}

/// Behind the value that begins at `at`. Does not recurse.
[[nodiscard]] inline std::size_t skip_json_value(std::string_view text, std::size_t at) noexcept {
    std::size_t depth = 0;
    while (at < text.size()) {
        char const c = text[at];
        if (c == '"') {
            at = skip_json_string(text, at);
            if (depth == 0) return at;
            continue;
        }
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') {
            if (depth == 0) return at;  // behind a number
            if (--depth == 0) return at + 1;
        }
        if (depth == 0 && c != '{' && c != '[' && std::string_view(", \t\n\r").find(c) != std::string_view::npos)
            return at;
        ++at;
    }
    return at;
}

/// The members of the object that begins at `at`, in its order.
/// @pre  text is JSON, or Python's (NaN, Infinity), and text[at] == '{'
[[nodiscard]] inline std::vector<json_member> find_json_members(std::string_view text, std::size_t at) {
    std::vector<json_member> members;
    at = skip_json_space(text, at + 1);
    while (at < text.size() && text[at] == '"') {
        json_member m;
        m.key_begin = at;
        at = skip_json_string(text, at);
        m.key = text.substr(m.key_begin + 1, at - m.key_begin - 2);
        at = skip_json_space(text, at);
        m.value_begin = skip_json_space(text, at + 1);  // behind the colon
        m.value_end = at = skip_json_value(text, m.value_begin);
        members.push_back(m);
        at = skip_json_space(text, at);
        if (at < text.size() && text[at] == ',') at = skip_json_space(text, at + 1);
    }
    return members;
}

}  // namespace tessera::inline v0::detail
