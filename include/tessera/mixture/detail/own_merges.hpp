// Of a token's merges, the one that its trainer made.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/io/detail/merge_list.hpp>
#include <tessera/mixture/detail/listed_merges.hpp>
#include <tessera/model/pair_table.hpp>

namespace tessera::inline v0::detail {

/// As texts, because a part need not be a token (SentencePiece).
struct own_merge {
    std::string left, right;
    std::uint32_t rank = 0;
    bool is_reachable = true;  ///< false: its text encoded alone becomes something else
    bool is_moved = false;     ///< it stood before a merge that makes a part of it
};

/// A model as merge_list knows it, with other merges.
template <class Model>
class relisted_model {
public:
    relisted_model(Model const& model, std::vector<merge> const& merges) : model_(model), pairs_(merges) {}
    [[nodiscard]] vocabulary const& vocab() const noexcept { return model_.vocab(); }
    [[nodiscard]] pair_table const& pairs() const noexcept { return pairs_; }
    [[nodiscard]] std::size_t write_symbols(std::string_view text, std::vector<token_id>& out) const {
        return model_.write_symbols(text, out);
    }

private:
    Model const& model_;
    pair_table pairs_;
};

/// For tokens that are not reached by the merges in their order, if there are several ways to make one: that whose
/// merges, all that lead to it, come first (compared one by one from the first); of equals, that with the longer left
/// part. @par Paper  Hayase et al. 2024, arXiv:2407.16607, section C.3
class first_derivation {
public:
    explicit first_derivation(std::size_t n_tokens) : chosen_(n_tokens) {}

    void choose(merge const& m) { chosen_[m.result] = m; }
    [[nodiscard]] bool has(token_id id) const { return id < chosen_.size() && chosen_[id].result != no_token; }

