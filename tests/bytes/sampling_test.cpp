// Draws under a condition, by all that can happen; mixtures of distributions, by hand.
#include <doctest/doctest.h>

#include <array>
#include <bitset>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <map>
#include <vector>

#include <tessera/bytes/adaptive_rejection.hpp>
#include <tessera/bytes/detail/exp_sum.hpp>
#include <tessera/bytes/mix_next_bytes.hpp>
#include <tessera/bytes/reshape_next_byte.hpp>
#include <tessera/core/split_mix.hpp>

namespace {

using namespace tessera;

double const none = -std::numeric_limits<double>::infinity();

// The mean weight with which each index comes: every sequence of draws, by its probability. A draw is made by a number
// in the middle of what leads to it.
std::map<std::size_t, double> mean_weights(std::vector<double> const& p, std::vector<bool> const& accepted) {
    std::map<std::size_t, double> means;
    std::function<void(std::vector<double> const&, std::vector<double> const&, bool, double)> const go =
        [&](std::vector<double> const& uniforms, std::vector<double> const& left, bool has_one, double probability) {
            double rest = 0;
            for (double const x : left) rest += x;
            double below = 0;
            for (std::size_t i = 0; i < left.size(); ++i) {
                if (left[i] == 0) continue;
                std::vector<double> more = uniforms;
                more.push_back((below + left[i] / 2) / rest);
                double const q = probability * left[i] / rest;
                below += left[i];
                if (accepted[i] && has_one) {
                    std::size_t n = 0;
                    weighted_draw const d =
                        adaptive_rejection(p, [&](std::size_t k) { return accepted[k]; }, [&] { return more[n++]; });
                    REQUIRE(n == more.size());
                    means[d.index] += q * std::exp(d.log_weight);
                } else {
                    std::vector<double> rest_of = left;
                    if (!accepted[i]) rest_of[i] = 0;
                    go(more, rest_of, has_one || accepted[i], q);
                }
            }
        };
    go({}, p, false, 1);
    return means;
}

next_byte distribution(std::map<int, double> const& p) {
    next_byte n;
    double sum = 0;
    for (auto const& [byte, x] : p) {
        (byte == 256 ? n.stop : n.log_probabilities[static_cast<std::size_t>(byte)]) = std::log(x);
        sum += x;
    }
    n.leak = 1 - sum;
    return n;
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("adaptive rejection: over all sequences of draws, weights have the right mean") {
        split_mix random(3);
        for (int round = 0; round < 40; ++round) {
            std::size_t const n = 2 + random.below(4);
            std::vector<double> p(n);
            std::vector<bool> accepted(n);
            double sum = 0;
            for (double& x : p) sum += x = random.below(5) == 0 ? 0 : random.uniform();
            if (round % 2 == 0 && sum > 0) {
                for (double& x : p) x /= sum;
            }
            bool any = false;
            for (std::size_t i = 0; i < n; ++i) {
                accepted[i] = random.below(2) == 0;
                any = any || (accepted[i] && p[i] > 0);
            }
            if (!any) {
                CHECK(adaptive_rejection(
                          p, [&](std::size_t i) { return accepted[i]; }, [&] { return random.uniform(); })
                          .index == weighted_draw::none);
                continue;
            }
            auto const means = mean_weights(p, accepted);
            for (std::size_t i = 0; i < n; ++i) {
                double const expected = accepted[i] ? p[i] : 0;
                CHECK((means.contains(i) ? means.at(i) : 0) == doctest::Approx(expected).epsilon(1e-12));
            }
        }
    }

    TEST_CASE("sums of exponentials, several at once, are those of the library") {
        split_mix random(9);
        std::vector<double (*)(double const*, std::size_t, double) noexcept> sums{detail::exp_sum_plain};
#if defined(__x86_64__)
        if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0) {
            sums.push_back(detail::exp_sum_avx2);
            if (__builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
                __builtin_cpu_supports("avx512vl") != 0) {
                sums.push_back(detail::exp_sum_avx512);
            }
        }
#endif
        for (std::size_t n : {0U, 1U, 7U, 63U, 64U, 65U, 128U, 1000U, 4099U}) {
            CAPTURE(n);
            std::vector<double> values(n);
            for (double& v : values) v = random.below(9) == 0 ? none : -700 * random.uniform() * random.uniform();
            for (double const most : {0.0, 3.5}) {
                long double expected = 0;
                for (double const v : values) expected += std::exp(static_cast<long double>(v) - most);
                for (auto const sum : sums) {
                    CHECK(std::fabs(sum(values.data(), n, most) - static_cast<double>(expected)) <=
                          1e-14 * static_cast<double>(expected) + 1e-300);
                }
            }
        }
    }

