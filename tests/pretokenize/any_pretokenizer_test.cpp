#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include <tessera/pretokenize/any_pretokenizer.hpp>

namespace any_pretokenizer_test {

namespace {

using namespace tessera;
using strings = std::vector<std::string>;

strings split(any_pretokenizer const& p, std::string_view text) {
    strings out;
    p.for_each(text, [&](std::string_view pretoken) { out.emplace_back(pretoken); });
    return out;
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("by name") {
        CHECK(any_pretokenizer::by_name("gpt2").name() == "gpt2");
        CHECK(any_pretokenizer::by_name("p50k").name() == "gpt2");
        CHECK(any_pretokenizer::by_name("qwen3").name() == "qwen2");
        CHECK(split(any_pretokenizer::by_name("cl100k"), "12345 We'LL") == strings{"123", "45", " We", "'LL"});
        CHECK(split(any_pretokenizer::by_name("bytes"), "a b") == strings{"a b"});
        CHECK(split(any_pretokenizer::by_name("whitespace"), "a b!") == strings{"a", "b", "!"});
        CHECK(!any_pretokenizer::by_name("whitespace").is_lossless());
        CHECK(any_pretokenizer::by_name("o200k").is_lossless());
        CHECK_THROWS_WITH_AS((void)any_pretokenizer::by_name("cl10k"),
                             "pretokenizer: there is no pretokenizer \"cl10k\"; did you mean \"cl100k\"?; the known "
                             "ones are gpt2, r50k, "
                             "p50k, cl100k, o200k, llama3, qwen2, qwen3, superbpe-1, superbpe-1-words, superbpe-2, "
                             "superbpe-2-words, boundless-ultimate, boundless-words, script-aware, script-aware-words, "
                             "whitespace, code-points, graphemes and bytes",
                             error);
    }

    TEST_CASE("SuperBPE's, by name and as published") {
        for (std::string_view const name : {"superbpe-1", "superbpe-1-words", "superbpe-2", "superbpe-2-words"}) {
            any_pretokenizer const p = any_pretokenizer::by_name(name);
            CHECK(p.name() == name);
            CHECK(p.is_lossless());
            CHECK(p.is_in_place());
            auto steps = p.steps();
            steps.emplace_back(
                byte_level_pretokenizer({.add_prefix_space = false, .use_regex = false, .translate = false}));
            CHECK(any_pretokenizer(steps).name() == name);
        }
        // Without Digits before them, or with another kind, these are something else.
        any_pretokenizer const groups = any_pretokenizer::by_pattern(digit_groups_pretokenizer::pattern());
        CHECK(groups.name() == "Split");
        CHECK(groups.pattern() == digit_groups_pretokenizer::pattern());
        CHECK(any_pretokenizer({digits_pretokenizer({.individual_digits = true}), groups.steps()[0]}).name() ==
              "Digits+Split");
    }

    TEST_CASE("a scanner that gives what is between matches too is for one way to split") {
        auto const split_with = [](split_behavior behavior, bool invert) {
            return split_pretokenizer({.pattern = {R"(\p{N}{1,3}| ?[^\s\p{L}\p{N}]{2,}[\r\n/]*| +(?!\S))", true},
                                       .behavior = behavior,
                                       .invert = invert});
        };
        CHECK(split_with(split_behavior::isolated, false).engine() == "superbpe-2");
        CHECK(split_with(split_behavior::removed, false).engine() == "automaton");
        CHECK(split(any_pretokenizer({split_with(split_behavior::isolated, true)}), "a12!!b") ==
              strings{"a", "12", "!!", "b"});
        CHECK(split(any_pretokenizer({split_with(split_behavior::removed, true)}), "a12!!b") == strings{"12", "!!"});
        CHECK(split(any_pretokenizer({split_with(split_behavior::merged_with_next, false)}), "a12!!b") ==
              strings{"a", "12", "!!b"});
    }

    TEST_CASE("by regular expression, which may mean something else in another engine") {
        for (std::string_view const name : any_pretokenizer::names()) {
            if (name == "graphemes") continue;  // Rust's engine has no \X
            any_pretokenizer const p = any_pretokenizer::by_name(name);
            if (p.pattern().empty()) continue;
            CHECK(any_pretokenizer::by_pattern(p.pattern()) == p);
        }
        std::string_view const cl100k = cl100k_pretokenizer<>::pattern();
        CHECK(any_pretokenizer::by_pattern(cl100k).name() == "cl100k");
        CHECK(any_pretokenizer::by_pattern(cl100k, regex_dialect::oniguruma).name() == "Split");
        CHECK(any_pretokenizer::by_pattern(any_pretokenizer::by_name("cl100k").pattern(), regex_dialect::oniguruma)
                  .name() == "cl100k");
        CHECK(split(any_pretokenizer::by_pattern("a+"), "baab") == strings{"b", "aa", "b"});
        CHECK(split(any_pretokenizer::by_name_or_pattern("a+|b"), "baab") == strings{"b", "aa", "b"});
        CHECK_THROWS_AS((void)any_pretokenizer::by_pattern("(a"), error);
        CHECK(any_pretokenizer::by_name_or_pattern("llama3").name() == "llama3");
    }

    TEST_CASE("several, one after another") {
        any_pretokenizer const p({metaspace_pretokenizer(), digits_pretokenizer({.individual_digits = true})});
        CHECK(split(p, "a 12") == strings{"\xE2\x96\x81"
                                          "a",
                                          "\xE2\x96\x81", "1", "2"});
        CHECK(p.name() == "Metaspace+Digits");
        CHECK(!p.is_in_place());
        CHECK(!p.is_lossless());
        CHECK(split(any_pretokenizer(std::vector<any_pretokenizer::step>{}), "a b") == strings{"a b"});
    }

    TEST_CASE("what begins the input") {
        metaspace_options first;
        first.prepend_scheme = prepend_scheme::first;
        any_pretokenizer const p({whitespace_split_pretokenizer(), metaspace_pretokenizer(first)});
        CHECK(p.asks_for_start());
        any_pretokenizer::scratch s;
        strings out;
        auto const sink = [&](std::string_view pretoken) { out.emplace_back(pretoken); };
        p.for_each(text_piece{"a b", 1}, s, sink);
        CHECK(out == strings{"\xE2\x96\x81"
                             "a",
                             "b"});
        out.clear();
        p.for_each(text_piece{"a b", 0}, s, sink);
        CHECK(out == strings{"a", "b"});
    }

    TEST_CASE("a space before the text, unless there is one") {
        any_pretokenizer const p({byte_level_pretokenizer({.add_prefix_space = true, .translate = false})});
        CHECK(split(p, "a b") == strings{" a", " b"});
        CHECK(split(p, " a") == strings{" a"});
        CHECK(split(p, "\na") == strings{" ", "\n", "a"});
        CHECK(split(p, "").empty());
        CHECK(!p.is_lossless());
        CHECK(p != any_pretokenizer());
    }
}

}  // namespace any_pretokenizer_test
