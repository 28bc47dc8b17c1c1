// The scanners: examples by hand, against the slow twins that read the patterns, and on any bytes.
#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/pretokenize/any_pretokenizer.hpp>
#include <tessera/pretokenize/boundless_letters.hpp>
#include <tessera/pretokenize/bytes.hpp>
#include <tessera/pretokenize/cl100k.hpp>
#include <tessera/pretokenize/digit_groups.hpp>
#include <tessera/pretokenize/gpt2.hpp>
#include <tessera/pretokenize/llama3.hpp>
#include <tessera/pretokenize/o200k.hpp>
#include <tessera/pretokenize/superbpe_1_words.hpp>
#include <tessera/pretokenize/superbpe_2.hpp>
#include <tessera/pretokenize/whitespace.hpp>

#include "../reference/pretokenize.hpp"

namespace scanners_test {

using namespace tessera;
using std::string_literals::operator""s;

static_assert(Pretokenizer<gpt2_pretokenizer<>> && Pretokenizer<cl100k_pretokenizer<>>);
static_assert(Pretokenizer<o200k_pretokenizer<>> && Pretokenizer<llama3_pretokenizer<>>);
static_assert(Pretokenizer<qwen2_pretokenizer<>> && Pretokenizer<whitespace_pretokenizer<>>);
static_assert(Pretokenizer<digit_groups_pretokenizer> && Pretokenizer<superbpe_1_words_pretokenizer<>>);
static_assert(Pretokenizer<superbpe_2_pretokenizer<>> && Pretokenizer<superbpe_2_words_pretokenizer<>>);
static_assert(Pretokenizer<bytes_pretokenizer>);

namespace {

using list = std::vector<std::string>;

template <class P>
std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> out;
    P{}.for_each(text, [&](std::string_view pretoken) { out.emplace_back(pretoken); });
    return out;
}

list split_by(std::string_view name, std::string_view text) {
    list out;
    any_pretokenizer::by_name(name).for_each(text, [&](std::string_view pretoken) { out.emplace_back(pretoken); });
    return out;
}

std::uint64_t next_random(std::uint64_t& state) {  // splitmix64
    std::uint64_t z = (state += 0x9E37'79B9'7F4A'7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58'476D'1CE4'E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D0'49BB'1331'11EBULL;
    return z ^ (z >> 31);
}

// Atoms that patterns tell apart, and ill-formed bytes.
std::vector<std::string> const atoms = {"a",
                                        "b",
                                        "s",
                                        "d",
                                        "l",
                                        "e",
                                        "r",
                                        "v",
                                        "t",
                                        "m",
                                        "z",
                                        "A",
                                        "S",
                                        "L",
                                        "E",
                                        "R",
                                        "V",
                                        "Z",
                                        "'",
                                        "'",
                                        "'s",
                                        "'LL",
                                        " ",
                                        " ",
                                        "  ",
                                        "\t",
                                        "\n",
                                        "\r",
                                        "\r\n",
                                        "\x0b",
                                        "0",
                                        "7",
                                        "12",
                                        "!",
                                        ".",
                                        "/",
                                        "_",
                                        "-",
                                        "\0"s,
                                        "\x1f",
                                        "word",
                                        "longerword",
                                        "UPPER",
                                        "@",
                                        "[",
                                        "`",
                                        "{",
                                        "\x7f",
                                        "\u00a0",
                                        "\u3000",
                                        "\u2028",
                                        "\u0085",
                                        "\u017f",
                                        "\u0301",
                                        "\u093f",
                                        "\u4e2d",
                                        "\u0430",
                                        "\u0410",
                                        "\u01c5",
                                        "\u02b0",
                                        "\u00aa",
                                        "\u00bd",
                                        "\u0661",
                                        "\u2165",
                                        "\U0001f999",
                                        "\u200d",
                                        "\u24b6",
                                        "\u203f",
                                        "\u212a",
                                        "\ufffd",
                                        "\U00010400",
                                        "\U000e0100",
                                        "\U0010ffff",
                                        "\x80",
                                        "\xBF",
                                        "\xC3",
                                        "\xC0\x80",
                                        "\xC5",
                                        "\xE2\x82",
                                        "\xED\xA0\x80",
                                        "\xF0\x9F\xA6",
                                        "\xF4\x90\x80\x80",
                                        "\xFF"};

// Runs of a few atoms, and where digits count, of digits.
std::string random_text(std::uint64_t& seed, bool more_digits) {
    static list const digits = {"0",      "9",      "123",        "4567",      "\u0661", "\u0966\u096f",
                                "\uff15", "\u00bd", "\U00011de1", "\U00016ff4"};
    std::vector<std::string> some;
    for (std::uint64_t k = 1 + next_random(seed) % 7; k > 0; --k) {
        list const& from = more_digits && next_random(seed) % 2 == 0 ? digits : atoms;
        some.push_back(from[next_random(seed) % from.size()]);
    }
    std::string text;
    for (std::uint64_t k = 1 + next_random(seed) % 40; k > 0; --k) text += some[next_random(seed) % some.size()];
    return text;
}

template <class P>
constexpr bool keeps_gaps = requires { requires P::keeps_gaps; };

template <class P>
void compare_with_twin(std::uint64_t seed, int n_rounds) {
    reference::pattern<> const twin(P::pattern());
    for (int round = 0; round < n_rounds; ++round) {
        std::string const text = random_text(seed, keeps_gaps<P>);
        list expected;
        if (keeps_gaps<P>) {
            expected = twin.pieces(text);
        } else {
            for (auto const& [begin, end] : twin.split(text)) expected.push_back(text.substr(begin, end - begin));
        }
        list const found = split<P>(text);
        if (found != expected) {
            INFO(P::name(), " seed ", seed, " text ", text);
            REQUIRE(found == expected);
        }
    }
}

template <class P>
void check_property(std::string_view whole) {
    std::vector<char> const exact(whole.begin(), whole.end());  // no terminator: a sanitizer sees a read past the end
    std::string_view const text(exact.data(), exact.size());
    std::string joined;
    std::size_t last_end = 0;
    P{}.for_each(text, [&](std::string_view pretoken) {
        REQUIRE(!pretoken.empty());
        auto const begin = static_cast<std::size_t>(pretoken.data() - text.data());
        REQUIRE(begin >= last_end);
        if constexpr (requires { P::next(text, begin); }) {
            REQUIRE(P::next(text, begin) == begin + pretoken.size());
        }
        last_end = begin + pretoken.size();
        joined += pretoken;
    });
    if (P::lossless) REQUIRE(joined == text);
}

template <class P>
double seconds(std::string_view text) {
    double best = 1e9;
    for (int k = 0; k < 5; ++k) {
        auto const start = std::chrono::steady_clock::now();
        std::size_t n = 0;
        P{}.for_each(text, [&](std::string_view pretoken) { n += pretoken.size() + 1; });
        std::chrono::duration<double> const took = std::chrono::steady_clock::now() - start;
        CHECK((n > 0 || !P::lossless));
        best = took.count() < best ? took.count() : best;
    }
    return best;
}

// A generous bound on the time a byte: what is quadratic takes seconds here, what is linear a few milliseconds.
template <class P>
void check_linear() {
    for (std::string const unit : {"a",   "A",  "aA",     "Aa",  "\u4e2dA",      "A\u0301", "\u0301A", "1",
                                   " ",   "\n", " \n",    "\n ", "\r",           "\t ",     "'s",      "'",
                                   "''s", "!",  "!/",     "/\n", "\u00a0",       "\u3000 ", "\x80",    "\xF0\x9F\xA6",
                                   "_",   "'l", "\u0661", "1a",  "\u0661\u00bd", " !",      "  !",     "! ",
                                   " a",  "a ", "\u0430"}) {
        for (std::string const tail : {"", "x", "\n", "!", "\u4e2d"}) {
            std::string text;
            while (text.size() < 500'000) text += unit;
            text += tail;
            double const took = seconds<P>(text);
            CHECK_MESSAGE(took < 0.25, P::name(), " on ", unit, " then ", tail, ": ", took, " s");
        }
    }
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("gpt2: words take the space before them, white space leaves its last character") {
        CHECK(split<gpt2_pretokenizer<>>("Hello world, it's 2024!") ==
              list{"Hello", " world", ",", " it", "'s", " 2024", "!"});
        CHECK(split<gpt2_pretokenizer<>>("a  b\n\n c \t") == list{"a", " ", " b", "\n\n", " c", " \t"});
        CHECK(split<gpt2_pretokenizer<>>("I'LL 've!'s") == list{"I", "'", "LL", " '", "ve", "!'", "s"});
        CHECK(split<gpt2_pretokenizer<>>("").empty());
    }
    TEST_CASE("cl100k: three digits, contractions in any case, newlines after punctuation") {
        CHECK(split<cl100k_pretokenizer<>>("12345 I'LL\tgo") == list{"123", "45", " I", "'LL", "\tgo"});
        CHECK(split<cl100k_pretokenizer<>>("f();\n\n  x") == list{"f", "();\n\n", " ", " x"});
        CHECK(split<cl100k_pretokenizer<>>("x \n  y") == list{"x", " \n", " ", " y"});
        CHECK(split<cl100k_pretokenizer<>>("'\u017ft") == list{"'\u017f", "t"});
    }
    TEST_CASE("cl100k and llama3 differ where white space ends the text") {
        CHECK(split<cl100k_pretokenizer<>>("x \n  ") == list{"x", " \n  "});
        CHECK(split<llama3_pretokenizer<>>("x \n  ") == list{"x", " \n", "  "});
    }
    TEST_CASE("llama3 and qwen2 differ in digits") {
        CHECK(split<llama3_pretokenizer<>>("1234") == list{"123", "4"});
        CHECK(split<qwen2_pretokenizer<>>("1234") == list{"1", "2", "3", "4"});
    }
    TEST_CASE("o200k: words end where the case turns and keep their contraction") {
        CHECK(split<o200k_pretokenizer<>>("camelCase HTTPServer don't") ==
              list{"camel", "Case", " HTTPServer", " don't"});
        CHECK(split<o200k_pretokenizer<>>("path/to//\nx") == list{"path", "/to", "//\n", "x"});
        CHECK(split<o200k_pretokenizer<>>("\u4e2dAB") == list{"\u4e2d", "AB"});  // the first set gives back
        CHECK(split<o200k_pretokenizer<>>("\u0301AB's") == list{"\u0301", "AB's"});
    }
    TEST_CASE("digit groups: threes from the right, of decimal digits") {
        CHECK(split<digit_groups_pretokenizer>("in 1234567") == list{"in 1", "234", "567"});
        CHECK(split<digit_groups_pretokenizer>("a123456b12") == list{"a", "123", "456b12"});
        CHECK(split<digit_groups_pretokenizer>("12\u00bd3456") == list{"12\u00bd3", "456"});
        CHECK(split<digit_groups_pretokenizer>("\u0661\u0662\u0663\u0664") == list{"\u0661", "\u0662\u0663\u0664"});
        CHECK(split<digit_groups_pretokenizer>("").empty());
    }
    TEST_CASE("superbpe-1: digits have no space, and white space before them ends a text") {
        CHECK(split_by("superbpe-1", "in 2024, it's") == list{"in ", "2", "024", ", it's"});
        CHECK(split_by("superbpe-1-words", "in 2024, it's") == list{"in", " ", "2", "024", ",", " it", "'", "s"});
        CHECK(split_by("superbpe-1-words", "a  7") == list{"a", "  ", "7"});
        CHECK(split<superbpe_1_words_pretokenizer<>>("a  7") == list{"a", " ", " ", "7"});
        CHECK(split<superbpe_1_words_pretokenizer<>>("1\U00011de11") == list{"1", "\U00011de1", "1"});
    }
    TEST_CASE("superbpe-2: words stay together, and their contractions do not in the first stage") {
        CHECK(split_by("superbpe-2", "It's a dog.\nIn 2024 (x) x();\n\n  y ") ==
              list{"It's a dog.\nIn ", "202", "4", " (x) x", "();\n\n", " ", " y", " "});
        CHECK(split_by("superbpe-2", "a  !!b !c // \t") == list{"a", " ", " !!", "b !c", " //", " ", "\t"});
        CHECK(split_by("superbpe-2-words", "It's 1234 XMLHttp//\n") ==
              list{"It", "'s", " ", "123", "4", " XMLHttp", "//\n"});
    }
    TEST_CASE("whitespace: words and punctuation, no space") {
        CHECK(split<whitespace_pretokenizer<>>(" Hey, man_1!\n") == list{"Hey", ",", "man_1", "!"});
        CHECK(split<whitespace_pretokenizer<>>(" \n").empty());
    }
    TEST_CASE("bytes: one pretoken") {
        CHECK(split<bytes_pretokenizer>("a b\xFF") == list{"a b\xFF"});
        CHECK(split<bytes_pretokenizer>("").empty());
    }
    TEST_CASE("ill-formed bytes are punctuation, one unit each") {
        CHECK(split<gpt2_pretokenizer<>>("a\xFF\xE2\x82 b") == list{"a", "\xFF\xE2\x82", " b"});
        CHECK(split<cl100k_pretokenizer<>>("\xFF"
                                           "a") == list{"\xFF"
                                                        "a"});
        CHECK(split<cl100k_pretokenizer<>>("\xFF\xFF"
                                           "a") == list{"\xFF\xFF", "a"});
    }
}

TEST_SUITE("oracle") {
    TEST_CASE("scanners agree with the matcher that reads their patterns") {
        compare_with_twin<gpt2_pretokenizer<>>(1, 20'000);
        compare_with_twin<cl100k_pretokenizer<>>(2, 20'000);
        compare_with_twin<o200k_pretokenizer<>>(3, 20'000);
        compare_with_twin<llama3_pretokenizer<>>(4, 20'000);
        compare_with_twin<qwen2_pretokenizer<>>(5, 20'000);
        compare_with_twin<whitespace_pretokenizer<>>(6, 20'000);
        compare_with_twin<digit_groups_pretokenizer>(9, 20'000);
        compare_with_twin<superbpe_1_words_pretokenizer<>>(10, 20'000);
        compare_with_twin<superbpe_2_pretokenizer<>>(11, 20'000);
        compare_with_twin<superbpe_2_words_pretokenizer<>>(12, 20'000);
        compare_with_twin<boundless_letters_pretokenizer<>>(14, 20'000);
    }
    TEST_CASE("superbpe-1 cuts at digits first") {
        std::uint64_t seed = 13;
        reference::pattern<> const groups(digit_groups_pretokenizer::pattern());
        reference::pattern<> const words(superbpe_1_words_pretokenizer<>::pattern());
        for (int round = 0; round < 20'000; ++round) {
            std::string const text = random_text(seed, true);
            REQUIRE(split_by("superbpe-1", text) == reference::digits_then_pieces(groups, text));
            REQUIRE(split_by("superbpe-1-words", text) == reference::digits_then_pieces(words, text));
        }
    }
    TEST_CASE("tiktoken's writing of GPT-2's pattern splits the same") {
        reference::pattern<> const ours(gpt2_pretokenizer<>::pattern());
        reference::pattern<> const theirs(
            R"('(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s)");
        std::uint64_t seed = 7;
        for (int round = 0; round < 10'000; ++round) {
            std::string text;
            for (std::uint64_t k = 1 + next_random(seed) % 12; k > 0; --k)
                text += atoms[next_random(seed) % atoms.size()];
            REQUIRE(ours.split(text) == theirs.split(text));
        }
    }
}

TEST_SUITE("property") {
    TEST_CASE("pretokens are non-empty, in order, and tile any bytes") {
        std::uint64_t seed = 8;
        for (int round = 0; round < 5'000; ++round) {
            std::string text;
            for (std::uint64_t k = next_random(seed) % 60; k > 0; --k) {
                bool const any = round % 2 == 0;
                text += any ? std::string(1, static_cast<char>(next_random(seed) & 0xFF))
                            : atoms[next_random(seed) % atoms.size()];
            }
            check_property<gpt2_pretokenizer<>>(text);
            check_property<cl100k_pretokenizer<>>(text);
            check_property<o200k_pretokenizer<>>(text);
            check_property<llama3_pretokenizer<>>(text);
            check_property<qwen2_pretokenizer<>>(text);
            check_property<whitespace_pretokenizer<>>(text);
            check_property<digit_groups_pretokenizer>(text);
            check_property<superbpe_1_words_pretokenizer<>>(text);
            check_property<superbpe_2_pretokenizer<>>(text);
            check_property<superbpe_2_words_pretokenizer<>>(text);
            check_property<boundless_letters_pretokenizer<>>(text);
        }
    }
    TEST_CASE("time is linear in the worst case") {
        check_linear<gpt2_pretokenizer<>>();
        check_linear<cl100k_pretokenizer<>>();
        check_linear<o200k_pretokenizer<>>();
        check_linear<llama3_pretokenizer<>>();
        check_linear<qwen2_pretokenizer<>>();
        check_linear<whitespace_pretokenizer<>>();
        check_linear<digit_groups_pretokenizer>();
        check_linear<superbpe_1_words_pretokenizer<>>();
        check_linear<superbpe_2_pretokenizer<>>();
        check_linear<superbpe_2_words_pretokenizer<>>();
        check_linear<boundless_letters_pretokenizer<>>();
    }
    TEST_CASE("a million digits are threes from the right") {
        list const pieces = split_by("superbpe-1", "x" + std::string(1'000'000, '7'));
        REQUIRE(pieces.size() == 333'335);
        CHECK(pieces[1] == "7");
        CHECK(pieces.back() == "777");
    }
}

}  // namespace scanners_test
