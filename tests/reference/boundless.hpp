// BoundlessBPE from its definitions, on strings: how operations are applied, and how they are trained. Slow.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace reference::boundless {

using word = std::vector<std::string>;
using pair = std::pair<std::string, std::string>;

struct operation {
    pair merged;          // of a deletion: empty
    std::string deleted;  // of a merge: empty
    std::uint64_t count = 0;
    bool completes = false;
};

/// Every place, from the left.
inline word merge(word const& symbols, pair const& p, std::size_t* n = nullptr) {
    word out;
    for (std::size_t i = 0; i < symbols.size(); ++i) {
        if (i + 1 < symbols.size() && symbols[i] == p.first && symbols[i + 1] == p.second) {
            out.push_back(symbols[i] + symbols[i + 1]);
            ++i;
            if (n != nullptr) ++*n;
        } else {
            out.push_back(symbols[i]);
        }
    }
    return out;
}

inline word take_apart(word const& symbols, std::string const& token, word const& parts, std::size_t* n = nullptr) {
    word out;
    for (std::string const& s : symbols) {
        if (s == token) {
            out.insert(out.end(), parts.begin(), parts.end());
            if (n != nullptr) ++*n;
        } else {
            out.push_back(s);
        }
    }
    return out;
}

inline word bytes_of(std::string const& text) {
    word out;
    for (char const c : text) out.emplace_back(1, c);
    return out;
}

/// What a deleted token becomes.
inline word parts_of(std::vector<operation> const& operations, std::string const& token, bool blow_up) {
    if (blow_up) return bytes_of(token);
    for (operation const& o : operations) {
        if (o.deleted.empty() && o.merged.first + o.merged.second == token) return {o.merged.first, o.merged.second};
    }
    return {};
}

/// Applies operations again and again: the first that applies and, if `rising`, comes after the last one applied.
inline word apply(std::vector<operation> const& operations, word symbols, bool blow_up, bool rising) {
    for (std::size_t from = 0;;) {
        std::size_t i = from;
        for (; i < operations.size(); ++i) {
            operation const& o = operations[i];
            std::size_t n = 0;
            word next = o.deleted.empty()
                            ? merge(symbols, o.merged, &n)
                            : take_apart(symbols, o.deleted, parts_of(operations, o.deleted, blow_up), &n);
            if (n == 0) continue;
            symbols = std::move(next);
            break;
        }
        if (i == operations.size()) return symbols;
        from = rising ? i + 1 : 0;
    }
}

struct settings {
    std::size_t vocab_size = 300;
    double delete_threshold = 1.1;
    bool blow_up = false;
    bool competes = false;        ///< superwords take the place of words
    std::size_t supermerges = 0;  ///< else: how many
    std::size_t min_ngram = 0;    ///< 0: no split
    std::size_t max_ngram = 30;
    std::function<bool(std::string const&)> matches = {};      ///< the merge pattern
    std::function<bool(std::string const&)> is_pretoken = {};  ///< by itself
};

class training {
public:
    /// @param documents  pretokens
    training(std::vector<word> const& documents, settings s) : s_(std::move(s)) {
        for (unsigned b = 0; b < 245; ++b) {
            if (b != 0xC0 && b != 0xC1) add(std::string(1, static_cast<char>(b)), false);
        }
        alphabet_ = tokens;
        train_words(documents);
        if (s_.competes || s_.supermerges > 0) train_superwords(documents);
    }

    std::vector<operation> words, superwords;
    std::vector<std::pair<std::string, bool>> tokens;  // and whether it is a superword
    std::map<std::string, std::uint64_t> counts;

private:
    using corpus = std::map<word, std::uint64_t>;

    bool contains(std::string const& token) const {
        return std::any_of(tokens.begin(), tokens.end(), [&](auto const& t) { return t.first == token; });
    }
    void add(std::string const& token, bool is_super) {
        if (!contains(token)) tokens.emplace_back(token, is_super);
    }
    void remove(std::string const& token) {
        std::erase_if(tokens, [&](auto const& t) { return t.first == token; });
    }

    // In a run of n equal symbols, a pair of two occurs n / 2 times.
    static std::map<pair, std::uint64_t> pairs(std::vector<std::pair<word, std::uint64_t>> const& all) {
        std::map<pair, std::uint64_t> out;
        for (auto const& [symbols, n] : all) {
            std::set<pair> here;
            for (std::size_t i = 0; i + 1 < symbols.size(); ++i) here.emplace(symbols[i], symbols[i + 1]);
            for (pair const& p : here) {
                std::size_t times = 0;
                (void)merge(symbols, p, &times);
                out[p] += times * n;
            }
        }
        return out;
    }
    static std::optional<std::pair<pair, std::uint64_t>> best(std::map<pair, std::uint64_t> const& all) {
        std::optional<std::pair<pair, std::uint64_t>> out;
        for (auto const& entry : all) {  // in byte order: std::string compares as unsigned
            if (!out || entry.second > out->second) out = entry;
        }
        return out;
    }
    static std::map<std::string, std::uint64_t> singles(std::vector<std::pair<word, std::uint64_t>> const& all) {
        std::map<std::string, std::uint64_t> out;
        for (auto const& [symbols, n] : all) {
            for (std::string const& s : symbols) out[s] += n;
        }
        return out;
    }
    static bool merge_all(std::vector<std::pair<word, std::uint64_t>>& all, pair const& p) {
        bool completes = false;
        for (auto& [symbols, n] : all) {
            std::size_t const before = symbols.size();
            symbols = merge(symbols, p);
            completes |= symbols.size() == 1 && before > 1;
        }
        return completes;
    }

