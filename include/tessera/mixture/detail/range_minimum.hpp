// Minima over ranges, in constant time each.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace tessera::inline v0::detail {

/// Where the smallest of a range of numbers is, of equals the first.
class range_minimum {
public:
    void assign(std::vector<double> values) {
        values_ = std::move(values);
        levels_.clear();
        levels_.emplace_back(values_.size());
        for (std::uint32_t i = 0; i < values_.size(); ++i) levels_[0][i] = i;
        for (std::size_t width = 2; width <= values_.size(); width *= 2) {
            auto const& below = levels_.back();
            std::vector<std::uint32_t> level(values_.size() - width + 1);
            for (std::size_t i = 0; i < level.size(); ++i) level[i] = smaller(below[i], below[i + width / 2]);
            levels_.push_back(std::move(level));
        }
    }
    [[nodiscard]] double operator[](std::size_t i) const noexcept { return values_[i]; }
    /// @pre  begin < end
    [[nodiscard]] std::uint32_t find(std::size_t begin, std::size_t end) const noexcept {
        auto const k = static_cast<std::size_t>(std::bit_width(end - begin) - 1);
        return smaller(levels_[k][begin], levels_[k][end - (std::size_t{1} << k)]);
    }

private:
    [[nodiscard]] std::uint32_t smaller(std::uint32_t a, std::uint32_t b) const noexcept {
        return values_[b] < values_[a] ? b : a;
    }
    std::vector<double> values_;
    std::vector<std::vector<std::uint32_t>> levels_;
};

}  // namespace tessera::inline v0::detail
