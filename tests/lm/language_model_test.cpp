// The contract of a language model: handles are counted, batches are rows in order, what is no distribution is named.
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <tessera/core/error.hpp>
#include <tessera/core/language_model.hpp>
#include <tessera/lm/check_row.hpp>
#include <tessera/lm/checked_model.hpp>
#include <tessera/lm/live_prefix.hpp>
#include <tessera/lm/prefix_function_model.hpp>
#include <tessera/lm/sequence_score.hpp>
#include "../io/hostile.hpp"
#include "../support.hpp"

using namespace tessera;

namespace {

// Three tokens and a column of padding. After a prefix whose ids sum to s, token t has (s + t) mod 4 + 1 parts of ten.
void row_of_sum(std::span<token_id const> prefix, std::span<double> row) {
    std::size_t sum = 0;
    for (token_id const id : prefix) sum += id;
    for (std::size_t t = 0; t < row.size(); ++t) row[t] = std::log(static_cast<double>((sum + t) % 4 + 1) / 10);
}

constexpr lm::prefix_function_options three_and_one{.vocab_size = 3, .row_width = 4};

// Lacks `release`.
struct forgetful_model {
    struct prefix {};
    [[nodiscard]] static std::size_t vocab_size() { return 1; }
    [[nodiscard]] static std::size_t row_width() { return 1; }
    [[nodiscard]] static std::size_t max_live() { return 2; }
    static prefix root() { return {}; }
    static prefix child(prefix, token_id) { return {}; }
    static void evaluate(std::span<prefix const>, std::span<double>) {}
};
struct whole_model : forgetful_model {
    static void release(prefix) {}
};
static_assert(!LanguageModel<forgetful_model>);
static_assert(LanguageModel<whole_model>);
static_assert(LanguageModel<lm::checked_model<whole_model>>);

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("a function from prefixes to rows is a model") {
        lm::prefix_function_model model(three_and_one, &row_of_sum);
        CHECK(model.vocab_size() == 3);
        CHECK(model.row_width() == 4);
        auto const root = model.root();
        auto const two = model.child(root, 2);
        auto const two_one = model.child(two, 1);
        std::vector<lm::prefix_function_model<decltype(&row_of_sum)>::prefix> const batch{two_one, root, two, two_one};
        std::vector<double> rows(16);
        model.evaluate(batch, rows);
        std::vector<double> const parts{4, 1, 2, 3, 1, 2, 3, 4, 3, 4, 1, 2, 4, 1, 2, 3};
        for (std::size_t i = 0; i < parts.size(); ++i) CHECK(std::exp(rows[i]) == doctest::Approx(parts[i] / 10));
        CHECK(model.n_evaluated() == 4);
        auto const tokens = model.tokens_of(two_one);
        CHECK(std::vector<token_id>(tokens.begin(), tokens.end()) == std::vector<token_id>{2, 1});
    }

    TEST_CASE("a released prefix lives on in its children, and its place is used again") {
        lm::prefix_function_model model({.vocab_size = 5, .max_live = 3}, &row_of_sum);
        auto const root = model.root();
        auto const a = model.child(root, 1);
        model.release(root);
        auto const b = model.child(a, 4);
        model.release(a);
        CHECK(model.n_live() == 1);
        auto const other = model.root();
        CHECK(model.tokens_of(other).empty());
        auto const tokens = model.tokens_of(b);
        CHECK(std::vector<token_id>(tokens.begin(), tokens.end()) == std::vector<token_id>{1, 4});
        model.release(b);
        auto const c = model.child(other, 3);
        CHECK(model.tokens_of(c).size() == 1);
        CHECK(model.tokens_of(c)[0] == 3);
        auto const d = model.child(c, 2);
        hostile::check_fails([&] { (void)model.child(d, 0); }, error_kind::limit, "3 prefixes live");
        model.release(other);
        CHECK(model.tokens_of(model.child(d, 0)).size() == 3);
    }

    TEST_CASE("sizes without meaning are refused") {
        auto const make = [](std::size_t tokens, std::size_t width, std::size_t live) {
            lm::prefix_function_model const model({tokens, width, live}, &row_of_sum);
            return model.row_width();
        };
        CHECK(make(4, 0, 2) == 4);
        hostile::check_fails([&] { make(0, 4, 2); }, error_kind::bad_option, "at least one token");
        hostile::check_fails([&] { make(5, 4, 2); }, error_kind::bad_option, "a column for each");
        hostile::check_fails([&] { make(4, 4, 1); }, error_kind::bad_option, "two live prefixes");
    }

