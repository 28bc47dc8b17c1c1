// BoundlessBPE's pretokenizers: by hand, against the slow twin, and against recorded splits of the authors' code
// (tools/make_boundless_splits.py).
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/pretokenize/any_pretokenizer.hpp>
#include <tessera/pretokenize/script_aware.hpp>

#include "../recorded.hpp"
#include "../reference/script_aware.hpp"
#include "../support.hpp"

namespace script_aware_test {

using namespace tessera;
using list = std::vector<std::string>;

namespace {

list split(any_pretokenizer const& p, std::string_view text) {
    list out;
    p.for_each(text, [&](std::string_view pretoken) { out.emplace_back(pretoken); });
    return out;
}
list split(std::string_view name, std::string_view text) { return split(any_pretokenizer::by_name(name), text); }

list lines_of(std::string const& name) {
    std::ifstream file(support::data("golden/pretokenize/" + name), std::ios::binary);
    REQUIRE_MESSAGE(file.is_open(), name);
    list lines;
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with('#')) lines.push_back(line);
    }
    return lines;
}

list fields_of(std::string const& line, char separator) {
    list fields;
    std::istringstream in(line);
    for (std::string field; std::getline(in, field, separator);) fields.push_back(field);
    return fields;
}

list const atoms = {"a",      "b",        "Word",   "longerwords", "'s",     " ",      "  ",     ", ",
                    "\n",     "1",        "123",    "!",           "/",      "\u0301", "\u200d", "\u00a0",
                    "\u3000", "\u0430",   "\u0410", "\u4e00",      "\u4e8c", "\u3042", "\u30a2", "\u30fc",
                    "\u3001", "\u3099",   "\u0e01", "\u0e48",      "\uac00", "\u0661", "\u0378", "\U0001f999",
                    "\x80",   "\xE4\xB8", "\xFF",   "\xF0\x9F"};

std::string random_text(support::random_source& random) {
    list some;
    for (std::size_t k = 1 + random.below(7); k > 0; --k) some.push_back(atoms[random.below(atoms.size())]);
    std::string text;
    for (std::size_t k = random.below(40); k > 0; --k) text += some[random.below(some.size())];
    return text;
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("script-aware: one letter at a time where words have no space between them") {
        CHECK(split("script-aware", "Hello \u4e16\u754c! How are you?") ==
              list{"Hello", " \u4e16", "\u754c", "!", " How", " are", " you", "?"});
        CHECK(split("o200k", "Hello \u4e16\u754c!") == list{"Hello", " \u4e16\u754c", "!"});
        CHECK(split("script-aware", "").empty());
        CHECK(split("script-aware", " 12!") == list{" ", "12", "!"});
    }
    TEST_CASE("script-aware: characters of no script go with what follows, but marks hold what is before them") {
        CHECK(split("script-aware", "\u4e00.b") == list{"\u4e00", ".b"});
        CHECK(split("script-aware", "\u4e00.\u0301b") == list{"\u4e00", ".\u0301", "b"});
        CHECK(split("script-aware", "a\u0430 \u0301b") == list{"a", "\u0430", " \u0301", "b"});
        CHECK(split("script-aware", "\u4e00 ") == list{"\u4e00", " "});
        CHECK(split("script-aware", "a\xFF\u0430") == list{"a", "\xFF\u0430"});
    }
    TEST_CASE("script-aware: other patterns and scripts") {
        any_pretokenizer const p(
            {script_aware_pretokenizer({.pattern = "[a-z]+", .scripts_pattern = ".", .scripts = {"Cyrillic"}})});
        CHECK(split(p, "ab1cd \u0430\u0431") == list{"ab", "cd", " ", "\u0430", "\u0431"});
        CHECK(p.name() == "ScriptAware");
        CHECK(!p.is_lossless());
        CHECK_THROWS_AS(script_aware_pretokenizer({.scripts = {"Klingon"}}), error);
        CHECK_THROWS_AS(script_aware_pretokenizer({.pattern = "("}), error);
        script_aware_options none;
        none.scripts.clear();
        CHECK(split(any_pretokenizer({script_aware_pretokenizer(none)}), "\u4e16\u754c\u3042") ==
              list{"\u4e16\u754c", "\u3042"});
    }
    TEST_CASE("BoundlessBPE's pretokenizers by name") {
        for (char const* const name : {"script-aware", "script-aware-words", "boundless-ultimate", "boundless-words"}) {
            CHECK(any_pretokenizer::by_name(name).name() == name);
            CHECK(any_pretokenizer::by_name(name).is_in_place());
        }
        CHECK(any_pretokenizer::by_name("script-aware").is_lossless());
        CHECK(any_pretokenizer::by_name("boundless-ultimate").is_lossless());
        CHECK(split("boundless-ultimate", "XMLHttpRequest camelCase snake_case don't 12345") ==
              list{"XML", "Http", "Request", " camel", "Case", " snake", "_case", " don't", " ", "12", "345"});
        CHECK(split("boundless-ultimate", "a\xFF\xFF b") == list{"a", "\xFF\xFF", " b"});
        CHECK(split("boundless-words", "1\ufe0f\u20e3 1234 x") == list{"1\ufe0f\u20e3", " ", "1", "234", " x"});
    }
}

