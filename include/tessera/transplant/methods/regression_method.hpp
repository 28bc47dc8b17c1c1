// Rows predicted from all that is known of a token: its row in the other space and the base's rows of its pieces, by
// ridge regression over the anchors; and what the regression misses for the anchors nearest to it is added.
//
// With Gemma 3 270M and SmolLM2's tokenizer the held-out cosine is 0.78, where a linear map alone has 0.71 and
// orthogonal matching pursuit with 64 anchors 0.68: so many anchors fit what is particular to the other space, too.
// docs/transplant.md has the numbers.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <Eigen/Cholesky>

#include <tessera/core/concepts.hpp>
#include <tessera/transplant/detail/similarities.hpp>
#include <tessera/transplant/method_inputs.hpp>
#include <tessera/transplant/methods/base_methods.hpp>

namespace tessera::inline v0::transplant {

struct regression_options {
    double ridge = 0.01;   ///< of the mean variance of a feature
    std::size_t k = 32;    ///< anchors whose residuals are carried over
    double sharpness = 6;  ///< they are weighed by their cosine to this power
};

namespace detail {

/// The features of a token: its other row if there is one, then the rows of its first and its last piece and the mean
/// of all, in the base.
class token_features {
public:
    token_features(matrix const& base, piece_lists const& pieces, matrix const* other)
        : base_(base), pieces_(pieces), other_(other) {}

    [[nodiscard]] Eigen::Index size() const { return (other_ == nullptr ? 0 : other_->cols()) + 3 * base_.cols(); }

    /// @param out  (size()); of a token without pieces the second part stays as it is
    template <class Row>
    void write(std::size_t i, Row&& out) const {
        Eigen::Index at = 0;
        if (other_ != nullptr) {
            out.head(other_->cols()) = other_->row(static_cast<Eigen::Index>(i)).template cast<double>();
            at = other_->cols();
        }
        auto const pieces = pieces_[i];
        if (pieces.empty()) return;
        Eigen::Index const dim = base_.cols();
        out.segment(at, dim) = base_.row(pieces.front()).template cast<double>();
        out.segment(at + dim, dim) = base_.row(pieces.back()).template cast<double>();
        auto mean = out.segment(at + 2 * dim, dim);
        mean.setZero();
        for (token_id const piece : pieces) mean += base_.row(piece).template cast<double>();
        mean /= static_cast<double>(pieces.size());
    }

private:
    matrix const& base_;
    piece_lists const& pieces_;
    matrix const* other_;
};

/// y = (x - x_mean) map + y_mean, fitted with a ridge.
class ridge_regression {
public:
    /// @param which  the anchors to fit on. The same numbers whatever the threads: sums are of fixed groups of them
    template <Executor E>
    ridge_regression(token_features const& features, matrix const& rows, std::vector<std::size_t> const& which,
                     double ridge, E const& executor)
        : x_mean_(Eigen::RowVectorXd::Zero(features.size())), y_mean_(Eigen::RowVectorXd::Zero(rows.cols())) {
        Eigen::RowVectorXd x(features.size());
        for (std::size_t const i : which) {
            features.write(i, x);
            x_mean_ += x;
            y_mean_ += rows.row(static_cast<Eigen::Index>(i)).cast<double>();
        }
        auto const n = static_cast<double>(std::max<std::size_t>(which.size(), 1));
        x_mean_ /= n;
        y_mean_ /= n;
        if (which.empty()) y_mean_ = mean_row(rows);  // nothing to fit: as rows are on average
        constexpr std::size_t n_groups = 4;
        constexpr std::size_t block = 512;
        struct sums {
            Eigen::MatrixXd squares, products;
        };
        std::array<sums, n_groups> groups;
        executor.for_each_index(n_groups, [&](std::size_t g) {
            sums& s = groups[g];
            s.squares = Eigen::MatrixXd::Zero(x_mean_.size(), x_mean_.size());
            s.products = Eigen::MatrixXd::Zero(x_mean_.size(), y_mean_.size());
            std::size_t const end = (g + 1) * which.size() / n_groups;
            for (std::size_t begin = g * which.size() / n_groups; begin < end; begin += block) {
                auto const size = static_cast<Eigen::Index>(std::min(block, end - begin));
                Eigen::MatrixXd xs(x_mean_.size(), size);
                Eigen::MatrixXd ys(y_mean_.size(), size);
                Eigen::RowVectorXd one(x_mean_.size());
                for (Eigen::Index j = 0; j < size; ++j) {
                    std::size_t const i = which[begin + static_cast<std::size_t>(j)];
                    features.write(i, one);
                    xs.col(j) = (one - x_mean_).transpose();
                    ys.col(j) = (rows.row(static_cast<Eigen::Index>(i)).cast<double>() - y_mean_).transpose();
                }
                s.squares.template selfadjointView<Eigen::Lower>().rankUpdate(xs);
                s.products.noalias() += xs * ys.transpose();
            }
        });
        for (std::size_t g = 1; g < n_groups; ++g) {
            groups[0].squares += groups[g].squares;
            groups[0].products += groups[g].products;
        }
        double const mean_square = groups[0].squares.trace() / static_cast<double>(x_mean_.size());
        groups[0].squares.diagonal().array() += std::max(ridge * mean_square, 1e-300);
        map_ = groups[0].squares.template selfadjointView<Eigen::Lower>().llt().solve(groups[0].products);
    }

