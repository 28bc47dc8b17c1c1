// Texts in which a token should turn up, if it turns up anywhere: what it stands for, alone and between neighbours.
// For inspect.hpp.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/core/utf8.hpp>

namespace tessera::inline v0::evaluate {

/// What stands before or after a token in the texts that are tried: nothing, white space, a digit, punctuation, letters
/// of several scripts. Many letters, because any one may merge with the token.
inline constexpr std::string_view token_neighbours[] = {
    "",  "a", "x", ".", " ", "1", "\n", "b",      "c",      "d",      "e",      "f",      "g",
    "h", "i", "j", "k", "l", "m", "n",  "o",      "p",      "q",      "r",      "s",      "t",
    "u", "v", "w", "y", "z", "Q", "!",  "\u20AC", "\u00E9", "\u044F", "\u0628", "\u4E2D", "\uD55C"};
/// How many of them, from the first, stand on both sides at once.
inline constexpr std::size_t n_paired_neighbours = 7;

/// What a token may stand for: its spelling in the vocabulary; the text it decodes to, alone and after another token;
/// its spelling with spaces for U+2581, without the "##" that continues a word and the "</w>" that ends one. Only what
/// is well-formed UTF-8.
class token_texts {
public:
    /// @tparam T  a tokenizer<P, M, N, D>
    template <class T>
    explicit token_texts(T const& tokenizer) {
        for (std::string_view const text : token_neighbours) {
            if (neighbour_.empty()) neighbour_ = tokenizer.encode_ordinary(text);
        }
        before_ = tokenizer.decode(neighbour_);
    }

    /// The texts of `id`, without doubles; the views end with the next call.
    template <class T>
    [[nodiscard]] std::vector<std::string> const& of(T const& tokenizer, token_id id) {
        texts_.clear();
        std::string const spelling(tokenizer.vocab().bytes(id));
        add(spelling);
        std::vector<token_id> ids{id};
        add(tokenizer.decode(ids));
        ids.insert(ids.begin(), neighbour_.begin(), neighbour_.end());
        std::string const both = tokenizer.decode(ids);
        if (both.starts_with(before_)) add(both.substr(before_.size()));
        std::string spaced;
        constexpr std::string_view lower_block = "\xE2\x96\x81";
        for (std::size_t at = 0; at < spelling.size();) {
            bool const is_space = std::string_view(spelling).substr(at).starts_with(lower_block);
            spaced += is_space ? ' ' : spelling[at];
            at += is_space ? lower_block.size() : 1;
        }
        std::string_view inner = spaced;
        if (inner.starts_with(' ')) inner.remove_prefix(1);  // where a decoder joins words by spaces
        if (inner.starts_with("##")) add(std::string(inner.substr(2)));
        if (inner.ends_with("</w>")) add(std::string(inner.substr(0, inner.size() - 4)));
        add(std::move(spaced));
        return texts_;
    }

private:
    void add(std::string text) {
        if (text.empty() || !is_valid_utf8(text)) return;
        if (std::find(texts_.begin(), texts_.end(), text) == texts_.end()) texts_.push_back(std::move(text));
    }

    std::vector<token_id> neighbour_;
    std::string before_;
    std::vector<std::string> texts_;
};

/// True if one of the texts has `id` among its ids.
/// @complexity  at most 113 encodings for each of token_texts::of
template <class T>
[[nodiscard]] bool turns_up(T const& tokenizer, token_id id, token_texts& texts, typename T::scratch& scratch) {
    std::string whole;
    bool found = false;
    auto const sink = [&](token_id t) { found |= t == id; };
    for (std::string const& text : texts.of(tokenizer, id)) {
        for (std::size_t i = 0; i < std::size(token_neighbours); ++i) {
            std::size_t const n_after = i == 0                    ? std::size(token_neighbours)
                                        : i < n_paired_neighbours ? n_paired_neighbours
                                                                  : 1;
            for (std::size_t j = 0; j < n_after; ++j) {
                whole.assign(token_neighbours[i]).append(text).append(token_neighbours[j]);
                tokenizer.encode_ordinary(whole, scratch, sink);
                if (found) return true;
            }
        }
    }
    return false;
}

}  // namespace tessera::inline v0::evaluate
