// Hugging Face's BpeTrainer::do_train (tokenizers 0.23, models/bpe/trainer.rs), step by step: strings for tokens, maps
// for counts, a list searched from end to end for a queue. Shares no code with the library's trainer.
// With `inherited` merges and a `veto`, what SuperBPE's fork of that library does in its second stage
// (alisawuffles/tokenizers-superbpe, do_train_extend), but that inherited merges the text does not have stay.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace reference {

struct training_options {
    std::size_t vocab_size;
    std::uint64_t min_frequency = 0;
    std::size_t max_token_length = 0;  // 0: none
    std::vector<std::string> special_tokens;
    std::vector<std::string> alphabet;  // in the order of ids
    // Merges that training goes on from, in order: SuperBPE's second stage.
    std::vector<std::pair<std::string, std::string>> inherited = {};
    std::function<bool(std::string const&)> veto = {};  // of the merges after these
};

struct training_result {
    std::vector<std::string> tokens;
    std::vector<std::pair<std::string, std::string>> merges;
};

inline training_result train_bpe(std::map<std::string, std::uint64_t> const& word_counts, training_options const& o) {
    using pair = std::pair<std::size_t, std::size_t>;
    std::vector<std::string> tokens;
    std::map<std::string, std::size_t> ids;
    auto const add = [&](std::string const& text) {
        if (ids.emplace(text, tokens.size()).second) tokens.push_back(text);
        return ids[text];
    };
    for (auto const& t : o.special_tokens) add(t);
    for (auto const& t : o.alphabet) add(t);

    struct symbol {
        std::size_t id, length;
    };
    std::vector<std::vector<symbol>> words;
    std::vector<std::int64_t> counts;
    for (auto const& [word, n] : word_counts) {
        std::vector<symbol> symbols;
        for (char const c : word) {
            auto const found = ids.find(std::string(1, c));
            if (found != ids.end()) symbols.push_back({found->second, 1});
        }
        words.push_back(symbols);
        counts.push_back(static_cast<std::int64_t>(n));
    }
    // One after another, each in all words, from left to right.
    for (auto const& [left, right] : o.inherited) {
        std::size_t const result = add(left + right);
        for (std::vector<symbol>& s : words) {
            for (std::size_t i = 0; i + 1 < s.size(); ++i) {
                if (s[i].id != ids[left] || s[i + 1].id != ids[right]) continue;
                s[i] = {result, s[i].length + s[i + 1].length};
                s.erase(s.begin() + static_cast<std::ptrdiff_t>(i) + 1);
            }
        }
    }

    std::map<pair, std::int64_t> pair_counts;
    std::map<pair, std::set<std::size_t>> where;
    for (std::size_t w = 0; w < words.size(); ++w) {
        for (std::size_t i = 0; i + 1 < words[w].size(); ++i) {
            pair const p{words[w][i].id, words[w][i + 1].id};
            std::size_t const length = words[w][i].length + words[w][i + 1].length;
            if (length > 2 && o.max_token_length != 0 && length >= o.max_token_length) continue;
            pair_counts[p] += counts[w];
            where[p].insert(w);
        }
    }
    struct entry {
        std::uint64_t count;
        pair p;
        std::set<std::size_t> words;
    };
    std::vector<entry> queue;  // in order of creation
    auto const queue_all = [&] {
        for (auto& [p, in] : where) {
            if (pair_counts[p] > 0) queue.push_back({static_cast<std::uint64_t>(pair_counts[p]), p, in});
        }
        where.clear();
    };
    queue_all();

    std::size_t const max_length = o.max_token_length == 0 ? ~std::size_t{0} : o.max_token_length;
    std::vector<std::pair<pair, std::size_t>> merges;
    while (tokens.size() < o.vocab_size && !queue.empty()) {
        auto const top = std::min_element(queue.begin(), queue.end(), [](entry const& a, entry const& b) {
            return a.count != b.count ? a.count > b.count : a.p < b.p;
        });
        auto const live = static_cast<std::uint64_t>(pair_counts[top->p]);
        if (top->count != live) {
            top->count = live;
            continue;
        }
        if (top->count < 1 || o.min_frequency > top->count) break;
        entry const e = *top;
        queue.erase(top);
        if (o.veto && o.veto(tokens[e.p.first] + tokens[e.p.second])) continue;
        std::size_t const result = add(tokens[e.p.first] + tokens[e.p.second]);
        merges.push_back({e.p, result});
        for (std::size_t const w : e.words) {
            std::vector<symbol>& s = words[w];
            auto const change = [&](std::size_t left, std::size_t right, std::int64_t by) {
                pair_counts[{left, right}] += by * counts[w];
                if (by > 0) where[{left, right}].insert(w);
            };
            for (std::size_t i = 0; i + 1 < s.size(); ++i) {
                if (s[i].id != e.p.first || s[i + 1].id != e.p.second) continue;
                symbol const joined{result, s[i].length + s[i + 1].length};
                if (i > 0) {
                    change(s[i - 1].id, s[i].id, -1);
                    if (s[i - 1].length + joined.length < max_length) change(s[i - 1].id, result, 1);
                }
                std::size_t const second = s[i + 1].id;
                s[i] = joined;
                s.erase(s.begin() + static_cast<std::ptrdiff_t>(i) + 1);
                if (i + 1 < s.size()) {
                    change(second, s[i + 1].id, -1);
                    if (s[i + 1].length + joined.length < max_length) change(result, s[i + 1].id, 1);
                }
            }
        }
        queue_all();
    }

    // The merges become a map from pair to rank: of two merges of one pair the later remains.
    training_result r{tokens, o.inherited};
    for (std::size_t i = 0; i < merges.size(); ++i) {
        bool const again = std::any_of(merges.begin() + static_cast<std::ptrdiff_t>(i) + 1, merges.end(),
                                       [&](auto const& later) { return later.first == merges[i].first; });
        if (!again) r.merges.emplace_back(tokens[merges[i].first.first], tokens[merges[i].first.second]);
    }
    return r;
}

}  // namespace reference
