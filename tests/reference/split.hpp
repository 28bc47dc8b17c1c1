// Slow twin of split_pieces: the whole list of stretches first, then what the behaviour makes of it, as Hugging Face's
// library goes about it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/pretokenize/split_behavior.hpp>

namespace reference {

using namespace tessera;

using byte_range = std::pair<std::size_t, std::size_t>;

struct stretch {
    std::size_t begin, end;
    bool is_delimiter;
};

inline std::vector<stretch> stretches(std::size_t size, std::vector<byte_range> const& matches, bool invert) {
    std::vector<stretch> out;
    std::size_t past = 0;
    for (auto const& [begin, end] : matches) {
        if (begin != past) out.push_back({past, begin, invert});
        out.push_back({begin, end, !invert});
        past = end;
    }
    if (past != size) out.push_back({past, size, invert});
    return out;
}

// Each group of stretches becomes a piece.
inline std::vector<std::string> split(std::string_view text, std::vector<byte_range> const& matches,
                                      split_behavior behavior, bool invert) {
    std::vector<stretch> all = stretches(text.size(), matches, invert);
    if (behavior == split_behavior::removed) std::erase_if(all, [](stretch const& s) { return s.is_delimiter; });
    bool const backwards = behavior == split_behavior::merged_with_next;
    if (backwards) std::reverse(all.begin(), all.end());
    std::vector<byte_range> groups;
    bool last = false;
    for (stretch const& s : all) {
        bool joins = false;
        if (behavior == split_behavior::contiguous) joins = s.is_delimiter == last;
        if (behavior == split_behavior::merged_with_previous || backwards) joins = s.is_delimiter && !last;
        if (joins && !groups.empty()) {
            groups.back() = {std::min(groups.back().first, s.begin), std::max(groups.back().second, s.end)};
        } else {
            groups.emplace_back(s.begin, s.end);
        }
        last = s.is_delimiter;
    }
    if (backwards) std::reverse(groups.begin(), groups.end());
    std::vector<std::string> out;
    for (auto const& [begin, end] : groups) {
        if (begin != end) out.emplace_back(text.substr(begin, end - begin));
    }
    return out;
}

}  // namespace reference
