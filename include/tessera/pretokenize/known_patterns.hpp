// The regular expressions that a hand-written scanner splits by: which one splits every text as this one does.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include <tessera/pattern/regex_dialect.hpp>
#include <tessera/pretokenize/boundless_letters.hpp>
#include <tessera/pretokenize/cl100k.hpp>
#include <tessera/pretokenize/digit_groups.hpp>
#include <tessera/pretokenize/gpt2.hpp>
#include <tessera/pretokenize/llama3.hpp>
#include <tessera/pretokenize/o200k.hpp>
#include <tessera/pretokenize/superbpe_1_words.hpp>
#include <tessera/pretokenize/superbpe_2.hpp>
#include <tessera/pretokenize/whitespace.hpp>

namespace tessera::inline v0 {

/// The scanners that stand for regular expressions: gpt2_pretokenizer<>, cl100k_pretokenizer<>, ...
enum class known_scanner : std::uint8_t {
    gpt2,
    cl100k,
    o200k,
    llama3,
    qwen2,
    whitespace,
    digit_groups,
    superbpe_1_words,
    superbpe_2,
    superbpe_2_words,
    boundless_letters
};

namespace detail {

// tiktoken's text for cl100k without possessive repetition, which changes no match, and with \z for the end of the
// text: Oniguruma reads `{1,3}+` and `$` otherwise.
inline constexpr std::string_view portable_cl100k =
    R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|)"
    R"(\s+\z|\s*[\r\n]|\s+(?!\S)|\s)";

struct known_pattern {
    std::string_view text;
    known_scanner scanner;
    bool in_oniguruma;  // it means the same there
};

inline constexpr std::array<known_pattern, 16> known_patterns{{
    {gpt2_pretokenizer<>::pattern(), known_scanner::gpt2, true},
    // OpenAI's original text, tiktoken's of before 0.14, and 0.14's
    {R"('s|'t|'re|'ve|'m|'ll|'d| ?[\p{L}]+| ?[\p{N}]+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)", known_scanner::gpt2, true},
    {R"('(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)", known_scanner::gpt2, true},
    {R"('(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s)", known_scanner::gpt2, true},
    {cl100k_pretokenizer<>::pattern(), known_scanner::cl100k, false},
    {portable_cl100k, known_scanner::cl100k, true},
    {o200k_pretokenizer<>::pattern(), known_scanner::o200k, true},
    // Also tiktoken's first text for cl100k, and its second, which minbpe and those who follow it use as GPT-4's:
    // `\s*[\r\n]` ends where `\s*[\r\n]+` does, at the last newline of the run.
    {llama3_pretokenizer<>::pattern(), known_scanner::llama3, true},
    {R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|)"
     R"(\s*[\r\n]|\s+(?!\S)|\s+)",
     known_scanner::llama3, true},
    {qwen2_pretokenizer<>::pattern(), known_scanner::qwen2, true},
    {whitespace_pretokenizer<>::pattern(), known_scanner::whitespace, false},
    {digit_groups_pretokenizer::pattern(), known_scanner::digit_groups, true},
    {superbpe_1_words_pretokenizer<>::pattern(), known_scanner::superbpe_1_words, true},
    {superbpe_2_pretokenizer<>::pattern(), known_scanner::superbpe_2, true},
    {superbpe_2_words_pretokenizer<>::pattern(), known_scanner::superbpe_2_words, true},
    {boundless_letters_pretokenizer<>::pattern(), known_scanner::boundless_letters, true},
}};

}  // namespace detail

/// Whether the pretokens of a scanner are the matches of its pattern; else what lies between two matches is one too.
[[nodiscard]] constexpr bool gives_matches(known_scanner scanner) noexcept {
    return scanner != known_scanner::digit_groups && scanner != known_scanner::superbpe_1_words &&
           scanner != known_scanner::superbpe_2;
}

/// The scanner that splits every text as this regular expression does, if one is known; @see gives_matches
[[nodiscard]] constexpr std::optional<known_scanner> find_known_scanner(std::string_view regex,
                                                                        regex_dialect dialect) noexcept {
    for (detail::known_pattern const& known : detail::known_patterns) {
        if (known.text == regex && (known.in_oniguruma || dialect == regex_dialect::rust)) return known.scanner;
    }
    return std::nullopt;
}

}  // namespace tessera::inline v0
