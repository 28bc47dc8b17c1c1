// A pretokenizer chosen at run time: a list of components, usually one or two. The variant below is the table of all
// that there are: a new one needs its header, its test, and a place there.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/function_ref.hpp>
#include <tessera/core/step_scratch.hpp>
#include <tessera/core/text_piece.hpp>
#include <tessera/pattern/regex_dialect.hpp>
#include <tessera/pretokenize/bert.hpp>
#include <tessera/pretokenize/boundless_patterns.hpp>
#include <tessera/pretokenize/byte_level.hpp>
#include <tessera/pretokenize/char_delimiter_split.hpp>
#include <tessera/pretokenize/digits.hpp>
#include <tessera/pretokenize/fixed_length.hpp>
#include <tessera/pretokenize/known_patterns.hpp>
#include <tessera/pretokenize/metaspace.hpp>
#include <tessera/pretokenize/pretokenizer_names.hpp>
#include <tessera/pretokenize/punctuation.hpp>
#include <tessera/pretokenize/script_aware.hpp>
#include <tessera/pretokenize/split.hpp>
#include <tessera/pretokenize/unicode_scripts.hpp>
#include <tessera/pretokenize/whitespace.hpp>
#include <tessera/pretokenize/whitespace_split.hpp>

namespace tessera::inline v0 {

/// Components applied one after another: each splits the pieces of the one before. The empty list leaves texts whole.
class any_pretokenizer {
public:
    using step = std::variant<split_pretokenizer, byte_level_pretokenizer, whitespace_pretokenizer<>,
                              whitespace_split_pretokenizer, punctuation_pretokenizer, digits_pretokenizer,
                              metaspace_pretokenizer, char_delimiter_split_pretokenizer, unicode_scripts_pretokenizer,
                              fixed_length_pretokenizer, bert_pretokenizer, script_aware_pretokenizer>;
    static constexpr bool lossless = false;  ///< not promised; @see is_lossless

    using scratch = step_scratch<step>;

    /// GPT-2's.
    any_pretokenizer() : any_pretokenizer(by_name("gpt2")) {}
    explicit any_pretokenizer(std::vector<step> steps) : steps_(std::move(steps)) {
        for (std::size_t i = 0; i < steps_.size(); ++i) {
            if (!does_nothing(steps_[i])) plan_.push_back(i);
        }
    }

    /// The pretokenizer of this name; `names` lists them.
    /// @param fallback  for graphemes, which have no automaton: icu_pattern::make; @see pattern_text
    /// @throws error    unsupported: no such name, or graphemes without `fallback`
    [[nodiscard]] static any_pretokenizer by_name(std::string_view name, make_foreign_pattern fallback = nullptr) {
        std::vector<step> steps;
        switch (find_pretokenizer_name(name)) {
            case named_pretokenizer::bytes:
                break;
            case named_pretokenizer::whitespace:
                steps.emplace_back(whitespace_pretokenizer<>());
                break;
            case named_pretokenizer::gpt2:
                steps.push_back(split_by(gpt2_pretokenizer<>::pattern()));
                break;
            case named_pretokenizer::cl100k:
                // In a text that Oniguruma reads as Rust's engine does.
                steps.push_back(split_by(detail::portable_cl100k));
                break;
            case named_pretokenizer::o200k:
                steps.push_back(split_by(o200k_pretokenizer<>::pattern()));
                break;
            case named_pretokenizer::llama3:
                steps.push_back(split_by(llama3_pretokenizer<>::pattern()));
                break;
            case named_pretokenizer::qwen2:
                steps.push_back(split_by(qwen2_pretokenizer<>::pattern()));
                break;
            case named_pretokenizer::superbpe_1:
                steps.emplace_back(digits_pretokenizer());
                steps.push_back(split_by(digit_groups_pretokenizer::pattern()));
                break;
            case named_pretokenizer::superbpe_1_words:
                steps.emplace_back(digits_pretokenizer());
                steps.push_back(split_by(superbpe_1_words_pretokenizer<>::pattern()));
                break;
            case named_pretokenizer::superbpe_2:
                steps.push_back(split_by(superbpe_2_pretokenizer<>::pattern()));
                break;
            case named_pretokenizer::superbpe_2_words:
                steps.push_back(split_by(superbpe_2_words_pretokenizer<>::pattern()));
                break;
            case named_pretokenizer::boundless_ultimate:
                steps.push_back(split_by(boundless_ultimate_pattern));
                break;
            case named_pretokenizer::boundless_words:
                steps.push_back(split_by(boundless_words_pattern));
                break;
            case named_pretokenizer::code_points:
                steps.emplace_back(fixed_length_pretokenizer({.length = 1}));
                break;
            case named_pretokenizer::graphemes:
                steps.emplace_back(split_pretokenizer({.pattern = {std::string(grapheme_pattern), true, fallback}},
                                                      regex_dialect::oniguruma));
                break;
            case named_pretokenizer::script_aware:
                steps.emplace_back(script_aware_pretokenizer());
                break;
            case named_pretokenizer::script_aware_words:
                steps.emplace_back(script_aware_pretokenizer(script_aware_words()));
                break;
        }
        return any_pretokenizer(std::move(steps));
    }

