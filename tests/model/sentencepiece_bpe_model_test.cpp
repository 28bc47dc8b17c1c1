#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/model/any_model.hpp>
#include <tessera/model/sentencepiece_bpe_model.hpp>

#include "model/model_support.hpp"
#include "reference/models.hpp"
#include "support.hpp"

namespace sentencepiece_bpe_model_test {

using namespace tessera;
using support::pieces;
using support::strings;
using support::vocabulary_of;

namespace {

constexpr piece_type normal = piece_type::normal;

sentencepiece_bpe_model model_of(strings const& tokens, std::vector<float> scores, std::vector<piece_type> types,
                                 bool byte_fallback = false) {
    return {vocabulary_of(tokens), std::move(scores), {0, byte_fallback, std::move(types)}};
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("the best score first, of equal ones the leftmost") {
        strings const tokens{"<unk>", "a", "b", "ab", "ba", "aba"};
        std::vector<piece_type> const types{piece_type::unknown, normal, normal, normal, normal, normal};
        CHECK(pieces(model_of(tokens, {0, -9, -9, -1, -2, -3}, types), "baba") == strings{"b", "aba"});
        CHECK(pieces(model_of(tokens, {0, -9, -9, -2, -2, -9}, types), "baba") == strings{"ba", "ba"});
        CHECK(pieces(model_of(tokens, {0, -9, -9, -2, -1, -9}, types), "abab") == strings{"aba", "b"});
    }

    TEST_CASE("characters that are no pieces merge into one, or are unknown") {
        strings const tokens{"<unk>", "a", "xy", "xyz", "<0x78>", "<0x71>"};
        std::vector<piece_type> const types{piece_type::unknown, normal,          normal, normal,
                                            piece_type::byte,    piece_type::byte};
        std::vector<float> const scores{0, -1, -2, -3, 0, 0};
        CHECK(pieces(model_of(tokens, scores, types), "axyz") == strings{"a", "xyz"});
        CHECK(pieces(model_of(tokens, scores, types), "axxyqqxa") == strings{"a", "<unk>", "xy", "<unk>", "a"});
        CHECK(pieces(model_of(tokens, scores, types, true), "axq") == strings{"a", "<0x78>", "<0x71>"});
    }

    TEST_CASE("user-defined pieces are kept whole") {
        strings const tokens{"<unk>", "a", "b", "ab", "ba", "bab"};
        std::vector<piece_type> const types{piece_type::unknown,     normal, normal, normal, normal,
                                            piece_type::user_defined};
        auto const model = model_of(tokens, {0, -9, -9, -1, -2, -3}, types);
        CHECK(pieces(model, "ababa") == strings{"a", "bab", "a"});
        CHECK(pieces(model, "abba") == strings{"ab", "ba"});
    }

    TEST_CASE("unused pieces are taken apart again, as they were last seen to be made") {
        strings const tokens{"<unk>", "a", "b", "ab", "aab", "aa"};
        std::vector<piece_type> types{piece_type::unknown, normal, normal, piece_type::unused, normal, normal};
        CHECK(pieces(model_of(tokens, {0, -9, -9, -1, -2, -3}, types), "ab") == strings{"a", "b"});
        CHECK(pieces(model_of(tokens, {0, -9, -9, -1, -2, -3}, types), "aab") == strings{"aab"});
        types[4] = piece_type::unused;
        CHECK(pieces(model_of(tokens, {0, -9, -9, -1, -2, -3}, types), "aab") == strings{"a", "a", "b"});
        types[1] = piece_type::unused;  // a character stays what it is, or is unknown
        CHECK(pieces(model_of(tokens, {0, -9, -9, -1, -2, -3}, types), "qqaab") == strings{"<unk>", "a", "a", "b"});
        sentencepiece_bpe_model const newer(vocabulary_of(tokens), {0, -9, -9, -1, -2, -3},
                                            {.unknown = 0, .types = types, .as_0_2_3 = true});
        CHECK(pieces(newer, "qqaab") == strings{"<unk>", "b"});
    }

    TEST_CASE("bad options are refused") {
        CHECK_THROWS_AS(model_of({"a"}, {}, {}), error);
        CHECK_THROWS_AS(model_of({"a"}, {1}, {normal, normal}), error);
        CHECK_THROWS_AS(sentencepiece_bpe_model(vocabulary_of(strings{"a"}), {1}, {.unknown = 1}), error);
        CHECK_THROWS_AS(model_of({"a", std::string(70'000, 'b')}, {1, 1}, {}), error);
    }

    TEST_CASE("any model is the model it holds") {
        strings const tokens{"<unk>", "a", "b", "ab"};
        std::vector<any_model> models;
        models.emplace_back(bpe_model(vocabulary_of(tokens), {{1, 2, 3, 0}}));
        models.emplace_back(unigram_model(vocabulary_of(tokens), {0, -1, -1, -1}, {.unknown = 0}));
        models.emplace_back(model_of(tokens, {0, -1, -1, -1}, {}));
        models.emplace_back(wordpiece_model(vocabulary_of(tokens), {0, "", 100}));
        models.emplace_back(word_level_model(vocabulary_of(tokens), {.unknown = 0}));
        models.emplace_back(greedy_model(vocabulary_of(tokens)));
        any_model::scratch s;
        std::string types;
        for (int round = 0; round < 2; ++round) {
            for (any_model const& model : models) {
                types += std::string(model.type()) + ' ';
                CHECK(pieces(model, "ab", s) == strings{"ab"});
                std::size_t n = 0;
                model.visit(s, [&](auto const& m, auto& held) {
                    for (int i = 0; i < 3; ++i) m.encode("ab", held, [&](token_id) { ++n; });
                });
                CHECK(n == 3);
            }
        }
        CHECK(types.starts_with("BPE Unigram SentencePieceBPE WordPiece WordLevel Greedy BPE"));
        CHECK(models[0].get_if<bpe_model>() != nullptr);
        CHECK(models[0].get_if<unigram_model>() == nullptr);
    }
}

TEST_SUITE("oracle") {
    TEST_CASE("as the naive merge, with and without the way for unused pieces") {
        for (std::uint64_t seed = 1; seed <= 300; ++seed) {
            INFO("seed " << seed);
            support::random_source random(seed);
            std::size_t const n_letters = 1 + random.below(support::letters.size());
            strings tokens{"<unk>"};
            std::vector<float> scores{0};
            std::map<std::string, double> by_text;
            auto const add = [&](std::string const& t) {
                auto const score = -static_cast<float>(random.below(12));
                if (!by_text.emplace(t, score).second) return;
                tokens.push_back(t);
                scores.push_back(score);
            };
            for (std::size_t i = 0; i < n_letters; ++i) {
                if (random.below(4) != 0) add(support::letters[i]);
            }
            for (std::size_t i = random.below(40); i > 0; --i) add(support::word(random, 5, n_letters));
            std::vector<piece_type> types(tokens.size(), normal);
            types[0] = piece_type::unknown;
            auto const plain = model_of(tokens, scores, types);
            tokens.push_back("~");
            scores.push_back(0);
            types.push_back(piece_type::unused);
            auto const with_unused = model_of(tokens, scores, types);
            sentencepiece_bpe_model::scratch s;
            for (int i = 0; i < 30; ++i) {
                std::string const text = support::word(random, i % 6 == 0 ? 200 : 12, n_letters);
                strings expected;
                for (std::string const& symbol : reference::merge_by_score(reference::characters_of(text), by_text)) {
                    bool const known = by_text.contains(symbol);
                    if (known || expected.empty() || expected.back() != "<unk>")
                        expected.push_back(known ? symbol : "<unk>");
                }
                INFO("text " << text);
                REQUIRE(pieces(plain, text, s) == expected);
                REQUIRE(pieces(with_unused, text, s) == expected);
            }
        }
    }
}

TEST_SUITE("property") {
    TEST_CASE("any text in about linear time") {
        strings const tokens{"<unk>", "a", "b", "ab", "aa", "aaaa", "ba", "abab"};
        for (piece_type const last : {normal, piece_type::unused}) {
            auto const model = model_of(tokens, {0, -1, -2, -3, -4, -5, -6, -7},
                                        {piece_type::unknown, normal, normal, normal, normal, normal, normal, last});
            for (std::string const unit : {"a", "ab", "q", "\xFF"}) {
                std::string text;
                while (text.size() < 100'000) text += unit;
                CHECK(support::is_about_linear(model, text));
            }
        }
    }
}

}  // namespace sentencepiece_bpe_model_test
