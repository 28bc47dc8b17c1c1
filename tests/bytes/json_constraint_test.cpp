// JSON texts: against the grammar rule by rule and against simdjson, on all short texts and on texts that were changed;
// what may be read can be completed.
#include <doctest/doctest.h>
#include <simdjson.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/bytes/json_constraint.hpp>
#include <tessera/core/error.hpp>
#include "../reference/json.hpp"
#include "../support.hpp"
#include "walk.hpp"

namespace json_constraint_test {

using namespace tessera;
using bytes_test::accepts;
using bytes_test::for_each_text;
using bytes_test::letters_of;
using bytes_test::read;

namespace {

/// What completes a text, one byte after the other; empty if nothing was found. These bytes lead to the end wherever
/// one of them may come, the first preferred; others only where none of them may.
bool can_be_completed(json_constraint const& c, json_constraint::state s) {
    for (int n = 0; n < 2000; ++n) {
        if (c.accepts(s)) return true;
        byte_set const next = allowed(c, s);
        std::optional<std::size_t> chosen;
        for (char const byte : std::string_view("\"}]:0\\uDC{[")) {
            if (!chosen && next[static_cast<unsigned char>(byte)]) chosen = static_cast<unsigned char>(byte);
        }
        for (std::size_t b = 256; b-- > 0;) {
            if (!chosen && next[b]) chosen = b;
        }
        if (!chosen || !c.step(s, static_cast<unsigned char>(*chosen))) return false;
    }
    return false;
}

/// Accepted texts and those that may go on are those of the grammar.
struct comparison {
    json_constraint constraint;
    reference::json_grammar grammar;
    std::size_t n_accepted = 0, n_alive = 0, n = 0;

