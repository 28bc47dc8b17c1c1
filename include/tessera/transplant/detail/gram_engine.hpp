// Orthogonal matching pursuit on the anchors' Gram matrix: the scores of a step are those of the first step less the
// chosen anchors' rows, so that a step costs as many operations a row as anchors are chosen, not as the rows have
// dimensions. Literature: Rubinstein, Zibulevsky and Elad 2008.
//
// One target after the other, all steps of each: the chosen rows, read again in each step, then stay in the cache.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include <tessera/transplant/anchor_set.hpp>
#include <tessera/transplant/detail/candidate_screen.hpp>
#include <tessera/transplant/detail/gram_matrix.hpp>
#include <tessera/transplant/detail/kernels.hpp>
#include <tessera/transplant/detail/pursuit_state.hpp>
#include <tessera/transplant/matrix.hpp>

namespace tessera::inline v0::transplant::detail {

template <class Entry>
class gram_engine {
public:
    static constexpr std::size_t targets_at_once = 64;

    template <Executor E>
    gram_engine(anchor_set const& anchors, E const& executor) : anchors_(&anchors), gram_(anchors, executor) {
        for (std::size_t i = 0; i < anchors.size(); ++i) {
            inverse_norm_.push_back(static_cast<float>(anchors.inverse_norm(i)));
        }
    }

    /// @param done  called with (index in `targets`, state) for each target when it has its anchors
    /// @return      how many scores were computed exactly
    template <class Stop, class Done>
    std::uint64_t run(Eigen::Ref<matrix const> const& targets, std::size_t k, Stop const& stop, Done&& done) const {
        // The scores of the first step, for some targets at once.
        matrix first(targets.rows(), anchors_->rows().rows());
        first.noalias() = targets * anchors_->rows().transpose();
        scratch s{pursuit_state(*anchors_, k), candidate_screen(), {}, {}, {}, {}};
        s.estimates.resize(piece);
        for (std::size_t i = 0; i < n_rows(first); ++i) {
            float* const start = row_of(first, i);
            for (std::size_t j = 0; j < anchors_->size(); ++j) start[j] *= inverse_norm_[j];
            s.state.begin(targets.data() + i * static_cast<std::size_t>(targets.outerStride()));
            while (s.state.support().size() < k && !stop(s.state)) {
                std::uint32_t const anchor = next(start, s);
                if (anchor == candidate_screen::none || !s.state.add(anchor)) break;
            }
            done(i, s.state);
        }
        return s.screen.n_scored();
    }

private:
    static constexpr std::size_t piece = 4096;
    struct scratch {
        pursuit_state state;
        candidate_screen screen;
        std::vector<float> estimates;
        std::vector<Entry const*> rows;
        std::vector<float> weights;
        std::vector<std::span<typename gram_matrix<Entry>::excess const>> beyond;
    };

    std::uint32_t next(float const* start, scratch& s) const {
        auto const support = s.state.support();
        auto const coefficients = s.state.coefficients();
        s.rows.clear();
        s.weights.clear();
        s.beyond.clear();
        // An estimate, of the product with an anchor's direction, is off by what the cosines are off, and by what
        // adding them up rounds.
        double const reach = 1 + 128 * static_cast<double>(gram_.step()) + 2 * gram_.largest_offset();
        double error = product_error(anchors_->dim()) * s.state.target_norm();
        double largest_sum = s.state.target_norm();
        double constant = 0;
        double all = 0;
        for (std::size_t i = 0; i < support.size(); ++i) {
            std::uint32_t const anchor = support[i];
            double const weight = coefficients[i] * anchors_->norm(anchor);  // of its direction
            error += std::fabs(weight) * gram_.error();
            largest_sum += std::fabs(weight) * reach;
            constant += weight * static_cast<double>(gram_.offsets()[anchor]);
            all += weight;
            s.rows.push_back(gram_[anchor]);
            s.weights.push_back(static_cast<float>(weight * static_cast<double>(gram_.step())));
            s.beyond.push_back(gram_.beyond(anchor));
        }
        error += largest_sum * static_cast<double>(2 * support.size() + 12) * 0x1p-24;
        s.screen.begin(error, s.screen.known_score(s.state));
        std::size_t const n = anchors_->size();
        auto const shift = static_cast<float>(constant);
        auto const share = static_cast<float>(all);
        std::vector<float> const& lengths = anchors_->scaled_norms();
        for (std::size_t begin = 0; begin < n; begin += piece) {
            std::size_t const size = std::min(piece, n - begin);
            float const* const offsets = gram_.offsets().data() + begin;
            for (std::size_t i = 0; i < size; ++i) {
                s.estimates[i] = start[begin + i] - shift - share * offsets[i];
            }
            if constexpr (std::is_same_v<Entry, float>) {
                kernels_->subtract_floats(s.estimates.data(), s.rows.data(), s.weights.data(), s.rows.size(), size);
            } else {
                kernels_->subtract_bytes(s.estimates.data(), s.rows.data(), s.weights.data(), s.rows.size(), size);
                for (std::size_t i = 0; i < support.size(); ++i) {
                    auto const weight = static_cast<float>(coefficients[i] * anchors_->norm(support[i]));
                    auto& rest = s.beyond[i];
                    std::size_t used = 0;
                    for (; used < rest.size() && rest[used].column < begin + size; ++used) {
                        s.estimates[rest[used].column - begin] -= weight * rest[used].value;
                    }
                    rest = rest.subspan(used);
                }
            }
            for (Entry const*& row : s.rows) row += size;
            if (anchors_->selection() == atom_selection::inner_product) {
                for (std::size_t i = 0; i < size; ++i) s.estimates[i] *= lengths[begin + i];
            }
            s.screen.add(static_cast<std::uint32_t>(begin), s.estimates.data(), lengths.data() + begin, size);
        }
        return s.screen.best(s.state);
    }

    anchor_set const* anchors_;
    kernels const* kernels_ = &processor_kernels();
    gram_matrix<Entry> gram_;
    std::vector<float> inverse_norm_;
};

}  // namespace tessera::inline v0::transplant::detail
