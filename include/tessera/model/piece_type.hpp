// What SentencePiece's .model files say of each piece.
#pragma once

#include <cstdint>

namespace tessera::inline v0 {

/// Source: google/sentencepiece src/sentencepiece_model.proto, ModelProto.SentencePiece.Type; the same numbers.
enum class piece_type : std::uint8_t {
    normal = 1,
    unknown = 2,       ///< stands for what no piece covers
    control = 3,       ///< never made from text
    user_defined = 4,  ///< always kept whole
    unused = 5,        ///< not made; its parts are
    byte = 6,          ///< `<0xXX>`, for byte fallback
};

/// Pieces that a model may look for in a text; the others have their meaning only.
[[nodiscard]] constexpr bool is_matched(piece_type type) noexcept {
    return type == piece_type::normal || type == piece_type::user_defined || type == piece_type::unused;
}

}  // namespace tessera::inline v0
