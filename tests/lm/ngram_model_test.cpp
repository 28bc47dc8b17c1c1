// n-gram models: an example by hand, the formulas against maps, and what holds for every model.
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <tessera/core/error.hpp>
#include <tessera/lm/check_row.hpp>
#include <tessera/lm/kneser_ney.hpp>
#include <tessera/lm/ngram_model.hpp>
#include <tessera/lm/ngram_trainer.hpp>
#include <tessera/lm/sequence_score.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include "../io/hostile.hpp"
#include "../reference/ngram.hpp"
#include "../support.hpp"
#include "ngram_support.hpp"

using namespace tessera;
using ngrams::model_of;
using ngrams::text;
using tessera::lm::before_text;

namespace {

lm::ngram_model::prefix prefix_of(lm::ngram_model const& model, text const& tokens) {
    auto p = model.root();
    for (token_id const id : tokens) p = model.child(p, id);
    return p;
}

std::vector<double> row_of(lm::ngram_model const& model, lm::ngram_model::prefix const& p) {
    std::vector<double> row(model.row_width());
    model.evaluate(std::span(&p, 1), row);
    return row;
}

std::vector<double> probabilities(lm::ngram_model const& model, text const& prefix) {
    std::vector<double> row = row_of(model, prefix_of(model, prefix));
    for (double& value : row) value = std::exp(value);
    return row;
}

void check_near(std::vector<double> const& found, std::vector<double> const& expected) {
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        CAPTURE(i);
        CHECK(std::abs(found[i] - expected[i]) < 1e-15);
    }
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("bigrams of two texts, by hand") {
        // a = 0, b = 1, the end = 2; a fourth column is padding. The texts are "a b" and "a a b":
        //   bigrams     ^a 2, ab 2, b$ 2, aa 1;  n3 = 0, so discounts are 0.5, 1 and 1.5
        //   unigrams    a stands behind ^ and a, b behind a, $ behind b: 2, 1, 1 of 4; given away 1 + 0.5 + 0.5
        lm::ngram_model const model =
            model_of({{0, 1}, {0, 0, 1}}, {.order = 2, .vocab_size = 3, .row_width = 4, .end = 2});
        check_near(probabilities(model, {2}), {0.375, 0.25, 0.25, 0.125});  // 1/4 + 1/8, 1/8 + 1/8, ..., 0.5 * 1/4
        check_near(probabilities(model, {}), {0.5 + 0.5 * 0.375, 0.125, 0.125, 0.0625});
        check_near(probabilities(model, {0}), {0.5 / 3 + 0.5 * 0.375, 1.0 / 3 + 0.125, 0.125, 0.0625});
        check_near(probabilities(model, {0, 0, 1}), {0.1875, 0.125, 0.5 + 0.125, 0.0625});
    }

    TEST_CASE("unigrams, by hand") {
        // Four tokens once, two twice, one three, one four times: Y = 4 / (4 + 2 * 2), so D1 = 1 - 1 * 2/4 = 0.5,
        // D2 = 2 - 1.5 * 1/2 = 1.25, D3 = 3 - 2 * 1/1 = 1. Of 15 tokens 4 * 0.5 + 2 * 1.25 + 1 + 1 = 6.5 are given
        // away.
        lm::ngram_model const model =
            model_of({{0, 1, 2, 3}, {}, {4, 4, 5, 5, 6, 6, 6}, {7, 7, 7, 7}}, {.order = 1, .vocab_size = 8});
        double const rest = 6.5 / 15 / 8;
        std::vector<double> const expected{0.5 / 15 + rest,  0.5 / 15 + rest,  0.5 / 15 + rest, 0.5 / 15 + rest,
                                           0.75 / 15 + rest, 0.75 / 15 + rest, 2.0 / 15 + rest, 3.0 / 15 + rest};
        check_near(probabilities(model, {}), expected);
        check_near(probabilities(model, {5, 5, 5}), expected);
    }

