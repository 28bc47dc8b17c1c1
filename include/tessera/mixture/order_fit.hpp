// The mixture under which the order of the merges is most likely: an estimate that weighs its noise.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

#include <tessera/mixture/detail/falling_curve.hpp>
#include <tessera/mixture/detail/nonnegative_step.hpp>
#include <tessera/mixture/detail/order_counts.hpp>
#include <tessera/mixture/pair_history.hpp>

namespace tessera::inline v0 {

struct order_fit_options {
    /// Merges are read while they occur so often in the text at hand (the mean of 200 of them, in occurrences of the
    /// category whose share makes the noise): where counts are small, that a pair was merged says more of chance.
    double least_count = 100;
    std::size_t least_merges = 500;  ///< are read in any case
    std::size_t first_merge = 20;    ///< before it the counts fall in leaps, and are few
    std::size_t n_knots = 10;
};

/// A censored regression on the order of the merges.
///
/// The counts a trainer merges at fall from merge to merge: N(t), which nobody knows, but which is smooth. In mixture a
/// the pair of merge t has the count s(t) = sum_i a_i c_i,t(t), which is N(t) but for noise; and a pair that is left
/// after the last merge read has one that is below N, but for noise. (So has one left after the very last merge, where
/// N is lowest: what a category has often, and was never merged, bounds its share.) Noise has three sources: both texts
/// are finite, and they may differ, by a part of each count. How much there is shows in how far counts stray.
///
/// With noise that is logistic, so that a few pairs may be far off, the loss is convex in the mixture and N together.
/// The linear program of Hayase et al. 2024 is the same regression with other weights: its loss is |s - N|, the same
/// for all pairs, so that it is made of the pairs that are frequent, whose noise is greatest.
class order_fit {
public:
    using matrix = detail::order_counts::matrix;

    /// @param used  T: 0 for merges that say nothing
    /// @pre         every category has a pair
    order_fit(pair_history const& history, std::vector<std::uint8_t> used, order_fit_options const& options = {})
        : history_(history), used_(std::move(used)), options_(options), counts_(history) {
        auto const n = static_cast<Eigen::Index>(history.n_categories());
        share_ = Eigen::VectorXd::Constant(n, 1.0 / static_cast<double>(n));
        while (first_ < used_.size() && used_[first_] == 0) ++first_;  // after an inherited list
        fit(std::min<std::size_t>(history.n_merges(), first_ + 2000));
        std::size_t const end = is_determined_ ? reach() : end_;
        if (end != end_) fit(end);
        if (!is_determined_ || (share_.allFinite() && hessian_.allFinite())) return;
        is_determined_ = false;
        share_ = Eigen::VectorXd::Constant(n, 1.0 / static_cast<double>(n));
    }

    /// If merges are enough, and frequent enough in the text at hand, to say anything: else the mixture is uniform.
    [[nodiscard]] bool is_determined() const noexcept { return is_determined_; }
    /// Shares of pairs, which sum to 1.
    [[nodiscard]] Eigen::VectorXd const& mixture() const noexcept { return share_; }
    /// Merges read are those before it.
    [[nodiscard]] std::size_t end() const noexcept { return end_; }
    /// Pairs of the trainer's text, by how far counts stray that the text at hand does not explain; 0: unknown.
    [[nodiscard]] double training_pairs() const noexcept { return training_ > 0 ? 1e6 / training_ : 0; }
    /// By what part of themselves the counts of frequent merges stray further than chance in the text at hand explains:
    /// a few percent where the two texts are alike, and more the more they are not.
    [[nodiscard]] double straying() const noexcept { return frequent_straying_; }

