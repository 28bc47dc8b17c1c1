// New rows that stand out from the base's: longer, shorter, or scoring high whatever the text. Rows can be planted so:
// a token that does nothing in the donor can become a loud one in the base (arXiv:2601.00065).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/transplant/matrix.hpp>
#include <tessera/transplant/methods/base_methods.hpp>

namespace tessera::inline v0::transplant {

struct row_outlier {
    token_id id = no_token;
    double norm_deviation = 0;        ///< of the length, in standard deviations of the base's rows from their mean
    double mean_logit_deviation = 0;  ///< the same of the product with the mean of the base's rows
};

struct row_outliers {
    std::size_t n_norm = 0;          ///< rows with a length deviation beyond the limit
    std::size_t n_mean_logit = 0;    ///< rows with a product that is larger by more than the limit
    std::vector<row_outlier> worst;  ///< up to ten, the worst first
};

/// The product with the mean row stands for the logit that a token has on average: hidden states point where rows do on
/// average. @param ids  rows of `rows` to look at. @param base  rows of tokens that were trained
[[nodiscard]] inline row_outliers find_outliers(matrix const& rows, std::vector<token_id> const& ids,
                                                matrix const& base, double limit = 6) {
    struct moments {
        double mean = 0, deviation = 0;
        void of(std::vector<double> const& values) {
            auto const n = static_cast<double>(std::max<std::size_t>(values.size(), 1));
            for (double const v : values) mean += v / n;
            for (double const v : values) deviation += (v - mean) * (v - mean) / n;
            deviation = std::sqrt(deviation);
        }
        [[nodiscard]] double z(double value) const { return deviation > 0 ? (value - mean) / deviation : 0; }
    };
    Eigen::RowVectorXd const mean = detail::mean_row(base);
    std::vector<double> norms;
    std::vector<double> products;
    for (Eigen::Index i = 0; i < base.rows(); ++i) {
        norms.push_back(base.row(i).cast<double>().norm());
        products.push_back(base.row(i).cast<double>().dot(mean));
    }
    moments norm;
    moments product;
    norm.of(norms);
    product.of(products);
    row_outliers result;
    for (token_id const id : ids) {
        Eigen::RowVectorXd const row = rows.row(id).cast<double>();
        row_outlier const o{id, norm.z(row.norm()), product.z(row.dot(mean))};
        double const ratio = norm.mean > 0 ? row.norm() / norm.mean : 1;
        // Some models' rows are all as long as each other: there a small difference is many deviations.
        bool const by_norm = std::fabs(o.norm_deviation) > limit && (ratio > 1.5 || ratio < 0.5);
        bool const by_product = o.mean_logit_deviation > limit;
        result.n_norm += by_norm ? 1 : 0;
        result.n_mean_logit += by_product ? 1 : 0;
        if (by_norm || by_product) result.worst.push_back(o);
    }
    auto const badness = [](row_outlier const& o) {
        return std::max(std::fabs(o.norm_deviation), o.mean_logit_deviation);
    };
    std::sort(result.worst.begin(), result.worst.end(), [&](row_outlier const& a, row_outlier const& b) {
        return badness(a) != badness(b) ? badness(a) > badness(b) : a.id < b.id;
    });
    if (result.worst.size() > 10) result.worst.resize(10);
    return result;
}

}  // namespace tessera::inline v0::transplant
