// Sets of characters, as sorted ranges. Next: properties.hpp, the sets that have names.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

namespace tessera::inline v0 {
namespace detail {

/// What an ill-formed byte is to patterns: one past the last code point, so that it is in the complement of every set
/// that a pattern can write, and in no such set.
inline constexpr std::uint32_t ill_formed = 0x110000;

/// A set of code points and `ill_formed`: disjoint ranges, in order, no two of them touching.
class code_point_set {
public:
    struct range {
        std::uint32_t first, last;
        friend bool operator==(range, range) = default;
    };

    code_point_set() = default;
    code_point_set(std::initializer_list<range> ranges) {
        for (range const r : ranges) add(r.first, r.last);
    }

    [[nodiscard]] std::vector<range> const& ranges() const noexcept { return ranges_; }
    [[nodiscard]] bool empty() const noexcept { return ranges_.empty(); }
    [[nodiscard]] bool is_one() const noexcept { return ranges_.size() == 1 && ranges_[0].first == ranges_[0].last; }

    [[nodiscard]] bool contains(std::uint32_t c) const noexcept {
        auto const after = std::upper_bound(ranges_.begin(), ranges_.end(), c,
                                            [](std::uint32_t x, range const& r) { return x < r.first; });
        return after != ranges_.begin() && c <= std::prev(after)->last;
    }

    /// O(1) where ranges come in order, O(n) elsewhere.
    void add(std::uint32_t first, std::uint32_t last) {
        if (ranges_.empty() || first > ranges_.back().last + 1) {
            ranges_.push_back({first, last});
        } else if (first >= ranges_.back().first) {
            ranges_.back().last = std::max(ranges_.back().last, last);
        } else {
            code_point_set one;
            one.ranges_.push_back({first, last});
            *this |= one;
        }
    }
    void add(std::uint32_t c) { add(c, c); }

    code_point_set& operator|=(code_point_set const& other) {
        if (other.empty()) return *this;
        std::vector<range> both(ranges_.size() + other.ranges_.size());
        std::merge(ranges_.begin(), ranges_.end(), other.ranges_.begin(), other.ranges_.end(), both.begin(),
                   [](range const& a, range const& b) { return a.first < b.first; });
        ranges_.clear();
        for (range const r : both) add(r.first, r.last);
        return *this;
    }
    code_point_set& operator&=(code_point_set const& other) {
        complement();
        code_point_set theirs = other;
        theirs.complement();
        *this |= theirs;
        complement();
        return *this;
    }
    code_point_set& operator-=(code_point_set other) {
        other.complement();
        return *this &= other;
    }

    void complement() {
        std::vector<range> gaps;
        std::uint32_t next = 0;
        for (range const r : ranges_) {
            if (r.first > next) gaps.push_back({next, r.first - 1});
            next = r.last + 1;
        }
        if (next <= ill_formed) gaps.push_back({next, ill_formed});
        ranges_ = std::move(gaps);
    }
    [[nodiscard]] code_point_set complemented() const {
        code_point_set copy = *this;
        copy.complement();
        return copy;
    }

    friend bool operator==(code_point_set const&, code_point_set const&) = default;

private:
    std::vector<range> ranges_;
};

}  // namespace detail
}  // namespace tessera::inline v0
