// BoundlessBPE's script-aware splitting: text is cut into runs of one script (detail/script_runs.hpp), and a run is
// split by the pattern for its script. Next: boundless_patterns.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/text_piece.hpp>
#include <tessera/pretokenize/boundless_patterns.hpp>
#include <tessera/pretokenize/detail/script_runs.hpp>
#include <tessera/pretokenize/o200k.hpp>
#include <tessera/pretokenize/split.hpp>

namespace tessera::inline v0 {

/// The default is that of BoundlessBPE's authors: GPT-4o's pattern, and one letter at a time in scripts that put no
/// space between words.
struct script_aware_options {
    std::string pattern = std::string(o200k_pretokenizer<>::pattern());
    std::string scripts_pattern = std::string(boundless_letters_pattern);  ///< of these:
    std::vector<std::string> scripts = {"Han", "Hiragana", "Katakana", "Thai", "Myanmar", "Khmer", "Lao"};
    friend bool operator==(script_aware_options const&, script_aware_options const&) = default;
};

/// Cuts text where the script changes, and splits runs of the listed scripts by one regular expression, all others by
/// another. Pretokens are the matches. Characters of no script go with what follows, so that in "ab, " and a Cyrillic
/// word the comma is the word's. No match reaches or looks beyond its run.
/// @complexity  O(n), any bytes; an ill-formed byte is a character of no script, and to patterns of no class
/// @par Paper   Schmidt et al. 2026, arXiv:2604.05192; scripts of Unicode 17.0 as there, patterns of 16.0
class script_aware_pretokenizer {
public:
    using options_type = script_aware_options;
    static constexpr std::string_view type = "ScriptAware";  // of no tokenizer.json
    static constexpr bool lossless = false;

    struct scratch {
        split_pretokenizer::scratch main, scripts;
    };

    /// @throws error  unsupported: Unicode 17.0 has no script of this name; and what pattern throws
    explicit script_aware_pretokenizer(options_type o = {})
        : options_(std::move(o)), main_(matches_of(options_.pattern)), scripts_(matches_of(options_.scripts_pattern)) {
        for (std::string const& name : options_.scripts) {
            auto const script = detail::find_script(name);
            if (!script) {
                throw error(error_kind::unsupported, "script \"" + name.substr(0, 80) + '"',
                            "Unicode 17.0 has none of this name", "write the long name, as in Old_Italic");
            }
            is_listed_[*script] = true;
        }
    }

    [[nodiscard]] options_type const& options() const noexcept { return options_; }

    /// True if the pretokens of a text, joined, are the text: known of the default patterns.
    [[nodiscard]] bool keeps_all() const {
        options_type const known;
        return options_.pattern == known.pattern && options_.scripts_pattern == known.scripts_pattern;
    }

    /// Calls `sink(text_piece)` with each piece, in order.
    template <class Sink>
    void for_each(text_piece piece, scratch& s, Sink&& sink) const {
        detail::for_each_script_run(piece.text, [&](std::size_t begin, std::size_t end, std::uint8_t script) {
            bool const listed = script > detail::unicode_scripts_17_0::inherited && is_listed_[script];
            if (listed) {
                scripts_.for_each(piece.part(begin, end), s.scripts, sink);
            } else {
                main_.for_each(piece.part(begin, end), s.main, sink);
            }
        });
    }

    friend bool operator==(script_aware_pretokenizer const& a, script_aware_pretokenizer const& b) {
        return a.options_ == b.options_;
    }

private:
    static split_pretokenizer matches_of(std::string const& regex) {
        return split_pretokenizer({.pattern = {regex, true}, .behavior = split_behavior::removed, .invert = true});
    }

    options_type options_;
    split_pretokenizer main_;
    split_pretokenizer scripts_;
    std::array<bool, 256> is_listed_{};
};

}  // namespace tessera::inline v0
