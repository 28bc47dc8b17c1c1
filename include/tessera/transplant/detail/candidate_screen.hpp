// Which anchors can have the largest score, when scores are known only up to an error.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <tessera/transplant/detail/kernels.hpp>
#include <tessera/transplant/detail/pursuit_state.hpp>

namespace tessera::inline v0::transplant::detail {

/// Keeps each anchor whose estimate is within twice the error of the largest: the true largest score is among them.
class candidate_screen {
public:
    /// @param error  of every estimate that follows: |estimate - true product| <= error
    /// @param known  a score that some anchor is known to have, or 0
    void begin(double error, double known) {
        error_ = static_cast<float>(error) * (1 + 0x1p-20F);  // rounded up
        least_ = std::fmax(0.0F, static_cast<float>(known) * (1 - 0x1p-20F) - error_);
        candidates_.clear();
    }

    /// Estimates of the products of residual and scaled anchors `first`, `first` + 1, ...
    void add(std::uint32_t first, float const* estimates, std::size_t n) {
        // A piece at a time: most have nothing near the largest, and finding the largest of a piece is fast.
        constexpr std::size_t piece = 512;
        for (std::size_t begin = 0; begin < n; begin += piece) {
            std::size_t const end = std::min(n, begin + piece);
            float const most = kernels_->largest(estimates + begin, end - begin);
            if (most < least_) continue;
            least_ = std::fmax(least_, most - 2 * error_);
            for (std::size_t i = begin; i < end; ++i) {
                float const size = std::fabs(estimates[i]);
                if (size >= least_) candidates_.push_back({size, first + static_cast<std::uint32_t>(i)});
            }
        }
    }

    /// The anchor with the largest score that has not been chosen, the first one of several; `none` if no score is more
    /// than rounding. Leaves the candidates sorted by estimate.
    std::uint32_t best(pursuit_state const& state) {
        std::sort(candidates_.begin(), candidates_.end(), [](candidate const& a, candidate const& b) {
            return a.estimate != b.estimate ? a.estimate > b.estimate : a.anchor < b.anchor;
        });
        std::uint32_t best = none;
        double most = state.floor();
        for (candidate const& c : candidates_) {
            if (static_cast<double>(c.estimate) + static_cast<double>(error_) < most) break;
            ++n_scored_;
            double const score = state.score(c.anchor);
            if (score < most || (score == most && c.anchor > best) || state.is_chosen(c.anchor)) continue;
            most = score;
            best = c.anchor;
        }
        return best;
    }

    /// A score that an anchor has for sure: the best of some candidates of the step before.
    [[nodiscard]] double known_score(pursuit_state const& state) const {
        double most = 0;
        std::size_t const n = std::min<std::size_t>(candidates_.size(), 8);
        for (std::size_t i = 0; i < n; ++i) {
            std::uint32_t const anchor = candidates_[i].anchor;
            if (!state.is_chosen(anchor)) most = std::fmax(most, state.score(anchor));
        }
        return most;
    }

    /// Candidates scored exactly so far.
    [[nodiscard]] std::uint64_t n_scored() const noexcept { return n_scored_; }

    static constexpr std::uint32_t none = 0xFFFF'FFFFU;

private:
    struct candidate {
        float estimate;
        std::uint32_t anchor;
    };
    kernels const* kernels_ = &processor_kernels();
    std::vector<candidate> candidates_;
    float error_ = 0;
    float least_ = 0;  // an estimate below it is of a score that another's exceeds
    std::uint64_t n_scored_ = 0;
};

}  // namespace tessera::inline v0::transplant::detail