    /// What a change of the counts does to the mixture, to first order.
    /// @param by_merge  (end, n_groups) of one category: what each group of its text has more than its part of the
    ///                  count of merge t's pair at t, in pairs of a million
    /// @param by_pair   the same for pairs that are left
    /// @return          (n_categories, n_groups)
    [[nodiscard]] Eigen::MatrixXd influence(Eigen::Index category, matrix const& by_merge,
                                            matrix const& by_left) const {
        Eigen::Index const n = share_.size();
        Eigen::Index const k = n + curve_.cols();
        Eigen::MatrixXd score = Eigen::MatrixXd::Zero(k, by_merge.cols());
        for (Eigen::Index r = 0; r < counts_.merged.rows(); ++r) {
            double const z = (counts_.merged.row(r).dot(share_) - curve_.row(r).dot(level_)) / merged_noise_[r];
            double const pull = std::tanh(z / 2) / merged_noise_[r];
            double const stiffness = share_[category] * bend(z) / (merged_noise_[r] * merged_noise_[r]);
            auto const by = by_merge.row(static_cast<Eigen::Index>(counts_.merged_at[static_cast<std::size_t>(r)]));
            score.row(category) += pull * by;
            score.topRows(n) += stiffness * counts_.merged.row(r).transpose() * by;
            score.bottomRows(curve_.cols()) -= stiffness * curve_.row(r).transpose() * by;
        }
        for (Eigen::Index r = 0; r < counts_.left.rows(); ++r) {
            double const z = (counts_.left.row(r).dot(share_) - last_.dot(level_)) / left_noise_[r];
            double const q = 0.5 + 0.5 * std::tanh(z / 2);
            double const stiffness = share_[category] * q * (1 - q) / (left_noise_[r] * left_noise_[r]);
            score.row(category) += q / left_noise_[r] * by_left.row(r);
            score.topRows(n) += stiffness * counts_.left.row(r).transpose() * by_left.row(r);
            score.bottomRows(curve_.cols()) -= stiffness * last_.transpose() * by_left.row(r);
        }
        Eigen::MatrixXd right = Eigen::MatrixXd::Zero(k + 1, by_merge.cols());
        right.topRows(k) = -score;
        return bordered_hessian().fullPivLu().solve(right).topRows(n);
    }
    /// Of the mixture, if all pairs strayed alone: the inverse of the curvature of the loss.
    [[nodiscard]] Eigen::MatrixXd covariance() const {
        return bordered_hessian().fullPivLu().inverse().topLeftCorner(share_.size(), share_.size());
    }
    /// The pairs that are left and were looked at, in the order of `influence`.
    [[nodiscard]] std::span<pair_history::pair_index const> left() const noexcept { return counts_.left_pairs; }

    /// How far counts stray, as a multiple of what clustering alone and the size of the text at hand explain. 1: the
    /// trainer's text was endless, and like this one.
    [[nodiscard]] double stray_ratio() const noexcept { return stray_ratio_; }

private:
    static constexpr double logistic_scale = std::numbers::sqrt3 / std::numbers::pi;  // of variance 1

    static double bend(double z) noexcept {
        double const p = std::tanh(z / 2);
        return std::max(0.5 * (1 - p * p), 1e-3);
    }

    // With the row that keeps the sum of shares. All categories are free here: a share of 0 may well be a little more.
    [[nodiscard]] Eigen::MatrixXd bordered_hessian() const {
        Eigen::Index const k = hessian_.rows();
        Eigen::MatrixXd system = Eigen::MatrixXd::Zero(k + 1, k + 1);
        system.topLeftCorner(k, k) = hessian_;
        system.row(k).head(share_.size()).setOnes();
        system.col(k).head(share_.size()).setOnes();
        return system;
    }

    void fit(std::size_t end) {
        end_ = end;
        counts_.read(history_, used_, first_ > 0 ? first_ : std::min(options_.first_merge, end / 10), end,
                     options_.least_count, share_);
        curve_ = detail::falling_curve(counts_.merged_at, options_.n_knots);
        is_determined_ = counts_.merged.rows() >= 2 * (share_.size() + curve_.cols()) && counts_.left.rows() > 0 &&
                         counts_.mean_occurrences(share_) >= 0.1 * options_.least_count;
        if (!is_determined_) return;
        last_ = curve_.row(curve_.rows() - 1);
        level_ = detail::falling_means(counts_.merged_at, counts_.merged * share_, options_.n_knots);
        training_ = counts_.per_count.mean();
        straying_ = 0.3;
        for (int round = 0; round < 8; ++round) {
            if (round > 0) estimate_noise();
            set_late_levels();
            set_noise();
            minimize();
        }
    }

