// Rows made of those of similar tokens: similar in a donor's embeddings, or in vectors trained on text.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <Eigen/QR>

#include <tessera/core/concepts.hpp>
#include <tessera/transplant/detail/similarities.hpp>
#include <tessera/transplant/method_inputs.hpp>
#include <tessera/transplant/methods/base_methods.hpp>

namespace tessera::inline v0::transplant {

enum class neighbour_weights : std::uint8_t {
    inverse_distance,  ///< by 1 / distance; with cosine, by the cosine
    barycentric,       ///< the combination, of weights that add up to one, that comes nearest
    least_squares,     ///< the combination that comes nearest
};

struct nearest_options {
    std::size_t k = 8;
    neighbour_weights weights = neighbour_weights::inverse_distance;
    bool cosine = false;  ///< near by angle instead of by distance
};

/// The k anchors nearest to the new row in the other space.
template <Executor E>
class nearest_method {
public:
    using needs = from_anchors;
    static constexpr std::string_view name = "nearest";

    nearest_method(nearest_options options, E executor) : options_(options), executor_(std::move(executor)) {}

    [[nodiscard]] matrix operator()(from_anchors const& in, embedding_side) const {
        matrix result(in.other_new.rows(), in.base_anchors.cols());
        matrix const anchors = options_.cosine ? detail::unit_rows(in.other_anchors) : in.other_anchors;
        matrix const targets = options_.cosine ? detail::unit_rows(in.other_new) : in.other_new;
        std::vector<float> half_squares(n_rows(anchors));
        for (std::size_t j = 0; j < half_squares.size(); ++j) {
            double const norm = row_norm(anchors, j);
            half_squares[j] = options_.cosine ? 0 : static_cast<float>(norm * norm / 2);
        }
        detail::for_each_products(targets, anchors, executor_, [&](std::size_t i, std::span<float> products) {
            // |x - a|^2 = |x|^2 - 2 (x a - |a|^2 / 2)
            for (std::size_t j = 0; j < products.size(); ++j) products[j] -= half_squares[j];
            std::vector<std::uint32_t> const near = detail::largest_indices(products, options_.k);
            std::vector<double> const weights = weigh(in, i, near);
            Eigen::RowVectorXd sum = Eigen::RowVectorXd::Zero(in.base_anchors.cols());
            for (std::size_t a = 0; a < near.size(); ++a) {
                sum += weights[a] * in.base_anchors.row(near[a]).template cast<double>();
            }
            result.row(static_cast<Eigen::Index>(i)) = sum.cast<float>();
        });
        return result;
    }

private:
    [[nodiscard]] std::vector<double> weigh(from_anchors const& in, std::size_t target,
                                            std::vector<std::uint32_t> const& near) const {
        std::size_t const n = near.size();
        auto const dim = in.other_new.cols();
        Eigen::VectorXd const x = in.other_new.row(static_cast<Eigen::Index>(target)).template cast<double>();
        Eigen::MatrixXd points(dim, static_cast<Eigen::Index>(n));
        for (std::size_t a = 0; a < n; ++a) {
            points.col(static_cast<Eigen::Index>(a)) = in.other_anchors.row(near[a]).template cast<double>();
        }
        std::vector<double> weights(n);
        if (options_.weights == neighbour_weights::inverse_distance) {
            double sum = 0;
            for (std::size_t a = 0; a < n; ++a) {
                auto const point = points.col(static_cast<Eigen::Index>(a));
                double const lengths = x.norm() * point.norm();
                weights[a] = options_.cosine ? (lengths > 0 ? std::max(0.0, x.dot(point) / lengths) : 0)
                                             : 1 / std::max((x - point).norm(), 1e-6);
                sum += weights[a];
            }
            for (double& w : weights) w = sum > 0 ? w / sum : 1 / static_cast<double>(n);
            return weights;
        }
        Eigen::VectorXd solution;
        if (options_.weights == neighbour_weights::least_squares) {
            solution = points.completeOrthogonalDecomposition().solve(x);
        } else {
            // Weights that add up to one: of the differences from the first point, and the rest for that one.
            Eigen::MatrixXd const differences = points.rightCols(points.cols() - 1).colwise() - points.col(0);
            solution.resize(points.cols());
            solution.tail(points.cols() - 1) = differences.completeOrthogonalDecomposition().solve(x - points.col(0));
            solution(0) = 1 - solution.tail(points.cols() - 1).sum();
        }
        std::copy(solution.begin(), solution.end(), weights.begin());
        return weights;
    }

    nearest_options options_;
    E executor_;
};

/// FOCUS: sparsemax of the cosines to all anchors (Martins and Astudillo 2016 for sparsemax).
/// @par Paper  Dobler and de Melo 2023, "FOCUS", arXiv:2305.14481, section 3: auxiliary vectors are fastText's, of the
/// text
///             as the new tokenizer cuts it
template <Executor E>
class focus_method {
public:
    using needs = from_anchors;
    static constexpr std::string_view name = "focus";

    explicit focus_method(E executor) : executor_(std::move(executor)) {}

