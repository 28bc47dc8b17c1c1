// Orthogonal matching pursuit by products of residuals and all anchors, both as bytes: 2 n_anchors dim operations for
// each target and step as with residual_engine, but of the fastest kind that a processor has, and no memory to speak
// of.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/transplant/anchor_set.hpp>
#include <tessera/transplant/detail/byte_directions.hpp>
#include <tessera/transplant/detail/candidate_screen.hpp>
#include <tessera/transplant/detail/kernel_set.hpp>
#include <tessera/transplant/detail/pursuit_state.hpp>
#include <tessera/transplant/matrix.hpp>

namespace tessera::inline v0::transplant::detail {

class byte_residual_engine {
public:
    static constexpr std::size_t targets_at_once = tile;

    template <Executor E>
    byte_residual_engine(anchor_set const& anchors, E const& executor)
        : anchors_(&anchors), directions_(anchors, executor) {}

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
        byte_residuals residuals(anchors_->dim());
        std::vector<std::int32_t> products(tile_size);
        float scale[tile];
        for (std::size_t step = 0; step < k && !active.empty(); ++step) {
            std::erase_if(active, [&](std::size_t i) { return stop(states[i]); });
            for (std::size_t a = 0; a < active.size(); ++a) {
                pursuit_state const& state = states[active[a]];
                residuals.set(a, state.residual());
                scale[a] = static_cast<float>(residuals.step(a));
                // <r, u> - <r', u'> = <r, u - u'> + <r - r', u'>, and some roundings, of a product of at most both
                // lengths.
                double const error = state.residual_norm() * (directions_.error() + 0x1p-20) +
                                     residuals.error(a) * (1 + directions_.error());
                screens[active[a]].begin(error, screens[active[a]].known_score(state));
            }
            for (std::size_t g = 0; g < directions_.n_groups(); ++g) {
                anchors_->kernels().byte_products(residuals.data(), directions_.group(g), directions_.n_quads(),
                                                  products.data());
                for (std::size_t a = 0; a < active.size(); ++a) {
                    screens[active[a]].add_products(static_cast<std::uint32_t>(tile * g), products.data() + tile * a,
                                                    residuals.constant(a), directions_.steps(g), scale[a],
                                                    directions_.lengths(g));
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
    anchor_set const* anchors_;
    byte_directions directions_;
};

}  // namespace tessera::inline v0::transplant::detail