    /// The ranks of all merges that make `m`, `m` aside, sorted.
    [[nodiscard]] std::vector<std::uint32_t> ranks_before(merge const& m) const {
        std::vector<std::uint32_t> ranks;
        std::vector<token_id> todo = {m.left, m.right};
        while (!todo.empty()) {
            token_id const id = todo.back();
            todo.pop_back();
            if (!has(id)) continue;
            ranks.push_back(chosen_[id].rank);
            todo.push_back(chosen_[id].left);
            todo.push_back(chosen_[id].right);
        }
        std::sort(ranks.begin(), ranks.end());
        return ranks;
    }

private:
    std::vector<merge> chosen_;  // by what they make
};

/// The text of a merge's part. A character that is no piece has no text of its own; it is the first or the last of the
/// result's.
inline own_merge as_texts(vocabulary const& vocab, merge const& m, bool is_reachable) {
    std::string_view const result = vocab.bytes(m.result);
    std::size_t n_left = 0;
    if (m.left < vocab.size()) {
        n_left = vocab.bytes(m.left).size();
    } else {
        n_left = m.right < vocab.size() ? result.size() - vocab.bytes(m.right).size() : decode_utf8(result, 0).length;
    }
    return {std::string(result.substr(0, n_left)), std::string(result.substr(n_left)), m.rank, is_reachable};
}

/// One merge for each token that the list makes, in order of rank.
inline std::vector<own_merge> find_own_merges(any_tokenizer const& tokenizer, listed_merges const& listed) {
    vocabulary const& vocab = tokenizer.model().vocab();
    first_derivation derivations(vocab.size());
    std::vector<std::pair<merge, bool>> all;
    auto const take_own = [&](auto const& model) {
        relisted_model const relisted(model, listed.merges);
        merge_list const list(relisted);
        for (merge const& m : list.own_merges()) {
            derivations.choose(m);
            all.emplace_back(m, true);
        }
    };
    if (auto const* const bpe = tokenizer.model().get_if<bpe_model>()) {
        take_own(*bpe);
    } else if (auto const* const scored = tokenizer.model().get_if<sentencepiece_bpe_model>()) {
        take_own(*scored);
    }
    // What is left: shorter ones first, for parts are shorter.
    std::vector<merge> ways;
    std::copy_if(listed.merges.begin(), listed.merges.end(), std::back_inserter(ways),
                 [&](merge const& m) { return !derivations.has(m.result); });
    auto const n_bytes = [&](token_id id) { return vocab.bytes(id).size(); };
    std::stable_sort(ways.begin(), ways.end(), [&](merge const& a, merge const& b) {
        return n_bytes(a.result) != n_bytes(b.result) ? n_bytes(a.result) < n_bytes(b.result) : a.result < b.result;
    });
    for (std::size_t begin = 0; begin < ways.size();) {
        std::size_t end = begin + 1;
        merge best = ways[begin];
        std::uint32_t last_rank = best.rank;
        std::vector<std::uint32_t> best_ranks = derivations.ranks_before(best);
        for (; end < ways.size() && ways[end].result == best.result; ++end) {
            merge const& way = ways[end];
            last_rank = std::max(last_rank, way.rank);
            std::vector<std::uint32_t> ranks = derivations.ranks_before(way);
            if (ranks < best_ranks || (ranks == best_ranks && as_texts(vocab, way, false).left.size() >
                                                                  as_texts(vocab, best, false).left.size())) {
                best = way;
                best_ranks = std::move(ranks);
            }
        }
        best.rank = last_rank;
        derivations.choose(best);
        all.emplace_back(best, false);
        begin = end;
    }
    std::stable_sort(all.begin(), all.end(), [](auto const& a, auto const& b) { return a.first.rank < b.first.rank; });
    std::vector<own_merge> out;
    out.reserve(all.size());
    for (auto const& [m, is_reachable] : all) out.push_back(as_texts(vocab, m, is_reachable));
    return out;
}

/// The symbols that merging starts from: single bytes or characters of the vocabulary, in order of id, and characters
/// that are only part of tokens.
inline std::vector<std::string> alphabet_of(vocabulary const& vocab, listed_merges const& listed,
                                            std::vector<own_merge> const& own) {
    std::vector<std::string> alphabet;
    std::unordered_set<std::string> known;
    auto const is_symbol = [&](std::string_view text) {
        if (listed.unit == symbol_unit::byte) return text.size() == 1;
        return !text.empty() && text.size() <= 4 && decode_utf8(text, 0).length == text.size() && is_valid_utf8(text);
    };
    auto const add = [&](std::string_view text) {
        if (is_symbol(text) && known.emplace(text).second) alphabet.emplace_back(text);
    };
    for (token_id id = 0; id < vocab.size(); ++id) {
        if (vocab.kind(id) != token_kind::control && vocab.find(vocab.bytes(id)) == id) add(vocab.bytes(id));
    }
    for (own_merge const& m : own) {
        add(m.left);
        add(m.right);
    }
    return alphabet;
}

/// Drops merges that have a part which no merge makes, and what they make in turn, and those that make what is there
/// already (a second token of the same text); returns how many.
inline std::size_t drop_unmade(std::vector<std::string> const& alphabet, std::vector<own_merge>& own) {
    std::unordered_set<std::string> made(alphabet.begin(), alphabet.end());
    std::vector<std::size_t> by_length(own.size());
    for (std::size_t i = 0; i < own.size(); ++i) by_length[i] = i;
    std::stable_sort(by_length.begin(), by_length.end(), [&](std::size_t a, std::size_t b) {
        return own[a].left.size() + own[a].right.size() < own[b].left.size() + own[b].right.size();
    });
    std::vector<bool> is_unmade(own.size(), false);
    for (std::size_t const i : by_length) {
        is_unmade[i] = !made.contains(own[i].left) || !made.contains(own[i].right) ||
                       !made.insert(own[i].left + own[i].right).second;
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < own.size(); ++i) {
        if (is_unmade[i]) continue;
        if (kept != i) own[kept] = std::move(own[i]);
        ++kept;
    }
    std::size_t const n = own.size() - kept;
    own.resize(kept);
    return n;
}

/// Moves merges that stand before a merge which makes a part of them to behind it. No trainer makes such a list, but
/// vocabularies put together of two are like that (88 merges of Llama 3's). Encoding does such a merge as soon as the
/// part is there, for its rank is smaller; a replay in this order does nearly the same.
inline void move_behind_parts(std::vector<own_merge>& own) {
    struct place {
        std::size_t behind;  // the merge that it must stand behind, or itself
        std::size_t steps;   // from there
    };
    std::unordered_map<std::string_view, std::size_t> made_by;
    std::vector<std::string> results;
    results.reserve(own.size());
    for (own_merge const& m : own) results.push_back(m.left + m.right);
    for (std::size_t i = 0; i < own.size(); ++i) made_by.emplace(results[i], i);
    std::vector<std::size_t> order(own.size());
    for (std::size_t i = 0; i < own.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return results[a].size() < results[b].size(); });
    std::vector<place> places(own.size());
    bool any = false;
    for (std::size_t const i : order) {
        place& p = places[i] = {i, 0};
        for (std::string const* const part : {&own[i].left, &own[i].right}) {
            auto const found = made_by.find(*part);
            if (found == made_by.end()) continue;
            place const& q = places[found->second];
            if (q.behind > p.behind || (q.behind == p.behind && q.steps + 1 > p.steps)) p = {q.behind, q.steps + 1};
        }
        own[i].is_moved = p.steps != 0;
        any |= own[i].is_moved;
    }
    if (!any) return;
    for (std::size_t i = 0; i < own.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        place const& p = places[a];
        place const& q = places[b];
        return p.behind != q.behind ? p.behind < q.behind : p.steps < q.steps;
    });
    std::vector<own_merge> moved;
    moved.reserve(own.size());
    for (std::size_t const i : order) moved.push_back(std::move(own[i]));
    own = std::move(moved);
}

/// Symbols by their bytes. Their ids are their places.
inline vocabulary vocabulary_of(std::vector<std::string> const& symbols) {
    vocabulary_builder builder;
    for (std::size_t i = 0; i < symbols.size(); ++i) builder.add(static_cast<token_id>(i), symbols[i]);
    return builder.build();
}

}  // namespace tessera::inline v0::detail
