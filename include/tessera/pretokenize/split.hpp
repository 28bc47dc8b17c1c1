// Hugging Face's `Split`: splits by any pattern. The patterns that most tokenizers use have scanners of their own
// (known_patterns.hpp), others run in pattern/pattern.hpp.
#pragma once

#include <string_view>
#include <utility>
#include <variant>

#include <tessera/core/text_piece.hpp>
#include <tessera/pattern/pattern.hpp>
#include <tessera/pattern/pattern_text.hpp>
#include <tessera/pattern/regex_dialect.hpp>
#include <tessera/pretokenize/boundless_letters.hpp>
#include <tessera/pretokenize/cl100k.hpp>
#include <tessera/pretokenize/digit_groups.hpp>
#include <tessera/pretokenize/gpt2.hpp>
#include <tessera/pretokenize/known_patterns.hpp>
#include <tessera/pretokenize/llama3.hpp>
#include <tessera/pretokenize/o200k.hpp>
#include <tessera/pretokenize/split_behavior.hpp>
#include <tessera/pretokenize/superbpe_1_words.hpp>
#include <tessera/pretokenize/superbpe_2.hpp>
#include <tessera/pretokenize/whitespace.hpp>

namespace tessera::inline v0 {

struct split_options {
    pattern_text pattern;
    split_behavior behavior = split_behavior::isolated;
    bool invert = false;  ///< the pattern matches the words, not what is between them
    friend bool operator==(split_options const&, split_options const&) = default;
};

/// Splits by a string or a regular expression.
/// @complexity  O(n), any bytes, for the patterns with a scanner; else as pattern says
/// @par Source  tokenizers 0.23.3, pre_tokenizers/split.rs
class split_pretokenizer {
public:
    using options_type = split_options;
    static constexpr std::string_view type = "Split";
    static constexpr bool lossless = false;  // `removed`

    struct scratch {
        typename pattern::scratch matching;
    };

    template <class Fields, class Options>
    static void describe(Fields& f, Options& o) {
        f("pattern", o.pattern);
        f("behavior", o.behavior);
        f("invert", o.invert);
    }

    /// @throws error  what pattern throws: syntax, unsupported, limit
    explicit split_pretokenizer(options_type o = {}, regex_dialect dialect = regex_dialect::oniguruma)
        : options_(std::move(o)), dialect_(dialect), matcher_(matcher_for(options_, dialect)) {}

    [[nodiscard]] options_type const& options() const noexcept { return options_; }
    [[nodiscard]] regex_dialect dialect() const noexcept { return dialect_; }

    /// What finds the matches: the name of a scanner, or of an engine of pattern.
    [[nodiscard]] std::string_view engine() const noexcept {
        return std::visit(
            [](auto const& m) -> std::string_view {
                if constexpr (is_pattern<decltype(m)>) {
                    return m.engine();
                } else {
                    return m.name();
                }
            },
            matcher_);
    }

    /// Calls `sink(text_piece)` with each piece, in order.
    template <class Sink>
    void for_each(text_piece piece, scratch& s, Sink&& sink) const {
        if (piece.text.empty()) return;  // no pattern is asked then, not even one that matches nothing
        std::visit([&](auto const& m) { split_by(m, piece, s, sink); }, matcher_);
    }

    friend bool operator==(split_pretokenizer const& a, split_pretokenizer const& b) {
        return a.options_ == b.options_ && a.dialect_ == b.dialect_;
    }

private:
    using matcher = std::variant<pattern, gpt2_pretokenizer<>, cl100k_pretokenizer<>, o200k_pretokenizer<>,
                                 llama3_pretokenizer<>, qwen2_pretokenizer<>, whitespace_pretokenizer<>,
                                 digit_groups_pretokenizer, superbpe_1_words_pretokenizer<>, superbpe_2_pretokenizer<>,
                                 superbpe_2_words_pretokenizer<>, boundless_letters_pretokenizer<>>;

    template <class M>
    static constexpr bool is_pattern = requires(M m) { m.engine(); };

    static matcher matcher_for(split_options const& o, regex_dialect dialect) {
        if (o.pattern.is_regex) {
            auto const known = find_known_scanner(o.pattern.text, dialect);
            if (known && (gives_matches(*known) || o.behavior == split_behavior::isolated)) {
                switch (*known) {
                    case known_scanner::gpt2:
                        return gpt2_pretokenizer<>{};
                    case known_scanner::cl100k:
                        return cl100k_pretokenizer<>{};
                    case known_scanner::o200k:
                        return o200k_pretokenizer<>{};
                    case known_scanner::llama3:
                        return llama3_pretokenizer<>{};
                    case known_scanner::qwen2:
                        return qwen2_pretokenizer<>{};
                    case known_scanner::whitespace:
                        return whitespace_pretokenizer<>{};
                    case known_scanner::digit_groups:
                        return digit_groups_pretokenizer{};
                    case known_scanner::superbpe_1_words:
                        return superbpe_1_words_pretokenizer<>{};
                    case known_scanner::superbpe_2:
                        return superbpe_2_pretokenizer<>{};
                    case known_scanner::superbpe_2_words:
                        return superbpe_2_words_pretokenizer<>{};
                    case known_scanner::boundless_letters:
                        return boundless_letters_pretokenizer<>{};
                }
            }
        }
        return pattern(o.pattern, dialect);
    }

    template <class M, class Sink>
    void split_by(M const& m, text_piece piece, scratch& s, Sink& sink) const {
        char const* const data = piece.text.data();
        auto const offset = [data](char const* p) { return static_cast<std::size_t>(p - data); };
        if constexpr (!is_pattern<M>) {
            // Nothing lies between the matches, or what does is dropped: matches are pieces.
            bool const keeps_matches = options_.behavior == split_behavior::removed && options_.invert;
            if (keeps_matches || (M::lossless && options_.behavior == split_behavior::isolated)) {
                m.for_each(piece.text, [&](std::string_view found) {
                    sink(piece.part(offset(found.data()), offset(found.data() + found.size())));
                });
                return;
            }
        }
        split_pieces pieces(piece, options_.behavior, options_.invert, sink);
        if constexpr (is_pattern<M>) {
            m.for_each_match(piece.text, s.matching,
                             [&](std::size_t begin, std::size_t end) { pieces.match(begin, end); });
        } else {
            m.for_each(piece.text, [&](std::string_view found) {
                pieces.match(offset(found.data()), offset(found.data() + found.size()));
            });
        }
        pieces.finish();
    }

    options_type options_;
    regex_dialect dialect_;
    matcher matcher_;
};

}  // namespace tessera::inline v0
