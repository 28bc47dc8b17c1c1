// Each method on small matrices against what its formula says, written out plainly.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/transplant/any_method.hpp>
#include <tessera/transplant/build_rows.hpp>
#include <tessera/transplant/held_out.hpp>
#include <tessera/transplant/row_outliers.hpp>
#include "reference/regression.hpp"

namespace {

using namespace tessera;
using namespace tessera::transplant;
using vectors = std::vector<std::vector<double>>;

constexpr std::size_t n_base = 40, n_anchors = 25, n_new = 6, dim = 5, other_dim = 4;

matrix some_rows(std::size_t rows, std::size_t columns, unsigned seed) {
    std::mt19937 source(seed);
    std::normal_distribution<float> normal;
    matrix m(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns));
    for (Eigen::Index i = 0; i < m.rows(); ++i) {
        for (Eigen::Index j = 0; j < m.cols(); ++j) m(i, j) = 0.3F + normal(source);
    }
    return m;
}

std::vector<double> row(matrix const& m, std::size_t i) { return {row_of(m, i), row_of(m, i) + n_columns(m)}; }
double dot(std::vector<double> const& a, std::vector<double> const& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
double cosine(std::vector<double> const& a, std::vector<double> const& b) {
    return dot(a, b) / std::sqrt(dot(a, a) * dot(b, b));
}
double distance(std::vector<double> const& a, std::vector<double> const& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
    return std::sqrt(sum);
}

struct world {
    matrix base = some_rows(n_base, dim, 1);
    matrix base_anchors = base.topRows(n_anchors);
    matrix other_anchors = some_rows(n_anchors, other_dim, 2);
    matrix other_new = some_rows(n_new, other_dim, 3);
    matrix auxiliary_base = some_rows(n_base, 3, 4);
    matrix auxiliary_new = some_rows(n_new, 3, 5);
    matrix table = some_rows(n_new, dim, 6);
    piece_lists pieces, anchor_pieces;
    vectors no_rows;

    world() {
        std::mt19937 source(7);
        for (std::size_t i = 0; i < n_new; ++i) add(pieces, i == 4 ? 0 : 1 + i % 3, source);
        for (std::size_t i = 0; i < n_anchors; ++i) add(anchor_pieces, 1 + i % 4, source);
    }
    static void add(piece_lists& lists, std::size_t n, std::mt19937& source) {
        std::vector<token_id> ids;
        std::vector<std::uint32_t> lengths;
        for (std::size_t i = 0; i < n; ++i) {
            ids.push_back(static_cast<token_id>(source() % n_base));
            lengths.push_back(1 + static_cast<std::uint32_t>(source() % 5));
        }
        lists.add(ids, lengths);
    }
    [[nodiscard]] method_material material() const {
        return {n_new,          &base,      &pieces,         &anchor_pieces, &base_anchors,
                &other_anchors, &other_new, &auxiliary_base, &auxiliary_new, &table};
    }
    [[nodiscard]] matrix make(std::string const& name, embedding_side side = embedding_side::input,
                              method_options const& options = {}) const {
        return any_method<serial_executor>(name, options, serial_executor{})(material(), side);
    }
};

/// Each new row is the sum over base rows of weight(new, base row).
template <class Weight>
void check_weights(matrix const& made, matrix const& rows, Weight weight) {
    for (std::size_t i = 0; i < n_rows(made); ++i) {
        std::vector<double> expected(n_columns(rows));
        for (std::size_t j = 0; j < n_rows(rows); ++j) {
            double const w = weight(i, j);
            for (std::size_t c = 0; c < expected.size(); ++c) expected[c] += w * row(rows, j)[c];
        }
        CAPTURE(i);
        CHECK(distance(row(made, i), expected) < 1e-5 * (1 + std::sqrt(dot(expected, expected))));
    }
}

/// The k largest by score, ties to the lower.
std::vector<bool> best(std::vector<double> const& scores, std::size_t k) {
    std::vector<bool> taken(scores.size());
    for (std::size_t n = 0; n < k; ++n) {
        std::size_t at = scores.size();
        for (std::size_t j = 0; j < scores.size(); ++j) {
            if (!taken[j] && (at == scores.size() || scores[j] > scores[at])) at = j;
        }
        taken[at] = true;
    }
    return taken;
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("methods of the base alone") {
        world const w;
        check_weights(w.make("mean"), w.base, [](auto, auto) { return 1.0 / n_base; });
        CHECK(w.make("zero").isZero(0));
        // Of many numbers, mean and covariance are the base's.
        from_base const many{w.base, 40'000};
        Eigen::RowVectorXd const mean = w.base.cast<double>().colwise().mean();
        Eigen::MatrixXd const centred = w.base.cast<double>().rowwise() - mean;
        Eigen::MatrixXd const covariance = centred.transpose() * centred / double{n_base};
        matrix const drawn = covariance_method{3}(many, embedding_side::input);
        Eigen::RowVectorXd const drawn_mean = drawn.cast<double>().colwise().mean();
        Eigen::MatrixXd const d = drawn.cast<double>().rowwise() - drawn_mean;
        CHECK((drawn_mean - mean).norm() < 0.05);
        CHECK((d.transpose() * d / 40'000.0 - covariance).norm() < 0.05 * covariance.norm());
        matrix const independent = random_method{3}(many, embedding_side::input);
        for (Eigen::Index j = 0; j < independent.cols(); ++j) {
            double const m = independent.col(j).cast<double>().mean();
            double const v = (independent.col(j).cast<double>().array() - m).square().mean();
            CHECK(std::fabs(m - mean(j)) < 0.05);
            CHECK(std::fabs(v - covariance(j, j)) < 0.05 * covariance(j, j));
        }
        CHECK(w.make("random") == w.make("random"));
    }

    TEST_CASE("methods of the pieces") {
        world const w;
        auto const piece_weights = [&](embedding_side side, auto weight) {
            return [&w, side, weight](std::size_t i, std::size_t j) {
                auto const pieces = w.pieces[i];
                if (pieces.empty()) return 1.0 / n_base;
                double sum = 0;
                for (std::size_t p = 0; p < pieces.size(); ++p) {
                    if (pieces[p] == j) sum += weight(p, pieces.size(), w.pieces.lengths(i), side);
                }
                return sum;
            };
        };
        auto const mean = [](std::size_t, std::size_t n, auto const&, auto) { return 1 / static_cast<double>(n); };
        auto const by_length = [](std::size_t p, std::size_t, auto const& lengths, auto) {
            double total = 0;
            for (std::uint32_t const l : lengths) total += l;
            return lengths[p] / total;
        };
        for (embedding_side const side : {embedding_side::input, embedding_side::output}) {
            check_weights(w.make("subword-mean", side), w.base, piece_weights(side, mean));
            check_weights(w.make("subword-sum", side), w.base,
                          piece_weights(side, [](auto, auto, auto const&, auto) { return 1.0; }));
            check_weights(w.make("subword-weighted", side), w.base, piece_weights(side, by_length));
            check_weights(w.make("subword-first-last", side), w.base,
                          piece_weights(side, [](std::size_t p, std::size_t n, auto const&, embedding_side s) {
                              return p == (s == embedding_side::input ? n - 1 : 0) ? 1.0 : 0.0;
                          }));
        }
        check_weights(w.make("subword-asymmetric", embedding_side::output), w.base,
                      piece_weights(embedding_side::output, by_length));
        double length = 0;
        for (std::size_t i = 0; i < n_base; ++i) length += row_norm(w.base, i) / n_base;
        matrix const made = w.make("subword-asymmetric");
        matrix const plain = w.make("subword-mean");
        for (std::size_t i = 0; i < n_new; ++i) {
            if (w.pieces[i].empty()) continue;
            CHECK(row_norm(made, i) == doctest::Approx(length));
            CHECK(cosine(row(made, i), row(plain, i)) == doctest::Approx(1));
        }
    }

    TEST_CASE("methods of neighbours") {
        world const w;
        auto const scores = [&](std::size_t i, auto score, matrix const& of, matrix const& all) {
            std::vector<double> s;
            for (std::size_t j = 0; j < n_rows(all); ++j) s.push_back(score(row(of, i), row(all, j)));
            return s;
        };
        auto const nearness = [](auto const& a, auto const& b) { return -distance(a, b); };
        method_options o;
        o.nearest.k = 3;
        check_weights(w.make("nearest", embedding_side::input, o), w.base_anchors, [&](std::size_t i, std::size_t j) {
            auto const s = scores(i, nearness, w.other_new, w.other_anchors);
            auto const taken = best(s, 3);
            double total = 0;
            for (std::size_t a = 0; a < s.size(); ++a) total += taken[a] ? 1 / -s[a] : 0;
            return taken[j] ? 1 / -s[j] / total : 0;
        });
        o.nearest.cosine = true;
        check_weights(w.make("nearest", embedding_side::input, o), w.base_anchors, [&](std::size_t i, std::size_t j) {
            auto const s = scores(i, cosine, w.other_new, w.other_anchors);
            auto const taken = best(s, 3);
            double total = 0;
            for (std::size_t a = 0; a < s.size(); ++a) total += taken[a] ? std::max(0.0, s[a]) : 0;
            return taken[j] ? std::max(0.0, s[j]) / total : 0;
        });
        // With other_dim + 1 neighbours in general position both fits reach the target itself.
        o.nearest.cosine = false;
        for (auto const& [weights, k] : {std::pair{neighbour_weights::least_squares, other_dim},
                                         std::pair{neighbour_weights::barycentric, other_dim + 1}}) {
            o.nearest.weights = weights;
            o.nearest.k = k;
            matrix const made = nearest_method<serial_executor>(o.nearest, {})(
                {w.other_anchors, w.other_anchors, w.other_new}, embedding_side::input);
            CHECK((made - w.other_new).norm() < 1e-3);
        }
        matrix const ones = matrix::Ones(n_anchors, 1);  // weights add up to one
        matrix const sums = nearest_method<serial_executor>({.k = 3, .weights = neighbour_weights::barycentric}, {})(
            {ones, w.other_anchors, w.other_new}, embedding_side::input);
        CHECK((sums.array() - 1).abs().maxCoeff() < 1e-5F);

        check_weights(w.make("clp"), w.base_anchors, [&](std::size_t i, std::size_t j) {
            auto const s = scores(i, cosine, w.other_new, w.other_anchors);
            double total = 0;
            for (double const c : s) total += c;
            return s[j] / total;
        });
        check_weights(w.make("focus"), w.base_anchors, [&](std::size_t i, std::size_t j) {
            // Sparsemax by its definition: the largest support that holds together.
            auto const s = scores(i, cosine, w.other_new, w.other_anchors);
            auto sorted = s;
            std::sort(sorted.rbegin(), sorted.rend());
            double sum = 0;
            double threshold = 0;
            for (std::size_t k = 0; k < sorted.size(); ++k) {
                sum += sorted[k];
                if (1 + static_cast<double>(k + 1) * sorted[k] > sum)
                    threshold = (sum - 1) / static_cast<double>(k + 1);
            }
            return std::max(0.0, s[j] - threshold);
        });
        check_weights(w.make("wechsel"), w.base, [&](std::size_t i, std::size_t j) {
            auto const s = scores(i, cosine, w.auxiliary_new, w.auxiliary_base);
            auto const taken = best(s, 10);
            double total = 0;
            for (std::size_t a = 0; a < s.size(); ++a) total += taken[a] ? std::exp(s[a] / 0.1) : 0;
            return taken[j] ? std::exp(s[j] / 0.1) / total : 0;
        });
        check_weights(w.make("tokenadapt"), w.base, [&](std::size_t i, std::size_t j) {
            double const t = 0.3 + 1e-5;
            auto const s = scores(i, cosine, w.auxiliary_new, w.auxiliary_base);
            auto const taken = best(s, 3);
            double total = 0;
            for (std::size_t a = 0; a < s.size(); ++a) total += taken[a] && s[a] >= 0 ? std::exp(s[a] / t) : 0;
            double const global = taken[j] && s[j] >= 0 ? std::exp(s[j] / t) / total : 0;
            auto const pieces = w.pieces[i];
            if (pieces.empty()) return global;
            double softmax = 0;
            double length = 0;
            for (std::size_t p = 0; p < pieces.size(); ++p) {
                softmax += std::exp(s[pieces[p]]);
                length += w.pieces.lengths(i)[p];
            }
            std::vector<double> weights;
            double sum = 0;
            for (std::size_t p = 0; p < pieces.size(); ++p) {
                weights.push_back(
                    std::exp((std::exp(s[pieces[p]]) / softmax + w.pieces.lengths(i)[p] / length) / 2 / t));
                sum += weights.back();
            }
            double local = 0;
            for (std::size_t p = 0; p < pieces.size(); ++p) local += pieces[p] == j ? weights[p] / sum : 0;
            return 0.7 * local + 0.3 * global;
        });
        CHECK(w.make("table") == w.table);
    }

    TEST_CASE("maps find what there is to find") {
        world w;
        // The other space is the base's, turned, stretched and moved.
        Eigen::HouseholderQR<Eigen::MatrixXd> const qr(some_rows(dim, dim, 11).cast<double>());
        Eigen::MatrixXd const rotation = qr.householderQ();
        auto const there = [&](matrix const& m) {
            return matrix((2.5 * m.cast<double>() * rotation).cast<float>().rowwise() +
                          row_vector::Constant(static_cast<Eigen::Index>(dim), 1.5F));
        };
        matrix const truth = some_rows(n_new, dim, 12);
        w.other_anchors = there(w.base_anchors);
        w.other_new = there(truth);
        CHECK((w.make("landmark") - truth).norm() < 1e-4);
        method_options o;
        o.ridge = 1e-9;
        CHECK((w.make("linear", embedding_side::input, o) - truth).norm() < 1e-4);
        // A larger space: the same, and noise that is far smaller.
        matrix const noise = 1e-4F * some_rows(n_anchors, 2, 13);
        matrix wide(w.other_anchors.rows(), static_cast<Eigen::Index>(dim + 2));
        wide << w.other_anchors, noise;
        w.other_anchors = wide;
        matrix wide_new = matrix::Zero(w.other_new.rows(), wide.cols());
        wide_new.leftCols(static_cast<Eigen::Index>(dim)) = w.other_new;
        w.other_new = wide_new;
        CHECK((w.make("landmark") - truth).norm() < 1e-2);
    }

    TEST_CASE("regression: the features decide, and neighbours carry what they do not") {
        world w;
        method_options o;
        o.regression.ridge = 1e-10;
        o.regression.k = 1;
        // More anchors than features, whose rows are a linear function of what is known.
        matrix const base = some_rows(300, dim, 21);
        matrix const other = some_rows(300, other_dim, 22);
        matrix const other_new = some_rows(n_new, other_dim, 23);
        Eigen::MatrixXd const map = some_rows(other_dim, dim, 24).cast<double>();
        piece_lists pieces;
        piece_lists new_pieces;
        std::mt19937 source(25);
        for (std::size_t i = 0; i < 300; ++i) world::add(pieces, 2 + i % 3, source);
        for (std::size_t i = 0; i < n_new; ++i) world::add(new_pieces, 2 + i % 2, source);
        auto const value = [&](matrix const& rows, piece_lists const& lists, std::size_t i) {
            Eigen::RowVectorXd sum = rows.row(static_cast<Eigen::Index>(i)).cast<double>() * map;
            sum += 0.5 * w.base.row(lists[i].front()).cast<double>() - 0.2 * w.base.row(lists[i].back()).cast<double>();
            return Eigen::RowVectorXd(sum.array() + 1);
        };
        matrix anchors(300, static_cast<Eigen::Index>(dim));
        for (std::size_t i = 0; i < 300; ++i) {
            anchors.row(static_cast<Eigen::Index>(i)) = value(other, pieces, i).cast<float>();
        }
        from_anchors_and_pieces const in{w.base, anchors, pieces, new_pieces, other, other_new};
        matrix const made = regression_method<serial_executor>(o.regression, {})(in, embedding_side::input);
        for (std::size_t i = 0; i < n_new; ++i) {
            CHECK((made.row(static_cast<Eigen::Index>(i)).cast<double>() - value(other_new, new_pieces, i)).norm() <
                  1e-3);
        }
        // Without a map to find, an anchor's own row comes back as what the map misses.
        o.regression.ridge = 1e9;
        matrix const same = other.topRows(3);
        piece_lists first_three;
        for (std::size_t i = 0; i < 3; ++i) first_three.add(pieces[i], pieces.lengths(i));
        matrix const found = regression_method<serial_executor>(o.regression, {})(
            {w.base, anchors, pieces, first_three, other, same}, embedding_side::input);
        CHECK((found - anchors.topRows(3)).norm() < 1e-3);
        matrix const by_pieces = subword_regression_method<serial_executor>({.ridge = 1e9}, {})(
            {w.base, anchors, pieces, new_pieces}, embedding_side::input);
        CHECK((by_pieces.row(0) - anchors.colwise().mean()).norm() < 1e-3);
    }

    TEST_CASE("regression, against the reference") {
        std::mt19937 source(51);
        auto const some_pieces = [&](std::size_t n, std::size_t least) {
            piece_lists lists;
            for (std::size_t i = 0; i < n; ++i) world::add(lists, least + source() % 4, source);
            return lists;
        };
        auto const as_rows = [](matrix const& m) {
            reference::row_list out;
            for (std::size_t i = 0; i < n_rows(m); ++i) out.push_back(row(m, i));
            return out;
        };
        auto const as_ids = [](piece_lists const& lists) {
            reference::id_lists out;
            for (std::size_t i = 0; i < lists.size(); ++i) out.emplace_back(lists[i].begin(), lists[i].end());
            return out;
        };
        auto const close = [](matrix const& made, reference::row_list const& expected) {
            for (std::size_t i = 0; i < expected.size(); ++i) {
                CAPTURE(i);
                CHECK(distance(row(made, i), expected[i]) < 1e-4 * (1 + std::sqrt(dot(expected[i], expected[i]))));
            }
        };
        matrix const base = some_rows(n_base, dim, 52);
        // Fewer anchors than features, as many, many more than a block has; k beyond all.
        for (auto const& [n, k, ridge] : {std::tuple{12, 3, 0.5}, {30, 64, 0.1}, {300, 32, 0.01}, {1500, 1, 1e-4}}) {
            auto const size = static_cast<std::size_t>(n);
            // Some anchors have a single piece, some new tokens none.
            piece_lists const anchor_pieces = some_pieces(size, 1);
            piece_lists const pieces = some_pieces(40, 0);
            matrix const anchors = some_rows(size, dim, 53);
            matrix other = some_rows(size, other_dim, 54);
            matrix other_new = some_rows(40, other_dim, 55);
            other_new.row(3) = other.row(5);  // an anchor's own
            other.row(7).setZero();
            regression_options const options{ridge, static_cast<std::size_t>(k), 6};
            from_anchors_and_pieces const in{base, anchors, anchor_pieces, pieces, other, other_new};
            close(regression_method<serial_executor>(options, {})(in, embedding_side::input),
                  reference::regression({as_rows(base), as_rows(anchors), as_ids(anchor_pieces), as_ids(pieces),
                                         as_rows(other), as_rows(other_new)},
                                        ridge, options.k, 6));
            close(subword_regression_method<serial_executor>(options, {})({base, anchors, anchor_pieces, pieces},
                                                                          embedding_side::input),
                  reference::regression({as_rows(base), as_rows(anchors), as_ids(anchor_pieces), as_ids(pieces),
                                         reference::row_list(size), reference::row_list(40)},
                                        ridge, 0, 6));
        }
    }

    TEST_CASE("omp: centred, coefficients move no mean") {
        world w;
        w.other_new = w.other_anchors.topRows(2);
        method_options o;
        o.omp.pursuit.k = 3;
        for (bool const centred : {true, false}) {
            o.omp.centred = centred;
            CHECK((w.make("omp", embedding_side::input, o) - w.base_anchors.topRows(2)).norm() < 1e-4);
        }
        // A row that no anchor helps with: the mean where centred, else nothing.
        w.other_new = w.other_anchors.cast<double>().colwise().mean().cast<float>();
        o.omp.centred = true;
        o.omp.pursuit.tolerance = 10;
        CHECK((w.make("omp", embedding_side::input, o) - matrix(w.base_anchors.colwise().mean())).norm() < 1e-4);
    }

    TEST_CASE("what a method lacks is said") {
        world const w;
        method_material little;
        little.n_new = 3;
        little.base = &w.base;
        std::size_t n_lacking = 0;
        for (std::string_view const name : any_method<serial_executor>::names()) {
            any_method<serial_executor> const method(name, {}, serial_executor{});
            CHECK(method.name() == name);
            try {
                matrix const made = method(little, embedding_side::input);
                CHECK(made.rows() == 3);
            } catch (error const& e) {
                ++n_lacking;
                CHECK(e.kind() == error_kind::bad_option);
                CHECK(std::string(e.what()).find(std::string(method.needed())) != std::string::npos);
            }
        }
        CHECK(n_lacking == any_method<serial_executor>::names().size() - 4);
        try {
            any_method<serial_executor> const method("ompp", {}, serial_executor{});
            CHECK(false);
        } catch (error const& e) {
            CHECK(std::string(e.what()).find("subword-mean") != std::string::npos);
        }
    }

    TEST_CASE("outliers: a long row, and one that scores high") {
        matrix const base = some_rows(500, 16, 31);
        matrix rows = some_rows(10, 16, 32);
        CHECK(find_outliers(rows, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, base).worst.empty());
        rows.row(4) *= 10;
        rows.row(7) += 30 * base.colwise().mean();
        row_outliers const found = find_outliers(rows, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, base);
        CHECK(found.n_norm >= 2);
        CHECK(found.n_mean_logit >= 1);
        REQUIRE(found.worst.size() >= 2);
        CHECK((found.worst[0].id == 7 || found.worst[0].id == 4));
    }

    TEST_CASE("held-out scores") {
        matrix const truth = some_rows(20, 8, 41);
        held_out_score const same = score_held_out(2.0F * truth, truth);
        CHECK(same.n == 20);
        CHECK(same.mean_cosine == doctest::Approx(1));
        CHECK(same.norm_ratio == doctest::Approx(2));
        CHECK(same.relative_error == doctest::Approx(1));
        matrix half = truth;
        half.topRows(10) *= -1;
        held_out_score const mixed = score_held_out(half, truth);
        CHECK(std::fabs(mixed.mean_cosine) < 1e-6);
        CHECK(mixed.tenth_cosine == doctest::Approx(-1));
        CHECK(score_held_out(matrix(0, 8), matrix(0, 8)).n == 0);
    }
}
