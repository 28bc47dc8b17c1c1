// The `cleanup` of the decoders WordPiece and CTC: drops spaces that English does not write.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

#include <tessera/decode/detail/rewritten_text.hpp>

namespace tessera::inline v0 {
namespace detail {

/// True where a space is followed by something that `clean_up_english` may replace; few tokens have one.
[[nodiscard]] inline bool may_need_cleanup(std::string_view text) noexcept {
    for (std::size_t at = text.find(' '); at != std::string_view::npos; at = text.find(' ', at + 1)) {
        std::string_view const after = text.substr(at + 1);
        char const c = after.empty() ? '\0' : after.front();
        if (c == '.' || c == '?' || c == '!' || c == ',' || c == '\'' || (c == 'n' && after.starts_with("n't")) ||
            (c == 'd' && after.starts_with("do not"))) {
            return true;
        }
    }
    return false;
}

/// @complexity  O(n)
/// @par Source  tokenizers 0.23.3, decoders/wordpiece.rs; the order matters
inline void clean_up_english(rewritten_text& text) {
    static constexpr std::pair<std::string_view, std::string_view> replacements[] = {
        {" .", "."},   {" ?", "?"},           {" !", "!"},   {" ,", ","},     {" ' ", "'"},    {" n't", "n't"},
        {" 'm", "'m"}, {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"},
    };
    if (!may_need_cleanup(text.view())) return;
    for (auto const& [from, to] : replacements) text.replace_all(from, to);
}

}  // namespace detail
}  // namespace tessera::inline v0