    /// Splits at the matches of a regular expression, and leaves what is between them as it is.
    /// @param dialect   the engine that it was written for
    /// @param fallback  for a pattern that has no automaton; @see pattern_text
    /// @throws error    syntax, unsupported, limit: what `pattern` throws
    [[nodiscard]] static any_pretokenizer by_pattern(std::string_view regex,
                                                     regex_dialect dialect = regex_dialect::rust,
                                                     make_foreign_pattern fallback = nullptr) {
        if (std::string_view const name = name_of(regex, dialect); !name.empty()) return by_name(name);
        return any_pretokenizer({split_pretokenizer({.pattern = {std::string(regex), true, fallback}}, dialect)});
    }

    /// A name, or anything with characters that only a regular expression has.
    /// @throws error  as by_name and by_pattern
    [[nodiscard]] static any_pretokenizer by_name_or_pattern(std::string_view text,
                                                             make_foreign_pattern fallback = nullptr) {
        if (text.find_first_of("\\|()[]+*?{}^$") == std::string_view::npos) return by_name(text, fallback);
        return by_pattern(text, regex_dialect::rust, fallback);
    }

    /// The same, whose pretokens are then cut after each `most` code points.
    /// @throws error  bad_option: `most` is 0
    [[nodiscard]] any_pretokenizer cut_at(std::size_t most) const {
        std::vector<step> steps = steps_;
        steps.emplace_back(fixed_length_pretokenizer({.length = most}));
        return any_pretokenizer(std::move(steps));
    }

    /// All names, aliases included.
    [[nodiscard]] static std::span<std::string_view const> names() noexcept { return pretokenizer_names(); }

    [[nodiscard]] std::vector<step> const& steps() const noexcept { return steps_; }

