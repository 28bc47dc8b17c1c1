// The cosines of all pairs of anchors, as bytes, with a bound on what that loses.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/uninitialized_vector.hpp>
#include <tessera/transplant/anchor_set.hpp>
#include <tessera/transplant/detail/kernel_set.hpp>
#include <tessera/transplant/detail/short_directions.hpp>
#include <tessera/transplant/matrix.hpp>

namespace tessera::inline v0::transplant::detail {

/// Element (i, j) is offset(i) + offset(j) + step * entry, where the entry is a whole number from -127 to 127.
///
/// The offsets take out what all directions have in common: <u, v> = <u - m, v - m> + (<u, m> - <m, m> / 2) +
/// (<v, m> - <m, m> / 2), where m is their mean. What is left lies close to zero, so the step is small, and the error
/// half of it; few elements lie outside of what a byte holds, and have what is missing in a list.
class byte_gram {
    struct excess {
        std::uint32_t column;
        float value;
    };

public:
    /// @complexity  n^2 dim operations, for half of the elements; n^2 bytes
    template <Executor E>
    byte_gram(anchor_set const& anchors, E const& executor)
        : anchors_(&anchors),
          kernels_(&anchors.kernels()),
          n_(anchors.size()),
          stride_((n_ + tile - 1) / tile * tile),
          directions_(
              n_, anchors.dim(), [&](std::size_t i) { return anchors[i]; },
              [&](std::size_t i) { return anchors.inverse_norm(i); }, executor) {
        entries_.resize(n_ * stride_);
        find_offsets();
        choose_step();
        constexpr std::size_t block = 8;  // groups
        std::vector<std::pair<std::size_t, std::size_t>> blocks;
        for (std::size_t g = 0; g < directions_.n_groups(); g += block) {
            for (std::size_t h = g; h < directions_.n_groups(); h += block) blocks.emplace_back(g, h);
        }
        std::vector<std::vector<placed_excess>> found(blocks.size());
        executor.for_each_index(blocks.size(), [&](std::size_t b) {
            auto const [g0, h0] = blocks[b];
            for (std::size_t h = h0; h < std::min(h0 + block, directions_.n_groups()); ++h) {
                for (std::size_t g = g0; g < std::min(g0 + block, h + 1); ++g) fill(g, h, found[b]);
            }
        });
        gather(found, executor);
    }

    /// Products of targets and anchors' directions: (n_targets, n_anchors), up to `error` times the target's length.
    void first_products(Eigen::Ref<matrix const> const& targets, matrix& products, double& error) const {
        auto const row = [&](std::size_t i) {
            return targets.data() + i * static_cast<std::size_t>(targets.outerStride());
        };
        std::vector<double> norms;
        for (std::size_t i = 0; i < static_cast<std::size_t>(targets.rows()); ++i) {
            norms.push_back(std::sqrt(kernels_->dot(row(i), row(i), anchors_->dim())));
        }
        short_directions const directions(
            norms.size(), anchors_->dim(), row,
            [&](std::size_t i) { return norms[i] < shortest_row ? 0 : 1 / norms[i]; }, serial_executor{});
        if (products.rows() < targets.rows()) products.resize(targets.rows(), static_cast<Eigen::Index>(stride_));
        std::vector<std::int32_t> sums(tile_size);
        for (std::size_t h = 0; h < directions_.n_groups(); ++h) {
            for (std::size_t g = 0; g < directions.n_groups(); ++g) {
                kernels_->short_products(directions.group(g), directions_.group(h), directions.n_pairs(), sums.data());
                for (std::size_t i = tile * g; i < std::min(norms.size(), tile * (g + 1)); ++i) {
                    auto const scale = static_cast<float>(norms[i] / directions.scale() / directions_.scale());
                    std::int32_t const* const from = sums.data() + tile * (i % tile);
                    float* const to = row_of(products, i) + tile * h;
                    for (std::size_t c = 0; c < tile; ++c) to[c] = static_cast<float>(from[c]) * scale;
                }
            }
        }
        error = cosine_error(directions, directions_) + 0x1p-22;
    }

    /// Sums of some rows.
    class combination {
    public:
        explicit combination(byte_gram const& gram) : gram_(&gram) {}

