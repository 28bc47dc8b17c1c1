// How a vocabulary writes the bytes of a token that it does not have.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/special_tokens.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/transplant/merge_without.hpp>
#include <tessera/transplant/piece_lists.hpp>
#include <tessera/transplant/token_table.hpp>

namespace tessera::inline v0::transplant {

/// Pieces as the tokenizer makes them, where it gives back the bytes as they are. Where it does not (bytes that are no
/// text, a space that it puts in front, a normalizer that changes them), the fewest tokens that do, and of several ways
/// the one whose first piece is longest, then its second, and so on. Decoding a token and encoding the text, as other
/// tools do, loses leading spaces and makes U+FFFD of parts of characters.
class decomposer {
public:
    /// Both outlive this object. @param rows  ids from here on are as if they were not there
    decomposer(any_tokenizer const& tokenizer, token_table const& table, std::size_t rows)
        : tokenizer_(&tokenizer), table_(&table), rows_(std::min(rows, table.size())) {
        for (token_id id = 0; id < rows_; ++id) {
            if (table.is_text(id)) longest_ = std::max(longest_, table.bytes(id).size());
        }
        longest_ = std::min(longest_, longest_piece);
    }

    /// @return  empty if a byte of it has no token
    [[nodiscard]] std::vector<token_id> operator()(std::string_view bytes) const {
        if (is_valid_utf8(bytes)) {
            std::vector<token_id> ids = tokenizer_->encode(bytes, special_action::ordinary);
            if (spells(ids, bytes)) return ids;
        }
        return fewest(bytes, no_token);
    }

    /// How the vocabulary would write one of its own tokens if it had no token of these bytes: what the model's merges
    /// then make of them, before a pretokenizer's splits. Where there are no merges, or a byte or character has no
    /// symbol, the fewest tokens.
    [[nodiscard]] std::vector<token_id> without(token_id id, merge_without_scratch& s) const {
        return tokenizer_->model().visit([&](auto const& model) {
            if constexpr (requires { model.pairs(); }) {
                std::span<token_id const> const ids = merge_without(model, *table_, id, rows_, s);
                if (ids.size() > 1 && spells(ids, table_->bytes(id))) return std::vector(ids.begin(), ids.end());
            }
            return fewest(table_->bytes(id), id);
        });
    }
    [[nodiscard]] std::vector<token_id> without(token_id id) const {
        merge_without_scratch s;
        return without(id, s);
    }

    /// What shows how pieces make a token: as `without`, but a run of one kind of blank in two halves if they are
    /// tokens. Merges may write eight blanks as seven and one; and the one, which stands before words, is no part of an
    /// indentation.
    [[nodiscard]] std::vector<token_id> parts(token_id id, merge_without_scratch& s) const {
        std::string_view const bytes = table_->bytes(id);
        constexpr std::string_view blanks = " \n\t\r";
        if (bytes.size() > 1 && blanks.find(bytes[0]) != blanks.npos &&
            bytes.find_first_not_of(bytes[0]) == bytes.npos) {
            std::size_t const half = (bytes.size() + 1) / 2;
            std::vector<token_id> const halves{find(bytes.substr(0, half), id), find(bytes.substr(half), id)};
            if (halves[0] != no_token && halves[1] != no_token) return halves;
        }
        return without(id, s);
    }

    /// As if the vocabulary had not `without`, nor another token of these bytes unless it is one byte: the fewest
    /// tokens. O(bytes * longest token)
    [[nodiscard]] std::vector<token_id> fewest(std::string_view bytes, token_id without) const {
        constexpr std::uint32_t unreachable = 0xFFFF'FFFFU;
        bool const may_be_whole = without == no_token || bytes.size() == 1;
        std::vector<std::uint32_t> n_pieces(bytes.size() + 1, unreachable);  // from here to the end
        std::vector<token_id> piece(bytes.size(), no_token);
        n_pieces[bytes.size()] = 0;
        for (std::size_t begin = bytes.size(); begin-- > 0;) {
            for (std::size_t length = std::min(longest_, bytes.size() - begin); length > 0; --length) {
                if (length == bytes.size() && !may_be_whole) continue;
                std::uint32_t const rest = n_pieces[begin + length];
                if (rest == unreachable || rest + 1 >= n_pieces[begin]) continue;
                token_id const id = find(bytes.substr(begin, length), without);
                if (id == no_token) continue;
                n_pieces[begin] = rest + 1;
                piece[begin] = id;
            }
        }
        std::vector<token_id> ids;
        if (n_pieces[0] == unreachable) return ids;
        for (std::size_t at = 0; at < bytes.size(); at += table_->bytes(ids.back()).size()) ids.push_back(piece[at]);
        return ids;
    }

    /// Adds the pieces and their lengths in bytes.
    void add_to(piece_lists& lists, std::vector<token_id> const& ids) const {
        std::vector<std::uint32_t> lengths;
        lengths.reserve(ids.size());
        for (token_id const id : ids) lengths.push_back(static_cast<std::uint32_t>(table_->bytes(id).size()));
        lists.add(ids, lengths);
    }

private:
    static constexpr std::size_t longest_piece = 256;  // longer ones are runs of one character

    // The one that text becomes, of several: a byte's fallback is met only where there is no other.
    [[nodiscard]] token_id find(std::string_view bytes, token_id without) const noexcept {
        token_id best = no_token;
        for (token_id id = table_->find_text(bytes); id != no_token; id = table_->next_same(id)) {
            if (id == without || id >= rows_) continue;
            if (best == no_token || table_->precedence(id) > table_->precedence(best)) best = id;
        }
        return best;
    }

    [[nodiscard]] bool spells(std::span<token_id const> ids, std::string_view bytes) const {
        for (token_id const id : ids) {
            if (id >= rows_ || !table_->is_text(id)) return false;
            std::string_view const piece = table_->bytes(id);
            if (!bytes.starts_with(piece)) return false;
            bytes.remove_prefix(piece.size());
        }
        return bytes.empty();
    }

    any_tokenizer const* tokenizer_;
    token_table const* table_;
    std::size_t rows_;
    std::size_t longest_ = 0;
};

}  // namespace tessera::inline v0::transplant