    /// The name it was made by, if it does what that one does; else the types of its components: "Split+ByteLevel".
    [[nodiscard]] std::string name() const {
        if (plan_.empty()) return "bytes";
        if (plan_.size() == 1) {
            if (auto const* split = std::get_if<split_pretokenizer>(&steps_[plan_[0]])) {
                auto const& regex = split->options().pattern;
                if (splits_in_place(*split) && regex.is_regex && !name_of(regex.text, split->dialect()).empty()) {
                    return std::string(name_of(regex.text, split->dialect()));
                }
            } else if (auto const* script_aware = std::get_if<script_aware_pretokenizer>(&steps_[plan_[0]])) {
                if (script_aware->options() == script_aware_options()) return "script-aware";
                if (script_aware->options() == script_aware_words()) return "script-aware-words";
            } else if (auto const* byte_level = std::get_if<byte_level_pretokenizer>(&steps_[plan_[0]])) {
                if (!byte_level->options().add_prefix_space && !byte_level->options().translate) return "gpt2";
            } else if (auto const* fixed = std::get_if<fixed_length_pretokenizer>(&steps_[plan_[0]])) {
                if (fixed->options().length == 1) return "code-points";
            } else if (std::holds_alternative<whitespace_pretokenizer<>>(steps_[plan_[0]])) {
                return "whitespace";
            }
        }
        if (is_digits_and(digit_groups_pretokenizer::name())) return "superbpe-1";
        if (is_digits_and(superbpe_1_words_pretokenizer<>::name())) return "superbpe-1-words";
        std::string all;
        for (step const& one : steps_) {
            if (!all.empty()) all += '+';
            all += std::visit([]<class Step>(Step const&) { return Step::type; }, one);
        }
        return all;
    }

    /// The regular expression, where one says how text is split; else empty.
    [[nodiscard]] std::string_view pattern() const {
        if (plan_.size() != 1) return {};
        step const& only = steps_[plan_[0]];
        if (auto const* split = std::get_if<split_pretokenizer>(&only)) {
            if (splits_in_place(*split) && split->options().pattern.is_regex) return split->options().pattern.text;
        } else if (auto const* byte_level = std::get_if<byte_level_pretokenizer>(&only)) {
            if (byte_level->options().use_regex) return gpt2_pretokenizer<>::pattern();
        } else if (std::holds_alternative<whitespace_pretokenizer<>>(only)) {
            return whitespace_pretokenizer<>::pattern();
        }
        return {};
    }

    /// True if the pretokens of a text, joined, are the text.
    [[nodiscard]] bool is_lossless() const {
        return std::all_of(plan_.begin(), plan_.end(), [&](std::size_t i) {
            return std::visit([]<class Step>(Step const& one) { return Step::lossless || keeps_all(one); }, steps_[i]);
        });
    }

    /// True if every pretoken is a part of the text itself, not of a rewritten copy.
    [[nodiscard]] bool is_in_place() const {
        return std::all_of(plan_.begin(), plan_.end(), [&](std::size_t i) {
            if (std::holds_alternative<metaspace_pretokenizer>(steps_[i])) return false;
            auto const* byte_level = std::get_if<byte_level_pretokenizer>(&steps_[i]);
            return byte_level == nullptr || keeps_all(*byte_level);
        });
    }

    /// The same pretokens, written in the byte alphabet: a ByteLevel translates them in the end.
    [[nodiscard]] any_pretokenizer in_byte_alphabet() const {
        std::vector<step> steps = steps_;
        auto* const last = steps.empty() ? nullptr : std::get_if<byte_level_pretokenizer>(&steps.back());
        if (last != nullptr && !last->options().translate) {
            byte_level_options options = last->options();
            options.translate = true;
            *last = byte_level_pretokenizer(options);
        } else {
            steps.emplace_back(byte_level_pretokenizer({.add_prefix_space = false, .use_regex = false}));
        }
        return any_pretokenizer(std::move(steps));
    }

    /// True if it asks what stands at the start of the input: Metaspace with prepend_scheme `first`.
    [[nodiscard]] bool asks_for_start() const {
        return std::any_of(plan_.begin(), plan_.end(), [&](std::size_t i) {
            auto const* metaspace = std::get_if<metaspace_pretokenizer>(&steps_[i]);
            return metaspace != nullptr && metaspace->options().prepend_scheme == prepend_scheme::first;
        });
    }

    /// Calls `sink(std::string_view)` with each pretoken, in order. The view is valid during the call. O(n).
    template <class Sink>
    void for_each(text_piece text, scratch& s, Sink&& sink) const {
        if (text.text.empty()) return;
        s.reserve(steps_.size());
        run(0, text, s, sink);
    }
    template <class Sink>
    void for_each(std::string_view text, Sink&& sink) const {
        scratch s;
        for_each(text_piece{text, 0}, s, sink);
    }

