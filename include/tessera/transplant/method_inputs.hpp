// What the methods of making rows for new tokens need. Each method names one of these as its `needs`, so what it cannot
// do without is in its type. "Base" is the model whose body is kept; "other" is whatever else knows the tokens: the
// donor model's embeddings, or vectors trained on text.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <tessera/transplant/matrix.hpp>
#include <tessera/transplant/piece_lists.hpp>

namespace tessera::inline v0::transplant {

/// Which matrix is made: the one that tokens enter a model by, or the one that scores the next token.
enum class embedding_side : std::uint8_t { input, output };

/// The base model's rows alone.
struct from_base {
    static constexpr std::string_view needed = "the base model";
    matrix const& base;  ///< (n_base, dim), of tokens that were trained
    std::size_t n_new;
};

/// And how the base tokenizer writes each new token.
struct from_pieces {
    static constexpr std::string_view needed = "the base model and its tokenizer";
    matrix const& base;         ///< (n_base, dim), by base id
    piece_lists const& pieces;  ///< (n_new)
};

/// Tokens that both have, in the base and in another space where the new ones are too.
struct from_anchors {
    static constexpr std::string_view needed = "rows for the new tokens in a donor model, or auxiliary ones";
    matrix const& base_anchors;   ///< (n_anchors, dim)
    matrix const& other_anchors;  ///< (n_anchors, other_dim), the same tokens
    matrix const& other_new;      ///< (n_new, other_dim)
};

/// How the base tokenizer writes the new tokens, and how it would write the anchors if it did not have them.
struct from_fitted_pieces {
    static constexpr std::string_view needed = "the base model and its tokenizer";
    matrix const& base;                ///< (n_base, dim), by base id
    matrix const& base_anchors;        ///< (n_anchors, dim)
    piece_lists const& anchor_pieces;  ///< (n_anchors)
    piece_lists const& pieces;         ///< (n_new)
};

/// The same, and another space.
struct from_anchors_and_pieces {
    static constexpr std::string_view needed =
        "the base model, its tokenizer, and rows for the new tokens in a donor model, or auxiliary ones";
    matrix const& base;
    matrix const& base_anchors;
    piece_lists const& anchor_pieces;
    piece_lists const& pieces;
    matrix const& other_anchors;
    matrix const& other_new;
};

/// Auxiliary vectors of the whole base vocabulary and of the new tokens, in one space.
struct from_auxiliary {
    static constexpr std::string_view needed = "auxiliary rows for base and new tokens";
    matrix const& base;            ///< (n_base, dim)
    matrix const& auxiliary_base;  ///< (n_base, auxiliary_dim)
    matrix const& auxiliary_new;   ///< (n_new, auxiliary_dim)
};

/// The same, and the pieces of the new tokens.
struct from_pieces_and_auxiliary {
    static constexpr std::string_view needed =
        "the base model, its tokenizer, and auxiliary rows for base and new tokens";
    matrix const& base;
    piece_lists const& pieces;
    matrix const& auxiliary_base;
    matrix const& auxiliary_new;
};

/// Rows that were made elsewhere.
struct from_table {
    static constexpr std::string_view needed = "a file with rows for the new tokens";
    matrix const& rows;  ///< (n_new, dim)
};

/// Makes the rows of new tokens: (n_new, dim of the base).
template <class M>
concept EmbeddingMethod = requires(M const method, typename M::needs const& inputs, embedding_side side) {
    { M::name } -> std::convertible_to<std::string_view>;
    { method(inputs, side) } -> std::same_as<matrix>;
};

}  // namespace tessera::inline v0::transplant
