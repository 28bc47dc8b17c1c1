// Rows by ridge regression and the residuals of neighbours, as a textbook has it: one loop over all, the normal
// equations by elimination, double precision throughout.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace reference {

using row_list = std::vector<std::vector<double>>;
using id_lists = std::vector<std::vector<std::uint32_t>>;

/// @param squares   (n, n), positive definite; @param products (n, m)
/// @return          x in squares x = products, (n, m)
inline row_list solve(row_list squares, row_list products) {
    std::size_t const n = squares.size();
    for (std::size_t i = 0; i < n; ++i) {
        std::size_t pivot = i;
        for (std::size_t r = i; r < n; ++r) {
            if (std::fabs(squares[r][i]) > std::fabs(squares[pivot][i])) pivot = r;
        }
        std::swap(squares[i], squares[pivot]);
        std::swap(products[i], products[pivot]);
        for (std::size_t r = 0; r < n; ++r) {
            if (r == i) continue;
            double const times = squares[r][i] / squares[i][i];
            for (std::size_t c = 0; c < n; ++c) squares[r][c] -= times * squares[i][c];
            for (std::size_t c = 0; c < products[r].size(); ++c) products[r][c] -= times * products[i][c];
        }
    }
    for (std::size_t i = 0; i < n; ++i) {
        for (double& x : products[i]) x /= squares[i][i];
    }
    return products;
}

inline std::vector<double> mean_of(row_list const& rows) {
    std::vector<double> mean(rows.front().size());
    for (auto const& row : rows) {
        for (std::size_t c = 0; c < row.size(); ++c) mean[c] += row[c] / static_cast<double>(rows.size());
    }
    return mean;
}

inline std::vector<double> less(std::vector<double> a, std::vector<double> const& b) {
    for (std::size_t c = 0; c < a.size(); ++c) a[c] -= b[c];
    return a;
}

/// The other row if there are any, then the rows of the first and the last piece, and the mean of all. Without pieces,
/// the second part as in `usual`.
inline std::vector<double> features_of(row_list const& base, std::vector<std::uint32_t> const& pieces,
                                       std::vector<double> const& other, std::vector<double> const& usual) {
    std::vector<double> x = other;
    if (pieces.empty()) {
        x.insert(x.end(), usual.begin() + static_cast<std::ptrdiff_t>(other.size()), usual.end());
        return x;
    }
    row_list of_pieces;
    for (std::uint32_t const id : pieces) of_pieces.push_back(base[id]);
    x.insert(x.end(), of_pieces.front().begin(), of_pieces.front().end());
    x.insert(x.end(), of_pieces.back().begin(), of_pieces.back().end());
    auto const mean = mean_of(of_pieces);
    x.insert(x.end(), mean.begin(), mean.end());
    return x;
}

struct regression_data {
    row_list base, base_anchors;
    id_lists anchor_pieces, pieces;
    row_list other_anchors, other_new;  ///< rows of no elements where there is no donor: then no neighbours
};

/// @pre  some anchors have at least two pieces
inline row_list regression(regression_data const& in, double ridge, std::size_t k, double sharpness) {
    row_list x, y, other;  // of the anchors with several pieces
    for (std::size_t i = 0; i < in.base_anchors.size(); ++i) {
        if (in.anchor_pieces[i].size() < 2) continue;
        x.push_back(features_of(in.base, in.anchor_pieces[i], in.other_anchors[i], {}));
        y.push_back(in.base_anchors[i]);
        other.push_back(in.other_anchors[i]);
    }
    auto const x_mean = mean_of(x);
    auto const y_mean = mean_of(y);
    row_list squares(x_mean.size(), std::vector<double>(x_mean.size()));
    row_list products(x_mean.size(), std::vector<double>(y_mean.size()));
    for (std::size_t i = 0; i < x.size(); ++i) {
        auto const dx = less(x[i], x_mean);
        auto const dy = less(y[i], y_mean);
        for (std::size_t a = 0; a < dx.size(); ++a) {
            for (std::size_t b = 0; b < dx.size(); ++b) squares[a][b] += dx[a] * dx[b];
            for (std::size_t b = 0; b < dy.size(); ++b) products[a][b] += dx[a] * dy[b];
        }
    }
    double trace = 0;
    for (std::size_t a = 0; a < squares.size(); ++a) trace += squares[a][a];
    for (std::size_t a = 0; a < squares.size(); ++a) {
        squares[a][a] += ridge * trace / static_cast<double>(squares.size());
    }
    row_list const map = solve(squares, products);
    auto const predicted = [&](std::vector<double> const& features) {
        auto row = y_mean;
        for (std::size_t a = 0; a < map.size(); ++a) {
            for (std::size_t b = 0; b < row.size(); ++b) row[b] += (features[a] - x_mean[a]) * map[a][b];
        }
        return row;
    };

    auto const other_mean = mean_of(in.other_anchors);
    auto const cosine = [](std::vector<double> const& a, std::vector<double> const& b) {
        double aa = 0, bb = 0, ab = 0;
        for (std::size_t c = 0; c < a.size(); ++c) {
            aa += a[c] * a[c];
            bb += b[c] * b[c];
            ab += a[c] * b[c];
        }
        return aa > 0 && bb > 0 ? ab / std::sqrt(aa) / std::sqrt(bb) : 0;
    };
    row_list rows;
    for (std::size_t i = 0; i < in.pieces.size(); ++i) {
        auto row = predicted(features_of(in.base, in.pieces[i], in.other_new[i], x_mean));
        std::vector<double> closeness;
        for (auto const& anchor : other) {
            closeness.push_back(cosine(less(in.other_new[i], other_mean), less(anchor, other_mean)));
        }
        std::vector<bool> taken(closeness.size());
        auto missed = std::vector<double>(row.size());
        double total = 0;
        for (std::size_t n = 0; n < k && n < closeness.size(); ++n) {
            std::size_t nearest = closeness.size();
            for (std::size_t j = 0; j < closeness.size(); ++j) {
                if (!taken[j] && (nearest == closeness.size() || closeness[j] > closeness[nearest])) nearest = j;
            }
            taken[nearest] = true;
            if (closeness[nearest] <= 0) continue;
            double const weight = std::pow(closeness[nearest], sharpness);
            auto const residual = less(y[nearest], predicted(x[nearest]));
            for (std::size_t c = 0; c < row.size(); ++c) missed[c] += weight * residual[c];
            total += weight;
        }
        for (std::size_t c = 0; c < row.size() && total > 0; ++c) row[c] += missed[c] / total;
        rows.push_back(row);
    }
    return rows;
}

}  // namespace reference
