// Vocabularies of RWKV World (rwkv_vocab_v20230424.txt): one token a line, `ID LITERAL LENGTH`, where LITERAL is a
// string or bytes of Python and LENGTH counts its bytes. Tokens are found greedily, the longest first; ids start at 1,
// and 0 ends a text. Source: BlinkDL/RWKV-LM RWKV-v4neo/src/rwkv_tokenizer.py.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/io/detail/lines.hpp>
#include <tessera/io/detail/python_literal.hpp>
#include <tessera/io/detail/token_table.hpp>

namespace tessera::inline v0 {

struct rwkv_vocab {
    std::vector<std::string> tokens;  ///< bytes by id; empty where an id has no token (0 has none)
};

/// Reads a vocabulary. Every byte of a token is checked against the literal and the length, and no two tokens are the
/// same; that all 256 bytes are tokens is not asked (the published file has them).
/// @throws error  syntax, bad_token, empty_input; `where()` is "line N"
/// @complexity    O(n log n) comparisons of tokens
[[nodiscard]] inline rwkv_vocab read_rwkv_vocab(std::string_view text) {
    detail::token_table table;
    auto const where = [](std::size_t line) { return "line " + std::to_string(line); };
    auto const number = [](std::string_view digits, std::uint64_t& value) {
        auto const [stop, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return code == std::errc() && stop == digits.data() + digits.size();
    };
    detail::for_each_line(text, [&](std::string_view line, std::size_t n) {
        auto const fail = [&](std::string message) {
            throw error(error_kind::syntax, where(n), std::move(message), "check that this is an RWKV vocabulary");
        };
        std::size_t const first = line.find(' ');
        std::size_t const last = line.rfind(' ');  // the literal itself may have spaces
        std::uint64_t id = 0;
        std::uint64_t length = 0;
        if (first == std::string_view::npos || first == last || !number(line.substr(0, first), id) ||
            !number(line.substr(last + 1), length)) {
            fail("expected an id, a token as a Python literal and its length");
        }
        std::string bytes;
        if (char const* const wrong = detail::append_python_literal(line.substr(first + 1, last - first - 1), bytes))
            fail(std::string("the token cannot be read: ") + wrong);
        if (bytes.size() != length) {
            fail("the token has " + std::to_string(bytes.size()) + " bytes, not " + std::to_string(length));
        }
        table.add(id, std::move(bytes), n, where);
    });
    if (table.size() == 0) throw error(error_kind::empty_input, "", "there are no tokens in it", "check the path");
    return {table.build(where)};
}

}  // namespace tessera::inline v0
