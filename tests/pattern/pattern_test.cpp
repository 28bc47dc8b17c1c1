// Patterns: examples by hand (the expectations are Oniguruma's, recorded), against a backtracking twin, against the
// hand-written scanners, and in linear time.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/pattern/pattern.hpp>
#include <tessera/pretokenize/boundless_letters.hpp>
#include <tessera/pretokenize/cl100k.hpp>
#include <tessera/pretokenize/digit_groups.hpp>
#include <tessera/pretokenize/gpt2.hpp>
#include <tessera/pretokenize/llama3.hpp>
#include <tessera/pretokenize/o200k.hpp>
#include <tessera/pretokenize/superbpe_1_words.hpp>
#include <tessera/pretokenize/superbpe_2.hpp>
#include <tessera/pretokenize/whitespace.hpp>

#include "../reference/pattern.hpp"
#include "../reference/split.hpp"
#include "../support.hpp"

namespace pattern_test {

using namespace tessera;

namespace {

using spans = std::vector<std::pair<std::size_t, std::size_t>>;

spans find(pattern const& p, std::string_view text, pattern::scratch& s) {
    spans out;
    p.for_each_match(text, s, [&](std::size_t begin, std::size_t end) { out.emplace_back(begin, end); });
    return out;
}
spans find(std::string_view regex, std::string_view text, regex_dialect dialect = regex_dialect::oniguruma) {
    pattern::scratch s;
    return find(pattern({std::string(regex), true}, dialect), text, s);
}
error_kind why_not(std::string_view regex, regex_dialect dialect = regex_dialect::oniguruma) {
    try {
        pattern const p({std::string(regex), true}, dialect);
    } catch (error const& e) {
        return e.kind();
    }
    return error_kind::io;  // it can be compiled
}

constexpr std::string_view superbpe = R"((?=(\d{3})+(?!\d)))";
constexpr std::string_view deepseek =
    R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|)"
    R"(\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kimi =
    R"([\p{Han}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+)"
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+)"
    R"([\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|)"
    R"(\s*[\r\n]+|\s+(?!\S)|\s+)";

std::vector<std::string> const atoms = {
    "a",          "b",    "c",        "A",    "B",    "s",  "'s",     "'",      " ",      "  ",     "\t",     "\n",
    "\r\n",       "1",    "123",      ".",    "!",    "_",  "\u00df", "\u017f", "\u4e00", "\u0301", "\u00a0", "\u3000",
    "\U0001f600", "\x80", "\xE2\x82", "\xFF", "word", "UP", "ss",     "-",      "/",      "\u00b2", "\u01c5"};

std::string random_text(support::random_source& random, std::size_t n) {
    std::string text;
    for (std::size_t k = random.below(n); k > 0; --k) text += atoms[random.below(atoms.size())];
    return text;
}

std::string random_pattern(support::random_source& random, int depth) {
    static std::vector<std::string> const units = {
        "a",    "b", "c", "1",     R"(\s)", R"(\S)", R"(\d)", R"(\w)",         R"(\W)",   R"(\p{L})", "[^ab]",
        "[ab]", ".", "'", R"(\b)", "^",     "$",     R"(\z)", R"([^\s\p{L}])", "(?i:ss)", " "};
    static std::vector<std::string> const groups = {"(?:", "(?:", "(?:", "(?=", "(?!", "(?>", "(?<=", "(?<!"};
    static std::vector<std::string> const suffixes = {"",   "",   "",   "",   "*",  "+",     "?",    "*?",
                                                      "+?", "??", "*+", "++", "?+", "{1,2}", "{2,}", "{,2}?"};
    std::string out;
    for (std::size_t ways = 1 + random.below(2); ways > 0; --ways) {
        for (std::size_t k = random.below(4); k > 0; --k) {
            if (depth > 0 && random.below(3) == 0) {
                out += groups[random.below(groups.size())] + random_pattern(random, depth - 1) + ")";
            } else {
                out += units[random.below(units.size())];
            }
            out += suffixes[random.below(suffixes.size())];
        }
        if (ways > 1) out += "|";
    }
    return out;
}

template <class Scanner>
void compare_with_scanner(regex_dialect dialect) {
    support::random_source random(7);
    pattern const p({std::string(Scanner::pattern()), true}, dialect);
    CHECK(p.engine() == "automaton");
    pattern::scratch s;
    for (int round = 0; round < 3000; ++round) {
        std::string const text = random_text(random, 40);
        std::vector<std::string> expected;
        Scanner{}.for_each(text, [&](std::string_view pretoken) { expected.emplace_back(pretoken); });
        std::vector<std::string> found;
        if constexpr (requires { Scanner::keeps_gaps; }) {
            found = reference::split(text, find(p, text, s), split_behavior::isolated, false);
        } else {
            for (auto const& [begin, end] : find(p, text, s)) found.push_back(text.substr(begin, end - begin));
        }
        if (found != expected) {
            INFO(Scanner::name(), " ", text);
            REQUIRE(found == expected);
        }
    }
}

