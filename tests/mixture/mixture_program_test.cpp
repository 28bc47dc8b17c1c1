// The replay against counting anew; the linear program against all of its rows, brute force and instances whose answer
// is known.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <tessera/mixture/clp_solver.hpp>
#include <tessera/mixture/mixture_program.hpp>
#include <tessera/mixture/search_file.hpp>
#include <tessera/mixture/slack_program.hpp>
#include "../reference/merge_replay.hpp"
#include "support.hpp"

namespace mixture_program_test {

using namespace tessera;
using namespace mixture_support;

// All rows there are, solved at once.
mixture_solution solve_all_rows(pair_history const& history) {
    std::vector<std::uint8_t> const used = merges_seen(history);
    std::size_t const n = history.n_categories();
    clp_solver solver;
    solver.add_columns(n, 0.0, 1.0, 0.0);
    solver.add_columns(history.n_merges() + history.n_pairs(), 0.0, lp_infinity, 1.0);
    lp_rows rows;
    for (std::size_t i = 0; i < n; ++i) rows.put(i, 1.0);
    rows.end_row(1.0, 1.0);
    std::vector<std::int64_t> counts(n);
    for (std::uint32_t t = 0; t < history.n_merges(); ++t) {
        if (used[t] == 0) continue;
        for (std::uint32_t p = 0; p < history.n_pairs(); ++p) {
            history.counts_at(p, t, counts);
            if (p == t || std::ranges::all_of(counts, [](std::int64_t c) { return c == 0; })) continue;
            for (std::size_t i = 0; i < n; ++i) {
                double const difference = static_cast<double>(history.own(t)[i] - counts[i]);
                if (difference != 0) rows.put(i, 1e6 * difference / static_cast<double>(history.total(i)));
            }
            rows.put(n + t, 1.0);
            rows.put(n + history.n_merges() + p, 1.0);
            rows.end_row(0.0, lp_infinity);
        }
    }
    solver.add_rows(rows);
    REQUIRE(solver.solve() == lp_status::optimal);
    mixture_solution out;
    out.objective = solver.objective() / 1e6;
    out.mixture.assign(solver.primal().begin(), solver.primal().begin() + static_cast<std::ptrdiff_t>(n));
    return out;
}

// The heaviest matching, by trying all.
double heaviest(std::vector<std::vector<double>> const& weights, std::size_t t, std::vector<char>& taken) {
    if (t == weights.size()) return 0;
    double best = heaviest(weights, t + 1, taken);
    for (std::size_t p = 0; p < taken.size(); ++p) {
        if (taken[p] != 0 || weights[t][p] <= 0) continue;
        taken[p] = 1;
        best = std::max(best, weights[t][p] + heaviest(weights, t + 1, taken));
        taken[p] = 0;
    }
    return best;
}

double furthest(std::vector<double> const& a, std::vector<double> const& b) {
    double most = 0;
    for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
    return most;
}

TEST_SUITE("mixture_program") {
    TEST_CASE("a replay counts as counting anew does, at each merge, in one part and in two") {
        for (std::uint64_t seed = 0; seed < 60; ++seed) {
            CAPTURE(seed);
            support::random_source random(seed);
            std::vector<std::vector<reference::counted_word>> parts(1 + seed % 2);
            for (auto& words : parts) {
                for (std::size_t i = 0, n = 1 + random.below(30); i < n; ++i) {
                    // Long words are kept in another way.
                    std::size_t const length = 1 + random.below(seed % 3 == 0 ? 200 : 8);
                    reference::counted_word word{{}, static_cast<std::int64_t>(1 + random.below(9))};
                    for (std::size_t k = 0; k < length; ++k) {
                        word.symbols.push_back(static_cast<token_id>(random.below(3)));
                    }
                    words.push_back(std::move(word));
                }
            }
            std::vector<merge> merges;
            std::map<std::pair<token_id, token_id>, int> known;
            for (token_id next = 3; next < 15; ++next) {
                merge m{static_cast<token_id>(random.below(next)), static_cast<token_id>(random.below(next)), next,
                        static_cast<std::uint32_t>(merges.size())};
                if (known.emplace(std::pair(m.left, m.right), 0).second) merges.push_back(m);
            }
            std::size_t const second = parts.size() == 2 ? 1 + random.below(merges.size() - 1) : 0;
            std::vector<std::vector<replay_part>> replays(1);
            for (std::size_t part = 0; part < parts.size(); ++part) {
                replays[0].push_back({part == 0 ? 0 : second, merge_replay(merges)});
                for (auto const& word : parts[part]) {
                    replays[0].back().words.add_word(word.symbols, static_cast<std::uint64_t>(word.count));
                }
            }
            pair_history const history(merges, std::move(replays), serial_executor{});
            std::vector<std::int64_t> counts(1);
            for (std::size_t t = 0; t <= merges.size(); ++t) {
                if (parts.size() == 2 && t == second) parts.erase(parts.begin());
                auto expected = reference::pairs_of(parts[0]);
                // A pair is gone when it is merged; neighbours that overlapped may still look like it.
                for (std::size_t k = 0; k < t; ++k) {
                    if (k >= (t > second ? second : 0)) expected.erase({merges[k].left, merges[k].right});
                }
                std::int64_t sum = 0;
                for (std::uint32_t p = 0; p < history.n_pairs(); ++p) {
                    history.counts_at(p, t, counts);
                    auto const at = expected.find({history.left(p), history.right(p)});
                    bool const was_merged = p < t;
                    if (!was_merged) REQUIRE(counts[0] == (at == expected.end() ? 0 : at->second));
                    if (p == t && t < merges.size()) REQUIRE(history.own(t)[0] == counts[0]);
                    sum += counts[0];
                }
                REQUIRE(sum >= 0);
                if (t < merges.size()) reference::apply(parts[0], merges[t]);
            }
        }
    }

    TEST_CASE("what a trainer chose was the most frequent pair: no row is short at the true mixture") {
        std::vector<pretoken_counts> const categories = texts({"german", "french", "russian"}, 40'000);
        std::vector<std::uint64_t> const times{3, 1, 4};
        trained_merges const trained = train(sum_of(categories, times), 400);
        pair_history const history = history_of(categories, trained.merges);
        std::vector<double> const shares = shares_of(history, times);
        constraint_rows const rows(history);
        violation_scan scan(history, {rows.scale().begin(), rows.scale().end()}, merges_seen(history), 1e-6);
        std::vector<double> const none(history.n_merges()), no_pairs(history.n_pairs());
        CHECK(scan.run(shares, none, no_pairs, 1, serial_executor{}).n_broken == 0);
        std::vector<double> other = shares;
        std::swap(other[0], other[1]);
        CHECK(scan.run(other, none, no_pairs, 1, serial_executor{}).n_broken > 10);
    }

    TEST_CASE("a matching of rows is the heaviest, and its slacks cover all rows") {
        std::vector<pretoken_counts> const categories = texts({"english", "python"}, 6'000);
        trained_merges const trained = train(texts({"mathematics"}, 20'000)[0], 7);
        pair_history const history = history_of(categories, trained.merges);
        support::random_source random(3);
        for (int round = 0; round < 30; ++round) {
            constraint_rows rows(history);
            std::vector<std::vector<double>> weights(history.n_merges(), std::vector<double>(9));
            std::vector<std::int64_t> counts(2);
            std::vector<std::uint32_t> pairs;
            for (int k = 0; k < 9; ++k) pairs.push_back(static_cast<std::uint32_t>(random.below(60)));
            row_matching matching(rows);
            for (double const share : {0.3, 0.31, 0.9}) {
                std::vector<double> const mixture{share, 1 - share};
                for (int more = 0; more < 12; ++more) {
                    auto const t = static_cast<std::uint32_t>(random.below(history.n_merges()));
                    std::size_t const k = random.below(pairs.size());
                    history.counts_at(pairs[k], t, counts);
                    rows.add(t, pairs[k], counts);
                    if (more == 5 && share == 0.31) matching.solve(mixture);
                }
                double const weight = share == 0.31 ? matching.extend(mixture) : matching.solve(mixture);
                for (auto& row : weights) std::fill(row.begin(), row.end(), 0.0);
                double worst = 0;
                for (std::size_t r = 0; r < rows.size(); ++r) {
                    auto const at = std::find(pairs.begin(), pairs.end(), rows.pair_of(r)) - pairs.begin();
                    double& w = weights[rows.merge_of(r)][static_cast<std::size_t>(at)];
                    w = std::max(w, rows.shortfall(r, mixture));
                    worst = std::max(worst, rows.shortfall(r, mixture) - matching.merge_slack()[rows.merge_of(r)] -
                                                matching.pair_slack()[rows.pair_of(r)]);
                }
                std::vector<char> taken(pairs.size());
                CHECK(weight == doctest::Approx(heaviest(weights, 0, taken)).epsilon(1e-9));
                CHECK(matching.slack_sum() == doctest::Approx(weight).epsilon(1e-9));
                CHECK(worst < 1e-6);
            }
        }
    }

    TEST_CASE("both solvers find what all rows at once give, and prove it") {
        std::vector<pretoken_counts> const categories = texts({"english", "german", "python"}, 12'000);
        for (std::size_t const n_merges : {std::size_t{5}, std::size_t{12}, std::size_t{30}}) {
            CAPTURE(n_merges);
            // Text that is no mixture of these, so that no mixture explains all.
            trained_merges const trained = train(texts({"legal", "french", "java"}, 9'000)[n_merges % 3], n_merges);
            pair_history const history = history_of(categories, trained.merges);
            mixture_solution const all = solve_all_rows(history);
            mixture_solution const planes = solve_mixture_program<clp_solver>(
                history, merges_seen(history), serial_executor{}, {.extent_below = lp_infinity});
            mixture_solution const simplex =
                solve_slack_program<clp_solver>(history, merges_seen(history), serial_executor{});
            REQUIRE(all.objective > 1e-4);
            CHECK(planes.objective == doctest::Approx(all.objective).epsilon(1e-7));
            CHECK(simplex.objective == doctest::Approx(all.objective).epsilon(1e-7));
            CHECK(planes.gap <= 2e-9);
            CHECK(simplex.gap <= 2e-9);
            for (std::size_t i = 0; i < planes.mixture.size(); ++i) {
                CHECK(planes.extent[i].first <= all.mixture[i] + 1e-9);
                CHECK(planes.extent[i].second >= all.mixture[i] - 1e-9);
            }
        }
    }

    TEST_CASE("an exact mixture is recovered, whatever is solved by") {
        std::vector<pretoken_counts> const categories =
            texts({"german", "french", "russian", "japanese", "python"}, 60'000);
        std::vector<std::uint64_t> const times{3, 1, 4, 2, 5};
        trained_merges const trained = train(sum_of(categories, times), 600);
        pair_history const history = history_of(categories, trained.merges);
        std::vector<double> const truth = shares_of(history, times);
        mixture_solution const planes =
            solve_mixture_program<clp_solver>(history, merges_seen(history), serial_executor{}, {.extent_below = 2e-9});
        CHECK(planes.objective < 2e-9);
        CHECK(furthest(planes.mixture, truth) < 1e-6);
        mixture_solution const simplex =
            solve_slack_program<clp_solver>(history, merges_seen(history), serial_executor{});
        CHECK(simplex.objective < 2e-9);
        CHECK(furthest(simplex.mixture, truth) < 1e-6);
        for (std::size_t i = 0; i < truth.size(); ++i) {
            CHECK(planes.extent[i].first <= truth[i]);
            CHECK(planes.extent[i].second >= truth[i]);
        }
    }

    TEST_CASE("a search goes on from where it was, and only on the same counts") {
        std::vector<pretoken_counts> const categories = texts({"english", "german", "python"}, 30'000);
        trained_merges const trained = train(texts({"legal"}, 60'000)[0], 1800);
        pair_history const history = history_of(categories, trained.merges);
        std::vector<mixture_search> searches;
        mixture_program_options options;
        options.save = [&](mixture_search const& search) { searches.push_back(search); };
        mixture_solution const whole =
            solve_mixture_program<clp_solver>(history, merges_seen(history), serial_executor{}, options);
        REQUIRE(searches.size() >= 3);
        for (std::size_t const k : {std::size_t{0}, searches.size() - 1}) {
            mixture_search const begun = read_search(write_search(searches[k]));
            CHECK(begun.planes == searches[k].planes);
            mixture_solution const rest =
                solve_mixture_program<clp_solver>(history, merges_seen(history), serial_executor{}, {.resume = &begun});
            CHECK(rest.objective == doctest::Approx(whole.objective).epsilon(1e-7));
            CHECK(rest.gap <= 2e-9);
            if (k > 0) CHECK(rest.n_planes < 2 * whole.n_planes);
        }
        mixture_search const begun = searches.back();
        pair_history const other = history_of({categories[0], categories[2], categories[1]}, trained.merges);
        CHECK_THROWS_AS(static_cast<void>(solve_mixture_program<clp_solver>(other, merges_seen(other),
                                                                            serial_executor{}, {.resume = &begun})),
                        error);
        std::string const file = write_search(begun);
        for (std::size_t at = 0; at < file.size(); at += 1 + at / 7) {
            std::string damaged = file;
            damaged[at] = static_cast<char>(damaged[at] ^ 1);
            CHECK_THROWS_AS(static_cast<void>(read_search(damaged)), error);
            CHECK_THROWS_AS(static_cast<void>(read_search(file.substr(0, at))), error);
        }
    }

    TEST_CASE("a category twice as long says the same; categories in another order give shares in that order") {
        std::vector<pretoken_counts> const categories = texts({"english", "german", "python"}, 30'000);
        trained_merges const trained = train(texts({"legal", "french"}, 30'000)[0], 150);
        auto const solve = [&](std::vector<pretoken_counts> const& of) {
            pair_history const history = history_of(of, trained.merges);
            return solve_mixture_program<clp_solver>(history, merges_seen(history), serial_executor{});
        };
        mixture_solution const once = solve(categories);
        mixture_solution const twice = solve({categories[0], sum_of({categories[1]}, {2}), categories[2]});
        mixture_solution const turned = solve({categories[2], categories[0], categories[1]});
        CHECK(twice.objective == doctest::Approx(once.objective).epsilon(1e-6));
        CHECK(furthest(once.mixture, twice.mixture) < 1e-4);
        CHECK(turned.objective == doctest::Approx(once.objective).epsilon(1e-6));
        CHECK(std::abs(turned.mixture[0] - once.mixture[2]) < 1e-4);
        CHECK(std::abs(turned.mixture[1] - once.mixture[0]) < 1e-4);
    }
}

}  // namespace mixture_program_test
