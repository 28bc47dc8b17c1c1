// The other models as one would say them: strings, maps, every possibility tried. They share no code with the library.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bpe.hpp"

namespace reference {

/// The characters of valid UTF-8.
inline std::vector<std::string> characters_of(std::string_view text) {
    std::vector<std::string> out;
    for (char const c : text) {
        if (out.empty() || (static_cast<unsigned char>(c) & 0xC0) != 0x80) out.emplace_back();
        out.back() += c;
    }
    return out;
}

inline std::string byte_token(char b) {
    char out[8];
    std::snprintf(out, sizeof out, "<0x%02X>", static_cast<unsigned>(static_cast<unsigned char>(b)));
    return out;
}

/// The byte tokens of `spelling`; nothing if one is not in the vocabulary.
template <class Tokens>
std::vector<std::string> fall_back(std::string const& spelling, Tokens const& tokens) {
    std::vector<std::string> out;
    for (char const b : spelling) {
        out.push_back(byte_token(b));
        if (!tokens.contains(out.back())) return {};
    }
    return out;
}

struct bpe_with_options {
    std::set<std::string> tokens;
    rank_of_pair ranks;
    std::string unknown, prefix, suffix;  // empty: none
    bool fuse = false, fallback = false, ignore_merges = false;

    [[nodiscard]] std::vector<std::string> operator()(std::string const& word) const {
        if (ignore_merges && tokens.contains(word)) return {word};
        std::vector<std::string> symbols;
        std::size_t waiting = 0;  // unknown symbols not written yet
        auto const write_unknown = [&] {
            if (fuse) waiting = std::min<std::size_t>(waiting, 1);
            symbols.insert(symbols.end(), waiting, unknown);
            waiting = 0;
        };
        auto const characters = characters_of(word);
        for (std::size_t i = 0; i < characters.size(); ++i) {
            std::string const s =
                (i > 0 ? prefix : "") + characters[i] + (i + 1 == characters.size() ? suffix : std::string());
            auto const bytes = fallback ? fall_back(s, tokens) : std::vector<std::string>();
            if (tokens.contains(s)) {
                write_unknown();
                symbols.push_back(s);
            } else if (!bytes.empty()) {
                // One that is waiting stays waiting, another before it does not.
                symbols.insert(symbols.end(), bytes.begin(), bytes.end());
            } else if (!unknown.empty()) {
                if (waiting == 1 && !fuse) write_unknown();
                waiting = 1;
            }
        }
        write_unknown();
        for (;;) {
            std::optional<std::pair<std::uint32_t, std::size_t>> best;
            for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
                auto const found = ranks.find({symbols[i], symbols[i + 1]});
                if (found != ranks.end() && (!best || found->second < best->first)) best = {found->second, i};
            }
            if (!best) return symbols;
            symbols[best->second] += symbols[best->second + 1].substr(prefix.size());
            symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(best->second) + 1);
        }
    }
};

/// Hugging Face's unigram: all ways to cut a short text. Of equal sums the one whose last token is longest, and so on
/// from the back.
struct unigram {
    std::map<std::string, double> tokens;
    std::string unknown;
    bool fallback = false;

