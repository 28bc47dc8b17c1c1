// Texts that a regular expression matches as a whole: against a backtracking twin on all short texts, for random
// patterns; what may be read can be completed; limits hold.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/bytes/regex_constraint.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/utf8.hpp>
#include "../reference/pattern.hpp"
#include "../support.hpp"
#include "walk.hpp"

namespace regex_constraint_test {

using namespace tessera;
using bytes_test::accepts;
using bytes_test::read;

namespace {

/// Whether some bytes lead from `s` to acceptance, by a search in breadth. @pre few states are near
bool can_be_completed(regex_constraint const& c, regex_constraint::state s) {
    std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
    std::deque<regex_constraint::state> todo{s};
    while (!todo.empty()) {
        s = todo.front();
        todo.pop_front();
        if (c.accepts(s)) return true;
        byte_set const next = allowed(c, s);
        for (std::size_t b = 0; b < 256; ++b) {
            if (!next[b]) continue;
            auto to = s;
            if (!c.step(to, static_cast<unsigned char>(b))) return false;  // `allowed` says more than `step`
            if (seen.emplace(to.at, to.character).second) todo.push_back(to);
        }
    }
    return false;
}

/// What random patterns are made of.
struct parts {
    std::vector<std::string> units;
    std::vector<std::string> groups;
};
parts const of_all_kinds{
    {"a",   "b",     "1",     R"(\s)", R"(\S)", R"(\d)", R"(\w)", R"(\W)", R"(\p{L})", "[^ab]",  "[ab]",
     ".",   R"(\b)", R"(\B)", R"(\b)", "^",     "$",     R"(\z)", R"(\A)", "(?i:A)",   "\u00df", "[\u00e0-\U0001f600]",
     "(?:)"},
    {"(?:", "(?:", "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>"}};
parts const of_looks{{"a", "b", "a", "b", "ab", "ba", ".", "\u00df", ".*", "$"},
                     {"(?:", "(?=", "(?=", "(?=", "(?!", "(?!", "(?!", "(?<=", "(?<!", "(?>"}};

std::string random_pattern(support::random_source& random, parts const& from, int depth) {
    static std::vector<std::string> const suffixes = {"",   "",   "",   "",   "*",  "+",     "?",    "*?",
                                                      "+?", "??", "*+", "++", "?+", "{1,2}", "{2,}", "{0,2}?"};
    std::string out;
    for (std::size_t ways = 1 + random.below(2); ways > 0; --ways) {
        for (std::size_t k = random.below(4); k > 0; --k) {
            if (depth > 0 && random.below(3) == 0) {
                out += from.groups[random.below(from.groups.size())] + random_pattern(random, from, depth - 1) + ")";
            } else {
                out += from.units[random.below(from.units.size())];
            }
            out += suffixes[random.below(suffixes.size())];
        }
        if (ways > 1) out += "|";
    }
    return out;
}

struct seen {
    std::size_t n_patterns = 0, n_with_looks = 0, n_empty = 0, n_unsupported = 0, n_accepted = 0, n_refused = 0;
};

/// All texts of at most `most` letters, against the twin; all states that they lead to can be completed.
void compare_with_twin(std::string const& regex, regex_dialect dialect, std::vector<std::string> const& letters,
                       std::size_t most, seen& all) {
    CAPTURE(regex);
    std::optional<regex_constraint> c;
    try {
        c.emplace(regex, regex_options{.dialect = dialect});
    } catch (error const& e) {
        REQUIRE(e.kind() != error_kind::limit);
        all.n_unsupported += e.kind() == error_kind::unsupported ? 1 : 0;
        if (e.kind() != error_kind::empty_input) return;
        ++all.n_empty;
    }
    reference::backtracking_pattern twin(regex, dialect);
    if (!c) {
        bytes_test::for_each_text(no_constraint(), letters, most - 1, [&](std::string const& text, auto const&) {
            CAPTURE(text);
            REQUIRE(!twin.matches_whole(text));
        });
        return;
    }
    ++all.n_patterns;
    all.n_with_looks += detail::compiler(detail::regex_parser(regex, dialect).parse()).compile().looks.empty() ? 0 : 1;
    std::set<std::pair<std::uint32_t, std::uint32_t>> known;
    bytes_test::for_each_text(*c, letters, most, [&](std::string const& text, auto const& at) {
        bool const accepted = at && c->accepts(*at);
        all.n_accepted += accepted ? 1 : 0;
        all.n_refused += at ? 0 : 1;
        CAPTURE(text);
        REQUIRE(accepted == twin.matches_whole(text));
        if (at && known.emplace(at->at, at->character).second) REQUIRE(can_be_completed(*c, *at));
    });
}

error_kind why_not(std::string_view regex, regex_options options = {}) {
    try {
        regex_constraint const c(regex, options);
    } catch (error const& e) {
        return e.kind();
    }
    return error_kind::io;  // it can be used
}

}  // namespace

TEST_CASE("regex: examples") {
    regex_constraint const date(R"(\d{4}-[01][0-9]-[0-3][0-9])");
    CHECK(accepts(date, "2026-11-29"));
    CHECK(!accepts(date, "2026-11-2"));
    CHECK(read(date, "2026-11-2"));
    CHECK(!read(date, "2026-2"));
    CHECK(!read(date, "2026-11-29 "));
    CHECK(accepts(date, "\u0662\u0660\u0662\u0666-11-29"));  // \d is of Unicode

    CHECK(accepts(regex_constraint("a|ab"), "ab"));
    CHECK(accepts(regex_constraint("(a|a)*b"), "aaab"));
    CHECK(accepts(regex_constraint("a*?"), "aaa"));
    CHECK(accepts(regex_constraint(""), ""));
    CHECK(!read(regex_constraint(""), "a"));
    CHECK(!read(regex_constraint("a++b"), "ac"));
    CHECK(accepts(regex_constraint("(?>a|ab)c"), "ac"));
    CHECK(!read(regex_constraint("(?>a|ab)c"), "ab"));

    // `$` is the end of the text in one dialect, of a line in the other.
    CHECK(!read(regex_constraint("a$\\n?b?"), "a\n"));
    CHECK(accepts(regex_constraint("a$\\n?b?", {.dialect = regex_dialect::oniguruma}), "a\nb"));
}

TEST_CASE("regex: conditions on neighbours keep states alive only where they can be met") {
    regex_constraint const words(R"((?:\b\w+\b ?)+)");
    CHECK(accepts(words, "two words"));
    CHECK(accepts(words, "two words "));
    CHECK(!read(words, " "));
    CHECK(!read(words, "two  "));
    // After `a` a word boundary is needed and then `-` or a letter: only the former can be.
    regex_constraint const boundary(R"(a\b[-b]c)");
    CHECK(read(boundary, "a-"));
    CHECK(!read(boundary, "ab"));
    CHECK(why_not(R"(a\bb)") == error_kind::empty_input);
    CHECK(why_not(R"(a\B-)") == error_kind::empty_input);
    CHECK(why_not(R"(a$b)") == error_kind::empty_input);
    CHECK(why_not(R"(x^)") == error_kind::empty_input);
    // One way dies at the first letter, as a boundary must come where none can.
    regex_constraint const two(R"(a(?:b\Bz\bc|cd))");
    CHECK(!read(two, "ab"));
    CHECK(accepts(two, "acd"));
}

TEST_CASE("regex: characters in bytes") {
    // U+00DF, U+4E00 to U+4E0F, U+1F600.
    regex_constraint const c("[\u00df\u4e00-\u4e0f\U0001f600]+");
    auto const next = [&](std::string_view text) {
        std::string out;
        byte_set const set = allowed(c, *read(c, text));
        for (std::size_t b = 0; b < 256; ++b) {
            if (set[b]) out += static_cast<char>(b);
        }
        return out;
    };
    CHECK(next("") == "\xC3\xE4\xF0");
    CHECK(next("\u00df") == "\xC3\xE4\xF0");
    CHECK(next("\xC3") == "\x9F");
    CHECK(next("\xE4") == "\xB8");
    CHECK(next("\xE4\xB8") == "\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8A\x8B\x8C\x8D\x8E\x8F");
    CHECK(next("\xF0") == "\x9F");
    CHECK(next("\xF0\x9F") == "\x98");
    CHECK(next("\xF0\x9F\x98") == "\x80");
    CHECK(!c.accepts(*read(c, "\u00df\xE4\xB8")));
    CHECK(accepts(c, "\u4e05\U0001f600\u00df"));

    // All of Unicode, and no byte besides.
    regex_constraint const all("(?s:.*)");
    support::random_source random(3);
    for (int round = 0; round < 50'000; ++round) {
        std::string text;
        encode_utf8(static_cast<char32_t>(random.below(0x110000) >> random.below(16)), text);
        if (random.below(2) == 0) text[random.below(text.size())] = random.bytes(1)[0];
        CAPTURE(text);
        REQUIRE(accepts(all, text) == is_valid_utf8(text));
    }
    // A character that two sets tell apart: its beginning lives on what they share.
    regex_constraint const end("(?:x[\u4e00\u4e40]|y\u4e40)");
    CHECK(read(end, "y\xE4\xB9"));
    CHECK(!read(end, "y\xE4\xB8"));
    CHECK(read(end, "x\xE4\xB8"));
    CHECK(why_not("[^\\x{0}-\\x{10FFFF}]") == error_kind::empty_input);  // in ill-formed text only
}

TEST_CASE("regex: random patterns and all short texts, against backtracking") {
    support::random_source random(11);
    std::vector<std::string> const letters = {"a", "b", "1", " ", "\n", "-", "\u00df", "\U0001f600"};
    seen all;
    for (int round = 0; round < 600; ++round) {
        regex_dialect const dialect = round % 2 == 0 ? regex_dialect::rust : regex_dialect::oniguruma;
        compare_with_twin(random_pattern(random, of_all_kinds, 2), dialect, letters, 4, all);
    }
    CHECK(all.n_patterns > 300);
    CHECK(all.n_empty > 10);
    CHECK(all.n_accepted > 10'000);
    CHECK(all.n_refused > 500'000);
}

TEST_CASE("regex: random looks and all short texts, against backtracking") {
    support::random_source random(12);
    seen all;
    for (int round = 0; round < 800; ++round) {
        std::string const regex = random_pattern(random, of_looks, 3);
        compare_with_twin(round % 2 == 0 ? regex : regex + ".*", regex_dialect::rust, {"a", "b", "\u00df"}, 6, all);
    }
    CHECK(all.n_with_looks > 70);
    CHECK(all.n_empty > 10);
    CHECK(all.n_unsupported < 400);
    CHECK(all.n_accepted > 10'000);
    CHECK(all.n_refused > 100'000);
}

TEST_CASE("regex: looks") {
    // Three conditions on a whole password.
    regex_constraint const password(R"((?=.*[A-Z])(?=.*[0-9])(?!.*aa)[A-Za-z0-9]{4,6})");
    CHECK(accepts(password, "a1Bc"));
    CHECK(accepts(password, "abcaB9"));
    CHECK(!accepts(password, "abc9"));
    CHECK(read(password, "abca"));
    CHECK(!read(password, "abcab"));  // a capital and a digit are two letters
    CHECK(!read(password, "baa"));
    CHECK(!accepts(password, "A1b"));

    regex_constraint const comment("<!--(?:(?!-->)(?s:.))*-->");
    CHECK(accepts(comment, "<!-- a -- b\n-->"));
    CHECK(!read(comment, "<!-- a -->-"));
    regex_constraint const behind(R"([a-z]*(?<!foo)bar(?<=(?:xbar|zbar)))");
    CHECK(accepts(behind, "foxbar"));
    CHECK(!accepts(behind, "foobar"));
    CHECK(!accepts(behind, "oobar"));
    CHECK(read(behind, "foobarzbar"));

    // Looks that contradict each other, or what is read.
    CHECK(why_not("(?=a*b)a*c") == error_kind::empty_input);
    CHECK(why_not("(?=.*a)(?!.*a).*") == error_kind::empty_input);
    CHECK(why_not("(?=(?:..)*$)(?=.(?:..)*$).*") == error_kind::empty_input);
    CHECK(why_not("a(?<=ba)c") == error_kind::empty_input);
    // Texts whose length is a multiple of 2 and of 3, but not of 5: dead where the end would come too late.
    regex_constraint const lengths("(?=(?:..)*$)(?=(?:...)*$)(?!(?:.{5})*$).{0,31}");
    for (std::size_t n = 0; n < 40; ++n) {
        std::string const text(n, 'x');
        CHECK(accepts(lengths, text) == (n % 6 == 0 && n % 5 != 0 && n < 32));
        CHECK(read(lengths, text).has_value() == (n <= 24));
    }
    // A look inside a look, each way round.
    regex_constraint const nested("(?!a(?!b(?=c))).*");
    CHECK(accepts(nested, "abc"));
    CHECK(accepts(nested, "ba"));
    CHECK(!accepts(nested, "ab"));
    CHECK(read(nested, "ab"));
    CHECK(!read(nested, "abd"));

    // The end is looked for where the conditions let it be near.
    regex_constraint const far("(?=(?:a|b)*a(?:a|b){20}$)[ab]*");
    CHECK(accepts(far, "ba" + std::string(20, 'b')));
    CHECK(far.n_states() < 2000);
}

TEST_CASE("regex: allowed and step agree") {
    for (std::string_view const regex :
         {R"((?=.*\d)(?!.*\s\s)[\w\s\x{4e00}]+)", R"(\p{Greek}+|\p{Han}\w?)", R"([^a]\b.\B.)", "(?i:stra\u00dfe)+"}) {
        regex_constraint const c(regex);
        support::random_source random(4);
        for (int round = 0; round < 300; ++round) {
            auto s = c.start();
            for (int k = 0; k < 20; ++k) {
                byte_set const set = allowed(c, s);
                std::vector<unsigned char> ways;
                for (std::size_t b = 0; b < 256; ++b) {
                    auto to = s;
                    REQUIRE(c.step(to, static_cast<unsigned char>(b)) == set[b]);
                    if (set[b]) {
                        ways.push_back(static_cast<unsigned char>(b));
                    } else {
                        REQUIRE(to == s);
                    }
                }
                if (ways.empty()) {
                    REQUIRE(c.accepts(s));
                    break;
                }
                c.step(s, ways[random.below(ways.size())]);
            }
        }
    }
}

TEST_CASE("regex: what is refused") {
    CHECK(why_not("(a") == error_kind::syntax);
    CHECK(why_not("a\xFF") == error_kind::syntax);
    CHECK(why_not(R"((a)\1)") == error_kind::unsupported);
    CHECK(why_not(R"(\X)", {.dialect = regex_dialect::oniguruma}) == error_kind::unsupported);
    CHECK(why_not(std::string(regex_constraint::longest_pattern + 1, 'a')) == error_kind::limit);
    CHECK(why_not("(?:(?:a{1000}){1000}){1000}") == error_kind::limit);
    CHECK(why_not("abc", {.most_states = 0}) == error_kind::limit);
}

TEST_CASE("regex: hostile patterns and limits") {
    std::string const many(100'000, 'a');
    regex_constraint const nested("((a|a)*)*b");
    auto const at = read(nested, many);
    REQUIRE(at);
    CHECK(nested.n_states() <= 4);
    CHECK(read(nested, "b", *at));
    CHECK(accepts(regex_constraint(".{0,2000}"), std::string(2000, 'x')));
    CHECK(!read(regex_constraint(".{0,2000}"), std::string(2001, 'x')));

    // What cannot be a way to the end is no state, and what says less than another way is none.
    std::string const steps = support::random_source(8).text(20'000, "ab");
    regex_constraint const dead_ends("(?:a|b)*(?:c|a(?:a|b){20}[^\\x{0}-\\x{10FFFF}])");
    CHECK(read(dead_ends, steps));
    CHECK(dead_ends.n_states() <= 4);
    regex_constraint const all_three("(?=.*a)(?=.*b)(?=.*c).*");
    CHECK(read(all_three, steps + "c" + steps));
    CHECK(all_three.n_states() == 9);  // the start, and what is still to come

    // Looks that all have many threads, of which each has to be the one.
    std::string looks;
    for (char const n : {'0', '1', '2', '3', '4', '5'}) looks += std::string("(?=(?:a|b)*a(?:a|b){2") + n + "})";
    try {
        read(regex_constraint(looks + "(?:a|b){90}"), steps);
        FAIL("no limit");
    } catch (error const& e) {
        CHECK(e.kind() == error_kind::limit);
        CHECK(e.message().find("ways") != std::string::npos);
    }

    // As many states as texts of 21 letters.
    std::string const exponential = "(?:a|b)*a(?:a|b){20}";
    support::random_source random(6);
    std::string const text = random.text(300'000, "ab");
    for (auto const& [options, word] :
         {std::pair(regex_options{}, "states"), std::pair(regex_options{.most_states = 1000}, "states"),
          std::pair(regex_options{.most_bytes = 1'000'000}, "bytes")}) {
        regex_constraint const c(exponential, options);
        auto s = c.start();
        std::size_t n = 0;
        try {
            while (n < text.size() && c.step(s, static_cast<unsigned char>(text[n]))) ++n;
            FAIL("no limit");
        } catch (error const& e) {
            CHECK(e.kind() == error_kind::limit);
            CHECK(e.message().find(word) != std::string::npos);
        }
        CHECK(c.n_states() <= options.most_states);
        CHECK(n > 500);
        // The states that are there can be used.
        CHECK(allowed(c, s).count() == 2);
        CHECK(read(c, text.substr(0, n)) == s);
        CHECK_THROWS_AS(c.step(s, static_cast<unsigned char>(text[n])), error);
    }
}

TEST_CASE("regex: copies know the states of the original and go their own way") {
    regex_constraint const first("(?:ab|cd)+e?");
    auto const at = *read(first, "abc");
    regex_constraint const second = first;
    CHECK(!read(first, "a", at));
    CHECK(accepts(first, "abcdcde"));
    CHECK(second.accepts(*read(second, "d", at)));
    CHECK(second.n_states() < first.n_states());
    CHECK(accepts(second, "cdabe"));
}

}  // namespace regex_constraint_test
