// The models that look tokens up: WordPiece, word level, greedy; and the trie below them.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/model/greedy_model.hpp>
#include <tessera/model/prefix_trie.hpp>
#include <tessera/model/word_level_model.hpp>
#include <tessera/model/wordpiece_model.hpp>

#include "model/model_support.hpp"
#include "reference/added_tokens.hpp"
#include "reference/models.hpp"
#include "support.hpp"

namespace lookup_models_test {

using namespace tessera;
using support::pieces;
using support::strings;
using support::vocabulary_of;

namespace {

// The longest of `tokens` at each place, `unknown` for a byte where none begins.
strings longest_first(strings const& tokens, std::string_view text, std::string const& unknown) {
    strings out;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t const best = reference::longest_token_at(tokens, text, at, [](std::size_t) { return true; });
        out.push_back(best == tokens.size() ? unknown : tokens[best]);
        at += best == tokens.size() ? 1 : out.back().size();
    }
    return out;
}

// Greedy on the whole text; and WordPiece, where `tokens` go on within words too, with "##" and without a prefix.
void check_longest_first(std::set<std::string> const& tokens, std::string const& text) {
    std::string const unknown = "[UNK]";
    strings const ordered(tokens.begin(), tokens.end());
    strings expected = longest_first(ordered, text, unknown);
    bool const known = std::find(expected.begin(), expected.end(), unknown) == expected.end();
    std::set<std::string> all = tokens;
    all.insert(unknown);
    vocabulary const vocab = vocabulary_of(all);
    token_id const unknown_id = vocab.find(unknown);
    CHECK(pieces(greedy_model(vocab, {.unknown = unknown_id}), text) == expected);
    constexpr std::size_t any_length = 1U << 30;
    CHECK(pieces(wordpiece_model(vocab, {unknown_id, "", any_length}), text) == (known ? expected : strings{unknown}));
    for (std::string const& token : tokens) all.insert("##" + token);
    for (std::size_t i = 1; i < expected.size(); ++i) expected[i].insert(0, "##");
    vocabulary const both = vocabulary_of(all);
    CHECK(pieces(wordpiece_model(both, {both.find(unknown), "##", any_length}), text) ==
          (known ? expected : strings{unknown}));
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("WordPiece: unaffable") {
        strings const tokens{"[UNK]", "un", "##aff", "##able", "##a", "aff"};
        wordpiece_model const model(vocabulary_of(tokens), {.unknown = 0});
        CHECK(pieces(model, "unaffable") == strings{"un", "##aff", "##able"});
        CHECK(pieces(model, "unaffabl") == strings{"[UNK]"});
        CHECK(pieces(model, "##able") == strings{"##able"});
        CHECK(pieces(model, "").empty());
        CHECK(pieces(wordpiece_model(vocabulary_of(tokens)), "x").empty());
        wordpiece_model const short_words(vocabulary_of(tokens), {.unknown = 0, .max_input_chars_per_word = 3});
        CHECK(pieces(short_words, "una") == strings{"un", "##a"});
        CHECK(pieces(short_words, "unaa") == strings{"[UNK]"});
        CHECK_THROWS_AS(wordpiece_model(vocabulary_of(tokens), {.unknown = 6}), error);
    }

    TEST_CASE("word level") {
        strings const tokens{"<unk>", "a b"};
        CHECK(pieces(word_level_model(vocabulary_of(tokens), {.unknown = 0}), "a b") == strings{"a b"});
        CHECK(pieces(word_level_model(vocabulary_of(tokens), {.unknown = 0}), "a") == strings{"<unk>"});
        CHECK(pieces(word_level_model(vocabulary_of(tokens)), "a").empty());
        CHECK_THROWS_AS(word_level_model(vocabulary_of(tokens), {.unknown = 2}), error);
    }

    TEST_CASE("greedy") {
        strings const tokens{"a", "ab", "abcd", "\xC3", "\xA9"};
        CHECK(pieces(greedy_model(vocabulary_of(tokens)), "abcabcd\xC3\xA9") == strings{"ab", "abcd", "\xC3", "\xA9"});
        CHECK(pieces(greedy_model(vocabulary_of(tokens), {.unknown = 0}), "xab") == strings{"a", "ab"});
    }

    TEST_CASE("an empty trie has nothing; empty strings are left out") {
        CHECK(prefix_trie().longest_match("abc", 0).length == 0);
        CHECK(prefix_trie({{"", 1}}).longest_match("abc", 0).length == 0);
        CHECK(prefix_trie({{"b", 1}, {"b", 2}}).longest_match("abc", 1).value == 2);
        std::string const long_one(100'000, 'a');
        CHECK(prefix_trie({{long_one, 7}}).longest_match(long_one + "a", 0).length == long_one.size());
    }
}

TEST_SUITE("oracle") {
    TEST_CASE("the trie finds what a map finds") {
        for (std::uint64_t seed = 1; seed <= 60; ++seed) {
            INFO("seed " << seed);
            support::random_source random(seed);
            bool const any_bytes = seed % 2 == 0;
            auto const text = [&](std::size_t n) { return any_bytes ? random.bytes(n) : random.text(n, "abc"); };
            std::map<std::string, std::uint32_t> map;
            for (std::size_t i = 0; i < 20 * seed; ++i) {
                map.emplace(text(1 + random.below(any_bytes ? 3 : 8)), static_cast<std::uint32_t>(i));
            }
            prefix_trie const trie(std::vector<prefix_trie::entry>(map.begin(), map.end()));
            std::string const haystack = text(3000);
            for (std::size_t at = 0; at < haystack.size(); ++at) {
                std::vector<std::pair<std::size_t, std::uint32_t>> expected;
                for (std::size_t n = 1; n <= 8 && at + n <= haystack.size(); ++n) {
                    auto const found = map.find(haystack.substr(at, n));
                    if (found != map.end()) expected.emplace_back(n, found->second);
                }
                std::vector<std::pair<std::size_t, std::uint32_t>> got;
                trie.for_each_prefix(haystack, at, [&](std::size_t n, std::uint32_t v) { got.emplace_back(n, v); });
                REQUIRE(got == expected);
            }
        }
    }

    TEST_CASE("WordPiece as it is said") {
        for (std::uint64_t seed = 1; seed <= 300; ++seed) {
            INFO("seed " << seed);
            support::random_source random(seed);
            std::string const prefix = random.below(3) == 0 ? (random.below(2) == 0 ? "" : "a") : "##";
            std::size_t const n_letters = 1 + random.below(support::letters.size());
            std::set<std::string> tokens{"[UNK]"};
            for (std::size_t i = 0; i < n_letters; ++i) {
                for (auto const& p : {std::string(), prefix}) {
                    if (random.below(12) != 0) tokens.insert(p + support::letters[i]);
                }
            }
            for (std::size_t i = random.below(40); i > 0; --i) {
                tokens.insert((random.below(2) == 0 ? "" : prefix) + support::word(random, 5, n_letters));
            }
            vocabulary const vocab = vocabulary_of(tokens);
            std::size_t const longest = random.below(4) == 0 ? random.below(8) : 100;
            wordpiece_model const model(vocab, {vocab.find("[UNK]"), prefix, longest});
            wordpiece_model::scratch s;
            for (int i = 0; i < 30; ++i) {
                std::string const word = support::word(random, i % 10 == 0 ? 120 : 9, n_letters);
                REQUIRE(pieces(model, word, s) == ::reference::wordpiece(word, tokens, prefix, "[UNK]", longest));
            }
        }
    }
}

TEST_SUITE("oracle") {
    TEST_CASE("the longest token first: random text") {
        for (std::uint64_t seed = 1; seed <= 200; ++seed) {
            CAPTURE(seed);
            support::random_source random(seed);
            std::string_view const alphabet = std::string_view("abcd\xC3\xA9").substr(0, 1 + random.below(6));
            std::set<std::string> tokens;
            for (char const letter : alphabet) {
                if (random.below(20) != 0) tokens.emplace(1, letter);
            }
            for (std::size_t i = random.below(40); i > 0; --i) {
                tokens.insert(random.text(1 + random.below(9), alphabet));
            }
            if (tokens.empty()) continue;
            check_longest_first(tokens, random.text(1 + random.below(300), alphabet));
        }
    }

    // Texts in which walking a trie is given up, more than once.
    TEST_CASE("the longest token first: tokens that nearly match at each place") {
        std::string const a(1000, 'a');
        std::vector<std::set<std::string>> sets{{"a", "b", a + "b"}, {"a", "aa", "b", a.substr(0, 300) + "b"}};
        sets.push_back({"a", a + "b"});  // not every byte is a token
        sets.push_back({"a", "b", "c"});
        for (std::size_t n = 1; n < 100; ++n) {
            sets.back().insert(a.substr(0, 7 * n) + "b");
            if (n < 20) sets.back().insert(a.substr(0, n));
        }
        support::random_source random(5);
        for (std::set<std::string> const& tokens : sets) {
            CAPTURE(tokens.size());
            std::string text(300'000, 'a');
            check_longest_first(tokens, text);
            for (std::size_t i = 0; i < 60; ++i) text[random.below(text.size())] = 'b';
            check_longest_first(tokens, text);
        }
    }

    TEST_CASE("prefix_trie gives all of its strings back") {
        for (std::uint64_t seed = 1; seed <= 30; ++seed) {
            CAPTURE(seed);
            support::random_source random(seed);
            std::map<std::string, std::uint32_t> map;
            for (std::uint32_t i = 0; i < 50 * seed; ++i) map.emplace(random.bytes(1 + random.below(5)), i);
            prefix_trie const trie(std::vector<prefix_trie::entry>(map.begin(), map.end()));
            std::map<std::string, std::uint32_t> got;
            std::size_t longest = 0;
            trie.for_each([&](std::string_view string, std::uint32_t value) {
                CHECK(got.emplace(string, value).second);
                longest = std::max(longest, string.size());
            });
            CHECK(got == map);
            CHECK(trie.longest() == longest);
        }
        prefix_trie().for_each([](std::string_view, std::uint32_t) { CHECK(false); });
    }
}

TEST_SUITE("property") {
    TEST_CASE("any text in about linear time") {
        strings const tokens{"[UNK]", "a", "##a", "##aa", "##aaaaaaaa", "aaaaaaa"};
        wordpiece_model const words(vocabulary_of(tokens), {.unknown = 0, .max_input_chars_per_word = 1U << 30});
        greedy_model const greedy(vocabulary_of(tokens), {.unknown = 0});
        for (std::string const unit : {"a", "aaab", "\xFF"}) {
            std::string text;
            while (text.size() < 200'000) text += unit;
            CHECK(support::is_about_linear(words, text));
            CHECK(support::is_about_linear(greedy, text));
        }
    }
}

}  // namespace lookup_models_test
