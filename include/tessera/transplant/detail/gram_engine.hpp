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
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/transplant/anchor_set.hpp>
#include <tessera/transplant/detail/candidate_screen.hpp>
#include <tessera/transplant/detail/pursuit_state.hpp>
#include <tessera/transplant/matrix.hpp>

namespace tessera::inline v0::transplant::detail {

/// @tparam Gram  float_gram or byte_gram
template <class Gram>
class gram_engine {
public:
    static constexpr std::size_t targets_at_once = 64;

    template <Executor E>
    gram_engine(anchor_set const& anchors, E const& executor) : anchors_(&anchors), gram_(anchors, executor) {}

    /// May be called by several threads at once.
    /// @param done  called with (index in `targets`, state) for each target when it has its anchors
    /// @return      how many scores were computed exactly
    template <class Stop, class Done>
    std::uint64_t run(Eigen::Ref<matrix const> const& targets, std::size_t k, Stop const& stop, Done&& done) const {
        std::unique_ptr<scratch> lent = take_scratch(k);
        scratch& s = *lent;
        std::uint64_t const n_scored = s.screen.n_scored();
        gram_.first_products(targets, s.first, s.first_error);
        for (std::size_t i = 0; i < static_cast<std::size_t>(targets.rows()); ++i) {
            s.state.begin(targets.data() + i * static_cast<std::size_t>(targets.outerStride()));
            while (s.state.support().size() < k && !stop(s.state)) {
                std::uint32_t const anchor = next(row_of(s.first, i), s);
                if (anchor == candidate_screen::none || !s.state.add(anchor)) break;
            }
            done(i, s.state);
        }
        std::uint64_t const n_new = s.screen.n_scored() - n_scored;
        std::lock_guard const lock(mutex_);
        free_.push_back(std::move(lent));
        return n_new;
    }

private:
    static constexpr std::size_t piece = 4096;
    struct scratch {
        scratch(anchor_set const& anchors, Gram const& gram, std::size_t k)
            : state(anchors, k), screen(anchors), chosen(gram), estimates(piece) {}

        pursuit_state state;
        candidate_screen screen;
        typename Gram::combination chosen;
        std::vector<float> estimates;
        std::vector<double> weights;
        matrix first;  // (n_targets, n_anchors), products with the targets
        double first_error = 0;
    };

    // Used again: memory of this size comes from the system, which clears it, and goes back to it.
    std::unique_ptr<scratch> take_scratch(std::size_t k) const {
        {
            std::lock_guard const lock(mutex_);
            if (!free_.empty()) {
                std::unique_ptr<scratch> taken = std::move(free_.back());
                free_.pop_back();
                return taken;
            }
        }
        return std::make_unique<scratch>(*anchors_, gram_, k);
    }

    std::uint32_t next(float const* start, scratch& s) const {
        auto const support = s.state.support();
        auto const coefficients = s.state.coefficients();
        s.weights.clear();
        for (std::size_t i = 0; i < support.size(); ++i) {
            s.weights.push_back(coefficients[i] * anchors_->norm(support[i]));  // of its direction
        }
        s.chosen.begin(support, s.weights);
        // An estimate, of the product with an anchor's direction, is off by what the first products and the cosines are
        // off, and by what adding them up rounds.
        double const target_norm = s.state.target_norm();
        double const roundings = static_cast<double>(2 * support.size() + 12) * 0x1p-24;
        double const error =
            s.first_error * target_norm + s.chosen.error() + (target_norm + s.chosen.reach()) * roundings;
        s.screen.begin(error, s.screen.known_score(s.state));
        for (std::size_t begin = 0; begin < anchors_->size(); begin += piece) {
            std::size_t const size = std::min(piece, anchors_->size() - begin);
            s.chosen.subtract(start + begin, begin, size, s.estimates.data());
            s.screen.add(static_cast<std::uint32_t>(begin), s.estimates.data(), size);
        }
        return s.screen.best(s.state);
    }

    anchor_set const* anchors_;
    Gram gram_;
    mutable std::mutex mutex_;
    mutable std::vector<std::unique_ptr<scratch>> free_;
};

}  // namespace tessera::inline v0::transplant::detail