    // N(t) where counts are too small for the regression: the mean of 400 merges around t. A pair that was merged at a
    // small count is, on the mean, one that chance had raised: hence the correction (the power law of pair counts).
    void set_late_levels() {
        std::vector<double> sums{0};
        std::vector<std::size_t> before(history_.n_merges() + 1);  // used merges before t, from end_ on
        for (std::size_t t = 0; t < history_.n_merges(); ++t) {
            before[t + 1] = before[t];
            if (t < end_ || used_[t] == 0) continue;
            ++before[t + 1];
            sums.push_back(sums.back() + counts_.row(history_.own(t)).dot(share_));
        }
        double const most = last_.dot(level_);
        auto const level_at = [&](std::size_t t) {
            std::size_t const middle = before[t];
            std::size_t const begin = middle < 200 ? 0 : middle - 200;
            std::size_t const end = std::min(middle + 200, sums.size() - 1);
            if (begin >= end) return most;
            double const mean = (sums[end] - sums[begin]) / static_cast<double>(end - begin);
            return std::min(mean + 0.6 * training_, most);
        };
        late_level_.resize(counts_.late.rows());
        for (Eigen::Index r = 0; r < counts_.late.rows(); ++r)
            late_level_[r] = level_at(counts_.late_at[static_cast<std::size_t>(r)]);
        final_level_ = level_at(history_.n_merges());
    }

    // In twelve parts of the merges, by rank: the spread over what one occurrence is worth, fitted by the two kinds.
    // Medians, as a few counts are far off.
    void estimate_noise() {
        constexpr Eigen::Index n_parts = 12;
        Eigen::Index const m = counts_.merged.rows();
        struct part {
            double spread = 0, worth = 0, count = 0;
        };
        std::array<part, n_parts> parts{};
        for (Eigen::Index k = 0; k < n_parts; ++k) {
            Eigen::Index const begin = m * k / n_parts;
            Eigen::Index const end = m * (k + 1) / n_parts;
            std::vector<double> strays;
            double worths = 0;
            double counts = 0;
            for (Eigen::Index r = begin; r < end; ++r) {
                double const level = curve_.row(r).dot(level_);
                double const one = counts_.worth(counts_.merged.row(r), share_);
                strays.push_back(std::abs(counts_.merged.row(r).dot(share_) - level) / std::sqrt(level * one));
                worths += one;
                counts += level;
            }
            if (strays.empty()) continue;
            auto const middle = strays.begin() + static_cast<std::ptrdiff_t>(strays.size() / 2);
            std::nth_element(strays.begin(), middle, strays.end());
            auto const size = static_cast<double>(end - begin);
            parts[static_cast<std::size_t>(k)] = {*middle * *middle / 0.455, worths / size,
                                                  counts / size};  // of N(0, 1)
        }
        // What the text at hand does not explain, by the trainer's text and by straying: least squares of relative
        // errors, with neither below 0.
        double aa = 0, ab = 0, bb = 0, ay = 0, by = 0;
        stray_ratio_ = 0;
        for (part const& x : parts) {
            if (x.spread <= 0) continue;
            double const y = (x.spread - 1) / x.spread;
            double const a = 1 / (x.spread * x.worth);
            double const b = x.count / (x.spread * x.worth);
            aa += a * a;
            ab += a * b;
            bb += b * b;
            ay += a * y;
            by += b * y;
            stray_ratio_ += x.spread / static_cast<double>(parts.size());
        }
        double frequent = 0;
        for (part const& x : std::span(parts).first(3))
            frequent += (x.spread - 1) * x.worth / std::max(x.count, 1e-9) / 3;
        frequent_straying_ = std::sqrt(std::max(frequent, 0.0));
        double const determinant = aa * bb - ab * ab;
        training_ = determinant > 0 ? (bb * ay - ab * by) / determinant : 0;
        straying_ = determinant > 0 ? (aa * by - ab * ay) / determinant : 0;
        if (straying_ < 0) {
            straying_ = 0;
            training_ = aa > 0 ? ay / aa : 0;
        } else if (training_ < 0) {
            training_ = 0;
            straying_ = bb > 0 ? by / bb : 0;
        }
        training_ = std::max(training_, 0.0);
        straying_ = std::max(straying_, 0.0);
    }

