// The ids of a text on their way from the model to a network, with what goes along with them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>

namespace tessera::inline v0 {

/// The four lists are of the same length.
struct encoding {
    std::vector<token_id> ids;
    std::vector<std::uint32_t> type_ids;  ///< 0: first text, 1: second, unless a post-processor says otherwise
    std::vector<std::uint32_t> special_tokens_mask;  ///< 1: not from the text
    std::vector<std::uint32_t> attention_mask;       ///< 0: padding
    std::vector<encoding> overflowing;               ///< what truncation cut off, in pieces

    /// The encoding of a text before anything is added.
    [[nodiscard]] static encoding from_ids(std::vector<token_id> ids, std::uint32_t type_id = 0) {
        std::size_t const n = ids.size();
        encoding e;
        e.ids = std::move(ids);
        e.type_ids.assign(n, type_id);
        e.special_tokens_mask.assign(n, 0);
        e.attention_mask.assign(n, 1);
        return e;
    }
    [[nodiscard]] std::size_t size() const noexcept { return ids.size(); }

    friend bool operator==(encoding const&, encoding const&) = default;
};

/// How many ids may be copied in all where parts overlap, or are combined with others; half a gigabyte.
inline constexpr std::size_t max_overflowing_ids = std::size_t{1} << 25;

namespace detail {

/// Counts what overflowing parts take beyond the text itself: a product where each of two texts has some.
class overflow_budget {
public:
    /// @throws error  limit: too much altogether
    void spend(std::size_t n_ids, std::size_t n_parts = 1) {
        if (n_parts > left_ / ids_of_a_part || n_ids > left_ - ids_of_a_part * n_parts) {
            throw error(error_kind::limit, "overflowing", "the parts that truncation cuts off are too many",
                        "lower the stride, or raise max_length");
        }
        left_ -= ids_of_a_part * n_parts + n_ids;
    }
    /// What combining each of `n` parts with `m` others, and one more with these, makes.
    void spend_product(std::size_t n, std::size_t m) {
        if (m + 1 > max_overflowing_ids / (n + 1)) spend(max_overflowing_ids);
        spend(0, (n + 1) * (m + 1) - 1);
    }

private:
    // A part takes memory even without ids: four lists, each with a block of its own.
    static constexpr std::size_t ids_of_a_part = 16;

    std::size_t left_ = max_overflowing_ids;
};

inline void append_ids(encoding& to, encoding const& from) {
    auto const append = [](auto& a, auto const& b) { a.insert(a.end(), b.begin(), b.end()); };
    append(to.ids, from.ids);
    append(to.type_ids, from.type_ids);
    append(to.special_tokens_mask, from.special_tokens_mask);
    append(to.attention_mask, from.attention_mask);
}

[[nodiscard]] inline encoding slice(encoding const& from, std::size_t begin, std::size_t end) {
    auto const part = [&](auto const& list) {
        auto const at = [&](std::size_t i) { return list.begin() + static_cast<std::ptrdiff_t>(i); };
        return std::remove_cvref_t<decltype(list)>(at(begin), at(end));
    };
    return {part(from.ids), part(from.type_ids), part(from.special_tokens_mask), part(from.attention_mask), {}};
}

inline void merge_into(encoding& to, encoding const& from, overflow_budget& budget) {
    if (from.overflowing.empty()) {
        for (encoding& part : to.overflowing) {
            budget.spend(from.size(), 0);
            merge_into(part, from, budget);
        }
        append_ids(to, from);
        return;
    }
    // Parts nest by one level a text, and each level at least doubles their number: the budget bounds the depth.
    std::vector<encoding> overflowing;
    bool const product = !to.overflowing.empty();
    budget.spend_product(to.overflowing.size(), from.overflowing.size());  // before anything is made
    auto const combine = [&](encoding const& a, encoding const& b) {
        budget.spend(a.size() + (product ? b.size() : 0), 0);
        merge_into(overflowing.emplace_back(a), b, budget);
    };
    for (encoding const& part : to.overflowing) {
        combine(part, from);
        for (encoding const& other : from.overflowing) combine(part, other);
    }
    for (encoding const& other : from.overflowing) combine(to, other);
    append_ids(to, from);
    to.overflowing = std::move(overflowing);
}

}  // namespace detail

/// Appends `from` to `to`, and combines the overflowing parts of both: each of `to` with `from` and with each of its
/// parts, then `to` with each part of `from`.
/// @throws error  limit: more than max_overflowing_ids would have to be copied
/// @par Source    tokenizers 0.23.3, tokenizer/encoding.rs, merge_with
inline void merge_with(encoding& to, encoding const& from) {
    detail::overflow_budget budget;
    detail::merge_into(to, from, budget);
}

}  // namespace tessera::inline v0
