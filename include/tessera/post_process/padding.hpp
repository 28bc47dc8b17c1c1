// Filling encodings up to one length.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/post_process/encoding.hpp>

namespace tessera::inline v0 {

/// Which end is filled.
enum class padding_direction : std::uint8_t { left, right };

[[nodiscard]] constexpr std::array<std::pair<std::string_view, padding_direction>, 2> names_of(
    padding_direction) noexcept {
    return {{{"Left", padding_direction::left}, {"Right", padding_direction::right}}};
}

/// "BatchLongest" or {"Fixed": length}.
struct padding_strategy {
    bool fixed = false;      ///< to `length`; else to the longest of a batch
    std::size_t length = 0;  ///< at most max_padded_length
    friend bool operator==(padding_strategy const&, padding_strategy const&) = default;
};

/// `padding` of tokenizer.json.
struct padding_params {
    padding_strategy strategy;
    padding_direction direction = padding_direction::right;
    std::optional<std::size_t> pad_to_multiple_of;  ///< 0: of anything
    token_id pad_id = 0;
    std::uint32_t pad_type_id = 0;
    std::string pad_token = "[PAD]";

    template <class Fields, class Params>
    static void describe(Fields& f, Params& p) {
        f("strategy", p.strategy);
        f("direction", p.direction);
        f("pad_to_multiple_of", p.pad_to_multiple_of);
        f("pad_id", p.pad_id);
        f("pad_type_id", p.pad_type_id);
        f("pad_token", p.pad_token);
    }
    friend bool operator==(padding_params const&, padding_params const&) = default;
};

/// A length beyond this, which a file may name, is refused before anything is allocated for it.
inline constexpr std::size_t max_padded_length = std::size_t{1} << 24;

/// Fills `e`, and its overflowing parts, up to `length` ids; longer ones stay.
/// @par Source  tokenizers 0.23.3, tokenizer/encoding.rs
inline void pad(encoding& e, std::size_t length, padding_params const& p) {
    for (encoding& part : e.overflowing) pad(part, length, p);
    if (e.size() >= length) return;
    std::size_t const n = length - e.size();
    auto const fill = [&](auto& list, std::uint32_t value) {
        list.insert(p.direction == padding_direction::left ? list.begin() : list.end(), n, value);
    };
    fill(e.ids, p.pad_id);
    fill(e.type_ids, p.pad_type_id);
    fill(e.special_tokens_mask, 1);
    fill(e.attention_mask, 0);
}

/// Fills all to one length: that of the strategy, up to the next multiple.
/// @throws error  limit: that is more than max_padded_length
/// @par Source    tokenizers 0.23.3, utils/padding.rs
inline void pad_encodings(std::span<encoding> batch, padding_params const& p) {
    if (batch.empty()) return;
    std::size_t length = p.strategy.length;
    std::size_t most = 0;
    for (encoding const& e : batch) most = std::max(most, e.size());
    if (!p.strategy.fixed) length = most;
    if (std::size_t const multiple = p.pad_to_multiple_of.value_or(0); multiple > 0 && length % multiple > 0) {
        std::size_t const missing = multiple - length % multiple;
        length = missing > SIZE_MAX - length ? SIZE_MAX : length + missing;
    }
    if (length > most && length > max_padded_length) {
        throw error(error_kind::limit, "padding", "the length of " + std::to_string(length) + " ids is too large",
                    "at most " + std::to_string(max_padded_length) + " are padded to");
    }
    for (encoding& e : batch) pad(e, length, p);
}

}  // namespace tessera::inline v0
