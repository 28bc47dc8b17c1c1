// The engines against the textbook and against each other: on what has an exact answer, on random rows, and on rows
// made to be in the way (duplicates, zeros, clusters, one anchor).
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include <tessera/transplant/matching_pursuit.hpp>
#include <tessera/transplant/measure_speed.hpp>
#include "reference/matching_pursuit.hpp"

namespace {

using namespace tessera;
using namespace tessera::transplant;

matrix random_matrix(std::size_t rows, std::size_t columns, unsigned seed) {
    std::mt19937 source(seed);
    std::normal_distribution<float> normal;
    matrix m(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns));
    for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t j = 0; j < columns; ++j) row_of(m, i)[j] = normal(source);
    }
    return m;
}

/// Rows such as models have them: around a mean, in clusters, of different lengths.
matrix clustered_matrix(std::size_t rows, std::size_t columns, unsigned seed) {
    std::mt19937 source(seed);
    matrix const centres = random_matrix(1 + rows / 20, columns, seed + 1);
    matrix m = 0.5F * random_matrix(rows, columns, seed + 2);
    for (std::size_t i = 0; i < rows; ++i) {
        auto const row = static_cast<Eigen::Index>(i);
        m.row(row) += centres.row(static_cast<Eigen::Index>(source() % n_rows(centres)));
        m.row(row).array() += 0.7F;
        m.row(row) *= 0.02F * static_cast<float>(1 + source() % 5);
    }
    return m;
}

std::vector<double> wide(matrix const& m, std::size_t row) { return {row_of(m, row), row_of(m, row) + n_columns(m)}; }

/// Runs all engines, checks that they give the same to the bit, and gives one of their results.
sparse_combinations all_engines(anchor_set const& anchors, matrix const& targets, std::size_t k, double tolerance = 0) {
    sparse_combinations first;
    for (pursuit_engine const engine : pursuit_engines) {
        pursuit_statistics statistics;
        sparse_combinations const result = matching_pursuit(
            anchors, targets, {.k = k, .tolerance = tolerance, .engine = engine}, serial_executor{}, &statistics);
        CHECK(statistics.engine == engine);
        if (engine == pursuit_engines[0]) {
            first = result;
            continue;
        }
        CAPTURE(std::string(name(engine)));
        CHECK(result.count == first.count);
        CHECK(result.index == first.index);
        CHECK(result.coefficient == first.coefficient);
        CHECK(result.residual_norm == first.residual_norm);
    }
    return first;
}

void compare_with_reference(matrix const& anchors, matrix const& targets, std::size_t k) {
    std::vector<std::vector<double>> rows;
    for (std::size_t i = 0; i < n_rows(anchors); ++i) rows.push_back(wide(anchors, i));
    for (atom_selection const selection : {atom_selection::cosine, atom_selection::inner_product}) {
        sparse_combinations const result = all_engines(anchor_set(anchors, selection), targets, k);
        for (std::size_t i = 0; i < n_rows(targets); ++i) {
            CAPTURE(i);
            auto const expected = reference::matching_pursuit(rows, wide(targets, i), k, selection);
            REQUIRE(expected.closest > 1e-9);  // else the choice would be a matter of rounding
            auto const support = result.support(i);
            CHECK(std::vector(support.begin(), support.end()) == expected.support);
            REQUIRE(support.size() == expected.coefficients.size());
            double most = 0;
            for (double const c : expected.coefficients) most = std::max(most, std::fabs(c));
            for (std::size_t a = 0; a < support.size(); ++a) {
                CHECK(std::fabs(result.coefficients(i)[a] - expected.coefficients[a]) <= 1e-8 * most);
            }
            CHECK(result.residual_norm[i] == doctest::Approx(expected.residual_norm).epsilon(1e-6));
        }
    }
}

using transplant::detail::kernel_set;