TEST_SUITE("oracle") {
    TEST_CASE("script-aware splits as the loop that reads one character at a time") {
        script_aware_options const defaults;
        script_aware_options some = defaults;
        some.scripts = {"Latin", "Thai"};
        support::random_source random(21);
        for (script_aware_options const& options : {defaults, some}) {
            any_pretokenizer const p({script_aware_pretokenizer(options)});
            reference::script_aware twin(options.pattern, options.scripts_pattern, options.scripts);
            for (int round = 0; round < 2'000; ++round) {
                std::string const text = random_text(random);
                list const expected = text.empty() ? list{} : twin.pretokens(text);
                CAPTURE(text);
                REQUIRE(split(p, text) == expected);
            }
        }
    }
}

TEST_SUITE("property") {
    TEST_CASE("script-aware takes linear time") {
        any_pretokenizer const p = any_pretokenizer::by_name("script-aware");
        for (std::string const unit :
             {"a", ".", "\u4e00", "\u4e00a", "\u4e00 ", "a.\u0430", "\u0301", ".\u0301", "\xFF"}) {
            std::string text;
            while (text.size() < 500'000) text += unit;
            std::clock_t const start = std::clock();
            std::size_t n_bytes = 0;
            p.for_each(text, [&](std::string_view pretoken) { n_bytes += pretoken.size(); });
            double const took = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
            CHECK(n_bytes == text.size());
            CHECK_MESSAGE(took < 0.5, unit, ": ", took, " s");
        }
    }
}

TEST_SUITE("golden") {
    TEST_CASE("scripts of all code points are those of BoundlessBPE") {
        std::vector<std::string> script(0x110000);
        list const lines = lines_of("boundless_scripts.txt");
        CHECK(lines.size() == 175);
        for (std::string const& line : lines) {
            list const fields = fields_of(line, ' ');
            for (std::size_t i = 1; i < fields.size(); ++i) {
                list const range = fields_of(fields[i], '-');
                auto const last = std::stoul(range.back(), nullptr, 16);
                for (auto c = std::stoul(range.front(), nullptr, 16); c <= last; ++c) script[c] = fields[0];
            }
        }
        detail::script_finder find;
        std::size_t n_wrong = 0;
        for (char32_t c = 0; c < 0x110000; ++c) {
            n_wrong += detail::unicode_scripts_17_0::names[find(c)] != script[c] ? 1 : 0;
            n_wrong += find((c * 7919) % 0x110000) != *detail::find_script(script[(c * 7919) % 0x110000]) ? 1 : 0;
        }
        CHECK(n_wrong == 0);
    }

    TEST_CASE("texts split as BoundlessBPE splits them") {
        std::size_t n_checked = 0;
        for (std::string const& line : lines_of("boundless_texts.txt")) {
            list const fields = fields_of(line, '\t');
            REQUIRE(fields.size() == 3);
            list expected;
            for (std::string const& piece : fields_of(fields[2], '|')) expected.push_back(recorded::unescape(piece));
            CHECK_MESSAGE(split(fields[0], recorded::unescape(fields[1])) == expected, line);
            ++n_checked;
        }
        CHECK(n_checked == 4 * 259);
    }
}

}  // namespace script_aware_test
