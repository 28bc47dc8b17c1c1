// Which pretokenizer a trainer used, from the tokens it made: no token reaches across pretokens. Of those that cut
// (nearly) no token, the strictest one is likeliest, because with a laxer one the trainer would have made tokens that
// the strict one cuts.
//
// SuperBPE's trainer used two: the first leaves words, and up to some merge no token reaches across them; behind it
// nearly all do.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/text_piece.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/mixture/splitter_candidates.hpp>
#include <tessera/mixture/training_merges.hpp>
#include <tessera/pretokenize/any_pretokenizer.hpp>

namespace tessera::inline v0 {

/// What speaks for a pretokenizer, or against it.
struct splitter_evidence {
    std::string name;
    any_pretokenizer pretokenizer;
    splitter_role role = splitter_role::words;
    std::size_t n_cut = 0;         ///< tokens that it cuts in two
    std::string first_cut;         ///< the first of them
    std::size_t transition = 0;    ///< the merge from which on most are cut, where few before are; else merges.size()
    std::size_t n_cut_before = 0;  ///< of `n_cut`, those before the transition
    std::size_t n_pretokens = 0;   ///< that it makes of all tokens, joined: the more, the stricter
};

struct splitter_guess {
    std::size_t n_tokens = 0;  ///< looked at: what merges make, if it is UTF-8
    std::vector<splitter_evidence> evidence;
    std::size_t chosen = 0;                 ///< place in `evidence`: of the merges before the transition, or of all
    std::optional<std::size_t> superwords;  ///< place in `evidence`: of the merges from the transition on
    std::size_t transition_point = 0;       ///< merges.size() if there is none

    [[nodiscard]] std::string const& name() const { return evidence[chosen].name; }
};

namespace detail {

/// Tokens as they stand in a text. Parts of characters are left out: a pretokenizer takes them for something else.
struct tokens_as_text {
    std::vector<std::string_view> texts;
    std::vector<std::size_t> places;  // of the merge that makes each
    std::string joined;
};

inline tokens_as_text texts_of(training_merges const& merges) {
    tokens_as_text out;
    for (std::size_t i = 0; i < merges.merges.size(); ++i) {
        std::string_view const text = merges.symbols[merges.merges[i].result];
        if (!is_valid_utf8(text)) continue;
        out.texts.push_back(text);
        out.places.push_back(i);
        out.joined += text;
    }
    return out;
}

/// One token in four thousand may be cut: what was put into a vocabulary by hand, and what training left of patterns
/// since corrected (of o200k's tokens 12 are such, of DeepSeek's 12).
[[nodiscard]] constexpr std::size_t few_of(std::size_t n_tokens) noexcept { return n_tokens / 4000; }

inline splitter_evidence judge(splitter_candidate const& candidate, tokens_as_text const& tokens,
                               std::size_t n_merges) {
    splitter_evidence out{
        .name = candidate.name, .pretokenizer = candidate.pretokenizer, .role = candidate.role, .first_cut = {}};
    any_pretokenizer::scratch s;
    auto const n_pretokens = [&](std::string_view text) {
        std::size_t n = 0;
        candidate.pretokenizer.for_each(text_piece{text, 0}, s, [&](std::string_view) { ++n; });
        return n;
    };
    std::vector<std::uint8_t> is_cut;
    for (std::string_view const text : tokens.texts) {
        is_cut.push_back(n_pretokens(text) == 1 ? 0 : 1);
        if (is_cut.back() == 1 && out.n_cut++ == 0) out.first_cut = text;
    }
    out.n_pretokens = n_pretokens(tokens.joined);
    // Where "none is cut" turns into "all are": there the fewest tokens are on the wrong side.
    std::size_t n_wrong = out.n_cut;
    std::size_t fewest = n_wrong;
    std::size_t best = is_cut.size();
    std::size_t n_whole_behind = 0;
    std::size_t best_whole_behind = 0;
    for (std::size_t i = is_cut.size(); i-- > 0;) {
        if (is_cut[i] == 1) {
            --n_wrong;
        } else {
            ++n_wrong;
            ++n_whole_behind;
        }
        if (is_cut[i] == 1 && n_wrong < fewest) {
            fewest = n_wrong;
            best = i;
            best_whole_behind = n_whole_behind;
        }
    }
    out.transition = n_merges;
    out.n_cut_before = out.n_cut;
    std::size_t const n_behind = is_cut.size() - best;
    std::size_t const n_cut_before = fewest - best_whole_behind;
    if (best == is_cut.size() || n_behind < 10 || 10 * best_whole_behind > n_behind) return out;
    if (n_cut_before > few_of(best) || best == 0) return out;
    out.transition = tokens.places[best];
    out.n_cut_before = n_cut_before;
    return out;
}

}  // namespace detail

/// How many of the tokens a pretokenizer cuts in two: what speaks against one that a file names.
[[nodiscard]] inline splitter_evidence judge_splitter(any_pretokenizer const& pretokenizer,
                                                      training_merges const& merges) {
    return detail::judge({pretokenizer.name(), splitter_role::words, pretokenizer}, detail::texts_of(merges),
                         merges.merges.size());
}

/// Guesses among candidates: the strictest that cuts none but few; if that cuts nearly all from some merge on and none
/// before, they were trained in two stages. `bytes`, which splits nothing, is always possible.
/// @param candidates  `bytes` among them
/// @complexity        each candidate reads the vocabulary twice
[[nodiscard]] inline splitter_guess guess_splitter(
    training_merges const& merges, std::vector<splitter_candidate> const& candidates = splitter_candidates()) {
    detail::tokens_as_text const tokens = detail::texts_of(merges);
    splitter_guess out;
    out.n_tokens = tokens.texts.size();
    out.transition_point = merges.merges.size();
    for (splitter_candidate const& candidate : candidates) {
        out.evidence.push_back(detail::judge(candidate, tokens, merges.merges.size()));
    }
    std::size_t const few = detail::few_of(out.n_tokens);
    auto const strictest = [&](auto&& is_possible) {
        std::optional<std::size_t> best;
        for (std::size_t i = 0; i < out.evidence.size(); ++i) {
            if (!is_possible(out.evidence[i])) continue;
            if (!best || out.evidence[i].n_pretokens > out.evidence[*best].n_pretokens) best = i;
        }
        return best;
    };
    auto const fits_all = [&](splitter_evidence const& e) { return e.n_cut <= few; };
    std::optional<std::size_t> const one = strictest(fits_all);
    // A second stage is there only if no pretokenizer of words fits all.
    std::optional<std::size_t> two;
    if (!one || out.evidence[*one].role == splitter_role::superwords) {
        two = strictest([&](splitter_evidence const& e) {
            return e.role == splitter_role::words && e.transition < merges.merges.size();
        });
    }
    if (two) {
        out.chosen = *two;
        out.superwords = one;
        out.transition_point = out.evidence[*two].transition;
    } else if (one) {
        out.chosen = *one;
    }
    return out;
}

}  // namespace tessera::inline v0