void compare_kernels_of_floats(kernel_set const& fast, kernel_set const& slow, std::size_t n) {
    CAPTURE(n);
    matrix const m = random_matrix(12, n + 1, static_cast<unsigned>(n));
    matrix const factors = m.row(5).cwiseAbs();
    std::vector<double> doubles(n + 1, 0.3);
    std::vector<double> same = doubles;
    CHECK(fast.dot(row_of(m, 0), row_of(m, 1), n) == doctest::Approx(slow.dot(row_of(m, 0), row_of(m, 1), n)));
    CHECK(fast.dot_with_doubles(row_of(m, 0), doubles.data(), n) ==
          doctest::Approx(slow.dot_with_doubles(row_of(m, 0), doubles.data(), n)));
    fast.subtract(doubles.data(), row_of(m, 2), 0.7, n);
    slow.subtract(same.data(), row_of(m, 2), 0.7, n);
    for (std::size_t i = 0; i <= n; ++i) CHECK(doubles[i] == doctest::Approx(same[i]));
    CHECK(fast.largest(row_of(m, 3), factors.data(), n) == slow.largest(row_of(m, 3), factors.data(), n));
    for (float const least : {0.0F, 0.4F, 1.1F, 50.0F}) {
        std::vector<std::uint32_t> a(n);
        std::vector<std::uint32_t> b(n);
        a.resize(fast.find_large(row_of(m, 3), 0.1F, factors.data(), least, n, a.data()));
        b.resize(slow.find_large(row_of(m, 3), 0.1F, factors.data(), least, n, b.data()));
        CHECK(a == b);
    }
    for (std::size_t n_rows = 0; n_rows <= 12; ++n_rows) {
        std::vector<float const*> rows;
        std::vector<float> weights;
        for (std::size_t r = 0; r < n_rows; ++r) {
            rows.push_back(row_of(m, r));
            weights.push_back(0.01F * static_cast<float>(r + 1));
        }
        std::vector<float> a(n + 1, 0.5F);
        std::vector<float> b = a;
        fast.subtract_floats(a.data(), rows.data(), weights.data(), n_rows, n);
        slow.subtract_floats(b.data(), rows.data(), weights.data(), n_rows, n);
        for (std::size_t i = 0; i <= n; ++i) CHECK(std::fabs(a[i] - b[i]) < 1e-5);
        fast.start_sums(a.data(), row_of(m, 0), 0.3F, 0.7F, row_of(m, 1), n);
        slow.start_sums(b.data(), row_of(m, 0), 0.3F, 0.7F, row_of(m, 1), n);
        for (std::size_t i = 0; i <= n; ++i) CHECK(std::fabs(a[i] - b[i]) < 1e-5);
    }
}

void compare_kernels_of_bytes(kernel_set const& fast, kernel_set const& slow, std::size_t n_rows) {
    CAPTURE(n_rows);
    std::mt19937 source(static_cast<unsigned>(n_rows));
    constexpr std::size_t n = 192;
    std::vector<std::vector<std::uint8_t>> bytes(n_rows, std::vector<std::uint8_t>(n));
    std::vector<std::uint8_t const*> rows;
    std::vector<std::int8_t> high;
    std::vector<std::int8_t> low;
    for (std::size_t r = 0; r < n_rows; ++r) {
        for (std::uint8_t& b : bytes[r]) b = static_cast<std::uint8_t>(source());
        rows.push_back(bytes[r].data());
        high.push_back(static_cast<std::int8_t>(static_cast<int>(source() % 255) - 127));
        low.push_back(static_cast<std::int8_t>(static_cast<int>(source() % 128) - 64));
    }
    std::vector<float> a(n, 0.5F);
    std::vector<float> b = a;
    fast.subtract_bytes(a.data(), rows.data(), {high.data(), low.data(), 0x1p-20F}, n_rows, n);
    slow.subtract_bytes(b.data(), rows.data(), {high.data(), low.data(), 0x1p-20F}, n_rows, n);
    for (std::size_t i = 0; i < n; ++i) CHECK(std::fabs(a[i] - b[i]) < 1e-4);
}

