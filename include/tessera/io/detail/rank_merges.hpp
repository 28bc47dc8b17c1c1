// Merges by rank as a list. All ways to make a token share its rank, the leftmost in the text goes first; in a list one
// way goes before the other. The list gives the same ids if no two ways compete for a token in both orders, and if what
// is made never merges at once with something of a lower rank.
//
// Both are questions about what can stand side by side when a rank has its turn. Merging by rank has the property that
// a part of a text, cut where tokens end, is encoded as it would be alone. So tokens can be neighbours then exactly if
// their bytes, encoded with the merges of lower ranks, are those tokens.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/model/bpe_model.hpp>

namespace tessera::inline v0::detail {

class rank_merges {
public:
    /// @param model  byte-level; merges of one rank make one token
    explicit rank_merges(bpe_model const& model)
        : model_(model), vocab_(model.vocab()), merges_(model.merges().begin(), model.merges().end()) {
        for (unsigned b = 0; b < 256; ++b) {
            char const byte = static_cast<char>(b);
            bytes_.push_back(vocab_.find({&byte, 1}));
        }
        std::stable_sort(merges_.begin(), merges_.end(), [](merge const& a, merge const& b) {
            return a.rank != b.rank ? a.rank < b.rank : a.left != b.left ? a.left < b.left : a.right < b.right;
        });
    }

    /// The merges in an order that gives the same ids on every text.
    /// @throws error  unsupported: no such order was found
    [[nodiscard]] std::vector<merge> in_order() && {
        note_early_results();
        for (std::size_t begin = 0; begin < merges_.size();) {
            std::size_t end = begin + 1;
            while (end < merges_.size() && merges_[end].rank == merges_[begin].rank) ++end;
            if (end - begin > 1) order(std::span(merges_).subspan(begin, end - begin));
            begin = end;
        }
        return std::move(merges_);
    }

private:
    [[noreturn]] void fail(token_id id, std::string const& why) const {
        std::string_view const bytes = vocab_.bytes(id);
        throw error(error_kind::unsupported, "token id " + std::to_string(id),
                    '"' + to_byte_alphabet(bytes.substr(0, 80)) + "\" is made in several ways, " + why +
                        ": no list of merges is known to give the same ids on all texts",
                    "keep the file as it is, or write a .tiktoken file");
    }

    // Merges that make a token of a lower rank than one of their parts, by that part.
    void note_early_results() {
        for (merge const& m : merges_) {
            for (token_id const part : {m.left, m.right}) {
                if (vocab_.bytes(part).size() > 1 && rank_of(part) > m.rank) early_.emplace_back(part, m);
                if (m.left == m.right) break;
            }
        }
        std::stable_sort(early_.begin(), early_.end(), [](auto const& a, auto const& b) { return a.first < b.first; });
    }
    // Merges by rank have the rank of what they make.
    [[nodiscard]] std::uint32_t rank_of(token_id id) {
        if (ranks_.empty()) {
            ranks_.assign(vocab_.size(), 0);
            for (merge const& m : merges_) ranks_[m.result] = m.rank;
        }
        return ranks_[id];
    }

    // True if the tokens can be neighbours when `rank` has its turn.
    [[nodiscard]] bool can_meet(std::initializer_list<token_id> tokens, std::uint32_t rank) {
        symbols_.clear();
        for (token_id const token : tokens) {
            for (char const b : vocab_.bytes(token)) symbols_.push_back(bytes_[static_cast<std::uint8_t>(b)]);
        }
        if (symbols_.size() > most_bytes) fail(*tokens.begin(), "which is too long to be examined");
        for (;;) {
            std::size_t best = symbols_.size();
            std::uint32_t lowest = rank;
            token_id result = no_token;
            for (std::size_t i = 0; i + 1 < symbols_.size(); ++i) {
                auto const found = model_.pairs().find(symbols_[i], symbols_[i + 1]);
                if (found.result != no_token && found.rank < lowest) {
                    best = i;
                    lowest = found.rank;
                    result = found.result;
                }
            }
            if (best == symbols_.size()) break;
            symbols_[best] = result;
            symbols_.erase(symbols_.begin() + static_cast<std::ptrdiff_t>(best) + 1);
        }
        return std::equal(symbols_.begin(), symbols_.end(), tokens.begin(), tokens.end());
    }

    void order(std::span<merge> ways) {
        token_id const id = ways[0].result;
        std::uint32_t const rank = ways[0].rank;
        std::vector<std::size_t> possible;
        for (std::size_t i = 0; i < ways.size(); ++i) {
            if (ways[i].result != id) fail(id, "and another token has its rank");
            if (can_meet({ways[i].left, ways[i].right}, rank)) possible.push_back(i);
        }
        if (possible.size() < 2) return;
        check_results(ways, possible);
        for (std::size_t const i : possible) {
            for (std::size_t const j : possible) {
                if (j <= i) continue;
                merge const a = ways[i];
                merge const b = ways[j];
                // Three tokens of which the first two are one way and the last two the other: the first two win.
                bool const a_first = a.right == b.left && can_meet({a.left, a.right, b.right}, rank);
                bool const b_first = b.right == a.left && can_meet({b.left, b.right, a.right}, rank);
                if (a_first && b_first) fail(id, "of which now one and now the other goes first");
                // No other way competes with either: the lengths of their parts are not right for it.
                if (b_first) std::swap(ways[i], ways[j]);
            }
        }
    }

    void check_results(std::span<merge const> ways, std::vector<std::size_t> const& possible) {
        token_id const id = ways[0].result;
        std::uint32_t const rank = ways[0].rank;
        auto const at = std::lower_bound(early_.begin(), early_.end(), id,
                                         [](auto const& entry, token_id wanted) { return entry.first < wanted; });
        for (auto next = at; next != early_.end() && next->first == id; ++next) {
            merge const& m = next->second;
            for (std::size_t const i : possible) {
                merge const& w = ways[i];
                bool meets = false;
                if (m.left == id) meets = can_meet({w.left, w.right, m.right}, rank);
                if (m.right == id) meets = meets || can_meet({m.left, w.left, w.right}, rank);
                if (m.left == id && m.right == id) {
                    for (std::size_t const j : possible)
                        meets = meets || can_meet({w.left, w.right, ways[j].left, ways[j].right}, rank);
                }
                if (meets) fail(id, "and becomes part of a token that goes before it");
            }
        }
    }

    static constexpr std::size_t most_bytes = 4096;
    bpe_model const& model_;
    vocabulary const& vocab_;
    std::vector<merge> merges_;
    std::vector<token_id> bytes_;  // of each byte
    std::vector<std::uint32_t> ranks_;
    std::vector<std::pair<token_id, merge>> early_;
    std::vector<token_id> symbols_;
};

}  // namespace tessera::inline v0::detail