    explicit comparison(json_options options = {}) : constraint(options) {
        grammar.depth = options.depth;
        if (options.space != json_options::no_limit) grammar.space = options.space;
        grammar.lone_surrogates = options.lone_surrogates;
    }
    void see(std::string const& text, std::optional<json_constraint::state> const& at) {
        bool const accepted = at && constraint.accepts(*at);
        ++n;
        n_accepted += accepted ? 1 : 0;
        n_alive += at ? 1 : 0;
        CAPTURE(text);
        REQUIRE(accepted == grammar.is_text(text));
        if (at) REQUIRE(can_be_completed(constraint, *at));
    }
    void see(std::string const& text) { see(text, read(constraint, text)); }
    void see_all(std::string_view letters, std::size_t most, std::string const& begin = "") {
        for_each_text(
            constraint, letters_of(letters), most,
            [&](std::string const& text, std::optional<json_constraint::state> const& at) { see(text, at); }, begin,
            read(constraint, begin));
    }
};

std::string random_json(support::random_source& random, int depth) {
    static std::vector<std::string> const scalars = {"0",
                                                     "-0",
                                                     "12",
                                                     "-3.50",
                                                     "1e5",
                                                     "2E-07",
                                                     "true",
                                                     "null",
                                                     "false",
                                                     "\"\"",
                                                     "\"a b\"",
                                                     "\"\\n\\\\\\/\"",
                                                     "0.0",
                                                     "10",
                                                     "9e+1",
                                                     "\"\\u00e9\"",
                                                     "\"\\uD83E\\udd99\"",
                                                     "\"\u00df\u4e00\U0001f600\""};
    static std::vector<std::string> const spaces = {"", "", "", " ", "\n  ", "\t\r\n"};
    auto const space = [&] { return spaces[random.below(spaces.size())]; };
    std::size_t const kind = depth == 0 ? 0 : random.below(4);
    if (kind < 2) return scalars[random.below(scalars.size())];
    std::string out = kind == 2 ? "[" : "{";
    for (std::size_t k = 0, n = random.below(4); k < n; ++k) {
        if (k > 0) out += "," + space();
        if (kind == 3) out += "\"" + std::string(k, 'k') + "\"" + space() + ":" + space();
        out += random_json(random, depth - 1) + space();
    }
    return space() + out + (kind == 2 ? "]" : "}");
}

std::string changed(support::random_source& random, std::string text) {
    static std::string_view const bytes = "[]{}\",:-+01.eE \n\\/utfnDd8cC\x1F\x7F\x80\xC3\xE0\xED\xF4";
    for (std::size_t n = random.below(3); n > 0 && !text.empty(); --n) {
        std::size_t const at = random.below(text.size());
        char const c = bytes[random.below(bytes.size())];
        switch (random.below(4)) {
            case 0:
                text[at] = c;
                break;
            case 1:
                text.insert(at, 1, c);
                break;
            case 2:
                text.erase(at, 1 + random.below(3));
                break;
            default:
                text.insert(at, text.substr(random.below(text.size()), random.below(6)));
        }
    }
    return text;
}

/// A number that simdjson may refuse because it is too large.
bool may_be_too_large(std::string_view text) {
    std::size_t run = 0;
    for (char const c : text) {
        run = std::string_view("0123456789.eE+-").find(c) == std::string_view::npos ? 0 : run + 1;
        if (run > 4 && (text.find('e') != std::string_view::npos || text.find('E') != std::string_view::npos))
            return true;
        if (run > 18) return true;
    }
    return false;
}

}  // namespace

TEST_CASE("JSON: examples") {
    json_constraint const c;
    for (std::string_view const text :
         {"0", "-0", "-0.5e+10", "1E5", "\"\"", "true", " null\n", "[]", "{}", "[1, 2]", R"({"a": {"a": []}, "a": 1})",
          R"("\"\\\/\b\f\n\r\t\u0000\uABcd")", R"("\ud83e\uDD99")", "\"\x7F\xF0\x9F\xA6\x99\"", "[[[]],[{}]]"}) {
        CAPTURE(text);
        CHECK(accepts(c, text));
    }
    for (std::string_view const text : {"",
                                        " ",
                                        "01",
                                        "-",
                                        "1.",
                                        ".5",
                                        "+1",
                                        "1e",
                                        "1e+",
                                        "--1",
                                        "tru",
                                        "True",
                                        "NaN",
                                        "\"",
                                        "\"\n\"",
                                        R"("\x")",
                                        R"("\u12")",
                                        "[1,]",
                                        "[,1]",
                                        "{\"a\"}",
                                        "{\"a\":}",
                                        "{a:1}",
                                        "{\"a\":1,}",
                                        "[1 2]",
                                        "1 2",
                                        "[}",
                                        "]",
                                        "\xEF\xBB\xBF"
                                        "1",
                                        "\"\xC0\x80\"",
                                        "\"\xED\xA0\x80\"",
                                        R"("\ud800")",
                                        R"("\udc00\ud800")",
                                        R"("\ud800\n")"}) {
        CAPTURE(text);
        CHECK(!accepts(c, text));
    }
    CHECK(accepts(json_constraint({.lone_surrogates = true}), R"("\ud800 \udc00\ud800")"));
}

TEST_CASE("JSON: all short texts") {
    comparison structure;
    structure.see_all("[]{}\",:1 ", 6);
    CHECK(structure.n_accepted > 100);
    CHECK(structure.n_alive > 5 * structure.n_accepted);
    comparison object;
    object.see_all("[]{}\",:1 ", 5, "{\"\"");
    object.see_all("[]{}\",:1 ", 5, "{\"\":1,");
    CHECK(object.n_accepted > 20);
    comparison numbers;
    numbers.see_all("-+01.eE", 6);
    CHECK(numbers.n_accepted > 400);
    comparison words;
    words.see_all("truefalsn ", 3);
    words.see_all("truefals n,]", 3, "[tr");
    words.see_all("truefals n,]", 3, "[fal");
    words.see_all("truefals n,]", 3, "[nu");
    CHECK(words.n_accepted == 3);
}

TEST_CASE("JSON: escapes") {
    for (bool const lone : {false, true}) {
        comparison c({.lone_surrogates = lone});
        c.see_all("\\ubx/\"n", 4, "\"");
        for (std::string const first : {"0", "7", "8", "9", "a", "B", "C", "d", "f", "g"}) {
            c.see("\"\\u" + first + "000\"");
            for (std::string const begin :
                 {"\"\\uD", "\"\\uD800\\uD", "\"\\ud8Ff\\ud", "\"\\uDbFF\\uC", "\"\\uD800\\", "\"\\uD800"}) {
                c.see(begin + first);
                c.see(begin + first + "00\"");
                c.see(begin + first + "0g\"");
                c.see(begin + first + "00\\uD800\\uDC00\"");
            }
        }
        CHECK(c.n_accepted > 40);
    }
}