    /// (n, dim) for tokens 0 .. n - 1.
    template <Executor E>
    [[nodiscard]] matrix predict(token_features const& features, std::size_t n, E const& executor) const {
        matrix result(static_cast<Eigen::Index>(n), y_mean_.size());
        constexpr std::size_t block = 512;
        executor.for_each_index((n + block - 1) / block, [&](std::size_t part) {
            std::size_t const begin = part * block;
            auto const size = static_cast<Eigen::Index>(std::min(block, n - begin));
            Eigen::MatrixXd xs(size, x_mean_.size());
            Eigen::RowVectorXd one(x_mean_.size());
            for (Eigen::Index j = 0; j < size; ++j) {
                one = x_mean_;  // what is not known is as usual
                features.write(begin + static_cast<std::size_t>(j), one);
                xs.row(j) = one - x_mean_;
            }
            result.middleRows(static_cast<Eigen::Index>(begin), size) =
                ((xs * map_).rowwise() + y_mean_).template cast<float>();
        });
        return result;
    }

private:
    Eigen::RowVectorXd x_mean_, y_mean_;
    Eigen::MatrixXd map_;
};

/// The anchors to fit on. Tokens that are one piece say nothing of how pieces make a token.
[[nodiscard]] inline std::vector<std::size_t> fitted_anchors(piece_lists const& pieces) {
    std::vector<std::size_t> which;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        if (pieces[i].size() > 1) which.push_back(i);
    }
    return which;
}

}  // namespace detail

/// From the donor's row, the pieces, and the nearest anchors.
template <Executor E>
class regression_method {
public:
    using needs = from_anchors_and_pieces;
    static constexpr std::string_view name = "regression";

    regression_method(regression_options options, E executor) : options_(options), executor_(std::move(executor)) {}

    /// @complexity  O(n_anchors f^2 + n_new n_anchors other_dim), where f = other_dim + 3 dim
    [[nodiscard]] matrix operator()(needs const& in, embedding_side) const {
        std::vector<std::size_t> const fitted = detail::fitted_anchors(in.anchor_pieces);
        detail::token_features const anchor_features(in.base, in.anchor_pieces, &in.other_anchors);
        detail::ridge_regression const fit(anchor_features, in.base_anchors, fitted, options_.ridge, executor_);
        matrix result =
            fit.predict(detail::token_features(in.base, in.pieces, &in.other_new), in.pieces.size(), executor_);
        // What it misses, of those that it was fitted on: for others its features say little.
        matrix const missed = in.base_anchors - fit.predict(anchor_features, n_rows(in.base_anchors), executor_);
        row_vector const mean = detail::mean_row(in.other_anchors).template cast<float>();
        matrix neighbours(static_cast<Eigen::Index>(fitted.size()), in.other_anchors.cols());
        for (std::size_t i = 0; i < fitted.size(); ++i) {
            neighbours.row(static_cast<Eigen::Index>(i)) =
                in.other_anchors.row(static_cast<Eigen::Index>(fitted[i])) - mean;
        }
        detail::for_each_products(
            detail::unit_rows(in.other_new.rowwise() - mean), detail::unit_rows(std::move(neighbours)), executor_,
            [&](std::size_t i, std::span<float> cosines) {
                Eigen::RowVectorXd sum = Eigen::RowVectorXd::Zero(result.cols());
                double total = 0;
                for (std::uint32_t const near : detail::largest_indices(cosines, options_.k)) {
                    double const weight =
                        std::pow(std::max(0.0, static_cast<double>(cosines[near])), options_.sharpness);
                    total += weight;
                    sum += weight * missed.row(static_cast<Eigen::Index>(fitted[near])).template cast<double>();
                }
                if (total > 0) result.row(static_cast<Eigen::Index>(i)) += (sum / total).template cast<float>();
            });
        return result;
    }

private:
    regression_options options_;
    E executor_;
};

/// From the pieces alone, where there is no donor.
template <Executor E>
class subword_regression_method {
public:
    using needs = from_fitted_pieces;
    static constexpr std::string_view name = "subword-regression";

    subword_regression_method(regression_options options, E executor)
        : options_(options), executor_(std::move(executor)) {}

    [[nodiscard]] matrix operator()(needs const& in, embedding_side) const {
        detail::ridge_regression const fit(detail::token_features(in.base, in.anchor_pieces, nullptr), in.base_anchors,
                                           detail::fitted_anchors(in.anchor_pieces), options_.ridge, executor_);
        return fit.predict(detail::token_features(in.base, in.pieces, nullptr), in.pieces.size(), executor_);
    }

private:
    regression_options options_;
    E executor_;
};

}  // namespace tessera::inline v0::transplant
