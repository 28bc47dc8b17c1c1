// The name that llama.cpp has for the way a tokenizer splits text: `tokenizer.ggml.pre`. Its converter knows the names
// by the ids of a test string; here they are found by the regular expressions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/error.hpp>
#include <tessera/io/conversion.hpp>
#include <tessera/io/detail/bpe_parts.hpp>
#include <tessera/io/gguf_pretokenizers.hpp>
#include <tessera/pattern/same_pattern.hpp>
#include <tessera/pretokenize/known_patterns.hpp>

namespace tessera::inline v0::detail {

/// A regular expression that a tokenizer splits by: matches and what lies between them are pieces.
struct splitting_pattern {
    std::string text;
    regex_dialect dialect = regex_dialect::oniguruma;
};

/// Where an expression ends with \s+(?!\S), a single white space may be left over: a piece of its own, whether or not
/// the expression goes on with |\s+.
inline splitting_pattern with_rest(splitting_pattern p) {
    if (p.text.ends_with("\\s+(?!\\S)")) p.text += "|\\s+";
    return p;
}

inline bool splits_alike(splitting_pattern const& a, splitting_pattern const& b) {
    splitting_pattern const x = with_rest(a);
    splitting_pattern const y = with_rest(b);
    if (x.text == y.text && x.dialect == y.dialect) return true;
    auto const scanner = find_known_scanner(x.text, x.dialect);
    if (scanner && find_known_scanner(y.text, y.dialect) == scanner) return true;
    return is_same_pattern(x.text, x.dialect, y.text, y.dialect);
}

/// The steps of a byte-level tokenizer's pretokenizer as expressions; none: one of them is no expression of
/// llama.cpp's.
inline std::optional<std::vector<splitting_pattern>> splitting_patterns(any_pretokenizer const& pretokenizer,
                                                                        differences& found) {
    std::vector<splitting_pattern> out;
    bool all_known = true;
    auto const add = [&]<class Step>(Step const& step) {
        if constexpr (std::is_same_v<Step, split_pretokenizer>) {
            auto const& o = step.options();
            if (!o.pattern.is_regex) {
                all_known = false;
            } else if (o.behavior == split_behavior::isolated) {
                out.push_back({o.pattern.text, step.dialect()});
            } else if (o.behavior == split_behavior::removed && o.invert) {
                out.push_back({o.pattern.text, step.dialect()});
                auto const scanner = find_known_scanner(o.pattern.text, step.dialect());
                if (!scanner || *scanner == known_scanner::whitespace || !gives_matches(*scanner))
                    all_known = false;  // drops text, perhaps
            } else {
                all_known = false;
            }
        } else if constexpr (std::is_same_v<Step, byte_level_pretokenizer>) {
            if (step.options().add_prefix_space) {
                found.add("pretokenizer",
                          "a space is put before a text that does not begin with one, and llama.cpp puts none");
            }
            if (step.options().use_regex) out.push_back({std::string(gpt2_pretokenizer<>::pattern())});
        } else if constexpr (std::is_same_v<Step, digits_pretokenizer>) {
            out.push_back({step.options().individual_digits ? "\\p{N}" : "\\p{N}+"});
        } else if constexpr (std::is_same_v<Step, punctuation_pretokenizer>) {
            if (step.options().behavior != split_behavior::contiguous) all_known = false;
            out.push_back({"[\\p{P}\\$\\+<=>\\^~\\|`]+"});
        } else {
            all_known = false;
        }
    };
    for (auto const& step : pretokenizer.steps()) std::visit(add, step);
    if (!all_known) return std::nullopt;
    return out;
}

/// @param ignore_merges  whether a pretoken that is a token must be taken whole; none: it makes no difference
/// @throws error         unsupported: llama.cpp has no such pretokenizer, or, where conversion has to be exact, none
/// that
///                       splits every text alike
inline gguf_pretokenizer const& gguf_pre_of(any_pretokenizer const& pretokenizer, std::optional<bool> ignore_merges,
                                            differences& found) {
    auto const patterns = splitting_patterns(pretokenizer, found);
    auto const matches = [&](gguf_pretokenizer const& row, std::vector<splitting_pattern> const& wanted) {
        if (!row.byte_level || row.patterns.size() != wanted.size()) return false;
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            if (!splits_alike(wanted[i], {std::string(row.patterns[i])})) return false;
        }
        return true;
    };
    // Of names for the same expressions, the first with the right switch: readers other than llama.cpp know the common
    // ones.
    auto const find = [&](std::vector<splitting_pattern> const& wanted) {
        gguf_pretokenizer const* best = nullptr;
        int best_value = -1;
        for (gguf_pretokenizer const& row : gguf_pretokenizers()) {
            int const value = (!ignore_merges || row.ignore_merges == *ignore_merges ? 2 : 0) + (row.add_sep ? 0 : 1);
            if (value > best_value && matches(row, wanted)) {
                best = &row;
                best_value = value;
            }
        }
        return best;
    };
    gguf_pretokenizer const* row = patterns ? find(*patterns) : nullptr;
    if (row == nullptr && patterns && patterns->size() == 1 &&
        find_known_scanner(patterns->front().text, patterns->front().dialect) == known_scanner::cl100k) {
        found.add("pretokenizer", "llama.cpp splits white space at the end of a text as llama3 does, not as cl100k");
        row = find({{std::string(llama3_pretokenizer<>::pattern())}});
    }
    if (row == nullptr) {
        std::string const name = pretokenizer.name();
        throw error(error_kind::unsupported, "pretokenizer",
                    "llama.cpp has no pretokenizer that splits as " + name +
                        (patterns && patterns->size() == 1 ? " does: " + in_quotes(patterns->front().text) : " does"),
                    "name one of its pretokenizers for the ids that come nearest");
    }
    if (ignore_merges && row->ignore_merges != *ignore_merges) {
        found.add("model.ignore_merges", std::string("llama.cpp's pretokenizer ") + std::string(row->name) +
                                             (*ignore_merges ? " merges pretokens that are tokens, too"
                                                             : " takes a pretoken that is a token whole"));
    }
    return *row;
}

}  // namespace tessera::inline v0::detail