    void train_words(std::vector<word> const& documents) {
        std::map<std::string, std::uint64_t> pretokens;
        for (word const& d : documents) {
            for (std::string const& p : d) ++pretokens[p];
        }
        std::vector<std::pair<word, std::uint64_t>> all;
        for (auto const& [p, n] : pretokens) all.emplace_back(bytes_of(p), n);
        while (tokens.size() < s_.vocab_size) {
            auto const next = best(pairs(all));
            if (!next) break;
            auto const& [left, right] = next->first;
            auto const before = singles(all);
            bool const completes = merge_all(all, next->first);
            words.push_back({next->first, "", next->second, completes});
            add(left + right, false);
            for (std::string const& part : {left, right}) {
                double const share = static_cast<double>(next->second) / static_cast<double>(before.at(part));
                if (part.size() == 1 || share < s_.delete_threshold) continue;
                for (auto& [symbols, n] : all) symbols = take_apart(symbols, part, parts_of(words, part, s_.blow_up));
                words.push_back({{}, part, 0, false});
                remove(part);
            }
        }
        counts = singles(all);
    }

    std::set<std::string> eligible() const {
        std::set<std::string> out;
        for (auto const& [token, is_super] : tokens) {
            if (s_.matches(token) && s_.is_pretoken(token) &&
                apply(words, bytes_of(token), s_.blow_up, true).size() == 1)
                out.insert(token);
        }
        return out;
    }

    void train_superwords(std::vector<word> const& documents) {
        std::set<std::string> const may = eligible();
        corpus runs;
        for (word const& d : documents) {
            word run;
            for (std::size_t i = 0; i <= d.size(); ++i) {
                if (i < d.size() && may.contains(d[i])) {
                    run.push_back(d[i]);
                    continue;
                }
                if (run.size() > 1) ++runs[run];
                run.clear();
            }
        }
        if (s_.min_ngram > 0) split(runs);
        std::vector<std::pair<word, std::uint64_t>> all(runs.begin(), runs.end());
        std::size_t const wanted = s_.competes ? tokens.size() : tokens.size() + s_.supermerges;
        std::vector<operation> const regular = words;
        std::size_t next = s_.competes ? 0 : regular.size();
        if (s_.competes) tokens = alphabet_;
        while (tokens.size() < wanted) {
            if (next < regular.size() && !regular[next].deleted.empty()) {
                remove(regular[next++].deleted);
                continue;
            }
            auto const super = best(pairs(all));
            if (next < regular.size() && !(super && super->second > regular[next].count)) {
                add(regular[next].merged.first + regular[next].merged.second, false);
                ++next;
                while (next < regular.size() && !regular[next].deleted.empty()) remove(regular[next++].deleted);
                continue;
            }
            if (!super) break;
            bool const completes = merge_all(all, super->first);
            superwords.push_back({super->first, "", super->second, completes});
            add(super->first.first + super->first.second, true);
        }
        words.resize(next);
        counts = singles(all);
    }

    void split(corpus& runs) const {
        std::uint64_t least = s_.min_ngram;
        for (operation const& o : words) {
            if (o.deleted.empty()) least = std::max<std::uint64_t>(o.count, s_.min_ngram);
        }
        corpus ngrams;
        for (auto const& [run, n] : runs) {
            for (std::size_t i = 0; i < run.size(); ++i) {
                for (std::size_t end = i + 2; end <= run.size() && end - i <= s_.max_ngram; ++end)
                    ngrams[word(run.begin() + static_cast<std::ptrdiff_t>(i),
                                run.begin() + static_cast<std::ptrdiff_t>(end))] += n;
            }
        }
        std::erase_if(ngrams, [&](auto const& e) { return e.second < least; });
        if (ngrams.empty()) return;
        corpus out;
        for (auto const& [run, n] : runs) {
            for (std::size_t i = 0; i < run.size();) {
                word longest{run[i]};
                for (std::size_t end = i + 2; end <= run.size(); ++end) {
                    word const candidate(run.begin() + static_cast<std::ptrdiff_t>(i),
                                         run.begin() + static_cast<std::ptrdiff_t>(end));
                    if (ngrams.contains(candidate)) longest = candidate;
                }
                out[longest] += n;
                i += longest.size();
            }
        }
        runs = out;
    }

    settings s_;
    std::vector<std::pair<std::string, bool>> alphabet_;
};

}  // namespace reference::boundless