void compare_kernels_of_tiles(kernel_set const& fast, kernel_set const& slow, std::size_t n_pairs) {
    CAPTURE(n_pairs);
    std::mt19937 source(static_cast<unsigned>(n_pairs));
    std::vector<std::int16_t> left(128 * n_pairs + 1);
    std::vector<std::int16_t> right(128 * n_pairs + 1);
    for (std::int16_t& x : left) x = static_cast<std::int16_t>(source() % 20001 - 10000);
    for (std::int16_t& x : right) x = static_cast<std::int16_t>(source() % 2001 - 1000);
    std::vector<std::int32_t> a(transplant::detail::tile_size);
    std::vector<std::int32_t> b(transplant::detail::tile_size);
    fast.short_products(left.data(), right.data(), n_pairs, a.data());
    slow.short_products(left.data(), right.data(), n_pairs, b.data());
    CHECK(a == b);
    std::vector<std::int8_t> signed_bytes(256 * n_pairs + 1);
    std::vector<std::uint8_t> unsigned_bytes(256 * n_pairs + 1);
    for (std::int8_t& x : signed_bytes) x = static_cast<std::int8_t>(static_cast<int>(source() % 255) - 127);
    for (std::uint8_t& x : unsigned_bytes) x = static_cast<std::uint8_t>(source());
    std::vector<std::int32_t> c(a.size());
    fast.byte_products(signed_bytes.data(), unsigned_bytes.data(), n_pairs, c.data());
    slow.byte_products(signed_bytes.data(), unsigned_bytes.data(), n_pairs, b.data());
    CHECK(c == b);
    matrix const positive = random_matrix(2, 64, static_cast<unsigned>(n_pairs)).cwiseAbs();
    for (float const least : {0.0F, 1000.0F, 30000.0F, 1e9F}) {
        std::uint32_t found[2][64];
        std::size_t const n = fast.find_large_products(c.data(), 777, row_of(positive, 0), 0.5F, 10.0F,
                                                       row_of(positive, 1), least, found[0]);
        CHECK(n == slow.find_large_products(c.data(), 777, row_of(positive, 0), 0.5F, 10.0F, row_of(positive, 1), least,
                                            found[1]));
        CHECK(std::equal(found[0], found[0] + n, found[1]));
    }
    std::vector<std::uint8_t> bytes(transplant::detail::tile_size);
    std::vector<std::uint8_t> same = bytes;
    std::vector<float> offsets(64);
    for (float& x : offsets) x = 0.01F * static_cast<float>(source() % 1000);
    for (float const scale : {1e-7F, 1e-6F, 1e-5F}) {
        for (std::size_t i = 0; i < 64; ++i) {
            CHECK(fast.to_bytes(a.data() + 64 * i, scale, 3.5F, offsets.data(), bytes.data() + 64 * i) ==
                  slow.to_bytes(a.data() + 64 * i, scale, 3.5F, offsets.data(), same.data() + 64 * i));
        }
        for (std::size_t i = 0; i < bytes.size(); ++i) CHECK(std::abs(bytes[i] - same[i]) <= 1);  // halves
        fast.transpose_bytes(bytes.data(), same.data());
        for (std::size_t i = 0; i < bytes.size(); ++i) REQUIRE(same[64 * (i % 64) + i / 64] == bytes[i]);
    }
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("matching pursuit finds sparse combinations exactly") {
        std::mt19937 source(3);
        for (std::size_t const sparsity : {std::size_t{1}, std::size_t{5}, std::size_t{10}}) {
            matrix const anchors = random_matrix(1500, 256, 7);
            matrix targets = matrix::Zero(40, 256);
            std::vector<std::vector<std::uint32_t>> chosen(40);
            std::vector<std::vector<double>> coefficients(40);
            for (std::size_t i = 0; i < 40; ++i) {
                Eigen::RowVectorXd sum = Eigen::RowVectorXd::Zero(256);
                for (std::size_t a = 0; a < sparsity; ++a) {
                    auto const anchor = static_cast<std::uint32_t>(source() % 1500);
                    if (std::find(chosen[i].begin(), chosen[i].end(), anchor) != chosen[i].end()) continue;
                    chosen[i].push_back(anchor);
                    coefficients[i].push_back((source() % 2 == 0 ? -1.0 : 1.0) *
                                              (1 + 0.001 * static_cast<double>(source() % 1000)));
                    sum += coefficients[i].back() * anchors.row(anchor).cast<double>();
                }
                targets.row(static_cast<Eigen::Index>(i)) = sum.cast<float>();
            }
            // The targets are rounded, so what is left of them is 1e-8 of their length.
            sparse_combinations const result = all_engines(anchor_set(anchors), targets, 64, 1e-6);
            matrix const other_space = random_matrix(1500, 50, 8);
            matrix const made = combine(result, other_space);
            for (std::size_t i = 0; i < 40; ++i) {
                REQUIRE(result.count[i] == chosen[i].size());
                Eigen::RowVectorXd expected = Eigen::RowVectorXd::Zero(50);
                for (std::size_t a = 0; a < chosen[i].size(); ++a) {
                    auto const support = result.support(i);
                    auto const at = std::find(support.begin(), support.end(), chosen[i][a]);
                    REQUIRE(at != support.end());
                    CHECK(std::fabs(result.coefficients(i)[static_cast<std::size_t>(at - support.begin())] -
                                    coefficients[i][a]) < 1e-6);
                    expected += coefficients[i][a] * other_space.row(chosen[i][a]).cast<double>();
                }
                CHECK((made.row(static_cast<Eigen::Index>(i)).cast<double>() - expected).norm() <
                      1e-5 * expected.norm());
            }
        }
    }

    TEST_CASE("engines and textbook choose the same anchors") {
        compare_with_reference(random_matrix(700, 48, 1), random_matrix(30, 48, 2), 12);
        compare_with_reference(random_matrix(300, 33, 3), random_matrix(10, 33, 4), 33);
        compare_with_reference(clustered_matrix(900, 64, 5), clustered_matrix(40, 64, 6), 20);
        compare_with_reference(random_matrix(1, 16, 7), random_matrix(5, 16, 8), 4);
        compare_with_reference(random_matrix(10, 16, 9), random_matrix(5, 16, 10), 10);
        compare_with_reference(random_matrix(30, 7, 11), random_matrix(5, 7, 12), 30);
    }

    TEST_CASE("more anchors than fit one block, on some threads") {
        matrix const anchors = clustered_matrix(2500, 40, 21);
        matrix const targets = clustered_matrix(150, 40, 22);
        anchor_set const set(anchors);
        sparse_combinations const expected = all_engines(set, targets, 16);
        tbb_executor const executor(3);
        for (pursuit_engine const engine : pursuit_engines) {
            sparse_combinations const result = matching_pursuit(set, targets, {.k = 16, .engine = engine}, executor);
            CHECK(result.index == expected.index);
            CHECK(result.coefficient == expected.coefficient);
        }
    }

    TEST_CASE("few scores are computed exactly") {
        anchor_set const set(random_matrix(3000, 64, 31));
        for (pursuit_engine const engine : pursuit_engines) {
            pursuit_statistics statistics;
            static_cast<void>(matching_pursuit(set, random_matrix(20, 64, 32), {.k = 16, .engine = engine},
                                               serial_executor{}, &statistics));
            CHECK(statistics.n_chosen == 20 * 16);
            CHECK(statistics.n_scored < 30 * statistics.n_chosen);  // of 3,000
            CHECK(statistics.cost.operations() > 0);
        }
    }

    TEST_CASE("the engine is chosen by time and memory") {
        pursuit_size const few{10, 50'000, 576, 64, 2};
        pursuit_size const many{100'000, 50'000, 576, 64, 2};
        machine_speed const all{1e11, 5e11, 1e12, 4e10, 1e11, 2e10};
        CHECK(fastest_engine(few, 16e9, all) == pursuit_engine::screened_residual);
        CHECK(fastest_engine(many, 16e9, all) == pursuit_engine::screened_gram);
        CHECK(fastest_engine(many, 1e9, all) == pursuit_engine::screened_residual);
        machine_speed const no_bytes{1e11, 1e9, 1e9, 4e10, 1e9, 2e10};
        CHECK(fastest_engine(few, 16e9, no_bytes) == pursuit_engine::residual);
        CHECK(fastest_engine(many, 16e9, no_bytes) == pursuit_engine::gram);
        CHECK(fastest_engine(many, 1, no_bytes) == pursuit_engine::residual);
        machine_speed const measured = measure_speed(96, serial_executor{});
        for (double const speed : {measured.float_products, measured.short_products, measured.byte_products,
                                   measured.float_updates, measured.byte_updates, measured.exact}) {
            CHECK(speed > 1e6);
        }
    }

    TEST_CASE("duplicates, zeros, and nothing left to choose") {
        matrix anchors = random_matrix(60, 24, 41);
        for (Eigen::Index i = 0; i < 20; ++i) anchors.row(20 + i) = anchors.row(i);         // the same
        for (Eigen::Index i = 0; i < 10; ++i) anchors.row(40 + i) = 2.0F * anchors.row(i);  // the same direction
        for (Eigen::Index i = 50; i < 60; ++i) anchors.row(i).setZero();
        matrix targets = random_matrix(12, 24, 42);
        targets.row(3).setZero();
        targets.row(4) = anchors.row(25);
        sparse_combinations const result = all_engines(anchor_set(anchors), targets, 24);
        for (std::size_t i = 0; i < 12; ++i) {
            CAPTURE(i);
            for (std::uint32_t const anchor : result.support(i)) CHECK(anchor < 20);  // the first of its kind
            for (double const c : result.coefficients(i)) CHECK(std::fabs(c) < 1e3);
            CHECK(result.count[i] <= 20);
        }
        CHECK(result.count[3] == 0);
        CHECK(result.residual_norm[3] == 0);
        REQUIRE(result.count[4] == 1);
        CHECK(result.support(4)[0] == 5);
        CHECK(result.coefficients(4)[0] == doctest::Approx(1));
        // By inner product the double ones win.
        sparse_combinations const raw = all_engines(anchor_set(anchors, atom_selection::inner_product), targets, 24);
        REQUIRE(raw.count[4] == 1);
        CHECK(raw.support(4)[0] == 45);
        CHECK(raw.coefficients(4)[0] == doctest::Approx(0.5));

        sparse_combinations const nothing = all_engines(anchor_set(matrix::Zero(5, 24)), targets, 3);
        CHECK(nothing.count == std::vector<std::uint32_t>(12, 0));
    }

    TEST_CASE("a tolerance ends early") {
        anchor_set const set(random_matrix(400, 32, 51));
        matrix const targets = random_matrix(10, 32, 52);
        sparse_combinations const result = all_engines(set, targets, 32, 0.3);
        sparse_combinations const whole = all_engines(set, targets, 32);
        for (std::size_t i = 0; i < 10; ++i) {
            CHECK(result.residual_norm[i] <= 0.3 * row_norm(targets, i));
            CHECK(result.count[i] < 32);
            for (std::size_t a = 0; a < result.count[i]; ++a) CHECK(result.support(i)[a] == whole.support(i)[a]);
        }
    }

    TEST_CASE("what cannot be approximated is named") {
        auto const what = [](auto const& f) {
            try {
                f();
            } catch (error const& e) {
                return std::string(e.what());
            }
            return std::string("no error");
        };
        matrix bad = random_matrix(3, 4, 61);
        bad(2, 1) = std::numeric_limits<float>::quiet_NaN();
        anchor_set const good(random_matrix(3, 4, 62));
        CHECK(what([&] { anchor_set const set(bad); }).find("anchor 2") != std::string::npos);
        CHECK(what([&] { static_cast<void>(matching_pursuit(good, bad, {}, serial_executor{})); }).find("target 2") !=
              std::string::npos);
        CHECK(what([&] { anchor_set const set(matrix(0, 4)); }).find("share no token") != std::string::npos);
        CHECK(what([&] {
                  static_cast<void>(matching_pursuit(good, matrix(2, 5), {}, serial_executor{}));
              }).find("(2, 5)") != std::string::npos);
        CHECK(what([&] {
                  static_cast<void>(matching_pursuit(good, random_matrix(2, 4, 63),
                                                     {.engine = pursuit_engine::gram, .memory_limit = 10},
                                                     serial_executor{}));
              }).find("memory limit") != std::string::npos);
        CHECK(matching_pursuit(good, matrix(0, 4), {}, serial_executor{}).size() == 0);
    }

    TEST_CASE("engines with every set of kernels that this processor has") {
        matrix const anchors = clustered_matrix(700, 37, 81);
        matrix const targets = clustered_matrix(70, 37, 82);
        sparse_combinations const expected = all_engines(anchor_set(anchors), targets, 21);
        transplant::detail::kernel_set const* sets[transplant::detail::most_kernel_sets];
        std::size_t const n_sets = transplant::detail::find_kernels(sets);
        for (std::size_t s = 0; s < n_sets; ++s) {
            CAPTURE(std::string(sets[s]->name));
            anchor_set const set(anchors, atom_selection::cosine, *sets[s]);
            for (pursuit_engine const engine : pursuit_engines) {
                sparse_combinations const result =
                    matching_pursuit(set, targets, {.k = 21, .engine = engine}, serial_executor{});
                CHECK(result.index == expected.index);
                for (std::size_t i = 0; i < expected.coefficient.size(); ++i) {
                    CHECK(result.coefficient[i] == doctest::Approx(expected.coefficient[i]));
                }
            }
        }
    }

    TEST_CASE("directions as short numbers: products within the bound, whatever the lengths") {
        for (std::size_t const dim : {std::size_t{1}, std::size_t{2}, std::size_t{33}, std::size_t{256}}) {
            matrix rows = clustered_matrix(130, dim, static_cast<unsigned>(dim));
            rows.row(3).setZero();
            rows.row(4).setZero();
            rows(4, 0) = 5;  // all of it in one dimension
            rows.row(5) *= 1e-9F;
            anchor_set const set(rows);
            transplant::detail::short_directions const directions(
                set.size(), dim, [&](std::size_t i) { return set[i]; },
                [&](std::size_t i) { return set.inverse_norm(i); }, serial_executor{});
            double const bound = transplant::detail::cosine_error(directions, directions);
            CHECK(bound < 4e-4);
            std::vector<std::int32_t> products(transplant::detail::tile_size);
            for (std::size_t g = 0; g < directions.n_groups(); ++g) {
                set.kernels().short_products(directions.group(0), directions.group(g), directions.n_pairs(),
                                             products.data());
                for (std::size_t i = 0; i < 64; ++i) {
                    for (std::size_t j = 64 * g; j < std::min(set.size(), 64 * (g + 1)); ++j) {
                        double exact = 0;
                        for (std::size_t c = 0; c < dim; ++c) exact += double(set[i][c]) * double(set[j][c]);
                        exact *= set.inverse_norm(i) * set.inverse_norm(j);
                        double const found = products[64 * i + j % 64] / directions.scale() / directions.scale();
                        CHECK(std::fabs(found - exact) <= bound);
                    }
                }
            }
        }
    }

    TEST_CASE("kernels of the processor do what the plain ones do") {
        transplant::detail::kernel_set const& slow = transplant::detail::plain::kernels;
        transplant::detail::kernel_set const* sets[transplant::detail::most_kernel_sets];
        std::size_t const n_sets = transplant::detail::find_kernels(sets);
        for (std::size_t s = 1; s < n_sets; ++s) {
            CAPTURE(std::string(sets[s]->name));
            transplant::detail::kernel_set const& fast = *sets[s];
            for (std::size_t n = 0; n < 70; ++n) compare_kernels_of_floats(fast, slow, n);
            for (std::size_t n_rows = 0; n_rows <= 40; n_rows += 4) compare_kernels_of_bytes(fast, slow, n_rows);
            for (std::size_t const n_pairs : std::initializer_list<std::size_t>{0, 1, 2, 7, 100})
                compare_kernels_of_tiles(fast, slow, n_pairs);
        }
    }
}