        void begin(std::span<std::uint32_t const> rows, std::span<double const> weights) {
            double const step = gram_->step_;
            double most = 0;
            for (double const w : weights) most = std::fmax(most, std::fabs(w) * step);
            // A power of two, so that weights are exact as numbers of single precision, too.
            double unit = std::exp2(std::ceil(std::log2(std::fmax(most, 0x1p-100) / 16255)));
            unit = std::fmax(unit, 0x1p-100);
            weights_ = weights;
            rows_.clear();
            beyond_.clear();
            high_.clear();
            low_.clear();
            error_ = constant_ = factor_ = 0;
            double all = 0;
            for (std::size_t i = 0; i < rows.size(); ++i) {
                double const weight = weights[i];
                auto const whole = static_cast<int>(std::lround(weight * step / unit));
                int const low = ((whole + 64) & 127) - 64;
                low_.push_back(static_cast<std::int8_t>(low));
                high_.push_back(static_cast<std::int8_t>((whole - low) / 128));
                error_ += std::fabs(weight) * gram_->error_ + std::fabs(weight * step - whole * unit) * 127;
                constant_ += weight * static_cast<double>(gram_->offset_[rows[i]]);
                factor_ += weight;
                all += std::fabs(weight);
                rows_.push_back(gram_->entries_.data() + rows[i] * gram_->stride_);
                beyond_.push_back(gram_->beyond(rows[i]));
            }
            while (rows_.size() % 4 != 0) {
                rows_.push_back(rows_.front());
                high_.push_back(0);
                low_.push_back(0);
            }
            unit_ = static_cast<float>(unit);
            reach_ = all * (1 + 256 * step + 2 * gram_->largest_offset_);
        }

        /// Bound on what elements lose, beside the roundings of adding them up.
        [[nodiscard]] double error() const noexcept { return error_; }
        /// Bound on the sum of the absolute values of what is added up.
        [[nodiscard]] double reach() const noexcept { return reach_; }

        /// to[i] = from[i] less the sum, for columns first, first + 1, ...: to be called for one piece after the other.
        /// @pre first is a multiple of `tile`, and both arrays end at one
        void subtract(float const* from, std::size_t first, std::size_t n, float* to) {
            std::size_t const whole = (n + tile - 1) / tile * tile;
            gram_->kernels_->start_sums(to, from, static_cast<float>(constant_), static_cast<float>(factor_),
                                        gram_->offset_.data() + first, whole);
            gram_->kernels_->subtract_bytes(to, rows_.data(), {high_.data(), low_.data(), unit_}, rows_.size(), whole);
            for (std::uint8_t const*& row : rows_) row += whole;
            for (std::size_t i = 0; i < beyond_.size(); ++i) {
                auto const weight = static_cast<float>(weights_[i]);
                auto& rest = beyond_[i];
                std::size_t used = 0;
                for (; used < rest.size() && rest[used].column < first + n; ++used) {
                    to[rest[used].column - first] -= weight * rest[used].value;
                }
                rest = rest.subspan(used);
            }
        }

    private:
        byte_gram const* gram_;
        std::span<double const> weights_;
        std::vector<std::uint8_t const*> rows_;
        std::vector<std::int8_t> high_, low_;
        std::vector<std::span<excess const>> beyond_;
        float unit_ = 1;
        double constant_ = 0;
        double factor_ = 0;
        double error_ = 0;
        double reach_ = 0;
    };

private:
    struct placed_excess {
        std::uint32_t row;
        excess what;
    };

    /// By column, ascending.
    [[nodiscard]] std::span<excess const> beyond(std::size_t row) const noexcept {
        return {beyond_.data() + begin_[row], begin_[row + 1] - begin_[row]};
    }

    void find_offsets() {
        auto const row = [&](std::size_t i) {
            return anchors_->rows().row(static_cast<Eigen::Index>(i)).template cast<double>();
        };
        Eigen::RowVectorXd mean = Eigen::RowVectorXd::Zero(anchors_->rows().cols());
        for (std::size_t i = 0; i < n_; ++i) mean += anchors_->inverse_norm(i) * row(i);
        mean /= static_cast<double>(n_);
        double const half = mean.squaredNorm() / 2;
        offset_.assign(stride_, 0);
        for (std::size_t i = 0; i < n_; ++i) {
            double const product = kernels_->dot_with_doubles((*anchors_)[i], mean.data(), anchors_->dim());
            offset_[i] = static_cast<float>(product * anchors_->inverse_norm(i) - half);
            largest_offset_ = std::fmax(largest_offset_, std::fabs(static_cast<double>(offset_[i])));
        }
    }