    TEST_CASE("discounts") {
        auto const all = [](std::array<std::uint64_t, 4> const& n) {
            lm::kneser_ney_discounts const d(n);
            CHECK(d.of(3) == d.of(1'000'000'000'000));
            return std::array<double, 3>{d.of(1), d.of(2), d.of(3)};
        };
        CHECK(all({4, 2, 1, 1}) == std::array<double, 3>{0.5, 1.25, 1});
        CHECK(all({6, 1, 1, 0}) == std::array<double, 3>{0.5, 1, 1.5});  // else D2 = 2 - 3 * 0.75
        CHECK(all({0, 5, 5, 5}) == std::array<double, 3>{0.5, 1, 1.5});
        CHECK(all({5, 0, 5, 5}) == std::array<double, 3>{0.5, 1, 1.5});
        CHECK(all({5, 5, 0, 5}) == std::array<double, 3>{0.5, 1, 1.5});
    }

    TEST_CASE("the beginning of a text is a context, and its n-grams count as they occur") {
        // Trigrams. "a" begins all three texts; in front of it there is nothing, so c(^ a) is 3 and c(a) is 2: ^ and b.
        lm::ngram_model const model = model_of({{0, 1}, {0, 1}, {0, 1, 0}}, {.order = 3, .vocab_size = 3, .end = 2});
        auto const& levels = model.data().levels;
        CHECK(levels[0].successors == text{0, 1, 2});
        CHECK(levels[0].counts == std::vector<std::uint64_t>{2, 1, 2});
        CHECK(levels[1].keys == text{0, 1, before_text});
        CHECK(levels[1].successors == text{1, 2, 0, 2, 0});
        CHECK(levels[1].counts ==
              std::vector<std::uint64_t>{1, 1, 1, 1, 3});  // ab behind ^, a$ behind b; ba, b$ behind a
        CHECK(levels[2].keys == text{1, before_text, 0});
        CHECK(levels[2].successors == text{2, 1, 0, 2});
        CHECK(levels[2].counts == std::vector<std::uint64_t>{1, 3, 1, 2});
    }

    TEST_CASE("handles are the last tokens") {
        lm::ngram_model const model = model_of({{0, 1, 2, 0, 1}}, {.order = 3, .vocab_size = 4});
        CHECK(prefix_of(model, {0, 1, 2}) == prefix_of(model, {3, 1, 2}));
        CHECK(prefix_of(model, {2}) != prefix_of(model, {0, 2}));
        std::vector const batch{prefix_of(model, {1}), model.root(), prefix_of(model, {3, 3})};
        std::vector<double> rows(12);
        model.evaluate(batch, rows);
        for (std::size_t i = 0; i < batch.size(); ++i)
            CHECK(std::vector<double>(rows.begin() + static_cast<std::ptrdiff_t>(4 * i),
                                      rows.begin() + static_cast<std::ptrdiff_t>(4 * i + 4)) ==
                  row_of(model, batch[i]));
    }