    TEST_CASE("rows that are no distribution are named") {
        double const half = std::log(0.5);
        double const infinity = std::numeric_limits<double>::infinity();
        lm::check_row(std::vector{half, -infinity, half}, 7);
        lm::check_row(std::vector{std::log(0.50001), half}, 7);
        auto const fails = [](std::vector<double> const& row, std::string const& what) {
            hostile::check_fails([&] { lm::check_row(row, 7); }, error_kind::bad_row, what);
        };
        fails({half, std::nan(""), half}, "row after a prefix of 7 tokens: column 1 is not a number");
        fails({half, half, infinity}, "column 2 is infinite");
        fails({half, half, half}, "its 3 probabilities sum to 1.500000, not to 1");
        fails({0.5, 0.5}, "sum to 3.297443, not to 1");  // probabilities where their logarithms belong
        fails({-infinity, -infinity}, "sum to 0.000000");
        fails({}, "its 0 probabilities");
        hostile::check_fails([&] { lm::check_row(std::vector{half, std::log(0.51)}, 0, 1e-9); }, error_kind::bad_row,
                             "a prefix of 0 tokens");
    }

    TEST_CASE("a checked model passes good rows on, and says after how many tokens one is bad") {
        auto const bad_after_two = [](std::span<token_id const> prefix, std::span<double> row) {
            row_of_sum(prefix, row);
            if (prefix.size() == 2) row[3] = std::nan("");
        };
        lm::prefix_function_model inner(three_and_one, bad_after_two);
        lm::checked_model model(inner);
        CHECK(model.row_width() == 4);
        CHECK(model.vocab_size() == 3);
        auto const root = model.root();
        auto const one = model.child(root, 1);
        auto const two = model.child(one, 0);
        std::vector const good{one, root};
        std::vector<double> rows(8);
        model.evaluate(good, rows);
        CHECK(std::exp(rows[0]) == doctest::Approx(0.2));
        CHECK(std::exp(rows[4]) == doctest::Approx(0.1));
        std::vector const bad{one, two};
        hostile::check_fails([&] { model.evaluate(bad, rows); }, error_kind::bad_row,
                             "row after a prefix of 2 tokens: column 3 is not a number");
        hostile::check_fails([&] { model.evaluate(std::vector{one}, rows); }, error_kind::bad_option,
                             "1 rows of 4 columns are not 8 values");
        hostile::check_fails([&] { (void)model.child(one, 3); }, error_kind::bad_id, "the model has 3 tokens");
        for (auto const& p : {root, one, two}) model.release(p);
        CHECK(inner.n_live() == 0);
    }

    TEST_CASE("owned prefixes are released once") {
        lm::prefix_function_model model(three_and_one, &row_of_sum);
        {
            lm::live_prefix a(model);
            lm::live_prefix b = a.child(2);
            CHECK(model.n_live() == 2);
            a = std::move(b);
            CHECK(model.tokens_of(a.handle()).size() == 1);
            lm::live_prefix const c = std::move(a);
            CHECK(model.tokens_of(c.child(1).handle()).size() == 2);
            CHECK(model.n_live() == 2);  // c, and the root in b
        }
        CHECK(model.n_live() == 0);
    }

    TEST_CASE("a text is as probable as its tokens, whatever the number of live prefixes") {
        // Parts of ten: 2 after nothing 3, 1 after the sum of 2 4, 0 after 3 4; 1 after 3 1.
        for (std::size_t const max_live : {std::size_t{2}, std::size_t{3}, std::size_t{4}, std::size_t{100}}) {
            CAPTURE(max_live);
            lm::prefix_function_model model({.vocab_size = 3, .row_width = 4, .max_live = max_live}, &row_of_sum);
            std::vector<token_id> const ids{2, 1, 0};
            lm::sequence_score const score = lm::score_sequence(model, ids, 1);
            CHECK(score.log_probability == doctest::Approx(std::log(0.3 * 0.4 * 0.4 * 0.1)).epsilon(1e-14));
            CHECK(score.n_tokens == 4);
            CHECK(model.n_evaluated() == 4);
            lm::sequence_score const open = lm::score_sequence(model, ids);
            CHECK(open.log_probability == doctest::Approx(std::log(0.3 * 0.4 * 0.4)).epsilon(1e-14));
            CHECK(open.n_tokens == 3);
            CHECK(lm::score_sequence(model, {}).n_tokens == 0);
            CHECK(lm::score_sequence(model, {}, 0).log_probability == doctest::Approx(std::log(0.1)));
            CHECK(model.n_live() == 0);
            std::vector<token_id> const fifty(50, 1);
            double expected = 0;
            for (int i = 0; i < 50; ++i) expected += std::log(((i + 1) % 4 + 1) / 10.0);
            CHECK(lm::score_sequence(model, fifty).log_probability == doctest::Approx(expected).epsilon(1e-14));
        }
    }

    TEST_CASE("what fails while scoring leaves nothing alive") {
        int n = 0;
        auto const fails_later = [&](std::span<token_id const> prefix, std::span<double> row) {
            if (++n == 20) throw error(error_kind::io, "server", "it does not answer");
            row_of_sum(prefix, row);
        };
        lm::prefix_function_model model(three_and_one, fails_later);
        std::vector<token_id> const ids(40, 2);
        hostile::check_fails([&] { (void)lm::score_sequence(model, ids); }, error_kind::io, "server");
        CHECK(model.n_live() == 0);
    }
}
