// What of a draft model's cache stays valid when the target went on: the last tokens of the text are encoded anew, and
// may be cut otherwise than before.
#pragma once

#include <cstddef>
#include <span>

#include <tessera/core/token.hpp>

namespace tessera::inline v0::transplant {

/// Drop so many tokens from the end of the old ones; go on with the new ones from there on.
struct resync_point {
    std::size_t n_dropped = 0;
    std::size_t first_new = 0;
    friend bool operator==(resync_point const&, resync_point const&) = default;
};

/// Finds the longest run of tokens that both have; of equally long ones, the last in `old`, then the last in `fresh`.
/// Where there is none, all old tokens are dropped.
/// @param old    the last tokens that the draft model has seen
/// @param fresh  tokens of the text from somewhere in `old` on
/// @complexity   O(old.size() * fresh.size()); windows of ten tokens are usual
[[nodiscard]] inline resync_point resync(std::span<token_id const> old, std::span<token_id const> fresh) noexcept {
    resync_point best{old.size(), 0};
    std::size_t longest = 0;
    for (std::size_t i = 0; i < old.size(); ++i) {
        for (std::size_t j = 0; j < fresh.size(); ++j) {
            if (i > 0 && j > 0 && old[i - 1] == fresh[j - 1]) continue;  // inside a run
            std::size_t n = 0;
            while (i + n < old.size() && j + n < fresh.size() && old[i + n] == fresh[j + n]) ++n;
            if (n == 0 || n < longest) continue;
            longest = n;
            best = {old.size() - i - n, j + n};
        }
    }
    return best;
}

}  // namespace tessera::inline v0::transplant
