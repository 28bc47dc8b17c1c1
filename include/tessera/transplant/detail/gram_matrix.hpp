// The products of all pairs of anchors, as numbers of single precision or as bytes with a bound on what that loses.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/transplant/anchor_set.hpp>
#include <tessera/transplant/matrix.hpp>

namespace tessera::inline v0::transplant::detail {

/// Largest relative error of a sum of n products in single precision, in any order: n u / (1 - n u), u = 2^-24, and
/// some roundings more for what is done to the sum afterwards (Higham, "Accuracy and Stability of Numerical
/// Algorithms", section 3.1). Of |a| |b|, for the product of vectors a and b.
[[nodiscard]] inline double product_error(std::size_t n) noexcept {
    double const nu = static_cast<double>(n + 8) * 0x1p-24;
    return nu < 0.5 ? nu / (1 - nu) : 1;
}

/// Element (i, j) is scale(i) * scale(j) * <anchor i, anchor j>, up to `error`.
///
/// With bytes: offset + step * entry, where few elements, that lie outside of what a byte holds, have what is missing
/// in `beyond`. Most elements lie close together, so the step is small, and the error half of it.
template <class Entry>
class gram_matrix {
    static constexpr bool in_bytes = std::is_same_v<Entry, std::int8_t>;
    static_assert(in_bytes || std::is_same_v<Entry, float>);

public:
    struct excess {
        std::uint32_t column;
        float value;
    };

    /// @complexity  n^2 dim operations, for half of the elements; n^2 entries of memory
    template <Executor E>
    gram_matrix(anchor_set const& anchors, E const& executor)
        : n_(anchors.size()), product_error_(product_error(anchors.dim()) * anchors.longest_scaled()) {
        entries_ = std::make_unique_for_overwrite<Entry[]>(n_ * n_);
        if constexpr (in_bytes) choose_step(anchors);
        std::vector<std::pair<std::size_t, std::size_t>> blocks;
        for (std::size_t i = 0; i < n_; i += block) {
            for (std::size_t j = i; j < n_; j += block) blocks.emplace_back(i, j);
        }
        std::vector<std::vector<placed_excess>> found(blocks.size());
        executor.for_each_index(blocks.size(),
                                [&](std::size_t b) { fill(anchors, blocks[b].first, blocks[b].second, found[b]); });
        gather(found);
    }

    [[nodiscard]] static std::uint64_t bytes(std::size_t n_anchors) noexcept {
        return std::uint64_t{n_anchors} * n_anchors * sizeof(Entry);
    }

    [[nodiscard]] Entry const* operator[](std::size_t row) const noexcept { return entries_.get() + row * n_; }
    [[nodiscard]] float offset() const noexcept { return offset_; }
    [[nodiscard]] float step() const noexcept { return step_; }
    /// By column, ascending.
    [[nodiscard]] std::span<excess const> beyond(std::size_t row) const noexcept {
        if (begin_.empty()) return {};
        return {beyond_.data() + begin_[row], begin_[row + 1] - begin_[row]};
    }
    /// Bound on the error of each element of the row of an anchor with this scaled length.
    [[nodiscard]] double error(double scaled_length) const noexcept {
        return product_error_ * scaled_length + rounding_error_;
    }

private:
    struct placed_excess {
        std::uint32_t row, column;
        float value;
    };
    static constexpr std::size_t block = 1024;

    // The narrowest interval that has 998 of a thousand of the products of some anchors with all.
    void choose_step(anchor_set const& anchors) {
        std::size_t const n_sampled = std::min<std::size_t>(n_, 128);
        matrix sample(static_cast<Eigen::Index>(n_sampled), anchors.rows().cols());
        std::vector<std::size_t> chosen;
        for (std::size_t i = 0; i < n_sampled; ++i) {
            chosen.push_back(i * n_ / n_sampled);
            sample.row(static_cast<Eigen::Index>(i)) = anchors.rows().row(static_cast<Eigen::Index>(chosen[i]));
        }
        std::vector<float> values;
        values.reserve(n_sampled * n_);
        matrix const products = sample * anchors.rows().transpose();
        for (std::size_t i = 0; i < n_sampled; ++i) {
            for (std::size_t j = 0; j < n_; ++j) {
                if (j == chosen[i]) continue;
                values.push_back(row_of(products, i)[j] *
                                 static_cast<float>(anchors.scale(chosen[i]) * anchors.scale(j)));
            }
        }
        float low = 0;
        float high = 0;
        if (!values.empty()) {
            auto const tail = static_cast<std::ptrdiff_t>(values.size() / 1000);
            std::nth_element(values.begin(), values.begin() + tail, values.end());
            low = values[static_cast<std::size_t>(tail)];
            std::nth_element(values.begin(), values.end() - 1 - tail, values.end());
            high = values[values.size() - 1 - static_cast<std::size_t>(tail)];
        }
        offset_ = low + (high - low) / 2;
        // A little wider, for rounding; and never zero.
        float const least = static_cast<float>(anchors.longest_scaled() * anchors.longest_scaled()) * 0x1p-16F;
        step_ = std::max((high - low) / 2 * (1 + 0x1p-10F), least) / 127;
        rounding_error_ = static_cast<double>(step_) * (0.5 + 0x1p-12) + std::fabs(offset_) * 0x1p-22;
    }