    // A byte holds all but `share_beyond` of the elements of some anchors with some others.
    void choose_step() {
        constexpr std::size_t share_beyond = 300;  // one in so many
        std::size_t const n_sampled = std::min(n_, tile);
        auto const sampled = [&](std::size_t i) { return i * n_ / n_sampled; };
        short_directions const sample(
            n_sampled, anchors_->dim(), [&](std::size_t i) { return (*anchors_)[sampled(i)]; },
            [&](std::size_t i) { return anchors_->inverse_norm(sampled(i)); }, serial_executor{});
        std::vector<std::int32_t> sums(tile_size);
        std::vector<float> values;
        auto const scale = static_cast<float>(1 / sample.scale() / directions_.scale());
        for (std::size_t h = 0; h < directions_.n_groups(); h += 1 + directions_.n_groups() / 128) {
            kernels_->short_products(sample.group(0), directions_.group(h), sample.n_pairs(), sums.data());
            for (std::size_t i = 0; i < n_sampled; ++i) {
                for (std::size_t j = tile * h; j < std::min(n_, tile * (h + 1)); ++j) {
                    if (j == sampled(i)) continue;
                    float const product = static_cast<float>(sums[tile * i + j % tile]) * scale;
                    values.push_back(std::fabs(product - offset_[sampled(i)] - offset_[j]));
                }
            }
        }
        float most = 0;
        if (!values.empty()) {
            auto const at = static_cast<std::ptrdiff_t>(values.size() - 1 - values.size() / share_beyond);
            std::nth_element(values.begin(), values.begin() + at, values.end());
            most = values[static_cast<std::size_t>(at)];
        }
        step_ = static_cast<double>(std::fmax(most, 0x1p-16F)) / 127;  // never zero
        for (float const offset : offset_) offset_in_steps_.push_back(static_cast<float>(offset / step_));
        // Half a step, the short numbers, and the roundings on the way to an entry and to what is beyond.
        error_ = step_ * (0.5 + 0x1p-12) + cosine_error(directions_, directions_) + (1 + 2 * largest_offset_) * 0x1p-20;
    }

    void fill(std::size_t g, std::size_t h, std::vector<placed_excess>& found) {
        alignas(64) std::int32_t sums[tile_size];
        alignas(64) std::uint8_t bytes[tile_size];
        alignas(64) std::uint8_t transposed[tile_size];
        kernels_->short_products(directions_.group(g), directions_.group(h), directions_.n_pairs(), sums);
        auto const scale = static_cast<float>(1 / directions_.scale() / directions_.scale() / step_);
        std::size_t const n_rows = std::min(tile, n_ - tile * g);
        std::size_t const n_columns = std::min(tile, n_ - tile * h);
        for (std::size_t r = 0; r < n_rows; ++r) {
            std::size_t const i = tile * g + r;
            std::int32_t const* const products = sums + tile * r;
            float const* const offsets = offset_in_steps_.data() + tile * h;
            bool const some_beyond =
                kernels_->to_bytes(products, scale, offset_in_steps_[i], offsets, bytes + tile * r);
            std::copy_n(bytes + tile * r, tile, entries_.data() + i * stride_ + tile * h);
            if (!some_beyond) continue;
            for (std::size_t c = 0; c < n_columns; ++c) {
                float const value = static_cast<float>(products[c]) * scale - offset_in_steps_[i] - offsets[c];
                if (std::fabs(value) <= 127.5F) continue;
                auto const rest = static_cast<float>((value < 0 ? value + 127 : value - 127) * step_);
                auto const row = static_cast<std::uint32_t>(i);
                auto const column = static_cast<std::uint32_t>(tile * h + c);
                found.push_back({row, {column, rest}});
                if (g != h) found.push_back({column, {row, rest}});
            }
        }
        if (g == h) return;
        std::fill(bytes + tile * n_rows, bytes + tile_size, std::uint8_t{byte_zero});
        kernels_->transpose_bytes(bytes, transposed);
        for (std::size_t c = 0; c < n_columns; ++c) {
            std::copy_n(transposed + tile * c, tile, entries_.data() + (tile * h + c) * stride_ + tile * g);
        }
    }

    template <Executor E>
    void gather(std::vector<std::vector<placed_excess>> const& found, E const& executor) {
        begin_.assign(n_ + 1, 0);
        for (auto const& some : found) {
            for (placed_excess const& e : some) ++begin_[e.row + 1];
        }
        for (std::size_t i = 0; i < n_; ++i) begin_[i + 1] += begin_[i];
        beyond_.resize(begin_[n_]);
        std::vector<std::size_t> next(begin_.begin(), begin_.end() - 1);
        for (auto const& some : found) {
            for (placed_excess const& e : some) beyond_[next[e.row]++] = e.what;
        }
        executor.for_each_index(directions_.n_groups(), [&](std::size_t g) {
            for (std::size_t i = tile * g; i < std::min(n_, tile * (g + 1)); ++i) {
                std::sort(beyond_.begin() + static_cast<std::ptrdiff_t>(begin_[i]),
                          beyond_.begin() + static_cast<std::ptrdiff_t>(begin_[i + 1]),
                          [](excess const& a, excess const& b) { return a.column < b.column; });
            }
        });
    }

    anchor_set const* anchors_;
    kernel_set const* kernels_;
    std::size_t n_;
    std::size_t stride_;  // of the entries of a row
    short_directions directions_;
    uninitialized_vector<std::uint8_t> entries_;
    std::vector<float> offset_;  // (stride)
    std::vector<float> offset_in_steps_;
    double largest_offset_ = 0;
    double step_ = 1;
    double error_ = 0;
    std::vector<std::size_t> begin_;
    std::vector<excess> beyond_;
};

}  // namespace tessera::inline v0::transplant::detail
