#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <map>
#include <span>
#include <string>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/model/bpe_from_ranks.hpp>
#include <tessera/model/bpe_model.hpp>

#include "reference/bpe.hpp"
#include "support.hpp"

namespace bpe_model_test {

using namespace tessera;

namespace {

std::vector<std::string> pieces(bpe_model const& model, std::string_view pretoken, bpe_model::scratch& s) {
    std::vector<std::string> out;
    model.encode(pretoken, s, [&](token_id id) { out.emplace_back(model.vocab().bytes(id)); });
    return out;
}
std::vector<std::string> pieces(bpe_model const& model, std::string_view pretoken) {
    bpe_model::scratch s;
    return pieces(model, pretoken, s);
}

template <class Engine>
std::vector<std::string> by_engine(bpe_model const& model, std::string_view text) {
    std::vector<token_id> symbols;
    for (char const& c : text) symbols.push_back(model.vocab().find(std::string_view(&c, 1)));
    Engine engine;
    symbols.resize(engine.apply(model.pairs(), std::span(symbols)));
    std::vector<std::string> out;
    for (token_id const id : symbols) out.emplace_back(model.vocab().bytes(id));
    return out;
}

// a b c d, ab (rank 0), abc (1), bc (2): "abc" and "bc" depend on what is merged first.
bpe_model small(std::vector<merge> merges, bpe_options options = {}) {
    vocabulary_builder builder;
    token_id id = 0;
    for (auto const* t : {"a", "b", "c", "d", "ab", "abc", "bc"}) builder.add(id++, t);
    return {builder.build(), std::move(merges), options};
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("Wikipedia's example: aaabdaaabac") {
        vocabulary_builder builder;
        token_id id = 0;
        for (auto const* t : {"a", "b", "c", "d", "aa", "aaa", "aaab"}) builder.add(id++, t);
        bpe_model const model(builder.build(), {{0, 0, 4, 0}, {4, 0, 5, 1}, {5, 1, 6, 2}});
        CHECK(pieces(model, "aaabdaaabac") == std::vector<std::string>{"aaab", "d", "aaab", "a", "c"});
        CHECK(pieces(model, "aaaa") == std::vector<std::string>{"aa", "aa"});
        CHECK(pieces(model, "").empty());
    }

    TEST_CASE("the order of merges decides, and a token that merges cannot make is not made") {
        bpe_model const left_first = small({{0, 1, 4, 0}, {4, 2, 5, 1}, {1, 2, 6, 2}});
        CHECK(pieces(left_first, "abc") == std::vector<std::string>{"abc"});
        CHECK(pieces(left_first, "dbc") == std::vector<std::string>{"d", "bc"});
        bpe_model const right_first = small({{1, 2, 6, 0}, {0, 1, 4, 1}, {4, 2, 5, 2}});
        CHECK(pieces(right_first, "abc") == std::vector<std::string>{"a", "bc"});
        CHECK_FALSE(right_first.is_whole(5));
        CHECK(right_first.is_whole(4));
        bpe_model const ignoring = small({{1, 2, 6, 0}, {0, 1, 4, 1}, {4, 2, 5, 2}}, {.ignore_merges = true});
        CHECK(pieces(ignoring, "abc") == std::vector<std::string>{"abc"});
        CHECK(pieces(ignoring, "abcd") == std::vector<std::string>{"a", "bc", "d"});
    }

    TEST_CASE("of two merges of one pair the later counts") {
        bpe_model const model = small({{0, 1, 4, 0}, {1, 2, 6, 1}, {0, 1, 4, 2}});
        CHECK(pieces(model, "abc") == std::vector<std::string>{"a", "bc"});
    }

    TEST_CASE("symbols outside the alphabet are dropped, or become the unknown token") {
        CHECK(pieces(small({}), "axb") == std::vector<std::string>{"a", "b"});
        CHECK(pieces(small({{0, 1, 4, 0}}), "axb") ==
              std::vector<std::string>{"ab"});  // as Hugging Face's library does
        CHECK(pieces(small({}, {.unknown = 3}), "axyb") == std::vector<std::string>{"a", "d", "d", "b"});
        CHECK(pieces(small({}, {.unknown = 3, .fuse_unknown = true}), "axyb") ==
              std::vector<std::string>{"a", "d", "b"});
    }

    TEST_CASE("code points as symbols") {
        vocabulary_builder builder;
        builder.add(0, "\xC3\xA9");
        builder.add(1, "a");
        builder.add(2, "a\xC3\xA9");
        bpe_model const model(builder.build(), {{1, 0, 2, 0}}, {.unit = symbol_unit::code_point});
        CHECK(pieces(model, "a\xC3\xA9\xC3\xA9") == std::vector<std::string>{"a\xC3\xA9", "\xC3\xA9"});
        CHECK(pieces(model, "a\xC3").size() == 1);
    }

    TEST_CASE("impossible merges are refused with their number") {
        CHECK_THROWS_WITH_AS(small({{0, 1, 4, 0}, {0, 9, 5, 1}}),
                             "merge 2: it names a token id outside the vocabulary; add the token or remove the merge",
                             error);
        CHECK_THROWS_AS(small({{0, 1, 5, 0}}), error);
        CHECK_THROWS_AS(small({{0, 1, 4, bpe_model::max_rank + 1}}), error);
        CHECK_THROWS_AS(small({{0, 1, no_token, 0}}), error);
    }

    TEST_CASE("by rank, every cut of a token is a merge of its rank") {
        // a a a a a -> aa a a a -> aa aa a; then (aa, a) makes aaa, though (a, aa) would as well.
        vocabulary_builder builder;
        builder.add(0, "a");
        builder.add(1, "aa");
        builder.add(2, "aaa");
        bpe_model const model = bpe_from_ranks(builder.build());
        CHECK(model.merges().size() == 3);
        CHECK(pieces(model, "aaaaa") == std::vector<std::string>{"aa", "aaa"});
    }
}

TEST_SUITE("oracle") {
    TEST_CASE("both engines and the naive merge agree, by list") {
        for (std::uint64_t seed = 1; seed <= 150; ++seed) {
            INFO("seed " << seed);
            support::random_source random(seed);
            std::string const alphabet = std::string("abcdefghij").substr(0, 1 + random.below(10));
            support::random_bpe const bpe(random, alphabet, random.below(60));
            reference::rank_of_pair ranks;
            for (merge const& m : bpe.merges) ranks[{bpe.tokens[m.left], bpe.tokens[m.right]}] = m.rank;
            bpe_model const model(bpe.vocab(), bpe.merges);
            bpe_model::scratch s;
            for (int i = 0; i < 30; ++i) {
                std::string const text = random.text(random.below(i < 25 ? 40 : 400), alphabet);
                auto const expected = reference::merge_by_list(reference::bytes_of(text), ranks);
                REQUIRE(pieces(model, text, s) == expected);
                REQUIRE(by_engine<merge_buckets>(model, text) == expected);
                REQUIRE(by_engine<merge_blocks<8, 2>>(model, text) == expected);
                REQUIRE(by_engine<merge_blocks<32, 16>>(model, text) == expected);
            }
        }
    }

    TEST_CASE("merges in an order in which no trainer finds them") {
        // A symbol may be made by a later merge than those that use it: what it leads to comes before what is left.
        for (std::uint64_t seed = 1; seed <= 60; ++seed) {
            INFO("seed " << seed);
            support::random_source random(seed);
            std::string const alphabet = std::string("abcdef").substr(0, 1 + random.below(6));
            support::random_bpe bpe(random, alphabet, 20 + random.below(60));
            for (std::size_t i = bpe.merges.size(); i > 1; --i) {
                std::swap(bpe.merges[i - 1].rank, bpe.merges[random.below(i)].rank);
            }
            reference::rank_of_pair ranks;
            for (merge const& m : bpe.merges) ranks[{bpe.tokens[m.left], bpe.tokens[m.right]}] = m.rank;
            bpe_model const model(bpe.vocab(), bpe.merges);
            bpe_model::scratch s;
            for (std::size_t const size : {30U, 60U, 400U}) {
                std::string const text = random.text(size, alphabet);
                auto const expected = reference::merge_by_list(reference::bytes_of(text), ranks);
                REQUIRE(pieces(model, text, s) == expected);
                REQUIRE(by_engine<merge_buckets>(model, text) == expected);
                REQUIRE(by_engine<merge_blocks<8, 2>>(model, text) == expected);
                REQUIRE(by_engine<merge_blocks<64, 32>>(model, text) == expected);
            }
        }
    }

    TEST_CASE("by rank, as tiktoken merges") {
        for (std::uint64_t seed = 1; seed <= 100; ++seed) {
            INFO("seed " << seed);
            support::random_source random(seed);
            std::string const alphabet = std::string("abcd").substr(0, 1 + random.below(4));
            support::random_bpe const bpe(random, alphabet, random.below(40));
            std::map<std::string, std::uint32_t> ranks;
            for (std::size_t i = 0; i < bpe.tokens.size(); ++i) ranks[bpe.tokens[i]] = static_cast<std::uint32_t>(i);
            bpe_model const model = bpe_from_ranks(bpe.vocab());
            for (int i = 0; i < 30; ++i) {
                std::string const text = random.text(1 + random.below(i < 25 ? 30 : 150), alphabet);
                auto const whole = ranks.find(text);
                auto const expected = whole != ranks.end() ? std::vector<std::string>{text}
                                                           : reference::merge_by_rank(reference::bytes_of(text), ranks);
                REQUIRE(pieces(model, text) == expected);
                if (whole == ranks.end()) REQUIRE(by_engine<merge_blocks<8, 2>>(model, text) == expected);
            }
        }
    }

    TEST_CASE("blocks of a long pretoken are joined to what it is as one, though its end reaches far back") {
        // Each pair wins over the one before it, and none over the last: what "abcdefgh" becomes is decided at its end.
        std::string const alphabet = "abcdefghijklmnopqrst";
        vocabulary_builder builder;
        token_id next = 0;
        for (char const c : alphabet) builder.add(next++, std::string(1, c));
        std::vector<merge> merges;
        for (token_id i = 0; i + 1 < alphabet.size(); ++i) {
            builder.add(next, alphabet.substr(i, 2));
            merges.push_back({i, i + 1, next++, static_cast<std::uint32_t>(alphabet.size()) - i});
        }
        bpe_model const model(builder.build(), merges);
        CHECK(pieces(model, "abcd") == std::vector<std::string>{"ab", "cd"});
        CHECK(pieces(model, "abcde") == std::vector<std::string>{"a", "bc", "de"});
        reference::rank_of_pair ranks;
        for (merge const& m : merges)
            ranks[{std::string(model.vocab().bytes(m.left)), std::string(model.vocab().bytes(m.right))}] = m.rank;
        for (std::size_t length = 2; length <= alphabet.size(); ++length) {
            std::string text;
            while (text.size() < 200) text += alphabet.substr(0, length);
            auto const expected = reference::merge_by_list(reference::bytes_of(text), ranks);
            REQUIRE(by_engine<merge_blocks<16, 2>>(model, text) == expected);
            REQUIRE(by_engine<merge_blocks<64, 32>>(model, text) == expected);
        }
        // Two million symbols, 120 blocks: the same as without blocks, and nothing is left out where they meet.
        support::random_source random(5);
        std::string const text = random.text(std::size_t{1} << 21, alphabet);
        CHECK(by_engine<merge_blocks<>>(model, text) == by_engine<merge_buckets>(model, text));
    }
}

TEST_SUITE("property") {
    TEST_CASE("a pretoken twice as long takes about twice the time") {
        support::random_source random(7);
        support::random_bpe const bpe(random, "ab", 200);
        bpe_model const model(bpe.vocab(), bpe.merges);
        bpe_model::scratch s;
        auto const seconds = [&](std::string const& text) {
            double best = 1e9;
            for (int i = 0; i < 5; ++i) {
                std::clock_t const begin = std::clock();  // processor time: other processes do not count
                std::size_t n = 0;
                model.encode(text, s, [&](token_id) { ++n; });
                best = std::min(best, static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
                CHECK(n > 0);
            }
            return best;
        };
        for (std::string const& unit : {std::string("a"), std::string("ab"), random.text(1 << 16, "ab")}) {
            std::string text;
            while (text.size() < (1U << 18)) text += unit;
            // A quadratic engine would take 16 times as long for 4 times the text; noise does not.
            CHECK(seconds(text + text + text + text) < 10 * seconds(text));
        }
    }
}

}  // namespace bpe_model_test
