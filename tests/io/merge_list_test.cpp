// Merges by rank and by score as a list: one merge a token, the same symbols on every text.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/io/detail/merge_list.hpp>
#include <tessera/model/bpe_from_ranks.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/model/sentencepiece_bpe_model.hpp>

#include "hostile.hpp"
#include "model/model_support.hpp"
#include "reference/bpe.hpp"
#include "reference/models.hpp"
#include "support.hpp"

namespace merge_list_test {

using namespace tessera;
using hostile::check_fails;
using support::strings;

namespace {

using parts = std::pair<std::string, std::string>;

/// Bytes of `alphabet`, then `tokens`, in order of rank.
bpe_model by_rank(std::string const& alphabet, strings const& tokens) {
    strings all;
    for (char const c : alphabet) all.emplace_back(1, c);
    all.insert(all.end(), tokens.begin(), tokens.end());
    return bpe_from_ranks(support::vocabulary_of(all));
}

/// Pieces with scores; `<unk>` comes first.
sentencepiece_bpe_model by_score(std::vector<std::pair<std::string, float>> const& pieces) {
    strings tokens{"<unk>"};
    std::vector<float> scores{0};
    std::vector<piece_type> types{piece_type::unknown};
    for (auto const& [text, score] : pieces) {
        tokens.push_back(text);
        scores.push_back(score);
        types.push_back(piece_type::normal);
    }
    return {support::vocabulary_of(tokens), scores, {.unknown = 0, .types = types}};
}

template <class Model>
std::vector<parts> parts_of(Model const& model, std::vector<merge> const& merges) {
    std::vector<parts> out;
    for (merge const& m : merges) out.emplace_back(model.vocab().bytes(m.left), model.vocab().bytes(m.right));
    return out;
}
template <class Model>
std::vector<parts> list_of(Model const& model) {
    return parts_of(model, detail::merge_list(model).in_order());
}

reference::rank_of_pair ranks_of(std::vector<parts> const& list) {
    reference::rank_of_pair ranks;
    for (parts const& p : list) ranks.emplace(p, static_cast<std::uint32_t>(ranks.size()));
    return ranks;
}

/// All of `symbols` of up to `longest` letters.
std::vector<strings> all_texts(strings const& symbols, std::size_t longest) {
    std::vector<strings> out{{}};
    for (std::size_t begin = 0; begin < out.size() && out[begin].size() < longest; ++begin) {
        for (std::string const& s : symbols) {
            out.push_back(out[begin]);
            out.back().push_back(s);
        }
    }
    return out;
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("each token has the merge that comes last in its own text") {
        // a a a: the leftmost two first, so a + aa never occurs.
        CHECK(list_of(by_rank("a", {"aa", "aaa", "aaaa"})) ==
              std::vector<parts>{{"a", "a"}, {"aa", "a"}, {"aa", "aa"}});
        CHECK(list_of(by_score({{"-", -9}, {"--", -1}, {"----", -2}, {"---", -3}})) ==
              std::vector<parts>{{"-", "-"}, {"--", "--"}, {"--", "-"}});
        // "bc" goes before "ab", so a + bc makes "abc".
        CHECK(list_of(by_rank("abcd", {"bc", "ab", "abc", "bd", "abd"})) ==
              std::vector<parts>{{"b", "c"}, {"a", "b"}, {"a", "bc"}, {"b", "d"}, {"ab", "d"}});
        CHECK(list_of(by_rank("abcd", {"bd", "ab", "abc", "abd"})) ==
              std::vector<parts>{{"b", "d"}, {"a", "b"}, {"ab", "c"}, {"a", "bd"}});
        // "abcd" is a + bc + d, and nothing makes it.
        CHECK(list_of(by_rank("abcd", {"bc", "cd", "abcd"})) == std::vector<parts>{{"b", "c"}, {"c", "d"}});
    }

    TEST_CASE("a token of a smaller rank than its parts goes once they are there") {
        CHECK(list_of(by_rank("abc", {"abc", "ab"})) == std::vector<parts>{{"ab", "c"}, {"a", "b"}});
    }

    TEST_CASE("characters that are no tokens take part in merges by score") {
        auto const model = by_score({{"a", -9}, {"xb", -1}, {"axb", -2}});
        auto const own = detail::merge_list(model).own_merges();
        REQUIRE(own.size() == 2);
        CHECK(own[0].left >= model.vocab().size());
        CHECK(own[0].right >= model.vocab().size());
        CHECK(own[1].left == 1);
    }

    TEST_CASE("equal scores: the one that must go before the other does") {
        CHECK(list_of(by_score({{"a", -9}, {"b", -9}, {"c", -9}, {"d", -9}, {"bc", -1}, {"ab", -1}, {"dd", -1}})) ==
              std::vector<parts>{{"a", "b"}, {"d", "d"}, {"b", "c"}});
        // aac is aa c, baa is ba a.
        CHECK(list_of(by_score({{"a", -9}, {"b", -9}, {"c", -9}, {"ac", -1}, {"aa", -1}, {"ba", -1}})) ==
              std::vector<parts>{{"b", "a"}, {"a", "a"}, {"a", "c"}});
    }

    TEST_CASE("merges of equal rank whose order a list cannot give") {
        // The leftmost first makes ab a of aba and ba b of bab. Either order of a list is wrong on one of them.
        std::map<std::string, double> const scores{{"a", -9}, {"b", -9}, {"ab", -1}, {"ba", -1}};
        std::vector<parts> list{{"a", "b"}, {"b", "a"}};
        for (int order = 0; order < 2; ++order) {
            std::size_t n_wrong = 0;
            for (strings const& text : {strings{"a", "b", "a"}, strings{"b", "a", "b"}}) {
                n_wrong += reference::merge_by_list(text, ranks_of(list)) != reference::merge_by_score(text, scores);
            }
            CHECK(n_wrong == 1);
            std::swap(list[0], list[1]);
        }
        check_fails(
            [&] {
                (void)list_of(by_score({{"a", -9}, {"b", -9}, {"ab", -1}, {"ba", -1}}));
            },
            error_kind::unsupported, "\"ab\" has the same rank as \"ba\" or others, and now one");
        // abc goes before the other ab, in abab c.
        check_fails(
            [&] {
                (void)list_of(by_score({{"a", -9}, {"b", -9}, {"c", -9}, {"ab", -1}, {"abc", -1}}));
            },
            error_kind::unsupported, "\"ab\" has the same rank as \"abc\" and becomes part of a token");
        // Tokens of one rank in a list.
        vocabulary const vocab = support::vocabulary_of(strings{"a", "b", "ab", "ba"});
        check_fails(
            [&] {
                (void)list_of(bpe_model(vocab, {{0, 1, 2, 0}, {1, 0, 3, 0}}));
            },
            error_kind::unsupported, "has the same rank");
    }

    TEST_CASE("runs of one symbol with equal scores, as the spaces of Llama and Mistral") {
        for (std::size_t const left_out : {0U, 3U, 7U, 12U, 15U}) {
            CAPTURE(left_out);
            std::vector<std::pair<std::string, float>> pieces{{"_", -9}, {"a", -9}, {"_a", -1}};
            std::map<std::string, double> scores{{"_", -9}, {"a", -9}, {"_a", -1}};
            for (std::size_t n = 2; n <= 16; ++n) {
                if (n == left_out) continue;
                pieces.emplace_back(std::string(n, '_'), -1e9F);
                scores.emplace(std::string(n, '_'), -1e9);
            }
            if (left_out == 12) {  // of twelve come 11 + 1, but 8 + 4 by doubling
                check_fails([&] { (void)list_of(by_score(pieces)); }, error_kind::unsupported, "has the same rank");
                continue;
            }
            std::vector<parts> const list = list_of(by_score(pieces));
            for (std::size_t n = 1; n < 150; ++n) {
                strings text(n, "_");
                if (n % 3 == 0) text.push_back("a");
                if (n % 5 == 0) text.insert(text.begin() + static_cast<std::ptrdiff_t>(n / 2), "a");
                CHECK(reference::merge_by_list(text, ranks_of(list)) == reference::merge_by_score(text, scores));
            }
        }
        // No power of two; one that is not there; one that is part of something else before.
        for (auto const& pieces : std::vector<std::vector<std::pair<std::string, float>>>{
                 {{"_", -9}, {"__", -5}, {"___", -5}},
                 {{"_", -9}, {"__", -5}, {"___", -5}, {"______", -5}, {"________", -5}},
                 {{"_", -9}, {"a", -9}, {"__", -5}, {"____", -5}, {"__a", -2}}}) {
            check_fails([&] { (void)list_of(by_score(pieces)); }, error_kind::unsupported, "has the same rank");
        }
    }
}

TEST_SUITE("oracle") {
    TEST_CASE("by rank: the twin's own merges, and with them alone the same symbols") {
        for (std::uint64_t seed = 1; seed <= 150; ++seed) {
            INFO("seed " << seed);
            support::random_source random(seed);
            std::string const alphabet = std::string("abcd").substr(0, 1 + random.below(4));
            support::random_bpe bpe(random, alphabet, random.below(60));
            // Also ranks that are smaller than those of their parts.
            if (seed % 2 == 0) {
                for (std::size_t i = bpe.tokens.size() - 1; i > alphabet.size(); --i) {
                    std::swap(bpe.tokens[i], bpe.tokens[alphabet.size() + random.below(i - alphabet.size() + 1)]);
                }
            }
            std::map<std::string, std::uint32_t> ranks;
            for (std::size_t i = 0; i < bpe.tokens.size(); ++i) ranks[bpe.tokens[i]] = static_cast<std::uint32_t>(i);
            auto const rank = [&](std::string const& left, std::string const& right) -> std::optional<std::uint32_t> {
                auto const found = ranks.find(left + right);
                return found == ranks.end() ? std::nullopt : std::optional(found->second);
            };
            std::vector<parts> expected;
            for (std::string const& token : bpe.tokens) {
                auto const own = reference::own_merge(reference::bytes_of(token), [&](strings const& symbols) {
                    return reference::next_merge(symbols, rank);
                });
                if (own) expected.push_back(*own);
            }
            std::vector<parts> const list = list_of(bpe_from_ranks(bpe.vocab()));
            REQUIRE(list == expected);
            // All ways, numbered apart as in published conversions, say no more.
            std::vector<parts> all_ways;
            for (merge const& m : merges_from_ranks(bpe.vocab())) {
                all_ways.emplace_back(bpe.tokens[m.left], bpe.tokens[m.right]);
            }
            for (int i = 0; i < 20; ++i) {
                auto const text = reference::bytes_of(random.text(1 + random.below(i < 17 ? 30 : 120), alphabet));
                REQUIRE(reference::merge_by_list(text, ranks_of(list)) == reference::merge_by_rank(text, ranks));
                REQUIRE(reference::merge_by_list(text, ranks_of(all_ways)) == reference::merge_by_rank(text, ranks));
            }
        }
    }

    TEST_CASE("by list, in any order: other merges than the tokens' own are never used") {
        for (std::uint64_t seed = 1; seed <= 100; ++seed) {
            INFO("seed " << seed);
            support::random_source random(seed);
            std::string const alphabet = std::string("abcd").substr(0, 1 + random.below(4));
            support::random_bpe bpe(random, alphabet, random.below(60));
            if (seed % 2 == 0) {
                for (std::size_t i = bpe.merges.size(); i > 1; --i) {
                    std::swap(bpe.merges[i - 1].rank, bpe.merges[random.below(i)].rank);
                }
            }
            reference::rank_of_pair ranks;
            for (merge const& m : bpe.merges) ranks[{bpe.tokens[m.left], bpe.tokens[m.right]}] = m.rank;
            bpe_model const model(bpe.vocab(), bpe.merges);
            std::vector<parts> const list = list_of(model);
            CHECK(list.size() <= bpe.tokens.size() - alphabet.size());
            for (int i = 0; i < 20; ++i) {
                auto const text = reference::bytes_of(random.text(1 + random.below(i < 17 ? 30 : 120), alphabet));
                REQUIRE(reference::merge_by_list(text, ranks_of(list)) == reference::merge_by_list(text, ranks));
            }
        }
    }

    TEST_CASE("by score, also equal ones: the same symbols, or a refusal") {
        std::size_t n_lists = 0;
        std::size_t n_refused = 0;
        std::size_t n_ties = 0;
        for (std::uint64_t seed = 1; seed <= 600; ++seed) {
            INFO("seed " << seed);
            support::random_source random(seed);
            std::size_t const n_letters = 1 + random.below(4);
            std::size_t const n_scores = seed % 3 == 0 ? 1000 : seed % 3 == 1 ? 20 : 3;
            std::vector<std::pair<std::string, float>> pieces;
            std::map<std::string, double> scores;
            strings const letters(support::letters.begin(), support::letters.begin() + std::ptrdiff_t(n_letters));
            auto const add = [&](std::string const& text) {
                auto const score = -static_cast<float>(random.below(n_scores));
                if (scores.emplace(text, score).second) pieces.emplace_back(text, score);
            };
            for (std::string const& letter : letters) add(letter);
            for (std::size_t i = random.below(25); i > 0; --i) {
                std::string text;
                for (std::size_t n = 2 + random.below(4); n > 0; --n) text += letters[random.below(n_letters)];
                add(text);
            }
            auto const model = by_score(pieces);
            auto const score = [&](std::string const& left, std::string const& right) -> std::optional<double> {
                auto const found = scores.find(left + right);
                return found == scores.end() ? std::nullopt : std::optional(-found->second);
            };
            std::vector<parts> expected;
            for (auto const& [text, unused] : pieces) {
                auto const own = reference::own_merge(reference::characters_of(text), [&](strings const& symbols) {
                    return reference::next_merge(symbols, score);
                });
                if (own) expected.push_back(*own);
            }
            detail::merge_list list_maker(model);
            std::vector<parts> found = parts_of(model, list_maker.own_merges());
            std::set<double> different;
            for (merge const& m : list_maker.own_merges()) different.insert(m.rank);
            std::sort(found.begin(), found.end());
            std::sort(expected.begin(), expected.end());
            REQUIRE(found == expected);
            std::vector<parts> list;
            try {
                list = list_of(model);
            } catch (error const& e) {
                REQUIRE(e.kind() == error_kind::unsupported);
                REQUIRE(different.size() < expected.size());
                ++n_refused;
                continue;
            }
            ++n_lists;
            n_ties += different.size() < expected.size();
            for (strings const& text : all_texts(letters, n_letters == 1 ? 40 : n_letters == 2 ? 9 : 5)) {
                REQUIRE(reference::merge_by_list(text, ranks_of(list)) == reference::merge_by_score(text, scores));
            }
            for (int i = 0; i < 20; ++i) {
                strings text;
                for (std::size_t n = 1 + random.below(80); n > 0; --n) text.push_back(letters[random.below(n_letters)]);
                REQUIRE(reference::merge_by_list(text, ranks_of(list)) == reference::merge_by_score(text, scores));
            }
        }
        // The test says something about each.
        CHECK(n_lists > 200);
        CHECK(n_ties > 20);
        CHECK(n_refused > 50);
    }
}

}  // namespace merge_list_test
