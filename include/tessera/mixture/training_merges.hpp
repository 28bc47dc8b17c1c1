// The merges that a tokenizer's trainer made, in the order in which it made them: what a replay needs.
//
// A file may have more. Ranks, scores, and lists that were made of them, have a merge for each way to cut a token into
// two tokens; the trainer made one of them, and it is the token's own: the last merge of its text encoded alone
// (io/detail/merge_list.hpp says why). So the list follows from the tokens in their order. Hayase et al. 2024 (section
// C.3) take of a token's ways the one whose merges were there first: the same one, but for some tokens with a run of
// one character (3 of Llama's, 6 of Mistral's), of which they take a way that never happens.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/mixture/detail/listed_merges.hpp>
#include <tessera/mixture/detail/own_merges.hpp>
#include <tessera/mixture/detail/white_space_runs.hpp>
#include <tessera/model/bpe_model.hpp>

namespace tessera::inline v0 {

struct training_merges_options {
    /// Looks for runs of white space that were put in front of the list by hand. @see detail/white_space_runs.hpp
    bool find_inserted = true;
};

/// A merge list as the trainer left it, with symbols of its own.
struct training_merges {
    symbol_unit unit = symbol_unit::byte;
    std::vector<std::string> symbols;     ///< their bytes: the alphabet, then what the merges make, one a merge
    std::vector<merge> merges;            ///< in the order the trainer made them; ids are places in `symbols`
    std::vector<std::uint8_t> is_learnt;  ///< by merge; 0: it is replayed, but says nothing of the mixture
    std::vector<std::string> kept_whole;  ///< what the trainer took out of the text: no merge reaches into it
    std::size_t transition_point = 0;     ///< SuperBPE: merges from here on reach across words; else merges.size()
    bool is_sentencepiece = false;        ///< made by SentencePiece, or converted from what that made
    bool is_ordered_by_id = false;        ///< the order is that of ids, not of ranks, for the ranks were changed

    // What the file has beside these merges.
    std::size_t n_listed = 0;           ///< merges it names, or implies
    std::size_t n_redundant = 0;        ///< of these: other ways to make a token; left out
    std::size_t n_special = 0;          ///< merges that make a special token; left out
    std::size_t n_unmade = 0;           ///< tokens that have a part which nothing makes, or another's text; left out
    std::size_t n_unreachable = 0;      ///< tokens that no text leads to: kept, but not learnt
    std::size_t n_out_of_order = 0;     ///< others that stood before a part of theirs: moved behind it, not learnt
    std::size_t n_inserted_tokens = 0;  ///< white space inserted by hand: tokens, moved to `kept_whole`,
    std::size_t n_inserted_merges = 0;  ///< and the merges the file names for them
    std::size_t n_inherited = 0;        ///< kept, but not learnt; @see mark_inherited

    [[nodiscard]] std::size_t alphabet_size() const noexcept { return symbols.size() - merges.size(); }
    /// Forgets all merges but the first n, with what they make.
    void keep_first(std::size_t n) {
        if (n >= merges.size()) return;
        symbols.resize(alphabet_size() + n);
        merges.resize(n);
        is_learnt.resize(n);
        transition_point = std::min(transition_point, n);
    }
    [[nodiscard]] std::size_t n_learnt() const noexcept {
        std::size_t n = 0;
        for (std::uint8_t const learnt : is_learnt) n += learnt;
        return n;
    }
};

/// @return         the merges of a BPE tokenizer: by list, by rank or by score
/// @throws error   unsupported: the model has no merges, or symbols that depend on their place in the word;
///                 empty_input: there are no merges
/// @complexity     that of encoding each token of the vocabulary
[[nodiscard]] inline training_merges merges_of_trainer(any_tokenizer const& tokenizer,
                                                       training_merges_options const& options = {}) {
    detail::listed_merges listed = detail::list_merges(tokenizer);
    vocabulary const& vocab = tokenizer.model().vocab();
    training_merges out;
    out.unit = listed.unit;
    out.is_sentencepiece = listed.is_sentencepiece;
    out.kept_whole = std::move(listed.kept_whole);
    out.n_listed = listed.merges.size() + listed.n_special;
    out.n_special = listed.n_special;
    if (options.find_inserted) {
        detail::inserted_runs runs = detail::take_inserted_runs(vocab, listed);
        out.n_inserted_tokens = runs.texts.size();
        out.n_inserted_merges = runs.n_merges;
        for (std::string& text : runs.texts) out.kept_whole.push_back(std::move(text));
    }
    std::sort(out.kept_whole.begin(), out.kept_whole.end());
    out.kept_whole.erase(std::unique(out.kept_whole.begin(), out.kept_whole.end()), out.kept_whole.end());
    out.is_ordered_by_id = detail::put_in_order_of_ids(vocab, listed);

    std::vector<detail::own_merge> own = detail::find_own_merges(tokenizer, listed);
    out.n_redundant = listed.merges.size() - own.size();
    std::vector<std::string> alphabet = detail::alphabet_of(vocab, listed, own);
    out.n_unmade = detail::drop_unmade(alphabet, own);
    detail::move_behind_parts(own);

    out.symbols = std::move(alphabet);
    std::size_t const n_alphabet = out.symbols.size();
    for (detail::own_merge const& m : own) out.symbols.push_back(m.left + m.right);
    vocabulary const places = detail::vocabulary_of(out.symbols);
    for (std::size_t i = 0; i < own.size(); ++i) {
        out.merges.push_back({places.find(own[i].left), places.find(own[i].right),
                              static_cast<token_id>(n_alphabet + i), static_cast<std::uint32_t>(i)});
        out.is_learnt.push_back(own[i].is_reachable && !own[i].is_moved ? 1 : 0);
        out.n_unreachable += own[i].is_reachable ? 0 : 1;
        out.n_out_of_order += own[i].is_reachable && own[i].is_moved ? 1 : 0;
    }
    if (out.merges.empty()) {
        throw error(error_kind::empty_input, "model", "it has no merges, so nothing says what it was trained on",
                    "give a tokenizer that was trained by byte-pair encoding");
    }
    out.transition_point = out.merges.size();
    return out;
}

}  // namespace tessera::inline v0
