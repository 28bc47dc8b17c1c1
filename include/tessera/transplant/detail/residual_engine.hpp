// Orthogonal matching pursuit by products of residuals and all anchors, some targets at once: needs no memory to speak
// of, and 2 n_anchors dim operations for each target and step.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/transplant/anchor_set.hpp>
#include <tessera/transplant/detail/candidate_screen.hpp>
#include <tessera/transplant/detail/product_error.hpp>
#include <tessera/transplant/detail/pursuit_state.hpp>
#include <tessera/transplant/matrix.hpp>

namespace tessera::inline v0::transplant::detail {

class residual_engine {
public:
    static constexpr std::size_t targets_at_once = 64;

    template <Executor E>
    residual_engine(anchor_set const& anchors, E const&) : anchors_(&anchors) {}

    /// As gram_engine's.
    template <class Stop, class Done>
    std::uint64_t run(Eigen::Ref<matrix const> const& targets, std::size_t k, Stop const& stop, Done&& done) const {
        auto const n = static_cast<std::size_t>(targets.rows());
        std::vector<pursuit_state> states(n, pursuit_state(*anchors_, k));
        std::vector<candidate_screen> screens(n, candidate_screen(*anchors_));
        std::vector<std::size_t> active;
        for (std::size_t i = 0; i < n; ++i) {
            states[i].begin(targets.data() + i * static_cast<std::size_t>(targets.outerStride()));
            active.push_back(i);
        }
        matrix residuals;
        matrix products;
        for (std::size_t step = 0; step < k && !active.empty(); ++step) {
            std::erase_if(active, [&](std::size_t i) { return stop(states[i]); });
            residuals.resize(static_cast<Eigen::Index>(active.size()), targets.cols());
            for (std::size_t a = 0; a < active.size(); ++a) {
                pursuit_state const& state = states[active[a]];
                auto const r = state.residual();
                std::transform(r.begin(), r.end(), row_of(residuals, a),
                               [](double x) { return static_cast<float>(x); });
                // The residual is rounded, its products with the anchors are, and they are scaled.
                double const error = (product_error(anchors_->dim()) + 0x1p-22) * state.residual_norm();
                screens[active[a]].begin(error, screens[active[a]].known_score(state));
            }
            for (std::size_t begin = 0; begin < anchors_->size(); begin += piece) {
                std::size_t const size = std::min(piece, anchors_->size() - begin);
                products.resize(residuals.rows(), static_cast<Eigen::Index>(size));
                products.noalias() =
                    residuals * anchors_->rows()
                                    .middleRows(static_cast<Eigen::Index>(begin), static_cast<Eigen::Index>(size))
                                    .transpose();
                for (std::size_t a = 0; a < active.size(); ++a) {
                    float* const row = row_of(products, a);
                    for (std::size_t j = 0; j < size; ++j)
                        row[j] *= static_cast<float>(anchors_->inverse_norm(begin + j));
                    screens[active[a]].add(static_cast<std::uint32_t>(begin), row, size);
                }
            }
            std::erase_if(active, [&](std::size_t i) {
                std::uint32_t const anchor = screens[i].best(states[i]);
                return anchor == candidate_screen::none || !states[i].add(anchor);
            });
        }
        std::uint64_t n_scored = 0;
        for (std::size_t i = 0; i < n; ++i) {
            done(i, states[i]);
            n_scored += screens[i].n_scored();
        }
        return n_scored;
    }

private:
    static constexpr std::size_t piece = 2048;
    anchor_set const* anchors_;
};

}  // namespace tessera::inline v0::transplant::detail
