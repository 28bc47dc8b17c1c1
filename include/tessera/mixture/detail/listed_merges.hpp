// The merges that a tokenizer's file names or implies, in order of rank.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/model/piece_type.hpp>
#include <tessera/model/sentencepiece_bpe_model.hpp>

namespace tessera::inline v0::detail {

/// Ids are the vocabulary's; a character that is no piece has one beyond it (SentencePiece).
struct listed_merges {
    symbol_unit unit = symbol_unit::byte;
    bool is_sentencepiece = false;  ///< made by its trainer, or converted from what that made
    std::vector<merge> merges;
    std::vector<std::string> kept_whole;  ///< user-defined pieces
    std::size_t n_special = 0;            ///< merges left out, which make a special token
};

[[noreturn]] inline void refuse_to_replay(std::string message, std::string remedy) {
    throw error(error_kind::unsupported, "model", std::move(message), std::move(remedy));
}

inline listed_merges list_merges(any_tokenizer const& tokenizer) {
    listed_merges out;
    vocabulary const& vocab = tokenizer.model().vocab();
    if (auto const* const bpe = tokenizer.model().get_if<bpe_model>()) {
        if (!bpe->options().continuing_subword_prefix.empty() || !bpe->options().end_of_word_suffix.empty()) {
            refuse_to_replay(
                "its symbols depend on their place in the word (continuing_subword_prefix or end_of_word_suffix), and "
                "such merges cannot be replayed",
                "give a byte-level or SentencePiece tokenizer");
        }
        out.unit = bpe->options().unit;
        out.is_sentencepiece = out.unit == symbol_unit::code_point && bpe->options().byte_fallback;
        out.merges.assign(bpe->merges().begin(), bpe->merges().end());
        if (out.is_sentencepiece) {
            for (added_token const& token : tokenizer.specials().tokens()) {
                if (!token.special) out.kept_whole.push_back(token.content);
            }
        }
    } else if (auto const* const scored = tokenizer.model().get_if<sentencepiece_bpe_model>()) {
        out.unit = symbol_unit::code_point;
        out.is_sentencepiece = true;
        out.merges = scored->merges();
        auto const& types = scored->options().types;
        for (token_id id = 0; id < types.size(); ++id) {
            if (types[id] == piece_type::user_defined) out.kept_whole.emplace_back(vocab.bytes(id));
        }
    } else {
        refuse_to_replay("a " + std::string(tokenizer.model().type()) +
                             " model is no list of merges, and it is merges that tell of the mixture",
                         "give a tokenizer that was trained by byte-pair encoding");
    }
    std::stable_sort(out.merges.begin(), out.merges.end(), [](merge const& a, merge const& b) {
        return a.rank != b.rank ? a.rank < b.rank : a.result < b.result;
    });
    out.n_special = std::erase_if(out.merges, [&](merge const& m) {
        return vocab.kind(m.result) == token_kind::control || m.result == m.left || m.result == m.right;
    });
    return out;
}

/// Whether a text is nothing but one white-space character, at least twice: space or U+2581, newline, tab, return.
[[nodiscard]] inline bool is_white_space_run(std::string_view text) noexcept {
    for (std::string_view const space : {" ", "\xE2\x96\x81", "\n", "\t", "\r"}) {
        if (!text.starts_with(space) || text.size() < 2 * space.size() || text.size() % space.size() != 0) continue;
        for (std::size_t at = 0; at < text.size(); at += space.size()) {
            if (text.substr(at, space.size()) != space) return false;
        }
        return true;
    }
    return false;
}

/// Makes the ranks those of ids, if runs of spaces are all that goes by another order. SentencePiece numbers pieces in
/// the order in which it makes them. Of Llama and Mistral, the scores of runs of spaces were lowered afterwards to the
/// least of all, so that text is encoded with them last; the trainer made "two spaces" first.
/// @return  whether that is so
inline bool put_in_order_of_ids(vocabulary const& vocab, listed_merges& listed) {
    if (!listed.is_sentencepiece) return false;
    std::vector<merge>& merges = listed.merges;
    std::size_t tail = merges.size();
    while (tail > 0 && is_white_space_run(vocab.bytes(merges[tail - 1].result))) --tail;
    auto const by_id = [](merge const& a, merge const& b) { return a.result < b.result; };
    bool const only_runs_moved =
        tail < merges.size() &&
        std::is_sorted(merges.begin(), merges.begin() + static_cast<std::ptrdiff_t>(tail), by_id);
    if (!only_runs_moved || std::is_sorted(merges.begin(), merges.end(), by_id)) return false;
    std::stable_sort(merges.begin(), merges.end(), by_id);
    std::uint32_t rank = 0;
    token_id last = merges.front().result;
    for (merge& m : merges) {
        if (m.result != last) ++rank;
        last = m.result;
        m.rank = rank;
    }
    return true;
}

}  // namespace tessera::inline v0::detail
