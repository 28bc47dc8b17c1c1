// A row of a language model, by the bytes of tokens, and sums over tokens that begin alike.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include <tessera/bytes/detail/exp_sum.hpp>
#include <tessera/bytes/token_order.hpp>
#include <tessera/bytes/token_set.hpp>
#include <tessera/core/token.hpp>

namespace tessera::inline v0 {
namespace detail {

/// The logarithm of a sum of which logarithms are given.
template <class Number>
class log_sum {
public:
    void add(Number x) {
        if (x == -std::numeric_limits<Number>::infinity()) return;
        if (x > most_) {
            sum_ = sum_ * std::exp(most_ - x) + 1;
            most_ = x;
        } else {
            sum_ += std::exp(x - most_);
        }
    }
    [[nodiscard]] Number value() const { return sum_ == 0 ? most_ : most_ + std::log(sum_); }

private:
    Number most_ = -std::numeric_limits<Number>::infinity();
    Number sum_ = 0;
};

/// Log-probabilities of a range of tokens, in the order of their bytes; -inf for those that may not come.
class token_weights {
public:
    using pointer = std::shared_ptr<token_weights const>;

    /// @param row      by id
    /// @param allowed  by place in `order`
    [[nodiscard]] static pointer of(std::span<double const> row, token_order const& order, token_set const& allowed,
                                    token_order::range range, std::span<token_id const> stop_tokens) {
        auto made = std::make_shared<token_weights>();
        made->range_ = range;
        made->logs_.resize(range.size());
        double* const logs = made->logs_.data();
        token_id const* const ids = order.ids().data() + range.begin;
        for (std::size_t i = 0; i < range.size(); ++i) logs[i] = row[ids[i]];
        std::span<std::uint64_t const> const words = allowed.words();
        for (std::size_t w = range.begin / 64; w * 64 < range.end; ++w) {
            for (std::uint64_t bits = ~words[w]; bits != 0; bits &= bits - 1) {
                std::size_t const place = w * 64 + static_cast<std::size_t>(std::countr_zero(bits));
                if (place >= range.begin && place < range.end) logs[place - range.begin] = none;
            }
        }
        made->find_most();
        detail::log_sum<double> stop;
        for (token_id const id : stop_tokens) stop.add(row[id]);
        made->stop_ = stop.value();
        return made;
    }

    /// The same of fewer tokens; where they are much fewer, without the memory of the others.
    [[nodiscard]] static pointer narrowed(pointer const& from, token_order::range range) {
        if (range.size() * 2 > from->logs_.size()) return from;
        auto made = std::make_shared<token_weights>();
        made->range_ = range;
        made->stop_ = from->stop_;
        auto const begin = from->logs_.begin() + static_cast<std::ptrdiff_t>(range.begin - from->range_.begin);
        made->logs_.assign(begin, begin + static_cast<std::ptrdiff_t>(range.size()));
        made->find_most();
        return made;
    }

    /// @pre the range has it
    [[nodiscard]] double log_at(std::uint32_t place) const noexcept { return logs_[place - range_.begin]; }
    /// Of all stop tokens.
    [[nodiscard]] double stop() const noexcept { return stop_; }

    /// The logarithm of the sum over a part of the range.
    [[nodiscard]] double log_sum(token_order::range part) const {
        std::span<double const> const values(logs_.data() + (part.begin - range_.begin), part.size());
        if (values.empty() || most_ == none) return none;
        constexpr double least_sum = 1e-280;  // below, what is too small for a double has a part in it
        if (double const sum = exp_sum(values, most_); sum > least_sum) return most_ + std::log(sum);
        double const most = *std::max_element(values.begin(), values.end());
        return most == none ? none : most + std::log(exp_sum(values, most));
    }

private:
    static constexpr double none = -std::numeric_limits<double>::infinity();

    void find_most() {
        std::array<double, 8> most;
        most.fill(none);
        std::size_t i = 0;
        for (; i + most.size() <= logs_.size(); i += most.size()) {
            for (std::size_t j = 0; j < most.size(); ++j) most[j] = logs_[i + j] > most[j] ? logs_[i + j] : most[j];
        }
        for (; i < logs_.size(); ++i) most[0] = std::max(most[0], logs_[i]);
        most_ = *std::max_element(most.begin(), most.end());
    }

    token_order::range range_;
    std::vector<double> logs_;
    double most_ = none;  // the largest of them
    double stop_ = -std::numeric_limits<double>::infinity();
};

}  // namespace detail
}  // namespace tessera::inline v0
