// Orthogonal matching pursuit: the combination of anchors that makes the new row in the other space, of the same
// anchors in the base's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <tessera/core/concepts.hpp>
#include <tessera/transplant/matching_pursuit.hpp>
#include <tessera/transplant/method_inputs.hpp>
#include <tessera/transplant/methods/base_methods.hpp>

namespace tessera::inline v0::transplant {

struct omp_options {
    pursuit_options pursuit = {};
    atom_selection selection = atom_selection::cosine;
    /// Takes the anchors' mean out of both spaces, and puts the base's back in. Coefficients need not add up to one, so
    /// what all rows have in common would otherwise be scaled with them, and with it every logit.
    bool centred = true;
};

/// @par Paper  Goddard and Fernandes Neto 2025, arXiv:2506.06607, which neither centres nor chooses by cosine
template <Executor E>
class omp_method {
public:
    using needs = from_anchors;
    static constexpr std::string_view name = "omp";

    omp_method(omp_options const& options, E executor) : options_(options), executor_(std::move(executor)) {}

    [[nodiscard]] matrix operator()(from_anchors const& in, embedding_side side) const {
        pursuit_statistics unused;
        return (*this)(in, side, unused);
    }

    [[nodiscard]] matrix operator()(from_anchors const& in, embedding_side, pursuit_statistics& statistics) const {
        sparse_combinations const sparse = combinations(in.other_anchors, in.other_new, statistics);
        if (!options_.centred) return combine(sparse, in.base_anchors);
        row_vector const mean = detail::mean_row(in.base_anchors).cast<float>();
        matrix result = combine(sparse, in.base_anchors.rowwise() - mean);
        result.rowwise() += mean;
        return result;
    }

    /// What the other space says. The same for input and output where the other model ties them.
    [[nodiscard]] sparse_combinations combinations(matrix const& anchors, matrix const& targets,
                                                   pursuit_statistics& statistics) const {
        if (!options_.centred) {
            return matching_pursuit(anchor_set(anchors, options_.selection), targets, options_.pursuit, executor_,
                                    &statistics);
        }
        row_vector const mean = detail::mean_row(anchors).cast<float>();
        return matching_pursuit(anchor_set(anchors.rowwise() - mean, options_.selection), targets.rowwise() - mean,
                                options_.pursuit, executor_, &statistics);
    }

private:
    omp_options options_;
    E executor_;
};

}  // namespace tessera::inline v0::transplant
