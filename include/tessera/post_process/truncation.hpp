// Cutting encodings to a length, the rest into overlapping parts.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/post_process/encoding.hpp>

namespace tessera::inline v0 {

/// Which end is cut off.
enum class truncation_direction : std::uint8_t { left, right };

[[nodiscard]] constexpr std::array<std::pair<std::string_view, truncation_direction>, 2> names_of(
    truncation_direction) noexcept {
    return {{{"Left", truncation_direction::left}, {"Right", truncation_direction::right}}};
}

/// Which of two texts is cut.
enum class truncation_strategy : std::uint8_t {
    longest_first,  ///< the longer; both where that is not enough
    only_first,
    only_second,
};

[[nodiscard]] constexpr std::array<std::pair<std::string_view, truncation_strategy>, 3> names_of(
    truncation_strategy) noexcept {
    return {{{"LongestFirst", truncation_strategy::longest_first},
             {"OnlyFirst", truncation_strategy::only_first},
             {"OnlySecond", truncation_strategy::only_second}}};
}

/// `truncation` of tokenizer.json.
struct truncation_params {
    truncation_direction direction = truncation_direction::right;
    std::size_t max_length = 512;  ///< ids of both texts, with those that the post-processor adds
    truncation_strategy strategy = truncation_strategy::longest_first;
    std::size_t stride = 0;  ///< ids that a part shares with the one before; below the length that a text is cut to

    template <class Fields, class Params>
    static void describe(Fields& f, Params& p) {
        f.optional("direction", p.direction);
        f("max_length", p.max_length);
        f("strategy", p.strategy);
        f("stride", p.stride);
    }
    friend bool operator==(truncation_params const&, truncation_params const&) = default;
};

/// Cuts `e` to `max_length` ids; what is cut off becomes its overflowing parts, of at most as many ids. With a
/// `max_length` of 0 there is one part, `e` as it was.
/// @throws error       bad_option: the stride is not below a max_length of 1 or more (where the library panics);
///                     limit: the parts share more than max_overflowing_ids
/// @complexity         O(n max_length / (max_length - stride))
/// @par Source         tokenizers 0.23.3, tokenizer/encoding.rs
inline void truncate(encoding& e, std::size_t max_length, std::size_t stride, truncation_direction direction) {
    std::size_t const n = e.size();
    if (max_length >= n) return;
    if (max_length == 0) {
        encoding empty;
        empty.overflowing.push_back(std::move(e));
        e = std::move(empty);
        return;
    }
    if (stride >= max_length) {
        throw error(error_kind::bad_option, "stride",
                    std::to_string(stride) + " is not below the " + std::to_string(max_length) +
                        " ids that are left for a text without the added ones",
                    "lower the stride, or raise max_length");
    }
    std::size_t const step = max_length - stride;
    std::size_t const n_parts = (n - max_length + step - 1) / step + 1;
    detail::overflow_budget budget;
    budget.spend(0, n_parts);
    budget.spend(stride > max_overflowing_ids / n_parts ? max_overflowing_ids : n_parts * stride);
    encoding cut;
    for (std::size_t i = 0; i < n_parts; ++i) {
        std::size_t const begin = i * step;
        std::size_t const end = std::min(begin + max_length, n);
        encoding part = direction == truncation_direction::right ? detail::slice(e, begin, end)
                                                                 : detail::slice(e, n - end, n - begin);
        if (i == 0) {
            cut = std::move(part);
        } else {
            cut.overflowing.push_back(std::move(part));
        }
    }
    e = std::move(cut);
}

/// Cuts one or two encodings to `p.max_length` ids together.
/// @throws error  bad_option: the strategy cuts the second text and there is none, or a text that is too short for it;
///                what truncate throws
/// @par Source    tokenizers 0.23.3, utils/truncation.rs
inline void truncate_encodings(encoding& a, std::optional<encoding>& b, truncation_params const& p) {
    auto const cut = [&](encoding& e, std::size_t length) { truncate(e, length, p.stride, p.direction); };
    if (p.max_length == 0) {
        cut(a, 0);
        if (b) cut(*b, 0);
        return;
    }
    std::size_t const total = a.size() + (b ? b->size() : 0);
    if (total <= p.max_length) return;
    if (p.strategy != truncation_strategy::longest_first) {
        bool const first = p.strategy == truncation_strategy::only_first;
        if (!first && !b) {
            throw error(error_kind::bad_option, "strategy", "there is no second text to truncate",
                        "give one, or choose another strategy");
        }
        encoding& target = first ? a : *b;
        std::size_t const to_remove = total - p.max_length;
        if (target.size() <= to_remove) {
            throw error(error_kind::bad_option, "max_length", "the text to truncate is too short for this",
                        "raise max_length, or choose another strategy");
        }
        cut(target, target.size() - to_remove);
        return;
    }
    if (!b) {
        cut(a, p.max_length);
        return;
    }
    // The shorter one keeps what it has as long as the longer one would still be the longer one.
    std::size_t shorter = std::min(a.size(), b->size());
    std::size_t longer = shorter > p.max_length ? shorter : std::max(shorter, p.max_length - shorter);
    if (shorter > p.max_length - std::min(longer, p.max_length)) {
        shorter = p.max_length / 2;
        longer = shorter + p.max_length % 2;
    }
    bool const swap = a.size() > b->size();
    cut(a, swap ? longer : shorter);
    cut(*b, swap ? shorter : longer);
}

}  // namespace tessera::inline v0
