// How much two vocabularies have in common: of their tokens, and of what a text becomes.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <tessera/core/token.hpp>
#include <tessera/transplant/token_table.hpp>
#include <tessera/transplant/vocabulary_map.hpp>

namespace tessera::inline v0::transplant {

/// Tokens of some sort, and those of them that the other vocabulary has.
struct shared_count {
    std::size_t n = 0;
    std::size_t n_shared = 0;
    [[nodiscard]] double share() const noexcept {
        return n == 0 ? 0 : static_cast<double>(n_shared) / static_cast<double>(n);
    }
};

/// One vocabulary, seen from the other.
struct vocabulary_share {
    shared_count text;          ///< tokens that text may lead to
    shared_count beyond_ascii;  ///< of these, with a byte from 0x80 on
    shared_count control;
    /// Text tokens by their bytes: 1, 2, ... 15, and 16 and more.
    std::array<shared_count, 16> by_length{};
};

/// What texts become in one vocabulary.
struct text_share {
    std::uint64_t n_tokens = 0;
    std::uint64_t n_shared_tokens = 0;
    std::uint64_t n_bytes = 0;         ///< of all tokens; control tokens have none
    std::uint64_t n_shared_bytes = 0;  ///< of the tokens that the other vocabulary has
};

/// @param map  from `table` to the other vocabulary
/// @complexity linear in the bytes of the tokens
[[nodiscard]] inline vocabulary_share share_of(token_table const& table, vocabulary_map const& map) {
    vocabulary_share share;
    for (token_id id = 0; id < table.size(); ++id) {
        std::string_view const bytes = table.bytes(id);
        if (bytes.empty()) continue;
        bool const shared = map.how[id] != match_kind::none;
        auto const count = [&](shared_count& c) {
            ++c.n;
            c.n_shared += shared ? 1 : 0;
        };
        if (!table.is_text(id)) {
            count(share.control);
            continue;
        }
        count(share.text);
        count(share.by_length[std::min(bytes.size(), share.by_length.size()) - 1]);
        if (std::any_of(bytes.begin(), bytes.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
            count(share.beyond_ascii);
    }
    return share;
}

/// Adds the tokens of a text to `share`. @pre ids are in the table
inline void add_text(token_table const& table, vocabulary_map const& map, std::span<token_id const> ids,
                     text_share& share) {
    for (token_id const id : ids) {
        std::uint64_t const bytes = table.is_text(id) ? table.bytes(id).size() : 0;
        bool const shared = map.how[id] != match_kind::none;
        ++share.n_tokens;
        share.n_bytes += bytes;
        if (!shared) continue;
        ++share.n_shared_tokens;
        share.n_shared_bytes += bytes;
    }
}

}  // namespace tessera::inline v0::transplant
