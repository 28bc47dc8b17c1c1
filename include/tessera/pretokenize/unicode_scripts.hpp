// Hugging Face's `UnicodeScripts`: cuts where the script changes.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <tessera/core/text_piece.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/pretokenize/detail/unicode_tables_scripts.hpp>

namespace tessera::inline v0 {

struct unicode_scripts_options {
    friend bool operator==(unicode_scripts_options const&, unicode_scripts_options const&) = default;
};

/// Cuts before each character whose script is another than that of the character before it. Hiragana and Katakana
/// count as Han. Spaces (U+0020), and characters unknown to the table, an old one, have no script and go with what is
/// before them; where nothing is, they are dropped: "  a" gives "a", and " " nothing.
/// @complexity  O(n), any bytes; an ill-formed byte has the script of U+FFFD, Common
/// @par Source  tokenizers 0.23.3, pre_tokenizers/unicode_scripts/
class unicode_scripts_pretokenizer {
public:
    using options_type = unicode_scripts_options;
    static constexpr std::string_view type = "UnicodeScripts";
    static constexpr bool lossless = false;
    struct scratch {};

    template <class Fields, class Options>
    static void describe(Fields&, Options&) {}

    explicit unicode_scripts_pretokenizer(options_type o = {}) noexcept : options_(o) {}
    [[nodiscard]] options_type const& options() const noexcept { return options_; }

    /// Calls `sink(text_piece)` with each piece, in order.
    template <class Sink>
    void for_each(text_piece piece, scratch&, Sink&& sink) const {
        script_finder find;
        std::size_t begin = 0;
        std::uint8_t last = no_script;
        for (std::size_t at = 0; at < piece.text.size();) {
            auto const [code_point, length] = decode_utf8(piece.text, at);
            std::uint8_t const script = find(code_point);
            if (script != no_script && script != last) {
                if (last != no_script) sink(piece.part(begin, at));
                begin = at;
                last = script;
            }
            at += length;
        }
        if (last != no_script) sink(piece.part(begin, piece.text.size()));
    }

    friend bool operator==(unicode_scripts_pretokenizer const&, unicode_scripts_pretokenizer const&) = default;

private:
    static constexpr std::uint8_t no_script = 0;

    // Text seldom leaves the run of code points that it is in, ASCII aside.
    class script_finder {
    public:
        [[nodiscard]] std::uint8_t operator()(char32_t c) noexcept {
            if (c < 0x80) return ascii[c];
            if (c - first_ >= n_) look_up(c);
            return script_;
        }

    private:
        static constexpr std::array<std::uint8_t, 128> ascii = [] {
            std::array<std::uint8_t, 128> table{};
            for (auto const& run : detail::scripts_tables::runs) {
                for (char32_t c = run.first; c <= run.last && c < 128; ++c) table[c] = run.script;
            }
            return table;
        }();

        void look_up(char32_t c) noexcept {
            using namespace detail::scripts_tables;
            // The first run that ends at c or later, or the gap before it.
            run const* const found =
                std::lower_bound(runs, runs + n_runs, c, [](run const& r, char32_t value) { return r.last < value; });
            if (found != runs + n_runs && found->first <= c) {
                first_ = found->first;
                n_ = found->last - found->first + 1;
                script_ = found->script;
            } else {
                first_ = c;
                n_ = 1;
                script_ = no_script;
            }
        }

        char32_t first_ = 0;
        char32_t n_ = 0;  // nothing yet
        std::uint8_t script_ = no_script;
    };

    options_type options_;
};

}  // namespace tessera::inline v0
