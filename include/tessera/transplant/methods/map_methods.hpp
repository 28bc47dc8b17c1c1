// Rows carried over by one map from the other space to the base's, fitted on the anchors.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/SVD>

#include <tessera/transplant/method_inputs.hpp>
#include <tessera/transplant/methods/base_methods.hpp>

namespace tessera::inline v0::transplant {

namespace detail {

/// (x - mean)^T (y - other mean) / n, in blocks that keep products in double precision.
[[nodiscard]] inline Eigen::MatrixXd cross_covariance(matrix const& x, Eigen::RowVectorXd const& x_mean,
                                                      matrix const& y, Eigen::RowVectorXd const& y_mean) {
    Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(x.cols(), y.cols());
    constexpr Eigen::Index block = 1024;
    for (Eigen::Index i = 0; i < x.rows(); i += block) {
        Eigen::Index const n = std::min(block, x.rows() - i);
        sum.noalias() += (x.middleRows(i, n).cast<double>().rowwise() - x_mean).transpose() *
                         (y.middleRows(i, n).cast<double>().rowwise() - y_mean);
    }
    return sum / static_cast<double>(std::max<Eigen::Index>(x.rows(), 1));
}

[[nodiscard]] inline matrix apply_map(matrix const& x, Eigen::RowVectorXd const& x_mean, Eigen::MatrixXd const& map,
                                      Eigen::RowVectorXd const& y_mean) {
    matrix result(x.rows(), map.cols());
    constexpr Eigen::Index block = 1024;
    for (Eigen::Index i = 0; i < x.rows(); i += block) {
        Eigen::Index const n = std::min(block, x.rows() - i);
        Eigen::MatrixXd const y = (x.middleRows(i, n).cast<double>().rowwise() - x_mean) * map;
        result.middleRows(i, n) = (y.rowwise() + y_mean).cast<float>();
    }
    return result;
}

}  // namespace detail

/// Orthogonal Procrustes: the rotation of the centred other anchors, and the scale, that come nearest to the centred
/// base anchors. Where the dimensions differ, the larger space is first cut down to its principal components. Source:
/// Schoenemann 1966. For X^T Y = U S V^T the rotation that takes X to Y is U V^T (mergekit's landmark_pca takes its
/// transpose, and components of a randomized algorithm).
struct landmark_method {
    using needs = from_anchors;
    static constexpr std::string_view name = "landmark";

    [[nodiscard]] matrix operator()(from_anchors const& in, embedding_side) const {
        Eigen::RowVectorXd const other_mean = detail::mean_row(in.other_anchors);
        Eigen::RowVectorXd const base_mean = detail::mean_row(in.base_anchors);
        Eigen::MatrixXd const cross =
            detail::cross_covariance(in.other_anchors, other_mean, in.base_anchors, base_mean);
        Eigen::MatrixXd const other_covariance = detail::covariance(in.other_anchors, other_mean);
        Eigen::Index const dim = std::min(cross.rows(), cross.cols());
        Eigen::MatrixXd const other_axes = axes(other_covariance, dim);
        Eigen::MatrixXd const base_axes = axes(detail::covariance(in.base_anchors, base_mean), dim);
        Eigen::BDCSVD<Eigen::MatrixXd> const svd(other_axes.transpose() * cross * base_axes,
                                                 Eigen::ComputeFullU | Eigen::ComputeFullV);
        double const spread = (other_axes.transpose() * other_covariance * other_axes).trace();
        double const scale = spread > 0 ? svd.singularValues().sum() / spread : 0;
        Eigen::MatrixXd const map =
            scale * other_axes * (svd.matrixU() * svd.matrixV().transpose()) * base_axes.transpose();
        return detail::apply_map(in.other_new, other_mean, map, base_mean);
    }

private:
    /// The `dim` directions of largest variance; all of them, as they are, if there are no more.
    static Eigen::MatrixXd axes(Eigen::MatrixXd const& covariance, Eigen::Index dim) {
        if (covariance.rows() == dim) return Eigen::MatrixXd::Identity(dim, dim);
        Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> const solver(covariance);
        return solver.eigenvectors().rightCols(dim);
    }
};

/// The linear map that comes nearest, by ridge regression of the centred rows.
struct linear_method {
    using needs = from_anchors;
    static constexpr std::string_view name = "linear";
    double ridge = 0.01;  ///< of the mean variance of a dimension

    [[nodiscard]] matrix operator()(from_anchors const& in, embedding_side) const {
        Eigen::RowVectorXd const other_mean = detail::mean_row(in.other_anchors);
        Eigen::RowVectorXd const base_mean = detail::mean_row(in.base_anchors);
        Eigen::MatrixXd covariance = detail::covariance(in.other_anchors, other_mean);
        double const mean_variance = covariance.trace() / static_cast<double>(covariance.rows());
        covariance.diagonal().array() += std::max(ridge * mean_variance, 1e-300);
        Eigen::MatrixXd const map =
            covariance.ldlt().solve(detail::cross_covariance(in.other_anchors, other_mean, in.base_anchors, base_mean));
        return detail::apply_map(in.other_new, other_mean, map, base_mean);
    }
};

}  // namespace tessera::inline v0::transplant
