// Matching of vocabularies by keys: each token has one, a string made of its spelling, and tokens with the same key are
// the same. That is how the tools do it whose results this reproduces; see mergekit_keys.hpp and draft_keys.hpp.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/transplant/vocabulary_map.hpp>

namespace tessera::inline v0::transplant {

/// A key for each id; an empty one is none.
using token_keys = std::vector<std::string>;

struct key_options {
    /// Of tokens of one vocabulary with the same key, which one has it. The others are as if they were not there: they
    /// match nothing. The tools take the one that comes first or last in a hash table, so which one is up to chance.
    collision_policy collisions = collision_policy::highest_id;
    std::size_t donor_rows = std::numeric_limits<std::size_t>::max();
    std::size_t base_rows = std::numeric_limits<std::size_t>::max();
};

namespace detail {

/// Who has which key. @throws error  bad_token: `refuse`, and two have the same
inline std::unordered_map<std::string_view, token_id> owners_of(token_keys const& keys, std::size_t rows,
                                                                collision_policy policy) {
    std::unordered_map<std::string_view, token_id> owners;
    owners.reserve(keys.size());
    for (token_id id = 0; id < keys.size() && id < rows; ++id) {
        if (keys[id].empty()) continue;
        auto const [at, is_new] = owners.try_emplace(keys[id], id);
        if (is_new) continue;
        if (policy == collision_policy::refuse) {
            throw error(error_kind::bad_token, "token " + std::to_string(id),
                        "it has the key of token " + std::to_string(at->second), "choose the lowest or the highest id");
        }
        if (policy == collision_policy::highest_id) at->second = id;
    }
    return owners;
}

}  // namespace detail

/// Finds for each token of the donor the token of the base that has its key.
/// @throws error  bad_token: `refuse`, and two tokens of one vocabulary have the same key
/// @complexity    linear in the bytes of the keys
[[nodiscard]] inline vocabulary_map match_keys(token_keys const& donor, token_keys const& base,
                                               key_options const& options = {}) {
    auto const donor_owners = detail::owners_of(donor, options.donor_rows, options.collisions);
    auto const base_owners = detail::owners_of(base, options.base_rows, options.collisions);
    vocabulary_map map;
    map.base.assign(donor.size(), no_token);
    map.how.assign(donor.size(), match_kind::none);
    match_statistics& s = map.statistics;
    for (token_id id = 0; id < donor.size(); ++id) {
        if (donor[id].empty()) continue;
        if (id >= options.donor_rows) {
            ++s.n_beyond_rows;
            continue;
        }
        ++s.n_donor;
        auto const base_at = base_owners.find(donor[id]);
        bool const collapsed = donor_owners.find(donor[id])->second != id;
        if (collapsed) ++s.n_collapsed;
        if (!collapsed && base_at != base_owners.end()) {
            map.base[id] = base_at->second;
            map.how[id] = match_kind::by_key;
            ++s.n_base_matched;
        }
        ++s.n_by_kind[static_cast<std::size_t>(map.how[id])];
    }
    for (token_id id = 0; id < base.size() && id < options.base_rows; ++id) s.n_base += base[id].empty() ? 0 : 1;
    return map;
}

}  // namespace tessera::inline v0::transplant
