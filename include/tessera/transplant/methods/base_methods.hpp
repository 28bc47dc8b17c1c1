// Rows that say nothing of the token they are for: the floor that other methods are measured against.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <string_view>

#include <Eigen/Cholesky>

#include <tessera/core/split_mix.hpp>
#include <tessera/transplant/method_inputs.hpp>

namespace tessera::inline v0::transplant {

namespace detail {

/// Standard normal numbers by the method of Box and Muller: the same on every machine.
class normal_numbers {
public:
    explicit normal_numbers(std::uint64_t seed) : source_(seed) {}

    double operator()() {
        if (has_second_) {
            has_second_ = false;
            return second_;
        }
        double const radius = std::sqrt(-2 * std::log(uniform()));
        double const angle = 2 * std::numbers::pi * uniform();
        second_ = radius * std::sin(angle);
        has_second_ = true;
        return radius * std::cos(angle);
    }

private:
    double uniform() { return (static_cast<double>(source_.next() >> 11) + 0.5) * 0x1p-53; }

    split_mix source_;
    double second_ = 0;
    bool has_second_ = false;
};

[[nodiscard]] inline Eigen::RowVectorXd mean_row(matrix const& m) {
    Eigen::RowVectorXd sum = Eigen::RowVectorXd::Zero(m.cols());
    for (Eigen::Index i = 0; i < m.rows(); ++i) sum += m.row(i).cast<double>();
    return m.rows() == 0 ? sum : Eigen::RowVectorXd(sum / static_cast<double>(m.rows()));
}

/// E[(x - mean)^T (x - mean)], (dim, dim), in blocks that keep products in double precision.
[[nodiscard]] inline Eigen::MatrixXd covariance(matrix const& m, Eigen::RowVectorXd const& mean) {
    Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(m.cols(), m.cols());
    constexpr Eigen::Index block = 1024;
    for (Eigen::Index i = 0; i < m.rows(); i += block) {
        Eigen::MatrixXd const x = m.middleRows(i, std::min(block, m.rows() - i)).cast<double>().rowwise() - mean;
        sum.noalias() += x.transpose() * x;
    }
    return sum / static_cast<double>(std::max<Eigen::Index>(m.rows(), 1));
}

}  // namespace detail

/// The mean of all base rows.
struct mean_method {
    using needs = from_base;
    static constexpr std::string_view name = "mean";

    [[nodiscard]] matrix operator()(from_base const& in, embedding_side) const {
        row_vector const mean = detail::mean_row(in.base).cast<float>();
        return mean.replicate(static_cast<Eigen::Index>(in.n_new), 1);
    }
};

struct zero_method {
    using needs = from_base;
    static constexpr std::string_view name = "zero";

    [[nodiscard]] matrix operator()(from_base const& in, embedding_side) const {
        return matrix::Zero(static_cast<Eigen::Index>(in.n_new), in.base.cols());
    }
};

/// Normal numbers with the mean and variance of each of the base's dimensions (mergekit's have variance 1, far above
/// any model's).
struct random_method {
    using needs = from_base;
    static constexpr std::string_view name = "random";
    std::uint64_t seed = 0;

    [[nodiscard]] matrix operator()(from_base const& in, embedding_side) const {
        Eigen::RowVectorXd const mean = detail::mean_row(in.base);
        Eigen::RowVectorXd variance = Eigen::RowVectorXd::Zero(in.base.cols());
        for (Eigen::Index i = 0; i < in.base.rows(); ++i) {
            variance += (in.base.row(i).cast<double>() - mean).cwiseAbs2();
        }
        variance /= static_cast<double>(std::max<Eigen::Index>(in.base.rows(), 1));
        detail::normal_numbers normal(seed);
        matrix result(static_cast<Eigen::Index>(in.n_new), in.base.cols());
        for (Eigen::Index i = 0; i < result.rows(); ++i) {
            for (Eigen::Index j = 0; j < result.cols(); ++j) {
                result(i, j) = static_cast<float>(mean(j) + std::sqrt(variance(j)) * normal());
            }
        }
        return result;
    }
};

/// Normal numbers with the mean and covariance of the base's rows.
/// Source: Hewitt 2021, "Initializing New Word Embeddings for Pretrained Language Models". Where the covariance is
/// singular, a ridge of 1e-6 of its mean diagonal keeps it positive (mergekit's takes unrelated numbers then).
struct covariance_method {
    using needs = from_base;
    static constexpr std::string_view name = "covariance";
    std::uint64_t seed = 0;

    [[nodiscard]] matrix operator()(from_base const& in, embedding_side) const {
        Eigen::RowVectorXd const mean = detail::mean_row(in.base);
        Eigen::MatrixXd covariance = detail::covariance(in.base, mean);
        double const ridge = 1e-6 * covariance.trace() / static_cast<double>(covariance.rows());
        covariance.diagonal().array() += ridge;
        Eigen::MatrixXd const factor = covariance.llt().matrixL();
        detail::normal_numbers normal(seed);
        matrix result(static_cast<Eigen::Index>(in.n_new), in.base.cols());
        Eigen::VectorXd numbers(in.base.cols());
        for (Eigen::Index i = 0; i < result.rows(); ++i) {
            for (double& x : numbers) x = normal();
            result.row(i) = (mean + (factor * numbers).transpose()).cast<float>();
        }
        return result;
    }
};

}  // namespace tessera::inline v0::transplant
