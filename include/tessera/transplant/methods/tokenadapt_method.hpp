// TokenAdapt: the pieces of a new token by how similar they are to it, and the base tokens most similar to it, by
// vectors of a text embedder.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/transplant/detail/similarities.hpp>
#include <tessera/transplant/method_inputs.hpp>
#include <tessera/transplant/methods/base_methods.hpp>

namespace tessera::inline v0::transplant {

struct tokenadapt_options {
    std::size_t k = 3;  ///< base tokens
    double temperature = 0.3;
    double global_weight = 0.3;  ///< of the similar tokens against the pieces
    double threshold = 0;        ///< similar tokens below it are left out
};

/// @par Paper  Sharthak et al. 2025, arXiv:2505.09738; constants of its code. Differs: lengths are in bytes, since a
/// piece
///             need not be whole characters; a token that neither way reaches gets the mean of all rows
template <Executor E>
class tokenadapt_method {
public:
    using needs = from_pieces_and_auxiliary;
    static constexpr std::string_view name = "tokenadapt";

    tokenadapt_method(tokenadapt_options options, E executor) : options_(options), executor_(std::move(executor)) {}

    [[nodiscard]] matrix operator()(from_pieces_and_auxiliary const& in, embedding_side) const {
        matrix result(in.auxiliary_new.rows(), in.base.cols());
        Eigen::RowVectorXd const mean = detail::mean_row(in.base);
        matrix const known = detail::unit_rows(in.auxiliary_base);
        matrix const targets = detail::unit_rows(in.auxiliary_new);
        double const temperature = options_.temperature + 1e-5;
        detail::for_each_products(targets, known, executor_, [&](std::size_t i, std::span<float> cosines) {
            auto const sum_of = [&](auto const& ids, std::vector<double> const& weights) {
                Eigen::RowVectorXd sum = Eigen::RowVectorXd::Zero(in.base.cols());
                for (std::size_t a = 0; a < weights.size(); ++a) {
                    sum += weights[a] * in.base.row(ids[a]).template cast<double>();
                }
                return sum;
            };
            // The pieces: softmax of the mean of their softmaxed similarity and their share of the token's length.
            auto const pieces = in.pieces[i];
            auto const lengths = in.pieces.lengths(i);
            double total_length = 0;
            std::vector<double> local;
            for (std::size_t p = 0; p < pieces.size(); ++p) {
                local.push_back(static_cast<double>(cosines[pieces[p]]));
                total_length += lengths[p];
            }
            detail::softmax(local, 1);
            for (std::size_t p = 0; p < local.size(); ++p) local[p] = (local[p] + lengths[p] / total_length) / 2;
            detail::softmax(local, temperature);
            // The tokens: softmax, then those below the threshold are left out.
            std::vector<std::uint32_t> const near = detail::largest_indices(cosines, options_.k);
            std::vector<double> global;
            for (std::uint32_t const j : near) global.push_back(static_cast<double>(cosines[j]));
            detail::softmax(global, temperature);
            double left = 0;
            for (std::size_t a = 0; a < near.size(); ++a) {
                if (static_cast<double>(cosines[near[a]]) < options_.threshold) global[a] = 0;
                left += global[a];
            }
            bool const has_global = left > 0 && !targets.row(static_cast<Eigen::Index>(i)).isZero();
            for (double& w : global) w = has_global ? w / left : 0;
            double const share = !has_global ? 0 : pieces.empty() ? 1 : options_.global_weight;
            Eigen::RowVectorXd const row =
                pieces.empty() && !has_global
                    ? mean
                    : Eigen::RowVectorXd((1 - share) * sum_of(pieces, local) + share * sum_of(near, global));
            result.row(static_cast<Eigen::Index>(i)) = row.cast<float>();
        });
        return result;
    }

private:
    tokenadapt_options options_;
    E executor_;
};

/// Rows predicted elsewhere, as by ZeTT's hypernetwork (Minixhofer, Ponti and Vulic 2024, arXiv:2405.07883).
struct table_method {
    using needs = from_table;
    static constexpr std::string_view name = "table";

    [[nodiscard]] matrix operator()(from_table const& in, embedding_side) const { return in.rows; }
};

}  // namespace tessera::inline v0::transplant
