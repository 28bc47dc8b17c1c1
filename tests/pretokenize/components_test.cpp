// The pretokenizers of tokenizer.json: examples by hand, against slow twins, and on any bytes. What Hugging Face's
// library itself does is in components_golden_test.cpp.
#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>

#include "../reference/pretokenize.hpp"
#include "../reference/split.hpp"
#include "../support.hpp"
#include "components.hpp"

namespace components_test {

using namespace tessera;
using components::chain;

namespace {

using list = std::vector<std::string>;

constexpr std::array behaviors = {split_behavior::removed, split_behavior::isolated,
                                  split_behavior::merged_with_previous, split_behavior::merged_with_next,
                                  split_behavior::contiguous};

list split(std::string_view text, std::vector<reference::byte_range> const& matches, split_behavior behavior,
           bool invert = false) {
    list out;
    auto const sink = [&](text_piece piece) { out.emplace_back(piece.text); };
    split_pieces pieces(text_piece{text, 0}, behavior, invert, sink);
    for (auto const& [begin, end] : matches) pieces.match(begin, end);
    pieces.finish();
    return out;
}

/// Pieces and their from_start, of a piece that is the whole input or a part from elsewhere.
template <class Component>
std::vector<std::pair<std::string, std::size_t>> starts(Component const& component, std::string_view text,
                                                        std::size_t from_start) {
    std::vector<std::pair<std::string, std::size_t>> out;
    typename Component::scratch s;
    component.for_each(text_piece{text, from_start}, s,
                       [&](text_piece piece) { out.emplace_back(piece.text, piece.from_start); });
    return out;
}

struct field_names {
    std::string all;
    template <class T>
    void operator()(char const* name, T&) {
        (all += name) += ' ';
    }
    template <class T>
    void optional(char const* name, T&) {
        (all += name) += "? ";
    }
};

template <class Component>
std::string fields_of() {
    typename Component::options_type options;
    field_names read, written;
    Component::describe(read, options);
    Component::describe(written, std::as_const(options));
    CHECK(read.all == written.all);
    return read.all;
}

// What the sets and components tell apart, and ill-formed bytes.
std::vector<std::string> const atoms = {"a",
                                        "b",
                                        "s",
                                        "'s",
                                        "A",
                                        " ",
                                        " ",
                                        "  ",
                                        "\t",
                                        "\n",
                                        "\r\n",
                                        "0",
                                        "7",
                                        "!",
                                        ".",
                                        "$",
                                        "_",
                                        "-",
                                        "|",
                                        "\x7f",
                                        "\u2581",
                                        "\u2581",
                                        "\u00a0",
                                        "\u3000",
                                        "\u0085",
                                        "\u3001",
                                        "\u00bd",
                                        "\u0663",
                                        "\ufffd",
                                        "\u4e2d",
                                        "\u3042",
                                        "\u30a2",
                                        "\u30fc",
                                        "\u0430",
                                        "\u0378",
                                        "\u166d",
                                        "\u2e4f",
                                        "\u0301",
                                        "\U00011de3",
                                        "\U0001f999",
                                        "\x80",
                                        "\xE2",
                                        "\xE2\x96",
                                        "\xC3",
                                        "\xED\xA0\x80",
                                        "\xF0\x9F\xA6",
                                        "\xFF"};

std::string random_text(support::random_source& random) {
    std::vector<std::string> some;
    for (std::size_t k = 1 + random.below(8); k > 0; --k) some.push_back(atoms[random.below(atoms.size())]);
    std::string text;
    for (std::size_t k = random.below(30); k > 0; --k) text += some[random.below(some.size())];
    return text;
}

// The characters of a text that are in a set, one match each.
template <class Set>
std::vector<reference::byte_range> members(std::string_view text, Set const& contains) {
    reference::code_points const decoded = reference::decode(text);
    std::vector<reference::byte_range> out;
    for (std::size_t i = 0; i < decoded.value.size(); ++i) {
        if (contains(decoded.value[i])) out.emplace_back(decoded.begin[i], decoded.begin[i + 1]);
    }
    return out;
}

std::vector<std::string> const specifications = {
    "BertPreTokenizer",
    "ByteLevel:0:0",
    "ByteLevel:1:1",
    "CharDelimiterSplit: ",
    "CharDelimiterSplit:\\u{2581}",
    "Digits:0",
    "Digits:1",
    "FixedLength:1",
    "FixedLength:5",
    "Metaspace:\\u{2581}:always:1",
    "Metaspace:\\u{2581}:first:0",
    "Punctuation:Isolated",
    "Punctuation:MergedWithNext",
    "Split:String:a:MergedWithPrevious:0",
    "Split:Regex:\\s+:Contiguous:1",
    "UnicodeScripts",
    "Whitespace",
    "WhitespaceSplit",
    "Digits:1;Punctuation:Contiguous;Metaspace:_:first:1;ByteLevel:1:1;FixedLength:2",
};

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("split behaviours: what becomes of a delimiter") {
        std::string_view const text = "the-final--countdown";
        std::vector<reference::byte_range> const dashes = {{3, 4}, {9, 10}, {10, 11}};
        CHECK(split(text, dashes, split_behavior::removed) == list{"the", "final", "countdown"});
        CHECK(split(text, dashes, split_behavior::isolated) == list{"the", "-", "final", "-", "-", "countdown"});
        CHECK(split(text, dashes, split_behavior::merged_with_previous) == list{"the-", "final-", "-", "countdown"});
        CHECK(split(text, dashes, split_behavior::merged_with_next) == list{"the", "-final", "-", "-countdown"});
        CHECK(split(text, dashes, split_behavior::contiguous) == list{"the", "-", "final", "--", "countdown"});
        CHECK(split(text, dashes, split_behavior::removed, true) == list{"-", "-", "-"});
        CHECK(split(text, {}, split_behavior::merged_with_next) == list{std::string(text)});
        CHECK(split(text, {}, split_behavior::removed, true).empty());
        CHECK(split("-", {{0, 1}}, split_behavior::merged_with_next) == list{"-"});
    }
    TEST_CASE("split behaviours: an empty match cuts, and counts as a delimiter") {
        CHECK(split("ab", {{0, 0}, {1, 1}, {2, 2}}, split_behavior::isolated) == list{"a", "b"});
        CHECK(split("a-b", {{1, 1}, {1, 2}}, split_behavior::merged_with_previous) == list{"a", "-", "b"});
        CHECK(split("a-b", {{1, 2}, {2, 2}}, split_behavior::merged_with_next) == list{"a", "-", "b"});
    }
    TEST_CASE("ByteLevel: GPT-2's words in the byte alphabet") {
        CHECK(chain("ByteLevel:0:1").split("Hi you\n") == list{"Hi", "\u0120you", "\u010a"});
        CHECK(chain("ByteLevel:1:1").split("Hi") == list{"\u0120Hi"});
        CHECK(chain("ByteLevel:1:1").split(" Hi") == list{"\u0120Hi"});
        CHECK(chain("ByteLevel:1:0").split("\u00e9 a") == list{"\u0120\u00c3\u00a9\u0120a"});
        CHECK(chain("ByteLevel:1:1").split("").empty());
        byte_level_pretokenizer const plain({.add_prefix_space = true, .translate = false});
        CHECK(starts(plain, "\u00e9 a", 2) ==
              std::vector<std::pair<std::string, std::size_t>>{{" \u00e9", 3}, {" a", 0}});
        CHECK(starts(byte_level_pretokenizer(), "\u00e9 a", 2) ==
              std::vector<std::pair<std::string, std::size_t>>{{"\u0120\u00c3\u00a9", 6}, {"\u0120a", 0}});
        CHECK(starts(byte_level_pretokenizer(), "a", 0) == std::vector<std::pair<std::string, std::size_t>>{{"\u0120"
                                                                                                             "a",
                                                                                                             0}});
    }
    TEST_CASE("Metaspace: words begin with a visible space") {
        CHECK(chain("Metaspace:\\u{2581}:always:1").split("Hey  my") == list{"\u2581Hey", "\u2581", "\u2581my"});
        CHECK(chain("Metaspace:\\u{2581}:never:1").split("Hey my") == list{"Hey", "\u2581my"});
        CHECK(chain("Metaspace:\\u{2581}:always:0").split(" Hey my ") == list{"\u2581Hey\u2581my\u2581"});
        CHECK(chain("Metaspace:\\u{2581}:always:1").split("\u2581Hey") == list{"\u2581Hey"});
        CHECK(chain("Metaspace: :always:1").split("a b") == list{" a", " b"});
    }
    TEST_CASE("Metaspace: what `first` prepends to stands for the start of the input") {
        using expected = std::vector<std::pair<std::string, std::size_t>>;
        metaspace_pretokenizer const first(
            {.prepend_scheme = prepend_scheme::first, .add_prefix_space = {}, .str_rep = {}});
        CHECK(starts(first, "a b", 1) == expected{{"\u2581"
                                                   "a",
                                                   4},
                                                  {"\u2581"
                                                   "b",
                                                   0}});
        CHECK(starts(first, "a b", 0) == expected{{"a", 0},
                                                  {"\u2581"
                                                   "b",
                                                   0}});
        CHECK(starts(first, " a", 1) == expected{{"\u2581"
                                                  "a",
                                                  3}});
        // After ByteLevel without its alphabet, two characters may stand for the first.
        CHECK(starts(first, " ab", 2) == expected{{"\u2581"
                                                   "ab",
                                                   4}});
        CHECK(starts(first, "_ a", 2) == expected{{"\u2581_", 4},
                                                  {"\u2581"
                                                   "a",
                                                   3}});
        CHECK(chain("FixedLength:1;Metaspace:_:first:1").split("ab") == list{"_a", "b"});
        CHECK(chain("Metaspace:_:always:0;FixedLength:1;Metaspace:-:first:1").split("ab") == list{"-_", "-a", "b"});
    }
    TEST_CASE("Metaspace: the fields of older files") {
        metaspace_pretokenizer const plain;
        CHECK(metaspace_pretokenizer({.add_prefix_space = true, .str_rep = "x"}) == plain);
        CHECK(!metaspace_pretokenizer({.add_prefix_space = true, .str_rep = "x"}).options().str_rep);
        CHECK(metaspace_pretokenizer({.prepend_scheme = prepend_scheme::never, .add_prefix_space = true, .str_rep = {}})
                  .options()
                  .prepend_scheme == prepend_scheme::never);
        CHECK_NOTHROW(metaspace_pretokenizer(
            {.prepend_scheme = prepend_scheme::never, .add_prefix_space = false, .str_rep = {}}));
        CHECK_THROWS_AS(metaspace_pretokenizer({.add_prefix_space = false, .str_rep = {}}), error);
        CHECK_THROWS_AS(metaspace_pretokenizer({.replacement = 0xD800, .add_prefix_space = {}, .str_rep = {}}), error);
        CHECK(metaspace_pretokenizer({.replacement = U'_', .add_prefix_space = {}, .str_rep = {}}) != plain);
    }
    TEST_CASE("UnicodeScripts: what has no script goes with what is before it, and is lost where nothing is") {
        CHECK(chain("UnicodeScripts").split("  ab 12") == list{"ab ", "12"});
        CHECK(chain("UnicodeScripts").split("  ").empty());
        CHECK(chain("UnicodeScripts").split("\u3042\u30a2\u30fc\u4e00a") == list{"\u3042\u30a2\u30fc\u4e00", "a"});
        CHECK(chain("UnicodeScripts")
                  .split("a\u0378\u0378"
                         "b\u0430") == list{"a\u0378\u0378"
                                            "b",
                                            "\u0430"});
    }
    TEST_CASE("sets of characters") {
        CHECK(chain("WhitespaceSplit").split(" a.b\u3000c\t") == list{"a.b", "c"});
        CHECK(chain("BertPreTokenizer").split("Hey, you!?\u00a0x") == list{"Hey", ",", "you", "!", "?", "x"});
        CHECK(chain("Punctuation:Isolated").split("a$b\u3001\u2e4f") == list{"a", "$", "b", "\u3001", "\u2e4f"});
        CHECK(chain("Punctuation:Contiguous").split("a\u166d,\u2e4f") == list{"a", "\u166d,", "\u2e4f"});
        CHECK(chain("Digits:0").split("a12\u00bd b") == list{"a", "12\u00bd", " b"});
        CHECK(chain("Digits:1").split("a12") == list{"a", "1", "2"});
        CHECK(chain("CharDelimiterSplit:-").split("-a--b") == list{"a", "b"});
        CHECK(chain("CharDelimiterSplit:\\u{FFFD}")
                  .split("a\xFF\ufffd"
                         "b") == list{"a\xFF", "b"});
        CHECK(chain("FixedLength:2").split("\u4e00\u4e8c\u4e09") == list{"\u4e00\u4e8c", "\u4e09"});
        CHECK(chain("Whitespace").split("a_1 b!") == list{"a_1", "b", "!"});
    }
    TEST_CASE("Split: by a string, by a regular expression, by a scanner") {
        CHECK(chain("Split:String:.:Removed:0").split("a.b") == list{"a", "b"});
        CHECK(chain("Split:Regex:\\s+:MergedWithNext:0").split("a  b") == list{"a", "  b"});
        CHECK(chain("Split:Regex:\\s+:Removed:1").split("a  b") == list{"  "});
        std::string const gpt2(gpt2_pretokenizer<>::pattern());
        for (split_behavior const behavior : behaviors) {
            for (bool const invert : {false, true}) {
                split_pretokenizer const known({.pattern = {gpt2, true}, .behavior = behavior, .invert = invert});
                CHECK(known.engine() == "gpt2");
                std::vector<reference::byte_range> const words = {{0, 2}, {2, 6}};
                list pieces;
                for (auto const& [piece, start] : starts(known, "Hi you", 0)) pieces.push_back(piece);
                CHECK(pieces == split("Hi you", words, behavior, invert));
            }
        }
        CHECK(split_pretokenizer({.pattern = {gpt2, false}}).engine() != "gpt2");
        std::string const cl100k(cl100k_pretokenizer<>::pattern());
        CHECK(split_pretokenizer({.pattern = {cl100k, true}}, regex_dialect::rust).engine() == "cl100k");
        CHECK(!find_known_scanner(cl100k, regex_dialect::oniguruma));
        CHECK(find_known_scanner(detail::portable_cl100k, regex_dialect::oniguruma) == known_scanner::cl100k);
        split_pretokenizer const words({.pattern = {R"(\w+|[^\w\s]+)", true}}, regex_dialect::rust);
        CHECK(words.engine() == "whitespace");
        list pieces;
        for (auto const& [piece, start] : starts(words, "a, b", 0)) pieces.push_back(piece);
        CHECK(pieces == list{"a", ",", " ", "b"});
    }
    TEST_CASE("fields of tokenizer.json") {
        CHECK(fields_of<bert_pretokenizer>().empty());
        CHECK(fields_of<byte_level_pretokenizer>() == "add_prefix_space trim_offsets use_regex? ");
        CHECK(fields_of<char_delimiter_split_pretokenizer>() == "delimiter ");
        CHECK(fields_of<digits_pretokenizer>() == "individual_digits ");
        CHECK(fields_of<fixed_length_pretokenizer>() == "length? ");
        CHECK(fields_of<metaspace_pretokenizer>() == "replacement prepend_scheme? split? add_prefix_space? str_rep? ");
        CHECK(fields_of<punctuation_pretokenizer>() == "behavior? ");
        CHECK(fields_of<split_pretokenizer>() == "pattern behavior invert ");
        CHECK(fields_of<unicode_scripts_pretokenizer>().empty());
        CHECK(fields_of<whitespace_pretokenizer<>>().empty());
        CHECK(fields_of<whitespace_split_pretokenizer>().empty());
    }
    TEST_CASE("options that cannot be honoured") {
        CHECK_THROWS_AS(fixed_length_pretokenizer({.length = 0}), error);
        CHECK_THROWS_AS(char_delimiter_split_pretokenizer({.delimiter = 0x110000}), error);
        CHECK_THROWS_AS(split_pretokenizer({.pattern = {"(", true}}), error);
        CHECK(digits_pretokenizer({.individual_digits = true}) != digits_pretokenizer());
        CHECK(fixed_length_pretokenizer({.length = 5}) == fixed_length_pretokenizer());
    }
}

TEST_SUITE("oracle") {
    TEST_CASE("split behaviours agree with their twin on any matches") {
        support::random_source random(1);
        for (int round = 0; round < 20'000; ++round) {
            std::string const text = random.text(1 + random.below(12), "abc-");
            std::vector<reference::byte_range> matches;
            for (std::size_t at = 0; at <= text.size();) {
                std::size_t const begin = at + random.below(3);
                std::size_t const end = begin + random.below(3);
                if (end > text.size()) break;
                matches.emplace_back(begin, end);
                at = end == begin ? end + random.below(2) : end;
                if (random.below(6) == 0) break;
            }
            for (split_behavior const behavior : behaviors) {
                for (bool const invert : {false, true}) {
                    REQUIRE(split(text, matches, behavior, invert) ==
                            reference::split(text, matches, behavior, invert));
                }
            }
        }
    }
    TEST_CASE("components that split at characters agree with the general split") {
        support::random_source random(2);
        auto const is_space = [](char32_t c) { return detail::white_space_set::contains(c); };
        auto const is_mark = [](char32_t c) { return detail::punctuation_set::contains(c); };
        auto const is_digit = [](char32_t c) { return detail::numeric_set::contains(c); };
        for (int round = 0; round < 20'000; ++round) {
            std::string const text = random_text(random);
            INFO(text);
            auto const spaces = members(text, is_space);
            list const words = reference::split(text, spaces, split_behavior::removed, false);
            REQUIRE(chain("WhitespaceSplit").split(text) == words);
            list marked;
            for (std::string const& word : words) {
                for (std::string& piece :
                     reference::split(word, members(word, is_mark), split_behavior::isolated, false)) {
                    marked.push_back(std::move(piece));
                }
            }
            REQUIRE(chain("BertPreTokenizer").split(text) == marked);
            for (auto const& [name, behavior] : names_of(split_behavior{})) {
                REQUIRE(chain("Punctuation:" + std::string(name)).split(text) ==
                        reference::split(text, members(text, is_mark), behavior, false));
            }
            auto const digits = members(text, is_digit);
            REQUIRE(chain("Digits:0").split(text) == reference::split(text, digits, split_behavior::contiguous, false));
            REQUIRE(chain("Digits:1").split(text) == reference::split(text, digits, split_behavior::isolated, false));
            REQUIRE(chain("CharDelimiterSplit:\\u{2581}").split(text) ==
                    reference::split(text, members(text, [](char32_t c) { return c == 0x2581; }),
                                     split_behavior::removed, false));
            REQUIRE(chain("Whitespace").split(text) ==
                    reference::split(text, reference::pattern<>(R"(\w+|[^\w\s]+)").split(text), split_behavior::removed,
                                     true));
        }
    }
    TEST_CASE("Metaspace agrees with a general split before the replacement") {
        support::random_source random(3);
        for (int round = 0; round < 20'000; ++round) {
            std::string const text = random_text(random);
            if (text.empty()) continue;
            std::string replaced;
            for (char const c : text) replaced += c == ' ' ? "\u2581" : std::string(1, c);
            if (!replaced.starts_with("\u2581")) replaced = "\u2581" + replaced;
            REQUIRE(chain("Metaspace:\\u{2581}:always:1").split(text) ==
                    reference::split(replaced, members(replaced, [](char32_t c) { return c == 0x2581; }),
                                     split_behavior::merged_with_next, false));
        }
    }
}

TEST_SUITE("property") {
    TEST_CASE("any bytes: no piece is empty, and the lossless ones lose nothing") {
        support::random_source random(4);
        for (int round = 0; round < 3'000; ++round) {
            std::string const random_one = round % 2 == 0 ? random.bytes(random.below(60)) : random_text(random);
            // No terminator: a sanitizer sees a read past the end.
            std::vector<char> const exact(random_one.begin(), random_one.end());
            std::string_view const text(exact.data(), exact.size());
            for (std::string const& specification : specifications) {
                INFO(specification);
                chain run(specification);
                std::string joined;
                run(text, [&](std::string_view piece) {
                    REQUIRE(!piece.empty());
                    joined += piece;
                });
                bool const lossless = specification.starts_with("Digits:0") || specification.starts_with("Fixed") ||
                                      specification.starts_with("Punctuation") || specification.starts_with("Split");
                if (lossless) REQUIRE(joined == text);
            }
        }
    }
    TEST_CASE("from_start is that of the leading bytes, however a text is cut") {
        support::random_source random(5);
        for (int round = 0; round < 2'000; ++round) {
            std::string const text = random_text(random);
            if (text.empty()) continue;
            std::size_t const first = decode_utf8(text, 0).length;
            auto const check = [&](auto const& component) {
                std::size_t n = 0;
                typename std::remove_cvref_t<decltype(component)>::scratch s;
                component.for_each(text_piece{text, first}, s, [&](text_piece piece) {
                    bool const is_first = piece.text.data() == text.data();
                    REQUIRE(piece.from_start == (is_first ? first : 0));
                    ++n;
                });
                REQUIRE(n <= text.size());
            };
            check(bert_pretokenizer());
            check(char_delimiter_split_pretokenizer());
            check(digits_pretokenizer());
            check(fixed_length_pretokenizer());
            check(punctuation_pretokenizer());
            check(unicode_scripts_pretokenizer());
            check(whitespace_pretokenizer<>());
            check(whitespace_split_pretokenizer());
            check(byte_level_pretokenizer({.add_prefix_space = false, .translate = false}));
        }
    }
    // A generous bound on the time a byte: what is quadratic takes seconds here, what is linear some milliseconds.
    TEST_CASE("time is linear in the worst case") {
        for (std::string const& specification : specifications) {
            if (specification.starts_with("Split:Regex")) continue;  // pattern's own tests
            chain run(specification);
            for (std::string const unit : {"a", " ", "\u2581", "\n", "!", "7", "\u4e2d", "\u0378", "a ", " a",
                                           "a\u0430", "a!", "1!", "\x80", "\xE2\x96", "\u0301", "\ufffd", "\u2581 "}) {
                std::array<double, 2> took{};
                for (std::size_t k = 0; k < 2; ++k) {
                    std::string text;
                    while (text.size() < (k + 1) * 200'000) text += unit;
                    took[k] = 1e9;
                    for (int repeat = 0; repeat < 3; ++repeat) {
                        auto const start = std::chrono::steady_clock::now();
                        std::size_t n = 0;
                        run(text, [&](std::string_view piece) { n += piece.size(); });
                        std::chrono::duration<double> const time = std::chrono::steady_clock::now() - start;
                        took[k] = time.count() < took[k] ? time.count() : took[k];
                    }
                }
                // Twice the text takes twice the time, where it takes enough to be measured beside others.
                bool const is_linear = took[1] < 0.1 || took[1] < 4 * took[0];
                CHECK_MESSAGE(is_linear, specification, " on ", unit, ": ", took[0], " s, then ", took[1], " s");
                CHECK_MESSAGE(took[1] < 1, specification, " on ", unit, ": ", took[1], " s");
            }
        }
    }
}

}  // namespace components_test
