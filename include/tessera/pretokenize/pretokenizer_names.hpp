// Pretokenizers by name, as on the command line.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>

namespace tessera::inline v0 {

enum class named_pretokenizer : std::uint8_t {
    gpt2,
    cl100k,
    o200k,
    llama3,
    qwen2,
    superbpe_1,
    superbpe_1_words,
    superbpe_2,
    superbpe_2_words,
    boundless_ultimate,
    boundless_words,
    script_aware,
    script_aware_words,
    whitespace,
    code_points,
    graphemes,
    bytes
};

namespace detail {

struct pretokenizer_name {
    std::string_view name;
    named_pretokenizer meaning;
};

inline constexpr std::array<pretokenizer_name, 20> pretokenizer_table{{
    {"gpt2", named_pretokenizer::gpt2},
    {"r50k", named_pretokenizer::gpt2},
    {"p50k", named_pretokenizer::gpt2},
    {"cl100k", named_pretokenizer::cl100k},
    {"o200k", named_pretokenizer::o200k},
    {"llama3", named_pretokenizer::llama3},
    {"qwen2", named_pretokenizer::qwen2},
    {"qwen3", named_pretokenizer::qwen2},
    {"superbpe-1", named_pretokenizer::superbpe_1},
    {"superbpe-1-words", named_pretokenizer::superbpe_1_words},
    {"superbpe-2", named_pretokenizer::superbpe_2},
    {"superbpe-2-words", named_pretokenizer::superbpe_2_words},
    {"boundless-ultimate", named_pretokenizer::boundless_ultimate},
    {"boundless-words", named_pretokenizer::boundless_words},
    {"script-aware", named_pretokenizer::script_aware},
    {"script-aware-words", named_pretokenizer::script_aware_words},
    {"whitespace", named_pretokenizer::whitespace},
    {"code-points", named_pretokenizer::code_points},
    {"graphemes", named_pretokenizer::graphemes},
    {"bytes", named_pretokenizer::bytes},
}};

inline constexpr auto pretokenizer_name_list = [] {
    std::array<std::string_view, pretokenizer_table.size()> names;
    for (std::size_t i = 0; i < names.size(); ++i) names[i] = pretokenizer_table[i].name;
    return names;
}();

// The known name with the fewest edits, if they are fewer than half of it.
inline std::string_view nearest_pretokenizer_name(std::string_view name) {
    std::string_view best;
    std::size_t fewest = 4;
    if (name.size() > 40) return best;
    for (std::string_view const known : pretokenizer_name_list) {
        std::vector<std::size_t> row(known.size() + 1);
        for (std::size_t j = 0; j <= known.size(); ++j) row[j] = j;
        for (std::size_t i = 1; i <= name.size(); ++i) {
            std::size_t diagonal = row[0];
            row[0] = i;
            for (std::size_t j = 1; j <= known.size(); ++j) {
                std::size_t const substituted = diagonal + (name[i - 1] == known[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = std::min({substituted, row[j] + 1, row[j - 1] + 1});
            }
        }
        if (row.back() < fewest && 2 * row.back() <= known.size()) {
            fewest = row.back();
            best = known;
        }
    }
    return best;
}

}  // namespace detail

/// All names, aliases included.
[[nodiscard]] inline std::span<std::string_view const> pretokenizer_names() noexcept {
    return detail::pretokenizer_name_list;
}

/// @throws error  unsupported: there is no such name
[[nodiscard]] inline named_pretokenizer find_pretokenizer_name(std::string_view name) {
    for (detail::pretokenizer_name const& known : detail::pretokenizer_table) {
        if (known.name == name) return known.meaning;
    }
    std::string message = "there is no pretokenizer \"" + std::string(name.substr(0, 200)) + "\"";
    std::string_view const close = detail::nearest_pretokenizer_name(name);
    if (!close.empty()) message += "; did you mean \"" + std::string(close) + "\"?";
    std::string remedy = "the known ones are";
    auto const names = pretokenizer_names();
    for (std::size_t i = 0; i < names.size(); ++i) {
        remedy += i == 0 ? " " : i + 1 == names.size() ? " and " : ", ";
        remedy += names[i];
    }
    throw error(error_kind::unsupported, "pretokenizer", std::move(message), std::move(remedy));
}

}  // namespace tessera::inline v0