TEST_CASE("JSON: limits of depth and white space") {
    comparison shallow({.depth = 2});
    shallow.see_all("[]{1,", 6);
    CHECK(accepts(shallow.constraint, "[[]]"));
    CHECK(!read(shallow.constraint, "[[["));
    for (std::uint32_t const space : {0U, 1U, 2U}) {
        comparison c({.space = space});
        c.see_all("[]1, \n", 5);
        c.see_all(": \"1}", 5, "{\"\"");
        CHECK(c.n_accepted > 10);
    }
    json_constraint const deep({.depth = 256});
    std::string const open(256, '[');
    auto const state = read(deep, open);
    REQUIRE(state);
    CHECK(can_be_completed(deep, *state));
    CHECK(!read(deep, open + "["));
    CHECK(!read(deep, open + "{"));
    CHECK(accepts(deep, open + std::string(256, ']')));
    for (std::size_t const depth : {std::size_t{0}, std::size_t{257}}) {
        CHECK_THROWS_AS(json_constraint({.depth = depth}), error);
    }
}

TEST_CASE("JSON: what is at the top") {
    std::string_view const all = "{[\"-0123456789tfn";
    auto const begins = [&](json_top top) {
        json_constraint const c({.top = top});
        std::string out;
        for (std::size_t b = 0; b < 256; ++b) {
            if (allowed(c, *read(c, " \n"))[b] && b > ' ') out += static_cast<char>(b);
        }
        CHECK(can_be_completed(c, c.start()));
        CHECK(accepts(c, "{\"a\":[1]}") == (top != json_top::array));
        CHECK(accepts(c, "[{}, null]") == (top != json_top::object));
        CHECK(accepts(c, "1") == (top == json_top::any));
        return out;
    };
    CHECK(begins(json_top::any).size() == all.size());
    CHECK(begins(json_top::object) == "{");
    CHECK(begins(json_top::array) == "[");
    CHECK(begins(json_top::object_or_array) == "[{");
}

TEST_CASE("JSON: texts that were changed, against the grammar and simdjson") {
    support::random_source random(5);
    comparison c;
    simdjson::dom::parser parser;
    std::size_t n_compared = 0;
    for (int round = 0; round < 60'000; ++round) {
        std::string const text = changed(random, random_json(random, 3));
        c.see(text);
        if (may_be_too_large(text)) continue;
        ++n_compared;
        CAPTURE(text);
        simdjson::dom::element element;
        bool const parsed = parser.parse(simdjson::padded_string(text)).get(element) == simdjson::SUCCESS;
        REQUIRE(parsed == accepts(c.constraint, text));
    }
    CHECK(n_compared > 30'000);
    CHECK(c.n_accepted > 15'000);
    CHECK(c.n_accepted < 45'000);
    CHECK(c.n_alive > c.n_accepted + 1000);
}

TEST_CASE("JSON: equal states where the same may follow") {
    json_constraint const c({.space = 3});
    CHECK(read(c, "[{\"a\": 1}, ") == read(c, "[null, "));
    CHECK(read(c, "\"\\uD83E\\uDD99") == read(c, "\"a"));
    CHECK(read(c, "{\"k\": \"") != read(c, "{\""));
    CHECK(read(c, "[[") != read(c, "[{"));
}

TEST_CASE("JSON: hostile texts") {
    json_constraint const c;
    std::size_t const n = std::size_t{1} << 20;
    std::string const brackets(n, '[');
    auto s = c.start();
    std::size_t read_so_far = 0;
    while (read_so_far < n && c.step(s, static_cast<unsigned char>(brackets[read_so_far]))) ++read_so_far;
    CHECK(read_so_far == 64);
    CHECK(can_be_completed(c, s));
    CHECK(accepts(c, "-" + std::string(n, '9') + "." + std::string(n, '0') + "e" + std::string(n, '0')));
    CHECK(accepts(c, "\"" + std::string(n, '\x7F') + "\""));
    CHECK(accepts(c, std::string(n, ' ') + "[" + std::string(n, '\n') + "]"));
}

}  // namespace json_constraint_test