    [[nodiscard]] std::vector<std::string> operator()(std::string const& text) const {
        double lowest = std::numeric_limits<double>::infinity();
        for (auto const& [token, score] : tokens) lowest = std::min(lowest, score);
        auto const characters = characters_of(text);
        std::size_t const n = characters.size();
        if (n == 0) return {};
        std::optional<double> best;
        std::vector<std::size_t> best_cuts;
        for (std::size_t mask = 0; mask < std::size_t{1} << (n - 1); ++mask) {
            double sum = 0;
            bool possible = true;
            std::vector<std::size_t> cuts{0};
            for (std::size_t i = 0; i < n && possible; ++i) {
                if (i + 1 < n && (mask >> i & 1) == 0) continue;
                std::string piece;
                for (std::size_t k = cuts.back(); k <= i; ++k) piece += characters[k];
                auto const found = tokens.find(piece);
                possible = found != tokens.end() || cuts.back() == i;
                sum += found != tokens.end() ? found->second : lowest - 10.0;
                cuts.push_back(i + 1);
            }
            if (!possible) continue;
            bool const later_cuts_earlier =
                std::lexicographical_compare(cuts.rbegin(), cuts.rend(), best_cuts.rbegin(), best_cuts.rend());
            if (!best || sum > *best || (sum == *best && later_cuts_earlier)) {
                best = sum;
                best_cuts = cuts;
            }
        }
        std::vector<std::string> out;
        std::string run;
        auto const write_run = [&] {
            if (run.empty()) return;
            auto const bytes = fallback ? fall_back(run, tokens) : std::vector<std::string>();
            if (tokens.contains(run)) {
                out.push_back(run);
            } else if (!bytes.empty()) {
                out.insert(out.end(), bytes.begin(), bytes.end());
            } else {
                out.push_back(unknown);
            }
            run.clear();
        };
        for (std::size_t i = 0; i + 1 < best_cuts.size(); ++i) {
            std::string piece;
            for (std::size_t k = best_cuts[i]; k < best_cuts[i + 1]; ++k) piece += characters[k];
            if (!tokens.contains(piece) || piece == unknown) {
                run += piece;
                continue;
            }
            write_run();
            out.push_back(piece);
        }
        write_run();
        return out;
    }
};

inline std::vector<std::string> wordpiece(std::string const& word, std::set<std::string> const& tokens,
                                          std::string const& prefix, std::string const& unknown,
                                          std::size_t max_characters) {
    auto const characters = characters_of(word);
    std::vector<std::string> out;
    for (std::size_t begin = 0; begin < characters.size();) {
        std::size_t end = characters.size();
        for (; end > begin; --end) {
            std::string piece = begin > 0 ? prefix : "";
            for (std::size_t k = begin; k < end; ++k) piece += characters[k];
            if (!tokens.contains(piece)) continue;
            out.push_back(piece);
            break;
        }
        if (end == begin) return {unknown};
        begin = end;
    }
    if (characters.size() > max_characters) return {unknown};
    return out;
}

/// SentencePiece's words: a text falls apart before each U+2581; a run of unknown words is one unknown token.
struct sentencepiece_words {
    std::set<std::string> tokens;  // to be found, without those for bytes
    std::string unknown;           // empty: none
    std::set<std::string> bytes;   // `<0xXX>`, for the fallback; empty: there is none

    [[nodiscard]] std::vector<std::string> operator()(std::string const& text) const {
        std::vector<std::string> words;
        for (std::string const& c : characters_of(text)) {
            if (words.empty() || c == "\xE2\x96\x81") words.emplace_back();
            words.back() += c;
        }
        std::vector<std::string> out;
        std::string before = "known";
        for (std::string const& word : words) {
            std::string const now = tokens.contains(word) ? "known" : "unknown";
            std::vector<std::string> const as_bytes =
                bytes.empty() ? std::vector<std::string>() : fall_back(word, bytes);
            if (now == "known") {
                out.push_back(word);
            } else if (!as_bytes.empty()) {
                out.insert(out.end(), as_bytes.begin(), as_bytes.end());
            } else if (!unknown.empty() && before == "known") {
                out.push_back(unknown);
            }
            before = now;
        }
        return out;
    }
};

/// SentencePiece's BPE without user-defined or unused pieces: neighbours whose text is a piece, the best score first.
inline std::vector<std::string> merge_by_score(std::vector<std::string> symbols,
                                               std::map<std::string, double> const& score_of_piece) {
    for (;;) {
        std::optional<std::pair<double, std::size_t>> best;
        for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
            auto const found = score_of_piece.find(symbols[i] + symbols[i + 1]);
            if (found != score_of_piece.end() && (!best || found->second > best->first)) best = {found->second, i};
        }
        if (!best) return symbols;
        symbols[best->second] += symbols[best->second + 1];
        symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(best->second) + 1);
    }
}

}  // namespace reference