    TEST_CASE("what cannot be learnt from is refused") {
        using hostile::check_fails;
        auto const make = [](lm::ngram_options options) { (void)model_of({{0}}, options); };
        check_fails([&] { make({.order = 0, .vocab_size = 2}); }, error_kind::bad_option, "order");
        check_fails([&] { make({.order = 9, .vocab_size = 2}); }, error_kind::bad_option, "9 is not in 1 .. 8");
        check_fails([&] { make({.vocab_size = 0}); }, error_kind::bad_option, "vocab_size");
        check_fails([&] { make({.vocab_size = 5, .row_width = 4}); }, error_kind::bad_option, "5 tokens in rows of 4");
        check_fails([&] { make({.vocab_size = 1U << 25}); }, error_kind::bad_option, "vocab_size");
        check_fails([&] { make({.vocab_size = 5, .end = 5}); }, error_kind::bad_option, "ends a text");
        check_fails([&] { (void)model_of({{0, 5}}, {.vocab_size = 5}); }, error_kind::bad_id, "token id 5");
        check_fails([&] { (void)model_of({{before_text}}, {.vocab_size = 5}); }, error_kind::bad_id, "4294967295");
        check_fails([&] { (void)model_of({}, {.vocab_size = 5, .end = 0}); }, error_kind::empty_input, "no token");
        check_fails([&] { (void)model_of({{}, {}}, {.vocab_size = 5}); }, error_kind::empty_input, "no token");
        CHECK(model_of({{}}, {.vocab_size = 5, .end = 0}).order() == 4);
        check_fails([&] { (void)model_of({text(100'000, 3)}, {.vocab_size = 5, .memory_limit = 1'000'000}); },
                    error_kind::limit, "100000 tokens need");
    }
}

TEST_SUITE("oracle") {
    TEST_CASE("every probability is that of the formulas") {
        for (std::uint64_t seed = 1; seed <= 60; ++seed) {
            INFO("seed " << seed);
            support::random_source random(seed);
            std::size_t const order = 1 + random.below(5);
            std::size_t const vocab_size = 2 + random.below(8);
            std::size_t const width = vocab_size + random.below(3);
            bool const ends = random.below(3) > 0;
            auto texts = ngrams::random_texts(random, 1 + random.below(12), 1 + random.below(30), vocab_size);
            texts.push_back({1});
            auto const end = static_cast<token_id>(random.below(vocab_size));
            reference::ngram_model slow(order, width);
            for (text const& t : texts) slow.add(t, ends ? std::int64_t{end} : -1);
            slow.finish();
            lm::ngram_model const model = model_of(
                texts, {.order = order, .vocab_size = vocab_size, .row_width = width, .end = ends ? end : no_token});
            for (int i = 0; i < 40; ++i) {
                // A place in a text, and often something behind it that has not been seen.
                text const& from = texts[random.below(texts.size())];
                text context(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(random.below(from.size() + 1)));
                if (random.below(2) == 0) context.push_back(static_cast<token_id>(random.below(vocab_size)));
                reference::ngram_model::tokens seen{-1};
                seen.insert(seen.end(), context.begin(), context.end());
                auto const p = prefix_of(model, context);
                std::vector<double> const row = row_of(model, p);
                for (token_id w = 0; w < width; ++w) {
                    double const expected = slow.probability(seen, w);
                    REQUIRE(std::abs(std::exp(row[w]) - expected) < 1e-14);
                    REQUIRE(std::abs(std::exp(model.log_probability(p, w)) - expected) < 1e-14);
                    REQUIRE(expected > 0);
                }
            }
        }
    }

    TEST_CASE("texts longer than what is sorted at a time") {
        // 2.5 million tokens of a de Bruijn-like walk; all trigrams counted in an array beside.
        constexpr std::size_t n = 2'500'000;
        constexpr std::size_t width = 5;
        support::random_source random(7);
        text all;
        std::map<std::vector<token_id>, std::uint64_t> counts;
        for (std::size_t i = 0; i < n; ++i) all.push_back(static_cast<token_id>(random.below(1 + random.below(width))));
        for (std::size_t i = 2; i < n; ++i) ++counts[{all[i - 1], all[i - 2], all[i]}];
        ++counts[{all[0], before_text, all[1]}];
        lm::ngram_model const model = model_of({all}, {.order = 3, .vocab_size = width});
        auto const& levels = model.data().levels;
        std::map<std::vector<token_id>, std::uint64_t> found;
        for (std::size_t i = 0; i < levels[1].keys.size(); ++i) {
            for (std::size_t c = levels[1].first_child[i]; c < levels[1].first_child[i + 1]; ++c) {
                for (std::size_t s = levels[2].first_successor[c]; s < levels[2].first_successor[c + 1]; ++s)
                    found[{levels[1].keys[i], levels[2].keys[c], levels[2].successors[s]}] = levels[2].counts[s];
            }
        }
        CHECK(found == counts);
    }
}

TEST_SUITE("property") {
    TEST_CASE("rows sum to 1, and so do all continuations of two tokens") {
        support::random_source random(3);
        auto const texts = ngrams::random_texts(random, 300, 60, 500);
        lm::ngram_model const model = model_of(texts, {.order = 4, .vocab_size = 500, .row_width = 512, .end = 499});
        for (int i = 0; i < 100; ++i) {
            text const& from = texts[random.below(texts.size())];
            auto p = prefix_of(
                model, text(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(random.below(from.size() + 1))));
            std::vector<double> const row = row_of(model, p);
            double sum = 0;
            for (double const value : row) sum += std::exp(value);
            CHECK(std::abs(sum - 1) < 1e-12);
            lm::check_row(row, 0, 1e-12);
            for (token_id w = 0; w < row.size(); ++w) REQUIRE(std::abs(row[w] - model.log_probability(p, w)) < 1e-12);
        }
        double sum = 0;
        std::vector<double> const first = row_of(model, model.root());
        for (token_id a = 0; a < 500; ++a) {
            for (double const value : row_of(model, prefix_of(model, {a}))) sum += std::exp(first[a] + value);
        }
        for (token_id a = 500; a < 512; ++a) sum += std::exp(first[a]);
        CHECK(std::abs(sum - 1) < 1e-12);
    }

    TEST_CASE("a text is as probable as its tokens, one by one") {
        support::random_source random(8);
        auto const texts = ngrams::random_texts(random, 10, 30, 9);
        lm::ngram_model const model = model_of(texts, {.order = 3, .vocab_size = 9, .end = 4});
        for (text const& t : texts) {
            double expected = 0;
            auto p = model.root();
            for (std::size_t i = 0; i <= t.size(); ++i) {
                token_id const next = i < t.size() ? t[i] : 4;
                expected += row_of(model, p)[next];
                p = model.child(p, next);
            }
            lm::sequence_score const score = lm::score_sequence(model, t, 4);
            CHECK(std::abs(score.log_probability - expected) < 1e-11);
            CHECK(score.n_tokens == t.size() + 1);
        }
    }

    TEST_CASE("a context that was not seen is as its end") {
        support::random_source random(5);
        lm::ngram_model const model =
            model_of(ngrams::random_texts(random, 20, 20, 9), {.order = 4, .vocab_size = 11, .end = 10});
        // 9 occurs nowhere: nothing beyond it counts, and behind it there is the empty context.
        CHECK(row_of(model, prefix_of(model, {1, 9, 0})) == row_of(model, prefix_of(model, {9, 9, 0})));
        CHECK(row_of(model, prefix_of(model, {0, 1, 9})) == row_of(model, prefix_of(model, {9})));
        CHECK(row_of(model, prefix_of(model, {1, 0, 0})) != row_of(model, prefix_of(model, {9, 0, 0})));
    }

    TEST_CASE("the order of the texts and the number of threads change nothing") {
        support::random_source random(11);
        auto texts = ngrams::random_texts(random, 700, 5000, 3000);
        lm::ngram_options const options{.order = 4, .vocab_size = 3000, .end = 17};
        lm::ngram_model const one = model_of(texts, options);
        for (std::size_t i = texts.size() - 1; i > 0; --i) std::swap(texts[i], texts[random.below(i + 1)]);
        lm::ngram_trainer many(options, tbb_executor(3));
        std::uint64_t n_tokens = 0;
        for (text const& t : texts) {
            many.add(t);
            n_tokens += t.size() + 1;
        }
        CHECK(many.n_texts() == 700);
        CHECK(many.n_tokens() == n_tokens);
        CHECK(n_tokens > 1'500'000);  // more than one piece
        CHECK(std::move(many).finish().data() == one.data());
    }
}