    friend bool operator==(any_pretokenizer const& a, any_pretokenizer const& b) { return a.steps_ == b.steps_; }

private:
    static constexpr std::string_view grapheme_pattern = "\\X";

    // Of a Split by this regular expression; empty if it has none.
    static std::string_view name_of(std::string_view regex, regex_dialect dialect) noexcept {
        constexpr std::array<std::string_view, 11> names{
            "gpt2", "cl100k", "o200k", "llama3", "qwen2", "whitespace", "", "", "superbpe-2", "superbpe-2-words", ""};
        if (auto const known = find_known_scanner(regex, dialect)) return names[static_cast<std::size_t>(*known)];
        if (regex == grapheme_pattern && dialect == regex_dialect::oniguruma) return "graphemes";
        if (regex == boundless_ultimate_pattern) return "boundless-ultimate";
        if (regex == boundless_words_pattern) return "boundless-words";
        return {};
    }
    static step split_by(std::string_view regex) { return split_pretokenizer({.pattern = {std::string(regex), true}}); }
    static bool splits_in_place(split_pretokenizer const& split) {
        return split.options().behavior == split_behavior::isolated && !split.options().invert;
    }
    static script_aware_options script_aware_words() {
        script_aware_options options;
        options.pattern = boundless_words_pattern;
        options.scripts_pattern = boundless_word_letters_pattern;
        return options;
    }
    // Runs of digits first, then a Split by this scanner.
    bool is_digits_and(std::string_view engine) const {
        if (plan_.size() != 2) return false;
        auto const* digits = std::get_if<digits_pretokenizer>(&steps_[plan_[0]]);
        auto const* split = std::get_if<split_pretokenizer>(&steps_[plan_[1]]);
        return digits != nullptr && !digits->options().individual_digits && split != nullptr &&
               splits_in_place(*split) && split->engine() == engine;
    }

    static bool keeps_all(split_pretokenizer const& split) {
        return split.options().behavior != split_behavior::removed;
    }
    static bool keeps_all(byte_level_pretokenizer const& byte_level) {
        return !byte_level.options().add_prefix_space && !byte_level.options().translate;
    }
    static bool keeps_all(punctuation_pretokenizer const& punctuation) {
        return punctuation.options().behavior != split_behavior::removed;
    }
    static bool keeps_all(script_aware_pretokenizer const& script_aware) { return script_aware.keeps_all(); }
    template <class Step>
    static bool keeps_all(Step const&) {
        return false;
    }

    // A ByteLevel that only translates, before a model that has the bytes translated already.
    static bool does_nothing(step const& one) {
        auto const* byte_level = std::get_if<byte_level_pretokenizer>(&one);
        return byte_level != nullptr && keeps_all(*byte_level) && !byte_level->options().use_regex;
    }

    // Depth first: a piece goes all the way before the next one is cut. As deep as there are steps. One function for
    // all sinks: every component is in it, and a call by pointer costs less than 2 % of what a pretoken costs to
    // encode.
    void run(std::size_t i, text_piece piece, scratch& s, function_ref<void(std::string_view)> sink) const {
        if (i == plan_.size()) {
            sink(piece.text);
            return;
        }
        auto const next = [&](text_piece part) {
            if (i + 1 == plan_.size()) {
                sink(part.text);
            } else {
                run(i + 1, part, s, sink);
            }
        };
        std::visit([&]<class Step>(Step const& one) { one.for_each(piece, s.template of<Step>(plan_[i]), next); },
                   steps_[plan_[i]]);
    }

    std::vector<step> steps_;
    std::vector<std::size_t> plan_;  // the steps that do something
};

static_assert(StagedPretokenizer<any_pretokenizer>);

}  // namespace tessera::inline v0
