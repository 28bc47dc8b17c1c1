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
        // Without a known score, all of them would be near the best. What the best of these has for sure is not known,
        // since its length is not, but this is found fast.
        if (sure_ <= 0) sure_ = (kernels_->largest(estimates, lengths, n) - error_ * longest()) * (1 - 0x1p-20F);
        std::size_t const n_near = kernels_->find_large(estimates, error_, lengths, sure_, n, near_.data());
        for (std::uint32_t const i : std::span(near_).first(n_near)) {
            add_one(first + i, std::fabs(estimates[i]), lengths[i]);
        }
    }

    /// Products of bytes with those of anchors `first` to `first` + tile - 1: see kernel_set::find_large_products.
    /// @param lengths  of these anchors, 0 where there are none
    void add_products(std::uint32_t first, std::int32_t const* products, std::int32_t constant, float const* steps,
                      float scale, float const* lengths) {
        std::uint32_t near[tile];
        std::size_t const n_near =
            kernels_->find_large_products(products, constant, steps, scale, error_, lengths, sure_, near);
        for (std::uint32_t const i : std::span(near).first(n_near)) {
            add_one(first + i, std::fabs(static_cast<float>(products[i] - constant)) * steps[i] * scale, lengths[i]);
        }
    }

    /// The anchor with the largest score that has not been chosen, the first one of several; `none` if no score is more
    /// than rounding.
    std::uint32_t best(pursuit_state const& state) {
        // The few that look best first: the others then need not be scored if they cannot be better.
        std::size_t const n_first = std::min<std::size_t>(candidates_.size(), 4);
        std::partial_sort(candidates_.begin(), candidates_.begin() + static_cast<std::ptrdiff_t>(n_first),
                          candidates_.end(),
                          [](candidate const& a, candidate const& b) { return a.possible > b.possible; });
        std::uint32_t best = none;
        double most = state.floor();
        near_best_.clear();
        for (std::size_t i = 0; i < candidates_.size(); ++i) {
            candidate const& c = candidates_[i];
            if (i + 1 < candidates_.size()) prefetch((*anchors_)[candidates_[i + 1].anchor]);
            if (static_cast<double>(c.possible) * (1 + 0x1p-20) < most || state.is_chosen(c.anchor)) continue;
            ++n_scored_;
            double const score = state.score(c.anchor);
            if (score < most || (score == most && c.anchor > best)) continue;
            most = score;
            best = c.anchor;
            near_best_.push_back(c.anchor);
        }
        return best;
    }

    /// A score that an anchor has for sure: the best of those that nearly were in the step before.
    [[nodiscard]] double known_score(pursuit_state const& state) const {
        double most = 0;
        std::size_t n = 0;
        for (std::size_t i = near_best_.size(); i-- > 0 && n < 4; ++n) {
            if (!state.is_chosen(near_best_[i])) most = std::fmax(most, state.score(near_best_[i]));
        }
        for (std::size_t i = 0; i < candidates_.size() && n < 8; ++i, ++n) {
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

    void add_one(std::uint32_t anchor, float estimate, float length) {
        if (length == 0) return;
        sure_ = std::fmax(sure_, (estimate - error_) * length * (1 - 0x1p-20F));
        candidates_.push_back({(estimate + error_) * length, anchor});
    }
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
    std::vector<std::uint32_t> near_best_;  // each the best when it was scored
    float error_ = 0;
    float sure_ = 0;  // a score that some anchor has, or more
    std::uint64_t n_scored_ = 0;
};

}  // namespace tessera::inline v0::transplant::detail
