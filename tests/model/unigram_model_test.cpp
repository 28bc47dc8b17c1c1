#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/model/unigram_model.hpp>

#include "model/model_support.hpp"
#include "reference/models.hpp"
#include "support.hpp"

namespace unigram_model_test {

using namespace tessera;
using support::pieces;
using support::strings;
using support::vocabulary_of;

TEST_SUITE("unit") {
    TEST_CASE("the documentation's example of Hugging Face's library") {
        strings const tokens{"<unk>", "a", "b", "c", "d", "cd", "ab", "abc", "abcd"};
        unigram_model const model(vocabulary_of(tokens), {0, 0, 0, 0, 0, 1, 2, 5, 10}, {.unknown = 0});
        CHECK(pieces(model, "abcdacdxx") == strings{"abcd", "a", "cd", "<unk>"});
        CHECK(pieces(model, "").empty());
    }

    TEST_CASE("a run of unknown characters is one token, its bytes, or the token it spells") {
        strings tokens{"<unk>", "a", "<0x71>"};
        CHECK(pieces(unigram_model(vocabulary_of(tokens), {0, -1, -1}, {.unknown = 0}), "qqaq") ==
              strings{"<unk>", "a", "<unk>"});
        unigram_options const fallback{.unknown = 0, .byte_fallback = true};
        unigram_model const falling(vocabulary_of(tokens), {0, -1, -1}, fallback);
        CHECK(pieces(falling, "qqaq") == strings{"<0x71>", "<0x71>", "a", "<0x71>"});
        CHECK(pieces(falling, "qza") == strings{"<unk>", "a"});
        CHECK(pieces(falling, "<unk>") == strings{"<unk>"});
        CHECK(pieces(unigram_model(vocabulary_of(tokens), {0, -1, -1}), "qqaq") == strings{"a"});
        // Two unknown characters score 2 * (20 - 10), more than the token that they spell, 20 - and it is found after
        // all.
        tokens = {"<unk>", "qz"};
        CHECK(pieces(unigram_model(vocabulary_of(tokens), {90, 50}, {.unknown = 0}), "qzqz") == strings{"<unk>"});
        CHECK(pieces(unigram_model(vocabulary_of(tokens), {90, 50}, {.unknown = 0}), "qz") == strings{"qz"});
    }

    TEST_CASE("SentencePiece: user-defined pieces win, unused and control ones are not made") {
        strings const tokens{"<unk>", "<s>", "a", "b", "ab", "aab", "<0x61>"};
        unigram_options o{.dialect = unigram_dialect::sentencepiece, .unknown = 0};
        o.types = {piece_type::unknown, piece_type::control,      piece_type::normal, piece_type::normal,
                   piece_type::unused,  piece_type::user_defined, piece_type::byte};
        unigram_model const model(vocabulary_of(tokens), {0, 0, -1, -2, 5, 0, 0}, o);
        CHECK(pieces(model, "aaab") == strings{"a", "aab"});
        CHECK(pieces(model, "ab<s>") == strings{"a", "b", "<unk>"});
        o.byte_fallback = true;
        o.types[2] = piece_type::control;
        CHECK(pieces(unigram_model(vocabulary_of(tokens), {0, 0, -1, -2, 5, 0, 0}, o), "ba") == strings{"b", "<0x61>"});
    }

    TEST_CASE("bad options are refused") {
        strings const tokens{"a"};
        CHECK_THROWS_AS(unigram_model(vocabulary_of(tokens), {}), error);
        CHECK_THROWS_AS(unigram_model(vocabulary_of(tokens), {1}, {.unknown = 1}), error);
        CHECK_THROWS_AS(unigram_model(vocabulary_of(tokens), {0.0 / 0.0 * 1.0}), error);
    }
}

TEST_SUITE("oracle") {
    TEST_CASE("as all ways to cut the text, tried") {
        for (std::uint64_t seed = 1; seed <= 400; ++seed) {
            INFO("seed " << seed);
            support::random_source random(seed);
            std::size_t const n_letters = 1 + random.below(support::letters.size());
            strings tokens{"<unk>"};
            std::vector<double> scores{0};
            reference::unigram naive{{{"<unk>", 0.0}}, "<unk>", random.below(2) == 0};
            // Whole numbers: ties are frequent, and sums exact in any order.
            bool const positive = random.below(4) == 0;
            auto const add = [&](std::string const& t) {
                double const score = (positive ? 60.0 : 0.0) - static_cast<double>(random.below(6));
                if (!naive.tokens.emplace(t, score).second) return;
                tokens.push_back(t);
                scores.push_back(score);
            };
            for (std::size_t i = 0; i < n_letters; ++i) {
                if (random.below(5) != 0) add(support::letters[i]);
            }
            for (std::size_t i = random.below(25); i > 0; --i) add(support::word(random, 4, n_letters));
            if (random.below(2) == 0) {
                for (int b = 0; b < 256; ++b) add(reference::byte_token(static_cast<char>(b)));
            }
            unigram_model const model(vocabulary_of(tokens), scores, {.unknown = 0, .byte_fallback = naive.fallback});
            unigram_model::scratch s;
            for (int i = 0; i < 25; ++i) {
                std::string const text = support::word(random, 9, n_letters);
                INFO("text " << text);
                REQUIRE(pieces(model, text, s) == naive(text));
            }
        }
    }
}

TEST_SUITE("property") {
    TEST_CASE("any text in about linear time") {
        strings const tokens{"<unk>", "a", "aa", "aaa", "aaaaaaaa", "b", "ab"};
        for (auto const dialect : {unigram_dialect::hugging_face, unigram_dialect::sentencepiece}) {
            unigram_model const model(vocabulary_of(tokens), {0, -1, -1.5, -2, -3, -2, -2},
                                      {.dialect = dialect, .unknown = 0});
            for (std::string const unit : {"a", "ab", "q", "\xFF", "\xC3"}) {
                std::string text;
                while (text.size() < 100'000) text += unit;
                CHECK(support::is_about_linear(model, text));
            }
        }
    }
}

}  // namespace unigram_model_test
