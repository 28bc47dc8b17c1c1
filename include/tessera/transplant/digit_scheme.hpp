// How a tokenizer cuts numbers, found by encoding some, and what splits its text: two things that a model cannot
// unlearn when its tokenizer is exchanged. Arithmetic suffers most where the schemes differ (arXiv 2506.06607, sec. 5).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/token.hpp>
#include <tessera/transplant/token_table.hpp>

namespace tessera::inline v0::transplant {

enum class digit_grouping : std::uint8_t {
    single,      ///< each digit is a token: Llama 2, Qwen, Gemma
    from_left,   ///< groups of `longest` from the left, the rest behind: cl100k, Llama 3
    from_right,  ///< the rest in front, then groups of `longest`: 1 234 567
    other,       ///< as the merges have it: GPT-2
    unknown,     ///< numbers have no tokens of their own: bytes fail, or letters do
};

struct digit_scheme {
    digit_grouping grouping = digit_grouping::unknown;
    std::size_t longest = 0;  ///< digits in a token, of the numbers tried
    friend bool operator==(digit_scheme const&, digit_scheme const&) = default;
};

/// "single digits", "up to 3 digits, from the left", "up to 4 digits, by merges".
[[nodiscard]] inline std::string name_of(digit_scheme const& scheme) {
    std::string const groups = "up to " + std::to_string(scheme.longest) + " digits, ";
    switch (scheme.grouping) {
        case digit_grouping::single:
            return "single digits";
        case digit_grouping::from_left:
            return groups + "from the left";
        case digit_grouping::from_right:
            return groups + "from the right";
        case digit_grouping::other:
            return groups + "by merges";
        case digit_grouping::unknown:
            break;
    }
    return "unknown";
}

namespace detail {

/// How many digits each token of a number has; empty if the tokens are not the number.
inline std::vector<std::size_t> digit_groups_of(any_tokenizer const& tokenizer, token_table const& table,
                                                std::string const& number) {
    std::vector<std::size_t> groups;
    std::string joined;
    for (token_id const id : tokenizer.encode_ordinary(number)) {
        if (id >= table.size()) return {};
        std::string_view bytes = table.bytes(id);
        bytes.remove_prefix(std::min(bytes.find_first_not_of(' '), bytes.size()));  // what SentencePiece puts in front
        if (bytes.empty()) continue;
        joined += bytes;
        groups.push_back(bytes.size());
    }
    if (joined != number) groups.clear();
    return groups;
}

}  // namespace detail

/// Finds the scheme by numbers of 1 to 12 digits.
[[nodiscard]] inline digit_scheme find_digit_scheme(any_tokenizer const& tokenizer, token_table const& table) {
    static constexpr std::array<std::string_view, 5> numbers{"123456789012", "907182635445", "000000000000",
                                                             "200019991984", "314159265358"};
    std::vector<std::vector<std::size_t>> all;
    digit_scheme scheme;
    for (std::string_view const number : numbers) {
        for (std::size_t n = 1; n <= number.size(); ++n) {
            all.push_back(detail::digit_groups_of(tokenizer, table, std::string(number.substr(0, n))));
            if (all.back().empty()) return {};
            scheme.longest = std::max(scheme.longest, *std::max_element(all.back().begin(), all.back().end()));
        }
    }
    bool left = true;
    bool right = true;
    for (std::vector<std::size_t> groups : all) {
        auto const is_full = [&](std::size_t n) { return n == scheme.longest; };
        left = left && std::all_of(groups.begin(), groups.end() - 1, is_full);
        right = right && std::all_of(groups.begin() + 1, groups.end(), is_full);
    }
    scheme.grouping = scheme.longest == 1 ? digit_grouping::single
                      : left              ? digit_grouping::from_left
                      : right             ? digit_grouping::from_right
                                          : digit_grouping::other;
    return scheme;
}

}  // namespace tessera::inline v0::transplant
