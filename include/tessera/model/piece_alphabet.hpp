// The characters that occur in the pieces of a SentencePiece model. Some are no pieces themselves and yet merge into
// one; these get symbols of their own, beyond the ids of the vocabulary.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/model/joint_set.hpp>

namespace tessera::inline v0 {

/// Character -> symbol. Filled by add_characters_of(), then number(); immutable after that.
class piece_alphabet {
public:
    void add_characters_of(std::string_view piece) {
        if (table_.empty()) table_.assign(n_direct, no_token);
        for (std::size_t at = 0; at < piece.size();) {
            auto const c = joint_set::character(piece, at);
            if (c.key >= n_direct || table_[c.key] == no_token) {
                if (c.key < n_direct) table_[c.key] = 0;
                found_.emplace_back(c.key, std::string(piece.substr(at, c.length)));
            }
            at += c.length;
        }
    }

    /// @param piece        the piece that is a character's text, or `no_token`
    /// @param first_extra  the symbol of the first character that is no piece; the others follow
    template <class Piece>
    void number(Piece&& piece, token_id first_extra) {
        first_extra_ = first_extra;
        std::sort(found_.begin(), found_.end());
        found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
        for (auto& [key, text] : found_) {
            token_id symbol = piece(std::string_view(text));
            if (symbol == no_token) {
                symbol = end();
                extras_.push_back(text);
            }
            if (key < n_direct) {
                table_[key] = symbol;
            } else {
                others_.emplace_back(key, symbol);
            }
        }
        found_ = {};
    }

    /// `no_token`: no piece has this character. @param key  as joint_set::character gives it
    [[nodiscard]] token_id symbol(std::uint32_t key) const noexcept {
        if (key < n_direct) return table_.empty() ? no_token : table_[key];
        auto const at = std::lower_bound(others_.begin(), others_.end(), std::pair{key, token_id{0}});
        return at != others_.end() && at->first == key ? at->second : no_token;
    }

    /// @pre first_extra <= symbol < end()
    [[nodiscard]] std::string_view text_of_extra(token_id symbol) const noexcept {
        return extras_[symbol - first_extra_];
    }

    /// One past the last symbol.
    [[nodiscard]] token_id end() const noexcept { return first_extra_ + static_cast<token_id>(extras_.size()); }

private:
    static constexpr std::uint32_t n_direct = 0x1'0000;

    std::vector<std::pair<std::uint32_t, std::string>> found_;
    std::vector<token_id> table_;                             // by key
    std::vector<std::pair<std::uint32_t, token_id>> others_;  // larger keys, sorted
    std::vector<std::string> extras_;
    token_id first_extra_ = 0;
};

}  // namespace tessera::inline v0
