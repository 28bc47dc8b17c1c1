// Where each row of the new matrices comes from: decided once, for input and output alike.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/transplant/token_table.hpp>
#include <tessera/transplant/vocabulary_map.hpp>

namespace tessera::inline v0::transplant {

enum class row_source : std::uint8_t {
    shared,        ///< a text token that the base has: its row, bit for bit
    special,       ///< a control token matched with one of the base: its row, bit for bit
    user_text,     ///< a token for which the user gave a text: the mean of its pieces' rows
    approximated,  ///< a text token that the base has not: what the method makes
    lost_special,  ///< a control token that nothing matches: the mean of the base's control tokens
    junk,          ///< no token has this id, or nothing is known of it: the row that the base gives such ids
};
inline constexpr std::array<std::string_view, 6> row_source_names{"shared",       "special",      "user_text",
                                                                  "approximated", "lost_special", "junk"};

struct row_plan {
    std::vector<row_source> source;           ///< by new id; as many as the new matrices have rows
    std::vector<token_id> base;               ///< by new id: the row that is copied, or no_token
    std::vector<token_id> anchors;            ///< new ids of shared tokens, ascending
    std::vector<token_id> approximated;       ///< new ids, ascending
    std::vector<vocabulary_map::text> texts;  ///< of user_text

    [[nodiscard]] std::size_t n(row_source which) const noexcept {
        return static_cast<std::size_t>(std::count(source.begin(), source.end(), which));
    }
    [[nodiscard]] std::size_t n_rows() const noexcept { return source.size(); }
};

/// @param map         from the new (donor) vocabulary to the base's
/// @param n_rows      of the new matrices; at least the new vocabulary's ids
/// @param donor_rows  new ids from here on have no row in the donor model, so no method can know them: junk
/// @param specials_are_anchors  as mergekit has it, for which a token is a key like any other
[[nodiscard]] inline row_plan plan_rows(vocabulary_map const& map, token_table const& added, std::size_t n_rows,
                                        std::size_t donor_rows, bool specials_are_anchors = false) {
    row_plan plan;
    plan.source.assign(std::max(n_rows, added.size()), row_source::junk);
    plan.base.assign(plan.source.size(), no_token);
    plan.texts = map.texts;
    for (token_id id = 0; id < added.size(); ++id) {
        if (added.kind(id) == token_kind::unused || added.bytes(id).empty()) continue;
        bool const is_control = added.kind(id) == token_kind::control;
        if (map.how[id] == match_kind::user_text) {
            plan.source[id] = row_source::user_text;
        } else if (map.base[id] != no_token) {
            plan.source[id] = is_control ? row_source::special : row_source::shared;
            plan.base[id] = map.base[id];
            if ((!is_control || specials_are_anchors) && id < donor_rows) plan.anchors.push_back(id);
        } else if (id >= donor_rows) {
            continue;
        } else if (is_control && !specials_are_anchors) {
            plan.source[id] = row_source::lost_special;
        } else {
            plan.source[id] = row_source::approximated;
            plan.approximated.push_back(id);
        }
    }
    return plan;
}

}  // namespace tessera::inline v0::transplant
