// Token ids as text: decimal numbers separated by spaces, one document a line.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>

namespace tessera::inline v0 {

/// Appends `id` in decimal.
inline void append_id(token_id id, std::string& out) {
    char digits[12];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, id).ptr);
}

/// Reads the ids of one line into `ids` (replaced). Numbers are separated by spaces, tabs or a carriage return.
/// @throws error  syntax: something is not a number; bad_id: a number is above 2^32 - 2. The place is the column.
inline void parse_ids(std::string_view line, std::vector<token_id>& ids) {
    static constexpr std::string_view blanks = " \t\r";
    ids.clear();
    for (std::size_t at = line.find_first_not_of(blanks); at < line.size(); at = line.find_first_not_of(blanks, at)) {
        std::size_t const end = std::min(line.find_first_of(blanks, at), line.size());
        std::string_view const word = line.substr(at, end - at);
        token_id id = no_token;
        auto const [stopped, code] = std::from_chars(word.data(), word.data() + word.size(), id);
        bool const number = stopped == word.data() + word.size() && code != std::errc::invalid_argument;
        if (!number || code != std::errc() || id == no_token) {
            std::string const shown(word.substr(0, 40));
            throw error(number ? error_kind::bad_id : error_kind::syntax, "column " + std::to_string(at + 1),
                        "\"" + shown + (word.size() > shown.size() ? "...\"" : "\"") +
                            (number ? " is not an id of any vocabulary" : " is not a token id"),
                        "give decimal ids separated by spaces");
        }
        ids.push_back(id);
        at = end;
    }
}

}  // namespace tessera::inline v0
