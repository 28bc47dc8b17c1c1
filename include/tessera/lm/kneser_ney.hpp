// The discounts of modified Kneser-Ney smoothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tessera::inline v0::lm {

/// What is taken from each count of n-grams of one length, and given to shorter contexts.
class kneser_ney_discounts {
public:
    kneser_ney_discounts() = default;

    /// With n1 .. n4 n-grams that occur once .. four times, and Y = n1 / (n1 + 2 n2):
    ///   D1 = 1 - 2 Y n2 / n1,   D2 = 2 - 3 Y n3 / n2,   D3+ = 3 - 4 Y n4 / n3.
    /// Where one of them has no value, or is not in 0 < D_i <= i (few or strange counts), all three are 0.5, 1 and 1.5,
    /// as KenLM's --discount_fallback has them; so every context gives something away.
    /// @param n  n[i]: how many n-grams have count i + 1
    /// @par Paper  Chen & Goodman 1998, "An Empirical Study of Smoothing Techniques for Language Modeling", TR-10-98,
    ///             modified Kneser-Ney smoothing
    explicit kneser_ney_discounts(std::array<std::uint64_t, 4> const& n) {
        double const n1 = static_cast<double>(n[0]);
        double const n2 = static_cast<double>(n[1]);
        double const n3 = static_cast<double>(n[2]);
        double const n4 = static_cast<double>(n[3]);
        if (n[0] == 0 || n[1] == 0 || n[2] == 0) return;
        double const y = n1 / (n1 + 2 * n2);
        std::array<double, 4> const by_count{0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3};
        for (std::size_t i = 1; i < 4; ++i) {
            if (!(by_count[i] > 0 && by_count[i] <= static_cast<double>(i))) return;
        }
        by_count_ = by_count;
    }

    [[nodiscard]] double of(std::uint64_t count) const noexcept { return by_count_[count < 3 ? count : 3]; }

private:
    std::array<double, 4> by_count_{0, 0.5, 1, 1.5};
};

}  // namespace tessera::inline v0::lm