// Seconds of this process for one run.
double time_of(pattern const& p, std::string const& text, pattern::scratch& s) {
    double best = 1e9;
    for (int k = 0; k < 3; ++k) {
        std::clock_t const start = std::clock();
        std::size_t n = 0;
        p.for_each_match(text, s, [&](std::size_t, std::size_t) { ++n; });
        best = std::min(best, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
    }
    return best;
}

}  // namespace

TEST_CASE("pattern: examples") {
    CHECK(find(R"(\s+)", "ab  cd\n") == spans{{2, 4}, {6, 7}});
    CHECK(find(R"(\p{L}+|\s+(?!\S)|\s+)", "ab  cd ") == spans{{0, 2}, {2, 3}, {3, 4}, {4, 6}, {6, 7}});
    CHECK(find("a*", "ba") == spans{{0, 0}, {1, 2}});
    CHECK(find("a*", "").empty());
    CHECK(find("(?:|a)*", "a") == spans{{0, 0}, {1, 1}});
    CHECK(find("a++b|a", "aab aa") == spans{{0, 3}, {4, 5}, {5, 6}});
    CHECK(find("(?>a|ab)c", "abc ac") == spans{{4, 6}});
    CHECK(find(R"(\bab\b)", "ab abc ab") == spans{{0, 2}, {7, 9}});
    CHECK(find("a{2}+", "aaaaa") == spans{{0, 4}});
    CHECK(find("a{2}+", "aaaaa", regex_dialect::rust) == spans{{0, 2}, {2, 4}});
    CHECK(find("a{,2}b", "aaab") == spans{{1, 4}});
    CHECK(find("(?i:'s)", "'s'S'\u017f") == spans{{0, 2}, {2, 4}, {4, 7}});
    CHECK(find("(?i:ss)", "\u00df SS \u1e9e") == spans{{0, 2}, {3, 5}, {6, 9}});
    CHECK(find("(?i:ss)", "\u00df SS", regex_dialect::rust) == spans{{3, 5}});
    CHECK(find("^a|b$", "a\nab\na\n") == spans{{0, 1}, {2, 3}, {3, 4}, {5, 6}});
    CHECK(find("^a|a$", "a\na", regex_dialect::rust) == spans{{0, 1}, {2, 3}});
    CHECK(find(R"(\h+)", "xfF09g") == spans{{1, 5}});
    CHECK(find("[a-z&&[^aeiou]]+", "hello") == spans{{0, 1}, {2, 4}});
    CHECK(find("[[:punct:]]", "a$.") == spans{{1, 2}, {2, 3}});
    CHECK(find(R"(\p{Punct})", "a$.") == spans{{2, 3}});
    CHECK(find(R"([\p{Han}\p{Hiragana}]+)", "a\u4e00\u3042") == spans{{1, 7}});
    CHECK(find(R"(\p{Script=Han}\p{IsHan})", "\u4e00\u4e8c", regex_dialect::rust) == spans{{0, 6}});
    CHECK(find("\\w", "\u00b2") == spans{{0, 2}});
    CHECK(find("[\\w]", "\u00b2").empty());
    CHECK(find("ab(?i)c|d", "abC d abd") == spans{{0, 3}, {6, 9}});
    CHECK(find("ab(?i)c|d", "abC d abd", regex_dialect::rust) == spans{{0, 3}, {4, 5}, {8, 9}});
}

TEST_CASE("pattern: looks of any length") {
    CHECK(find(superbpe, "1234567 12") == spans{{1, 1}, {4, 4}});
    CHECK(find("(?<=ab+)c", "abbc c") == spans{{3, 4}});
    CHECK(find("a(?=b*c)", "abbc abb") == spans{{0, 1}});
    CHECK(find("(?<!ab)c(?!de)", "abc cde cd") == spans{{8, 9}});
}

TEST_CASE("pattern: ill-formed bytes are characters in no class") {
    CHECK(find(".", "\xFF\xE2\x82") == spans{{0, 1}, {1, 2}, {2, 3}});
    CHECK(find("[^a]", "\x80") == spans{{0, 1}});
    CHECK(find("\\S\\W\\P{L}", "\x80\x80\x80") == spans{{0, 3}});
    CHECK(find("\\w|\\s|\\p{L}|\\p{Cn}|\uFFFD", "\x80\xFF").empty());
}

TEST_CASE("pattern: literals") {
    pattern const p({"a.", false});
    pattern::scratch s;
    CHECK(p.engine() == "literal");
    CHECK(find(p, "aba.a.", s) == spans{{2, 4}, {4, 6}});
    CHECK(find(pattern({"", false}), "ab", s) == spans{{0, 0}, {1, 1}, {2, 2}});
    CHECK(p == pattern({"a.", false}));
    CHECK_FALSE(p == pattern({"a.", true}));
}