    void set_noise() {
        merged_noise_.resize(counts_.merged.rows());
        for (Eigen::Index r = 0; r < counts_.merged.rows(); ++r) {
            merged_noise_[r] = noise(curve_.row(r).dot(level_), counts_.worth(counts_.merged.row(r), share_));
        }
        double const last = last_.dot(level_);
        left_noise_.resize(counts_.left.rows());
        for (Eigen::Index r = 0; r < counts_.left.rows(); ++r) {
            double const height = 0.5 * (std::max(counts_.left.row(r).dot(share_), last) + last);
            left_noise_[r] = noise(height, counts_.worth(counts_.left.row(r), share_));
        }
        late_noise_.resize(counts_.late.rows());
        for (Eigen::Index r = 0; r < counts_.late.rows(); ++r)
            late_noise_[r] = noise(late_level_[r], counts_.worth(counts_.late.row(r), share_));
        final_noise_.resize(counts_.final.rows());
        for (Eigen::Index r = 0; r < counts_.final.rows(); ++r) {
            final_noise_[r] = noise(std::max(counts_.final.row(r).dot(share_), final_level_),
                                    counts_.worth(counts_.final.row(r), share_));
        }
    }
    [[nodiscard]] double noise(double count, double one) const {
        return logistic_scale * std::sqrt(count * (one + training_) + straying_ * count * count);
    }

    [[nodiscard]] double loss(Eigen::VectorXd const& share, Eigen::VectorXd const& level) const {
        Eigen::VectorXd const strays = (counts_.merged * share - curve_ * level).cwiseQuotient(merged_noise_);
        double sum = 0;
        for (double const z : strays) sum += std::abs(z) + 2 * std::log1p(std::exp(-std::abs(z)));
        Eigen::VectorXd const over =
            (counts_.left * share - Eigen::VectorXd::Constant(counts_.left.rows(), last_.dot(level)))
                .cwiseQuotient(left_noise_);
        for (double const z : over) sum += std::max(z, 0.0) + std::log1p(std::exp(-std::abs(z)));
        Eigen::VectorXd const over_final =
            (counts_.final * share - Eigen::VectorXd::Constant(counts_.final.rows(), final_level_))
                .cwiseQuotient(final_noise_);
        Eigen::VectorXd const late = (counts_.late * share - late_level_).cwiseQuotient(late_noise_);
        for (double const z : late) sum += std::abs(z) + 2 * std::log1p(std::exp(-std::abs(z)));
        for (double const z : over_final) sum += std::max(z, 0.0) + std::log1p(std::exp(-std::abs(z)));
        return sum;
    }

    // Newton's method with the noise as it is.
    void minimize() {
        Eigen::Index const n = share_.size();
        Eigen::Index const k = n + curve_.cols();
        for (int round = 0; round < 50; ++round) {
            Eigen::VectorXd gradient = Eigen::VectorXd::Zero(k);
            hessian_ = Eigen::MatrixXd::Zero(k, k);
            add_rows(counts_.merged, curve_, merged_noise_, false, gradient);
            add_rows(counts_.left, last_.replicate(counts_.left.rows(), 1), left_noise_, true, gradient);
            add_late(gradient);
            Eigen::VectorXd scale = Eigen::VectorXd::Ones(k);
            double const last = last_.dot(level_);
            for (Eigen::Index j = 0; j < level_.size(); ++j) scale[n + j] = std::max(level_[j], 0.01 * last);
            Eigen::MatrixXd scaled = scale.asDiagonal() * hessian_ * scale.asDiagonal();
            scaled.diagonal().array() += 1e-9 * scaled.trace() / static_cast<double>(k);
            Eigen::VectorXd x(k);
            x << share_, level_;
            Eigen::VectorXd const step =
                detail::nonnegative_step(scaled, gradient.cwiseProduct(scale), x.cwiseQuotient(scale), n)
                    .cwiseProduct(scale);
            double const before = loss(share_, level_);
            double length = 1;
            Eigen::VectorXd share, level;
            for (; length > 1e-6; length /= 2) {
                share = (share_ + length * step.head(n)).cwiseMax(0.0);
                level = (level_ + length * step.tail(level_.size())).cwiseMax(0.0);
                if (loss(share, level) <= before) break;
            }
            if (length <= 1e-6) return;
            share_ = share / share.sum();
            level_ = level;
            if (length * step.head(n).cwiseAbs().maxCoeff() < 1e-10) return;
        }
    }

