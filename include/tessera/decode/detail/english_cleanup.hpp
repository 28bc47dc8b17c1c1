// The `cleanup` of the decoders WordPiece and CTC: drops spaces that English does not write.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <tessera/decode/detail/replace_all.hpp>

namespace tessera::inline v0 {
namespace detail {

/// @complexity  O(n)
/// @par Source  tokenizers 0.23.3, decoders/wordpiece.rs; the order matters
inline void clean_up_english(std::string& text) {
    static constexpr std::pair<std::string_view, std::string_view> replacements[] = {
        {" .", "."},   {" ?", "?"},           {" !", "!"},   {" ,", ","},     {" ' ", "'"},    {" n't", "n't"},
        {" 'm", "'m"}, {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"},
    };
    if (text.find(' ') == std::string::npos) return;
    for (auto const& [from, to] : replacements) replace_all(text, from, to);
}

}  // namespace detail
}  // namespace tessera::inline v0
