// Patterns that have no automaton: expectations are Oniguruma's, recorded.
#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/pattern/icu_pattern.hpp>

namespace icu_pattern_test {

using namespace tessera;

namespace {

using spans = std::vector<std::pair<std::size_t, std::size_t>>;

pattern compiled(std::string_view regex, regex_dialect dialect = regex_dialect::oniguruma) {
    return pattern({std::string(regex), true, &icu_pattern::make}, dialect);
}

spans find(std::string_view regex, std::string_view text, regex_dialect dialect = regex_dialect::oniguruma) {
    pattern const p = compiled(regex, dialect);
    CHECK(p.engine() == "icu");
    pattern::scratch s;
    spans out;
    p.for_each_match(text, s, [&](std::size_t begin, std::size_t end) { out.emplace_back(begin, end); });
    return out;
}

error_kind why_not(std::string_view regex) {
    try {
        (void)compiled(regex);
    } catch (error const& e) {
        return e.kind();
    }
    return error_kind::io;  // it can be compiled
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("references to groups") {
        CHECK(find(R"((a)\1)", "aabaaa") == spans{{0, 2}, {3, 5}});
        CHECK(find(R"((?<x>.)\k<x>)", "hello aa") == spans{{2, 4}, {6, 8}});
        CHECK(find(R"((?<x>.)(b)\k'x')", "abba") == spans{});  // (b) is not remembered beside a name
        CHECK(find(R"((?<x>a)(b)\k<x>)", "aba") == spans{{0, 3}});
        CHECK(find(R"((?i)(ab)\1)", "abABab") == spans{{0, 4}});
        CHECK(find(R"((a)(b)?\2)", "abbab") == spans{{0, 3}});
        CHECK(find(R"(\2(a)(b))", "ab") == spans{});  // before its group: matches nothing
        CHECK(find(R"((?P<x>a)\k<x>|(b)\2)", "aabb", regex_dialect::rust) == spans{{0, 2}, {2, 4}});
    }

    TEST_CASE("a reference inside of its own group matches nothing") {
        CHECK(find(R"((a|b\1)+)", "aba") == spans{{0, 1}, {2, 3}});
        CHECK(find(R"((?<x>a|b\k<x>){1,2})", "aba") == spans{{0, 1}, {2, 3}});
        CHECK(find(R"((a|b(c\1))+)", "abca") == spans{{0, 1}, {3, 4}});
        CHECK(find(R"((a|b(?=\1)a)+)", "aba") == spans{{0, 1}, {2, 3}});
        CHECK(find(R"((\1b|a)+)", "aab") == spans{{0, 2}});
        CHECK(find(R"((?:(a)|b\1)+)", "aba") == spans{{0, 3}});  // this one is not inside
    }

    TEST_CASE("grapheme clusters, and what an automaton cannot look behind at") {
        CHECK(find(R"(\X)",
                   "e\xCC\x81"
                   "a\r\nb") == spans{{0, 3}, {3, 4}, {4, 6}, {6, 7}});
    }

    TEST_CASE("any bytes: an ill-formed one equals itself only, and is in no class") {
        CHECK(find(R"(([^a])\1)", "\xFF\xFF\xFE\xFE\xFF") == spans{{0, 2}, {2, 4}});
        CHECK(find(R"((\p{L}|\p{Cs})\1)", "\xFF\xFF\xED\xA0\x80\xED\xA0\x80") == spans{});
        CHECK(find(R"((.)\1)", "\xF0\x9F\xA6\x99\xF0\x9F\xA6\x99\xF0\x9F\xA6") == spans{{0, 8}});
    }

    TEST_CASE("an empty match right after a match is none") {
        CHECK(find(R"((a)\1|(?=(.)))", "aab") == spans{{0, 2}});
        CHECK(find(R"((a)\1|)", "aab") == spans{{0, 2}, {3, 3}});
    }

    TEST_CASE("what ICU cannot do either is refused, and so is what is wrong") {
        CHECK(why_not(R"((?<x>a)\g<x>)") == error_kind::unsupported);
        CHECK(why_not(R"(a\Kb)") == error_kind::unsupported);
        CHECK(why_not(R"((?<x>a)(?<x>b)\k<x>)") == error_kind::unsupported);
        CHECK(why_not(R"((a)(?<=\1+))") == error_kind::unsupported);
        CHECK(why_not(R"((a)\3)") == error_kind::syntax);
        CHECK(why_not(R"((?<x>a)\1)") == error_kind::syntax);
        CHECK(why_not(R"((a)\k<y>)") == error_kind::syntax);
        CHECK(why_not(R"((a\1)") == error_kind::syntax);
    }

    TEST_CASE("a search that would not end is an error") {
        std::string const text(60, 'a');
        pattern const p = compiled(R"((a+)+\1b)");
        pattern::scratch s;
        std::string what;
        try {
            p.for_each_match(text, s, [](std::size_t, std::size_t) {});
        } catch (error const& e) {
            CHECK(e.kind() == error_kind::limit);
            what = e.what();
        }
        CHECK(what.find("ICU gave up on a text of 60 bytes") != std::string::npos);
    }

    TEST_CASE("a pattern that has an automaton uses it, whatever the fallback") {
        CHECK(compiled(R"(\p{L}+|\s+(?!\S))").engine() == "automaton");
        CHECK(compiled(R"((a)b)").engine() == "literal");
        CHECK(pattern({"a", true, &icu_pattern::make}) == pattern({"a", true}));
    }
}

}  // namespace icu_pattern_test
