// Which anchors can have the largest score, when scores are known only up to an error.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <tessera/transplant/anchor_set.hpp>
#include <tessera/transplant/detail/kernel_set.hpp>
#include <tessera/transplant/detail/pursuit_state.hpp>

namespace tessera::inline v0::transplant::detail {

/// Keeps each anchor whose score may be as large as one that some anchor has for sure.
class candidate_screen {
public:
    explicit candidate_screen(anchor_set const& anchors) : anchors_(&anchors), kernels_(&anchors.kernels()) {}

    /// @param error  of every estimate that follows
    /// @param known  a score that some anchor is known to have, or 0
    void begin(double error, double known) {
        error_ = static_cast<float>(error) * (1 + 0x1p-20F);  // rounded up
        sure_ = static_cast<float>(known) * (1 - 0x1p-20F);
        candidates_.clear();
    }

    /// Estimates of the products with the directions of anchors `first`, `first` + 1, ...
    void add(std::uint32_t first, float const* estimates, std::size_t n) {
        float const* const lengths = anchors_->scaled_norms().data() + first;
        if (near_.size() < n) near_.resize(n);
        // What the best of these has for sure is not known, since its length is not. But this is found fast.
        sure_ = std::fmax(sure_, (kernels_->largest(estimates, lengths, n) - error_ * longest()) * (1 - 0x1p-20F));
        std::size_t const n_near = kernels_->find_large(estimates, error_, lengths, sure_, n, near_.data());
        for (std::uint32_t const i : std::span(near_).first(n_near)) {
            candidates_.push_back({(std::fabs(estimates[i]) + error_) * lengths[i], first + i});
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
        for (std::size_t i = 0; i < candidates_.size(); ++i) {
            candidate const& c = candidates_[i];
            if (i + 1 < candidates_.size()) prefetch((*anchors_)[candidates_[i + 1].anchor]);
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
    [[nodiscard]] float longest() const noexcept { return static_cast<float>(anchors_->longest_scaled()); }

    // The beginning of a row; the rest the processor then fetches by itself.
    static void prefetch(float const* row) noexcept {
#if defined(__GNUC__)
        for (std::size_t i = 0; i < 8; ++i) __builtin_prefetch(reinterpret_cast<char const*>(row) + 64 * i);
#else
        static_cast<void>(row);
#endif
    }

    anchor_set const* anchors_;
    kernel_set const* kernels_;
    std::vector<candidate> candidates_;
    std::vector<std::uint32_t> near_;
    float error_ = 0;
    float sure_ = 0;  // a score that some anchor has, or more
    std::uint64_t n_scored_ = 0;
};

}  // namespace tessera::inline v0::transplant::detail