    void fill(anchor_set const& anchors, std::size_t first_row, std::size_t first_column,
              std::vector<placed_excess>& found) {
        auto const rows = anchors.rows().middleRows(static_cast<Eigen::Index>(first_row),
                                                    static_cast<Eigen::Index>(std::min(block, n_ - first_row)));
        auto const columns = anchors.rows().middleRows(static_cast<Eigen::Index>(first_column),
                                                       static_cast<Eigen::Index>(std::min(block, n_ - first_column)));
        matrix products(rows.rows(), columns.rows());
        products.noalias() = rows * columns.transpose();
        for (std::size_t r = 0; r < n_rows(products); ++r) {
            std::size_t const i = first_row + r;
            float* const values = row_of(products, r);
            auto const row_scale = static_cast<float>(anchors.scale(i));
            for (std::size_t c = 0; c < n_columns(products); ++c) {
                values[c] *= row_scale * static_cast<float>(anchors.scale(first_column + c));
            }
            Entry* const out = entries_.get() + i * n_ + first_column;
            if constexpr (in_bytes) {
                for (std::size_t c = 0; c < n_columns(products); ++c) {
                    float const value = (values[c] - offset_) / step_;
                    // Rounds to the nearest whole number: so large a sum has no digits after the point.
                    constexpr float large = 1.5F * (1 << 23);
                    float const whole = ((value > 127 ? 127 : value < -127 ? -127 : value) + large) - large;
                    out[c] = static_cast<std::int8_t>(whole);
                    if (std::fabs(value) > 127.5F) {
                        float const rest = values[c] - offset_ - whole * step_;
                        found.push_back(
                            {static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(first_column + c), rest});
                        if (first_row != first_column) {
                            found.push_back(
                                {static_cast<std::uint32_t>(first_column + c), static_cast<std::uint32_t>(i), rest});
                        }
                    }
                }
            } else {
                std::copy(values, values + n_columns(products), out);
            }
        }
        if (first_row == first_column) return;
        // The other half, in pieces that fit a cache.
        constexpr std::size_t piece = 32;
        std::size_t const n_r = n_rows(products);
        std::size_t const n_c = n_columns(products);
        for (std::size_t r0 = 0; r0 < n_r; r0 += piece) {
            for (std::size_t c = 0; c < n_c; ++c) {
                Entry* const out = entries_.get() + (first_column + c) * n_ + first_row;
                Entry const* const in = entries_.get() + first_row * n_ + first_column + c;
                for (std::size_t r = r0; r < std::min(n_r, r0 + piece); ++r) out[r] = in[r * n_];
            }
        }
    }

    void gather(std::vector<std::vector<placed_excess>> const& found) {
        std::size_t n = 0;
        for (auto const& some : found) n += some.size();
        if (n == 0) return;
        begin_.assign(n_ + 1, 0);
        for (auto const& some : found) {
            for (placed_excess const& e : some) ++begin_[e.row + 1];
        }
        for (std::size_t i = 0; i < n_; ++i) begin_[i + 1] += begin_[i];
        beyond_.resize(n);
        std::vector<std::size_t> next(begin_.begin(), begin_.end() - 1);
        for (auto const& some : found) {
            for (placed_excess const& e : some) beyond_[next[e.row]++] = {e.column, e.value};
        }
        for (std::size_t i = 0; i < n_; ++i) {
            std::sort(beyond_.begin() + static_cast<std::ptrdiff_t>(begin_[i]),
                      beyond_.begin() + static_cast<std::ptrdiff_t>(begin_[i + 1]),
                      [](excess const& a, excess const& b) { return a.column < b.column; });
        }
    }

    std::unique_ptr<Entry[]> entries_;
    std::size_t n_;
    double product_error_;
    double rounding_error_ = 0;
    float offset_ = 0;
    float step_ = 1;
    std::vector<std::size_t> begin_;
    std::vector<excess> beyond_;
};

}  // namespace tessera::inline v0::transplant::detail