    [[nodiscard]] matrix operator()(from_anchors const& in, embedding_side) const {
        matrix result(in.other_new.rows(), in.base_anchors.cols());
        matrix const anchors = detail::unit_rows(in.other_anchors);
        detail::for_each_products(
            detail::unit_rows(in.other_new), anchors, executor_, [&](std::size_t i, std::span<float> cosines) {
                double const threshold = sparsemax_threshold(cosines);
                Eigen::RowVectorXd sum = Eigen::RowVectorXd::Zero(in.base_anchors.cols());
                double total = 0;
                for (std::size_t j = 0; j < cosines.size(); ++j) {
                    double const weight = static_cast<double>(cosines[j]) - threshold;
                    if (weight <= 0) continue;
                    total += weight;
                    sum += weight * in.base_anchors.row(static_cast<Eigen::Index>(j)).template cast<double>();
                }
                result.row(static_cast<Eigen::Index>(i)) = (sum / total).template cast<float>();
            });
        return result;
    }

    /// The t for which the positive parts of v - t add up to one. Passes over what is left above it, at most about
    /// log(n) in practice: each raises t to what the values above the last one ask for.
    [[nodiscard]] static double sparsemax_threshold(std::span<float const> values) {
        std::vector<float> left(values.begin(), values.end());
        double threshold = 0;
        for (;;) {
            double sum = 0;
            for (float const v : left) sum += static_cast<double>(v);
            threshold = (sum - 1) / static_cast<double>(left.size());
            std::size_t const before = left.size();
            std::erase_if(left, [&](float v) { return static_cast<double>(v) <= threshold; });
            if (left.size() == before || left.empty()) return threshold;
        }
    }

private:
    E executor_;
};

/// CLP-Transfer: all anchors, by their cosine. That is one small matrix: the sum over anchors of cosine * row is the
/// new token's direction times (directions of the anchors)^T (rows of the anchors).
/// @par Paper  Ostendorff and Rehm 2023, "Efficient Language Model Training through Cross-Lingual and Progressive
/// Transfer
///             Learning", arXiv:2301.09626, equation 3; the other space is a small model's that has the new tokenizer
struct clp_method {
    using needs = from_anchors;
    static constexpr std::string_view name = "clp";

    [[nodiscard]] matrix operator()(from_anchors const& in, embedding_side) const {
        Eigen::MatrixXd const directions = detail::unit_rows(in.other_anchors).cast<double>();
        Eigen::MatrixXd const map = directions.transpose() * in.base_anchors.cast<double>();
        Eigen::RowVectorXd const all = directions.colwise().sum();
        Eigen::RowVectorXd const mean = detail::mean_row(in.base_anchors);
        matrix const targets = detail::unit_rows(in.other_new);
        matrix result(targets.rows(), in.base_anchors.cols());
        for (Eigen::Index i = 0; i < targets.rows(); ++i) {
            Eigen::RowVectorXd const x = targets.row(i).cast<double>();
            double const total = x.dot(all);
            // Cosines of both signs may add up to next to nothing, and what is divided by it blows up.
            bool const usable = std::fabs(total) > 1e-6 * static_cast<double>(directions.rows());
            result.row(i) = (usable ? Eigen::RowVectorXd(x * map / total) : mean).cast<float>();
        }
        return result;
    }
};

struct wechsel_options {
    std::size_t k = 10;
    double temperature = 0.1;
};

/// WECHSEL: the k base tokens most similar in auxiliary vectors of both languages, already aligned, by softmax. A token
/// without a vector gets the mean of all rows.
/// @par Paper  Minixhofer, Paischer and Rekabsaz 2022, "WECHSEL", arXiv:2112.06598, section 3
template <Executor E>
class wechsel_method {
public:
    using needs = from_auxiliary;
    static constexpr std::string_view name = "wechsel";

    wechsel_method(wechsel_options options, E executor) : options_(options), executor_(std::move(executor)) {}

    [[nodiscard]] matrix operator()(from_auxiliary const& in, embedding_side) const {
        matrix result(in.auxiliary_new.rows(), in.base.cols());
        row_vector const mean = detail::mean_row(in.base).cast<float>();
        matrix const known = detail::unit_rows(in.auxiliary_base);
        matrix const targets = detail::unit_rows(in.auxiliary_new);
        detail::for_each_products(targets, known, executor_, [&](std::size_t i, std::span<float> cosines) {
            auto const row = static_cast<Eigen::Index>(i);
            if (targets.row(row).isZero()) {
                result.row(row) = mean;
                return;
            }
            std::vector<std::uint32_t> const near = detail::largest_indices(cosines, options_.k);
            std::vector<double> weights;
            for (std::uint32_t const j : near) weights.push_back(static_cast<double>(cosines[j]));
            detail::softmax(weights, options_.temperature);
            Eigen::RowVectorXd sum = Eigen::RowVectorXd::Zero(in.base.cols());
            for (std::size_t a = 0; a < near.size(); ++a) {
                sum += weights[a] * in.base.row(near[a]).template cast<double>();
            }
            result.row(row) = sum.cast<float>();
        });
        return result;
    }

private:
    wechsel_options options_;
    E executor_;
};

}  // namespace tessera::inline v0::transplant
