#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/special_tokens.hpp>

namespace special_tokens_test {

using namespace tessera;

namespace {

// "[token]" for added tokens, "(text)" for what is between.
std::string cut(special_tokens const& specials, std::string_view text, special_rules const& rules = {},
                bool normalized = false) {
    std::string out;
    specials.split(
        text, normalized, rules, [&](std::string_view s) { out.append("(").append(s).append(")"); },
        [&](added_token const& t) { out.append("[").append(t.content).append("]"); });
    return out;
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("tokens are found leftmost, longest first") {
        special_tokens const s(
            {{.id = 0, .content = "<s>"}, {.id = 1, .content = "<s><s>"}, {.id = 2, .content = "ing"}});
        CHECK(cut(s, "") == "");
        CHECK(cut(s, "abc") == "(abc)");
        CHECK(cut(s, "<s>") == "[<s>]");
        CHECK(cut(s, "<s><s><s>a") == "[<s><s>][<s>](a)");
        CHECK(cut(s, "dancing!") == "(danc)[ing](!)");
        CHECK(cut(s, "<s <s>") == "(<s )[<s>]");
    }

    TEST_CASE("single_word, as in Hugging Face's library") {
        special_tokens const s({{.id = 0, .content = "ing", .single_word = true}});
        CHECK(cut(s, "dancing") == "(dancing)");
        CHECK(cut(s, "danc ing") == "(danc )[ing]");
        CHECK(cut(s, "ing, ings -ing") == "[ing](, ings -)[ing]");
        CHECK(cut(s, "\xC3\xA9ing") == "(\xC3\xA9ing)");  // e with acute is a word character
        CHECK(cut(s, "ing\xCC\x81") == "(ing\xCC\x81)");  // so is a combining mark
        CHECK(cut(s, "ing\xE2\x82\xAC") == "[ing](\xE2\x82\xAC)");
    }

    TEST_CASE("lstrip and rstrip take the whitespace") {
        special_tokens const s(
            {{.id = 0, .content = "<l>", .lstrip = true}, {.id = 1, .content = "<r>", .rstrip = true}});
        CHECK(cut(s, "a  <l> b") == "(a)[<l>]( b)");
        CHECK(cut(s, "a <r> \n b") == "(a )[<r>](b)");
        CHECK(cut(s, "<r>  <l>") == "[<r>][<l>]");  // the spaces are gone already
        CHECK(cut(s, "a\xE3\x80\x80<l>") == "(a)[<l>]");
        CHECK(cut(s, "  <l>") == "[<l>]");
    }

    TEST_CASE("tokens that are white space themselves, as in Hugging Face's library") {
        special_tokens const both({{.id = 0, .content = " ", .lstrip = true, .rstrip = true}});
        CHECK(cut(both, "a    b") == "(a)[ ](b)");
        special_tokens const right({{.id = 0, .content = " ", .rstrip = true}});
        CHECK(cut(right, "a    b") == "(a)[ ][ ][ ][ ](b)");
        special_tokens const two({{.id = 0, .content = "  ", .rstrip = true}});
        CHECK(cut(two, "a    b") == "(a)[  ][  ](b)");
        special_tokens const left({{.id = 0, .content = "  ", .lstrip = true}});
        CHECK(cut(left, "   ") == "[  ]( )");
        // They cost what the text is long, not its square.
        std::size_t n = 0;
        std::string const spaces(1 << 20, ' ');
        right.split(
            spaces, false, {}, [](std::string_view) {}, [&](added_token const&) { ++n; });
        CHECK(n == spaces.size());
    }

    TEST_CASE("rules") {
        special_tokens const s(
            {{.id = 0, .content = "<a>"}, {.id = 1, .content = "<b>"}, {.id = 2, .content = "<a><b>"}});
        CHECK(cut(s, "x<a>", special_action::ordinary) == "(x<a>)");
        CHECK_THROWS_WITH_AS(cut(s, "x<a>", special_action::refuse),
                             "byte 1: the text contains the special token \"<a>\"; allow it, or have special tokens "
                             "treated as ordinary text",
                             error);
        auto const only_a = s.rules({"<a>"}, special_action::recognise, special_action::ordinary);
        CHECK(cut(s, "<a><b>", only_a) == "[<a>](<b>)");  // the longer one is ordinary text, so the shorter counts
        CHECK_THROWS_AS((void)s.rules({"<c>"}, special_action::recognise, special_action::ordinary), error);
    }

    TEST_CASE("two tokens of one content are refused, and an empty one") {
        CHECK_THROWS_WITH_AS(
            special_tokens(
                {{.id = 0, .content = "a"}, {.id = 1, .content = "b"}, {.id = 2, .content = "a", .normalized = true}}),
            "added token id 2: \"a\" is added twice; keep one of the two", error);
        CHECK_THROWS_WITH_AS(special_tokens({{.id = 3, .content = ""}}),
                             "added token id 3: it is empty, and would be found everywhere; leave it out", error);
    }

    TEST_CASE("find") {
        special_tokens const s(
            {{.id = 0, .content = "b"}, {.id = 1, .content = "ab", .normalized = true}, {.id = 2, .content = "a"}});
        CHECK(s.find("a")->id == 2);
        CHECK(s.find("ab")->id == 1);
        CHECK(s.find("b")->id == 0);
        CHECK(s.find("") == nullptr);
        CHECK(s.find("aa") == nullptr);
        CHECK(s.find("c") == nullptr);
    }

    TEST_CASE("normalized tokens are a set of their own") {
        special_tokens const s({{.id = 0, .content = "<a>"}, {.id = 1, .content = "<n>", .normalized = true}});
        CHECK(s.has_normalized());
        CHECK(cut(s, "<a><n>") == "[<a>](<n>)");
        CHECK(cut(s, "<a><n>", {}, true) == "(<a>)[<n>]");
    }
}

}  // namespace special_tokens_test
