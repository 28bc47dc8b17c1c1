// The products of all pairs of anchors, as numbers of single precision or as bytes with a bound on what that loses.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/transplant/anchor_set.hpp>
#include <tessera/transplant/detail/kernels.hpp>
#include <tessera/transplant/matrix.hpp>

namespace tessera::inline v0::transplant::detail {

/// Largest relative error of a sum of n products in single precision, in any order: n u / (1 - n u), u = 2^-24, and
/// some roundings more for what is done to the sum afterwards (Higham, "Accuracy and Stability of Numerical
/// Algorithms", section 3.1). Of |a| |b|, for the product of vectors a and b.
[[nodiscard]] inline double product_error(std::size_t n) noexcept {
    double const nu = static_cast<double>(n + 8) * 0x1p-24;
    return nu < 0.5 ? nu / (1 - nu) : 1;
}

/// Element (i, j) is the cosine of anchors i and j, up to `error`.
///
/// With bytes it is offset(i) + offset(j) + step * entry. The offsets take out what all directions have in common:
/// <u, v> = <u - m, v - m> + (<u, m> - <m, m> / 2) + (<v, m> - <m, m> / 2), where m is their mean. What is left lies
/// close to zero, so the step is small, and the error half of it; few elements lie outside of what a byte holds, and
/// have what is missing in `beyond`.
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
        : n_(anchors.size()), error_(product_error(anchors.dim())) {
        entries_ = std::make_unique_for_overwrite<Entry[]>(n_ * n_);
        offset_.assign(n_, 0);
        if constexpr (in_bytes) {
            find_offsets(anchors);
            choose_step(anchors);
        }
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
    [[nodiscard]] std::vector<float> const& offsets() const noexcept { return offset_; }
    [[nodiscard]] double largest_offset() const noexcept { return largest_offset_; }
    [[nodiscard]] float step() const noexcept { return step_; }
    /// By column, ascending.
    [[nodiscard]] std::span<excess const> beyond(std::size_t row) const noexcept {
        if (begin_.empty()) return {};
        return {beyond_.data() + begin_[row], begin_[row + 1] - begin_[row]};
    }
    /// Bound on the error of each element.
    [[nodiscard]] double error() const noexcept { return error_; }

private:
    struct placed_excess {
        std::uint32_t row, column;
        float value;
    };
    static constexpr std::size_t block = 1024;

    void find_offsets(anchor_set const& anchors) {
        Eigen::RowVectorXd mean = Eigen::RowVectorXd::Zero(anchors.rows().cols());
        for (std::size_t i = 0; i < n_; ++i) {
            mean += anchors.inverse_norm(i) * anchors.rows().row(static_cast<Eigen::Index>(i)).cast<double>();
        }
        mean /= static_cast<double>(n_);
        double const half = mean.squaredNorm() / 2;
        for (std::size_t i = 0; i < n_; ++i) {
            double const product = anchors.rows().row(static_cast<Eigen::Index>(i)).cast<double>().dot(mean);
            offset_[i] = static_cast<float>(product * anchors.inverse_norm(i) - half);
            largest_offset_ = std::fmax(largest_offset_, std::fabs(static_cast<double>(offset_[i])));
        }
    }

    // A byte holds 998 of a thousand elements of the rows of some anchors.
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
                auto const scale = static_cast<float>(anchors.inverse_norm(chosen[i]) * anchors.inverse_norm(j));
                values.push_back(std::fabs(row_of(products, i)[j] * scale - offset_[chosen[i]] - offset_[j]));
            }
        }
        float most = 0;
        if (!values.empty()) {
            auto const at = static_cast<std::ptrdiff_t>(values.size() - 1 - values.size() / 500);
            std::nth_element(values.begin(), values.begin() + at, values.end());
            most = values[static_cast<std::size_t>(at)];
        }
        step_ = std::fmax(most, 0x1p-16F) / 127;  // never zero
        // Half a step, and the roundings on the way to an entry and to what is beyond.
        error_ += static_cast<double>(step_) * (0.5 + 0x1p-12) + (1 + 2 * largest_offset_) * 0x1p-20;
    }

    void fill(anchor_set const& anchors, std::size_t first_row, std::size_t first_column,
              std::vector<placed_excess>& found) {
        auto const rows = anchors.rows().middleRows(static_cast<Eigen::Index>(first_row),
                                                    static_cast<Eigen::Index>(std::min(block, n_ - first_row)));
        auto const columns = anchors.rows().middleRows(static_cast<Eigen::Index>(first_column),
                                                       static_cast<Eigen::Index>(std::min(block, n_ - first_column)));
        matrix products(rows.rows(), columns.rows());
        products.noalias() = rows * columns.transpose();
        std::vector<float> column_scale;
        for (std::size_t c = 0; c < n_columns(products); ++c) {
            column_scale.push_back(static_cast<float>(anchors.inverse_norm(first_column + c)));
        }
        [[maybe_unused]] kernels const& kernels = processor_kernels();
        [[maybe_unused]] float const per_step = 1 / step_;
        for (std::size_t r = 0; r < n_rows(products); ++r) {
            std::size_t const i = first_row + r;
            float* const values = row_of(products, r);
            auto const row_scale = static_cast<float>(anchors.inverse_norm(i));
            for (std::size_t c = 0; c < n_columns(products); ++c) values[c] *= row_scale * column_scale[c];
            Entry* const out = entries_.get() + i * n_ + first_column;
            if constexpr (in_bytes) {
                float const* const offsets = offset_.data() + first_column;
                for (std::size_t c = 0; c < n_columns(products); ++c) values[c] -= offset_[i] + offsets[c];
                // A piece at a time: most have nothing beyond a byte.
                constexpr std::size_t piece = 64;
                for (std::size_t begin = 0; begin < n_columns(products); begin += piece) {
                    std::size_t const end = std::min(n_columns(products), begin + piece);
                    if (!kernels.to_bytes(values + begin, per_step, out + begin, end - begin)) continue;
                    for (std::size_t c = begin; c < end; ++c) {
                        if (std::fabs(values[c]) * per_step <= 127.5F) continue;
                        float const rest = values[c] - static_cast<float>(out[c]) * step_;
                        auto const column = static_cast<std::uint32_t>(first_column + c);
                        found.push_back({static_cast<std::uint32_t>(i), column, rest});
                        if (first_row != first_column) found.push_back({column, static_cast<std::uint32_t>(i), rest});
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
    double error_;
    std::vector<float> offset_;
    double largest_offset_ = 0;
    float step_ = 1;
    std::vector<std::size_t> begin_;
    std::vector<excess> beyond_;
};

}  // namespace tessera::inline v0::transplant::detail
