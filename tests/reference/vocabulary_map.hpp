// Matching of vocabularies as the rules are said: every token of the one is held against every token of the other.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/transplant/token_table.hpp>
#include <tessera/transplant/vocabulary_map.hpp>

namespace reference {

struct matched {
    tessera::token_id base = tessera::no_token;
    tessera::transplant::match_kind how = tessera::transplant::match_kind::none;
    friend bool operator==(matched const&, matched const&) = default;
};

/// 2: an added token, which is looked for in a text first; 1: one of the model's; 0: a byte fallback.
inline int sort_of(tessera::transplant::token_table const& table, tessera::token_id id) {
    if (table.is_added(id)) return 2;
    return table.is_byte_fallback(id) ? 0 : 1;
}

/// True if a text of these bytes becomes this token, or one of the same sort.
inline bool is_led_to(tessera::transplant::token_table const& table, tessera::token_id id) {
    for (tessera::token_id other = 0; other < table.size(); ++other) {
        bool const same = table.is_text(other) && table.bytes(other) == table.bytes(id);
        if (same && sort_of(table, other) > sort_of(table, id)) return false;
    }
    return true;
}

/// Without what the user says. @complexity  O(n m)
inline std::vector<matched> match_vocabularies(tessera::transplant::token_table const& donor,
                                               tessera::transplant::token_table const& base, bool lowest) {
    using tessera::no_token;
    using tessera::token_id;
    using tessera::transplant::match_kind;
    auto const pick = [&](auto&& fits) {
        token_id found = no_token;
        for (token_id id = 0; id < base.size(); ++id) {
            if (fits(id) && (found == no_token || !lowest)) found = id;
        }
        return found;
    };
    std::vector<matched> out(donor.size());
    for (token_id id = 0; id < donor.size(); ++id) {
        std::string_view const bytes = donor.bytes(id);
        if (bytes.empty()) continue;
        auto const named = [&](token_id b) {
            return base.kind(b) == tessera::token_kind::control && base.bytes(b) == bytes;
        };
        if (donor.is_text(id)) {
            auto const same = [&](token_id b) { return base.is_text(b) && base.bytes(b) == bytes; };
            token_id found = no_token;
            if (!is_led_to(donor, id)) {
                found = pick([&](token_id b) { return same(b) && sort_of(base, b) == sort_of(donor, id); });
            }
            if (found == no_token) found = pick([&](token_id b) { return same(b) && is_led_to(base, b); });
            if (found == no_token) found = pick(same);
            if (found != no_token) {
                bool const both = donor.is_byte_fallback(id) == base.is_byte_fallback(found);
                out[id] = {found, both ? match_kind::exact : match_kind::byte};
            }
            continue;
        }
        if (token_id const found = pick(named); found != no_token) {
            out[id] = {found, match_kind::special_by_string};
            continue;
        }
        for (std::size_t i = 0; i < 7 && out[id].base == no_token; ++i) {
            auto const role = static_cast<tessera::token_role>(i);
            if (!donor.roles(id).has(role)) continue;
            token_id const found = base.with_role(role);
            if (found != no_token) out[id] = {found, match_kind::special_by_role};
        }
    }
    return out;
}

}  // namespace reference
