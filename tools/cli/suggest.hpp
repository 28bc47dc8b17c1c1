// "Did you mean ...?"
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::cli {

/// Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`.
/// @complexity O(|a| |b|)
[[nodiscard]] inline std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> above(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(above.begin(), above.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            std::size_t const replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
        before.swap(above);
        above.swap(row);
    }
    return above[b.size()];
}

/// The known word nearest to `word`, if it is near enough to be meant; otherwise empty. The first of equals.
template <class Words>
[[nodiscard]] std::string nearest(std::string_view word, Words const& known) {
    std::string best;
    if (word.size() > 64) return best;
    std::size_t limit = std::max<std::size_t>(1, word.size() / 3) + 1;  // best must be below this
    for (auto const& candidate : known) {
        std::string_view const name = candidate;
        std::size_t distance = edit_distance(word, name);
        if (word.size() >= 3 && name.starts_with(word)) distance = std::min<std::size_t>(distance, 1);
        if (distance < limit) {
            limit = distance;
            best = name;
        }
    }
    return best;
}

}  // namespace tessera::cli