    TEST_CASE("mixtures: linear, log-linear, proxy tuning") {
        std::vector<next_byte> const models{distribution({{'a', .4}, {'b', .4}}), distribution({{'a', .9}, {256, .1}})};
        std::vector<double> const weights{1, 3};
        next_byte const linear = mix_next_bytes(models, weights, mixture_kind::linear);
        CHECK(std::exp(linear.log_probabilities['a']) == doctest::Approx(.25 * .5 + .75 * .9));
        CHECK(std::exp(linear.log_probabilities['b']) == doctest::Approx(.25 * .5));
        CHECK(std::exp(linear.stop) == doctest::Approx(.75 * .1));
        std::vector<double> const halves{.5, .5};
        next_byte const product = mix_next_bytes(models, halves, mixture_kind::log_linear);
        CHECK(product.log_probabilities['a'] == doctest::Approx(0));
        CHECK(product.log_probabilities['b'] == none);
        CHECK(product.stop == none);
        std::vector<next_byte> const three{distribution({{'a', .5}, {'b', .5}}), distribution({{'a', .8}, {'b', .2}}),
                                           distribution({{'a', .4}, {'b', .6}})};
        std::vector<double> const proxy{1, 2, -2};
        next_byte const tuned = mix_next_bytes(three, proxy, mixture_kind::log_linear);
        double const a = .5 * 4;
        double const b = .5 / 9;
        CHECK(std::exp(tuned.log_probabilities['a']) == doctest::Approx(a / (a + b)));
        CHECK_THROWS_AS(static_cast<void>(mix_next_bytes(models, proxy, mixture_kind::linear)), error);
        CHECK_THROWS_AS(static_cast<void>(mix_next_bytes(three, proxy, mixture_kind::linear)), error);
    }

    TEST_CASE("temperature, top-k and top-p, and what a constraint leaves") {
        next_byte const n = distribution({{'a', .4}, {'b', .2}, {'c', .1}, {256, .1}});
        auto const p = [](next_byte const& d, int b) {
            return std::exp(b == 256 ? d.stop : d.log_probabilities[static_cast<std::size_t>(b)]);
        };
        next_byte const whole = reshape_next_byte(n, {});
        CHECK(p(whole, 'a') == doctest::Approx(.5));
        CHECK(p(whole, 256) == doctest::Approx(.125));
        CHECK(whole.leak == 0);
        next_byte const cold = reshape_next_byte(n, {.temperature = .5});
        CHECK(p(cold, 'a') / p(cold, 'b') == doctest::Approx(4));
        CHECK(p(reshape_next_byte(n, {.temperature = 0}), 'a') == doctest::Approx(1));
        next_byte const two = reshape_next_byte(n, {.top_k = 2});
        CHECK(p(two, 'a') == doctest::Approx(2.0 / 3));
        CHECK(two.log_probabilities['c'] == none);
        next_byte const most = reshape_next_byte(n, {.top_p = .6});
        CHECK(p(most, 'b') == doctest::Approx(1.0 / 3));
        CHECK(most.stop == none);
        CHECK_THROWS_AS(static_cast<void>(reshape_next_byte(n, {.temperature = -1})), error);
        CHECK_THROWS_AS(static_cast<void>(reshape_next_byte(n, {.top_p = 0})), error);
        std::bitset<256> allowed;
        allowed['b'] = allowed['c'] = true;
        auto const [left, log_weight] = restrict_next_byte(n, allowed, false);
        CHECK(p(left, 'b') == doctest::Approx(2.0 / 3));
        CHECK(std::exp(log_weight) == doctest::Approx(.3 / .8));
        // Draws come as often as they should.
        std::map<std::size_t, int> counts;
        for (int i = 0; i < 1000; ++i) ++counts[n.sample((i + .5) / 1000)];
        CHECK(counts['a'] == 500);
        CHECK(counts[256] == 125);
    }
}
