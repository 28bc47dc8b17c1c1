// Rows made of those of the pieces that the base tokenizer writes a new token with.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <tessera/transplant/method_inputs.hpp>
#include <tessera/transplant/methods/base_methods.hpp>

namespace tessera::inline v0::transplant {

/// How pieces are weighed. Literature: Gee et al. 2022, "Fast Vocabulary Transfer" (mean); Joshi et al., "Beyond
/// Initialization Loss", arXiv:2608.03494 (asymmetric).
enum class subword_weights : std::uint8_t {
    mean,
    sum,
    length,      ///< by the bytes of the piece
    first_last,  ///< input: the last piece; output: the first, which is what must be predicted
    asymmetric,  ///< input: the mean, as long as rows are on average; output: by the bytes of the piece
};

/// A token without pieces gets the mean of all rows.
template <subword_weights weights>
struct subword_method {
    using needs = from_pieces;
    static constexpr std::string_view name = [] {
        switch (weights) {
            case subword_weights::mean:
                return "subword-mean";
            case subword_weights::sum:
                return "subword-sum";
            case subword_weights::length:
                return "subword-weighted";
            case subword_weights::first_last:
                return "subword-first-last";
            case subword_weights::asymmetric:
                return "subword-asymmetric";
        }
    }();

    [[nodiscard]] matrix operator()(from_pieces const& in, embedding_side side) const {
        matrix result(static_cast<Eigen::Index>(in.pieces.size()), in.base.cols());
        Eigen::RowVectorXd const mean = detail::mean_row(in.base);
        double const usual = weights == subword_weights::asymmetric ? mean_length(in.base) : 0;
        Eigen::RowVectorXd sum(in.base.cols());
        for (std::size_t i = 0; i < in.pieces.size(); ++i) {
            auto const pieces = in.pieces[i];
            auto const lengths = in.pieces.lengths(i);
            sum.setZero();
            double total = 0;
            for (std::size_t p = 0; p < pieces.size(); ++p) {
                double const weight = weight_of(p, pieces.size(), lengths[p], side);
                total += weight;
                if (weight != 0) sum += weight * in.base.row(pieces[p]).cast<double>();
            }
            if (pieces.empty()) {
                sum = mean;
            } else if (weights != subword_weights::sum) {
                sum /= total;
            }
            if (weights == subword_weights::asymmetric && side == embedding_side::input) {
                double const norm = sum.norm();
                if (norm > 0) sum *= usual / norm;
            }
            result.row(static_cast<Eigen::Index>(i)) = sum.cast<float>();
        }
        return result;
    }

private:
    static double mean_length(matrix const& base) {
        double sum = 0;
        for (std::size_t i = 0; i < n_rows(base); ++i) sum += row_norm(base, i);
        return n_rows(base) == 0 ? 0 : sum / static_cast<double>(n_rows(base));
    }

    static double weight_of(std::size_t piece, std::size_t n_pieces, std::uint32_t length, embedding_side side) {
        bool const input = side == embedding_side::input;
        switch (weights) {
            case subword_weights::first_last:
                return piece == (input ? n_pieces - 1 : 0) ? 1 : 0;
            case subword_weights::length:
                return length;
            case subword_weights::asymmetric:
                return input ? 1 : length;
            default:
                return 1;
        }
    }
};

}  // namespace tessera::inline v0::transplant
