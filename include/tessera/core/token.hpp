// The small types everything else speaks of: token id, merge, byte range.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera::inline v0 {

/// Index into a vocabulary.
using token_id = std::uint32_t;

/// "There is no such token."
inline constexpr token_id no_token = 0xFFFF'FFFFU;

/// Ids a vocabulary accepts: 0 .. max_vocabulary_size - 1. A file naming a larger id is refused before anything is
/// allocated for it; the largest published vocabularies have about 2^18 tokens.
inline constexpr std::size_t max_vocabulary_size = std::size_t{1} << 24;

/// What a token is for.
enum class token_kind : std::uint8_t {
    normal,   ///< text
    byte,     ///< stands for exactly one byte (the alphabet of a byte-level tokenizer)
    control,  ///< special: never made from ordinary text
    unused,   ///< a gap in the id space; has no bytes
};

/// `left` and `right` side by side become `result`. Merges with a lower rank are applied first; of two places with the
/// same rank the left one. Rank is the position in the merge list (Hugging Face) or the id of the result (tiktoken):
/// these are different tokenizers, see docs/differences.md.
struct merge {
    token_id left = no_token;
    token_id right = no_token;
    token_id result = no_token;
    std::uint32_t rank = 0;

    friend bool operator==(merge const&, merge const&) = default;
};

}  // namespace tessera::inline v0
