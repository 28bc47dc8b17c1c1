// What SentencePiece's trainer takes for one piece: its options about white space, scripts and numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <tessera/core/utf8.hpp>
#include <tessera/io/sentencepiece_file.hpp>
#include <tessera/mixture/training_merges.hpp>
#include <tessera/pretokenize/detail/script_runs.hpp>

namespace tessera::inline v0 {

/// TrainerSpec's options of the same names, with its defaults.
struct sentencepiece_rules {
    bool split_by_unicode_script = true;
    bool split_by_number = true;
    bool split_by_whitespace = true;
    bool split_digits = false;
    bool allow_whitespace_only_pieces = false;
    bool treat_whitespace_as_suffix = false;

    friend bool operator==(sentencepiece_rules const&, sentencepiece_rules const&) = default;
};

namespace detail {

inline constexpr char32_t sentencepiece_space = 0x2581;

/// What is a number for SentencePiece: ASCII's digits and the wide ones.
[[nodiscard]] constexpr bool is_sentencepiece_number(char32_t c) noexcept {
    return (c >= U'0' && c <= U'9') || (c >= 0xFF10 && c <= 0xFF19);
}

/// Scripts as SentencePiece compares them: Hiragana and Katakana are Han; `any` goes with all.
/// @par Source  google/sentencepiece 0.2.1, src/trainer_interface.cc, IsValidSentencePiece
class piece_scripts {
public:
    static constexpr std::uint8_t any = 0xFF;

    explicit piece_scripts(bool numbers_go_with_all) : numbers_go_with_all_(numbers_go_with_all) {}

    /// The script of a character behind one of the script `before`.
    [[nodiscard]] std::uint8_t operator()(char32_t c, std::uint8_t before) noexcept {
        if (numbers_go_with_all_ && is_sentencepiece_number(c)) return any;
        std::uint8_t const script = find_(c);
        if (c == 0x30FC || script == hiragana || script == katakana) return han;
        if (script == unicode_scripts_17_0::inherited) return before;
        return script > unicode_scripts_17_0::inherited ? script : unicode_scripts_17_0::common;
    }
    [[nodiscard]] static constexpr bool go_together(std::uint8_t a, std::uint8_t b) noexcept {
        return a == any || b == any || a == b;
    }

private:
    static constexpr std::uint8_t han = *find_script("Han");
    static constexpr std::uint8_t hiragana = *find_script("Hiragana");
    static constexpr std::uint8_t katakana = *find_script("Katakana");
    bool numbers_go_with_all_;
    script_finder find_;
};

/// Whether a piece of several characters is against a rule; each rule by itself.
struct broken_rules {
    bool script = false, number = false, digit = false, white_space = false, suffix = false, only_spaces = false;
};

inline broken_rules find_broken_rules(std::string_view piece) {
    broken_rules out;
    piece_scripts script_of(true);
    std::uint8_t script = piece_scripts::any;
    std::size_t n = 0, n_spaces = 0, n_numbers = 0, n_letters = 0;
    bool ends_in_space = false, begins_with_space = false;
    for (std::size_t at = 0; at < piece.size(); ++n) {
        auto const [c, length] = decode_utf8(piece, at);
        bool const is_space = c == sentencepiece_space;
        if (at == 0) begins_with_space = is_space;
        at += length;
        ends_in_space = is_space;
        if (is_space) {
            if (n != 0) out.white_space = true;
            ++n_spaces;
            continue;
        }
        if (is_sentencepiece_number(c)) ++n_numbers;
        std::uint8_t const next = script_of(c, script);
        if (next != unicode_scripts_17_0::common && next != piece_scripts::any) ++n_letters;
        if (!piece_scripts::go_together(script, next)) out.script = true;
        script = next;
    }
    out.only_spaces = n > 1 && n_spaces == n;
    if (out.only_spaces) out.white_space = false;
    out.suffix = ends_in_space && !begins_with_space;
    out.digit = n > 1 && n_numbers > 0;
    out.number = n_numbers > 0 && n_letters > 0;
    return out;
}

}  // namespace detail

/// The options a file was trained with.
[[nodiscard]] inline sentencepiece_rules rules_of(sentencepiece_file const& file) {
    return {.split_by_unicode_script = file.split_by_unicode_script,
            .split_by_number = file.split_by_number,
            .split_by_whitespace = file.split_by_whitespace,
            .split_digits = file.split_digits,
            .allow_whitespace_only_pieces = file.allow_whitespace_only_pieces,
            .treat_whitespace_as_suffix = file.treat_whitespace_as_suffix};
}

/// The strictest options that allow what the merges make, but for one in two thousand tokens: what was put into a
/// vocabulary by hand need not keep to them.
[[nodiscard]] inline sentencepiece_rules guess_sentencepiece_rules(training_merges const& merges) {
    std::size_t n_script = 0, n_number = 0, n_digit = 0, n_white_space = 0, n_suffix = 0, n_only_spaces = 0;
    for (merge const& m : merges.merges) {
        detail::broken_rules const broken = detail::find_broken_rules(merges.symbols[m.result]);
        n_script += broken.script ? 1 : 0;
        n_number += broken.number ? 1 : 0;
        n_digit += broken.digit ? 1 : 0;
        n_white_space += broken.white_space ? 1 : 0;
        n_suffix += broken.suffix ? 1 : 0;
        n_only_spaces += broken.only_spaces ? 1 : 0;
    }
    std::size_t const few = merges.merges.size() / 2000;
    bool const is_suffix = n_suffix > few && 2 * n_suffix >= n_white_space;
    return {.split_by_unicode_script = n_script <= few,
            .split_by_number = n_number <= few,
            .split_by_whitespace = is_suffix || n_white_space <= few,
            .split_digits = n_digit <= few,
            .allow_whitespace_only_pieces = n_only_spaces > 0,
            .treat_whitespace_as_suffix = is_suffix};
}

}  // namespace tessera::inline v0