TEST_CASE("pattern: what cannot be compiled says so") {
    CHECK(why_not("(a)\\1") == error_kind::unsupported);
    CHECK(why_not("\\X") == error_kind::unsupported);
    CHECK(why_not("(?~a)") == error_kind::unsupported);
    CHECK(why_not("\\p{Klingon}") == error_kind::unsupported);
    CHECK(why_not("(a") == error_kind::syntax);
    CHECK(why_not("a)") == error_kind::syntax);
    CHECK(why_not("[a") == error_kind::syntax);
    CHECK(why_not("*a") == error_kind::syntax);
    CHECK(why_not("\xFF") == error_kind::syntax);
    CHECK(why_not("(?:a{1000}){1000}") == error_kind::limit);
    CHECK(why_not(std::string(10'000, '(') + std::string(10'000, ')')) == error_kind::limit);
    CHECK(why_not(std::string(10'000, '[')) != error_kind::io);
    CHECK(why_not(std::string(100'000, 'a')) == error_kind::limit);
}

TEST_CASE("pattern: as a backtracking matcher, on random patterns and texts") {
    support::random_source random(11);
    int compiled = 0;
    for (int round = 0; round < 1000; ++round) {
        std::string const regex = random_pattern(random, 3);
        std::vector<std::string> texts;
        for (int k = 0; k < 5; ++k) texts.push_back(random_text(random, 9));
        try {
            pattern const p({regex, true});
            pattern::scratch s;
            ++compiled;
            detail::program const program =
                detail::compiler(detail::regex_parser(regex, p.dialect()).parse()).compile();
            detail::look_passes looks;
            looks.bind(program);
            detail::two_pass two_pass;
            reference::backtracking_pattern twin(regex);
            for (std::string const& text : texts) {
                if (text.empty()) continue;
                spans const expected = twin.find(text);
                spans in_two_passes;
                looks.run(text);
                two_pass.run(program, text, 0, detail::automaton::no_match, looks.table(),
                             [&](std::size_t begin, std::size_t end) { in_two_passes.emplace_back(begin, end); });
                if (find(p, text, s) == expected && in_two_passes == expected) continue;
                INFO(regex, " on ", text);
                REQUIRE(find(p, text, s) == expected);
                REQUIRE(in_two_passes == expected);
            }
        } catch (error const&) {
        }
    }
    CHECK(compiled > 600);
}

TEST_CASE("pattern: as the hand-written scanners") {
    compare_with_scanner<gpt2_pretokenizer<>>(regex_dialect::oniguruma);
    compare_with_scanner<gpt2_pretokenizer<>>(regex_dialect::rust);
    compare_with_scanner<cl100k_pretokenizer<>>(regex_dialect::rust);
    compare_with_scanner<o200k_pretokenizer<>>(regex_dialect::oniguruma);
    compare_with_scanner<llama3_pretokenizer<>>(regex_dialect::oniguruma);
    compare_with_scanner<qwen2_pretokenizer<>>(regex_dialect::oniguruma);
    compare_with_scanner<whitespace_pretokenizer<>>(regex_dialect::rust);
    for (regex_dialect const dialect : {regex_dialect::oniguruma, regex_dialect::rust}) {
        compare_with_scanner<digit_groups_pretokenizer>(dialect);
        compare_with_scanner<superbpe_1_words_pretokenizer<>>(dialect);
        compare_with_scanner<superbpe_2_pretokenizer<>>(dialect);
        compare_with_scanner<superbpe_2_words_pretokenizer<>>(dialect);
        compare_with_scanner<boundless_letters_pretokenizer<>>(dialect);
    }
}

TEST_CASE("pattern: known patterns as the twin") {
    support::random_source random(5);
    for (std::string_view const regex : {superbpe, deepseek, kimi}) {
        pattern const p({std::string(regex), true});
        CHECK(p.engine() == "automaton");
        pattern::scratch s;
        reference::backtracking_pattern twin(regex);
        for (int round = 0; round < 300; ++round) {
            std::string const text = random_text(random, 30) + "x";
            REQUIRE(find(p, text, s) == twin.find(text));
        }
    }
}

TEST_CASE("pattern: linear time") {
    std::vector<std::string> const runs = {"a", "A", " ", "1", "\n", "\u4e00", "\U0001f600", "'s", " a", "\xFF"};
    std::vector<std::string> const regexes = {std::string(gpt2_pretokenizer<>::pattern()),
                                              std::string(o200k_pretokenizer<>::pattern()),
                                              std::string(superbpe),
                                              std::string(kimi),
                                              "a.*b|a",
                                              "(?:a|aa)*b",
                                              "(?>a*)b|(?<=a*)1"};
    for (std::string const& regex : regexes) {
        pattern const p({regex, true});
        pattern::scratch s;
        for (std::string const& run : runs) {
            std::string text;
            while (text.size() < 200'000) text += run;
            std::string const twice = text + text;
            double ratio = 0;
            for (int tries = 0; tries < 3; ++tries) {  // the machine has other things to do
                ratio = time_of(p, twice, s) / std::max(time_of(p, text, s), 0.0005);
                if (ratio < 2.5) break;
            }
            INFO(regex, " on ", run);
            CHECK(ratio < 2.5);
        }
    }
}

}  // namespace pattern_test
