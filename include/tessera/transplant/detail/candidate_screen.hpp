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

/// Keeps each anchor whose score may be as large as one that some anchor has for sure.
class candidate_screen {
public:
    /// @param error  of every estimate that follows, for anchors of length 1: |estimate - score| <= error * length
    /// @param known  a score that some anchor is known to have, or 0
    void begin(double error, double known) {
        error_ = static_cast<float>(error) * (1 + 0x1p-20F);  // rounded up
        sure_ = static_cast<float>(known) * (1 - 0x1p-20F);
        candidates_.clear();
    }

    /// Estimates of the scores, with either sign, of anchors `first`, `first` + 1, ...
    /// @param lengths  of these anchors
    void add(std::uint32_t first, float const* estimates, float const* lengths, std::size_t n) {
        // A piece at a time: most have nothing near the largest, and finding the largest of a piece is fast.
        constexpr std::size_t piece = 512;
        for (std::size_t begin = 0; begin < n; begin += piece) {
            std::size_t const end = std::min(n, begin + piece);
            float const most = kernels_->largest(estimates + begin, end - begin);
            float const error = error_ * kernels_->largest(lengths + begin, end - begin);
            if (most + error < sure_) continue;
            sure_ = std::fmax(sure_, most - error);
            for (std::size_t i = begin; i < end; ++i) {
                float const possible = std::fabs(estimates[i]) + error_ * lengths[i];
                if (possible >= sure_) candidates_.push_back({possible, first + static_cast<std::uint32_t>(i)});
            }
        }
    }

    /// The anchor with the largest score that has not been chosen, the first one of several; `none` if no score is more
    /// than rounding. Leaves the candidates sorted by what their scores can be at most.
    std::uint32_t best(pursuit_state const& state) {
        std::sort(candidates_.begin(), candidates_.end(), [](candidate const& a, candidate const& b) {
            return a.possible != b.possible ? a.possible > b.possible : a.anchor < b.anchor;
        });
        std::uint32_t best = none;
        double most = state.floor();
        for (candidate const& c : candidates_) {
            if (static_cast<double>(c.possible) * (1 + 0x1p-20) < most) break;
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
        float possible;  // the largest that its score can be
        std::uint32_t anchor;
    };
    kernels const* kernels_ = &processor_kernels();
    std::vector<candidate> candidates_;
    float error_ = 0;
    float sure_ = 0;  // a score that some anchor has, or more
    std::uint64_t n_scored_ = 0;
};

}  // namespace tessera::inline v0::transplant::detail