    template <class Curve>
    void add_rows(matrix const& counts, Curve const& curve, Eigen::VectorXd const& noise, bool is_censored,
                  Eigen::VectorXd& gradient) {
        Eigen::Index const n = share_.size();
        Eigen::Index const k = n + curve.cols();
        constexpr Eigen::Index block = 256;
        matrix rows(block, k);
        Eigen::VectorXd pull(block), weight(block);
        for (Eigen::Index begin = 0; begin < counts.rows(); begin += block) {
            Eigen::Index const size = std::min(block, counts.rows() - begin);
            rows.topLeftCorner(size, n) = counts.middleRows(begin, size);
            rows.topRightCorner(size, curve.cols()) = -curve.middleRows(begin, size);
            for (Eigen::Index r = 0; r < size; ++r) {
                double const one = 1 / noise[begin + r];
                double const z = (rows.row(r).head(n).dot(share_) + rows.row(r).tail(curve.cols()).dot(level_)) * one;
                double const p = std::tanh(z / 2);
                double const q = 0.5 + 0.5 * p;
                pull[r] = (is_censored ? q : p) * one;
                weight[r] = (is_censored ? std::max(q * (1 - q), 1e-6) : bend(z)) * one * one;
            }
            auto const used = rows.topRows(size);
            gradient += used.transpose() * pull.head(size);
            hessian_ += used.transpose() * weight.head(size).asDiagonal() * used;
        }
    }

    void add_late(Eigen::VectorXd& gradient) {
        auto const add = [&](auto const& counts, double level, double noise, bool is_censored) {
            Eigen::Index const n = share_.size();
            double const z = (counts.dot(share_) - level) / noise;
            double const p = std::tanh(z / 2);
            double const q = 0.5 + 0.5 * p;
            double const weight = is_censored ? std::max(q * (1 - q), 1e-6) : bend(z);
            gradient.head(n) += (is_censored ? q : p) / noise * counts.transpose();
            hessian_.topLeftCorner(n, n) += weight / (noise * noise) * counts.transpose() * counts;
        };
        for (Eigen::Index r = 0; r < counts_.late.rows(); ++r)
            add(counts_.late.row(r), late_level_[r], late_noise_[r], false);
        for (Eigen::Index r = 0; r < counts_.final.rows(); ++r)
            add(counts_.final.row(r), final_level_, final_noise_[r], true);
    }

    // Where merges have become so rare that they are no longer read.
    [[nodiscard]] std::size_t reach() const {
        constexpr std::size_t window = 200;
        double sum = 0;
        std::vector<double> recent;
        std::vector<std::size_t> at;
        for (std::size_t t = 0; t < history_.n_merges(); ++t) {
            if (used_[t] == 0) continue;
            Eigen::RowVectorXd const counts = counts_.row(history_.own(t));
            recent.push_back(counts.dot(share_) / counts_.worth(counts, share_));
            at.push_back(t);
            sum += recent.back();
            if (recent.size() <= window) continue;
            sum -= recent[recent.size() - 1 - window];
            if (sum < options_.least_count * window) {
                std::size_t const end = at[at.size() - window / 2];
                return std::min(std::max(end, first_ + options_.least_merges), history_.n_merges());
            }
        }
        return history_.n_merges();
    }

    pair_history const& history_;
    std::vector<std::uint8_t> used_;
    order_fit_options options_;
    std::size_t first_ = 0;  // merge that was learnt
    std::size_t end_ = 0;
    bool is_determined_ = false;
    detail::order_counts counts_;
    Eigen::VectorXd share_;
    Eigen::VectorXd level_;  // coefficients of the curve
    matrix curve_;           // (merges read, n_knots)
    Eigen::RowVectorXd last_;
    Eigen::VectorXd late_level_;
    double final_level_ = 0;
    Eigen::VectorXd merged_noise_, left_noise_, late_noise_, final_noise_;
    Eigen::MatrixXd hessian_;
    double training_ = 0, straying_ = 0, frequent_straying_ = 0, stray_ratio_ = 1;
};

}  // namespace tessera::inline v0
