// A run of tokens as a string: three bytes for each id. A table of strings then counts runs, and those of up to five
// tokens lie in its short slots.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/token.hpp>

namespace tessera::inline v0::detail {

inline constexpr std::size_t packed_token_bytes = 3;
static_assert(max_vocabulary_size <= std::size_t{1} << (8 * packed_token_bytes));

/// Replaces the content of `out`.
inline void pack_tokens(std::span<token_id const> tokens, std::string& out) {
    out.resize(packed_token_bytes * tokens.size());
    char* at = out.data();
    for (token_id const id : tokens) {
        *at++ = static_cast<char>(id);
        *at++ = static_cast<char>(id >> 8);
        *at++ = static_cast<char>(id >> 16);
    }
}

[[nodiscard]] constexpr std::size_t n_packed_tokens(std::string_view packed) noexcept {
    return packed.size() / packed_token_bytes;
}

/// Replaces the content of `out`; a byte or two at the end that are no token are left out.
inline void unpack_tokens(std::string_view packed, std::vector<token_id>& out) {
    out.resize(n_packed_tokens(packed));
    char const* at = packed.data();
    for (token_id& id : out) {
        id = static_cast<unsigned char>(at[0]) | token_id{static_cast<unsigned char>(at[1])} << 8 |
             token_id{static_cast<unsigned char>(at[2])} << 16;
        at += packed_token_bytes;
    }
}

}  // namespace tessera::inline v0::detail
