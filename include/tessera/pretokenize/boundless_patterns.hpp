// The regular expressions of BoundlessBPE, in a form that Oniguruma and Rust's engines read alike. They match as those
// of the authors do in Python; what the authors leave to a last `.+`, which no character of well-formed text comes to,
// lies between matches here. Next: script_aware.hpp.
#pragma once

#include <array>
#include <string_view>

namespace tessera::inline v0 {

/// Splits camelCase and snake_case, keeps contractions, and groups numbers in threes from the right: ULTIMATE_PATTERN.
/// @par Source  kensho-technologies/fastboundlessbpe, regexconstants.py
inline constexpr std::string_view boundless_ultimate_pattern =
    R"( ?(?:\p{L}\p{M}*)+['\x{2019}](?:\p{L}\p{M}*)+)"
    R"(|_(?:\p{Ll}\p{M}*)+)"
    R"(| ?(?:\p{Lu}\p{M}*)+(?=\p{Lu}\p{M}*\p{Ll}))"
    R"(| ?(?:\p{Lu}\p{M}*)?(?:\p{Ll}\p{M}*)+)"
    R"(| ?(?:\p{Lu}\p{M}*)+)"
    R"(| ?(?:[\p{Lt}\p{Lm}\p{Lo}]\p{M}*)+)"
    R"(|(?:\p{N}\p{M}*){1,3}(?=(?:(?:\p{N}\p{M}*){3})*(?!\p{N})))"
    R"(|(?:[\p{P}\p{S}]\p{M}*)+)"
    R"(|[^\S\r\n]*[\n\r]+|[^\S\r\n]+)"
    R"(|(?:[\p{Z}\p{C}]\p{M}*)+)"
    R"(|\p{M}+)";

/// One letter at a time, the rest as o200k has it: SCRIPT_SPECIFIC_GPT4O_REGEX, for scripts that put no space between
/// words.
inline constexpr std::string_view boundless_letters_pattern =
    R"( ?\p{L}\p{M}*|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

namespace detail {

template <std::string_view const&... Parts>
inline constexpr auto joined = [] {
    std::array<char, (Parts.size() + ...)> out{};
    char* to = out.data();
    auto const append = [&](std::string_view part) {
        for (char const c : part) *to++ = c;
    };
    (append(Parts), ...);
    return out;
}();

inline constexpr std::string_view boundless_words_begin =
    R"( ?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}\x{200D}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}\x{200D}]+)"
    R"((?:['\x{2019}][\p{Ll}\p{Lm}\p{Lo}\p{M}]+)?)"
    R"(| ?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}\x{200D}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}\x{200D}]*)"
    R"((?:['\x{2019}][\p{Ll}\p{Lm}\p{Lo}\p{M}]+)?)";

inline constexpr std::string_view boundless_one_letter = R"( ?\p{L}\p{M}*)";

// Keycaps, flags, emoji; runs of at most 16 of punctuation and of white space; numbers in threes from the right.
inline constexpr std::string_view boundless_rest =
    R"(|[0-9#*]\x{FE0F}?\x{20E3}|[\x{1F1E6}-\x{1F1FF}]{2})"
    R"(|\p{Extended_Pictographic}[\x{1F3FB}-\x{1F3FF}]?[\x{FE0E}\x{FE0F}]?)"
    R"((?:\x{200D}\p{Extended_Pictographic}[\x{1F3FB}-\x{1F3FF}]?[\x{FE0E}\x{FE0F}]?)*)"
    R"(| ?(?:[\p{S}\p{P}]\p{M}*){1,16}|[^\S\r\n]{0,16}[\r\n]{1,16}|[^\S\r\n]{1,16}(?![^\s\p{N}\p{C}\p{M}]))"
    R"(|\s{1,16}|\p{N}{1,3}(?=(?:\p{N}{3})*(?!\p{N}))|[\p{Z}\p{C}\p{M}]+)";

template <std::string_view const&... Parts>
inline constexpr std::string_view joined_text{joined<Parts...>.data(), joined<Parts...>.size()};

}  // namespace detail

/// WORD_LEVEL_REGEX.
inline constexpr std::string_view boundless_words_pattern =
    detail::joined_text<detail::boundless_words_begin, detail::boundless_rest>;

/// SCRIPT_SPECIFIC_REGEX, which goes with it.
inline constexpr std::string_view boundless_word_letters_pattern =
    detail::joined_text<detail::boundless_one_letter, detail::boundless_rest>;

}  // namespace tessera::inline v0
