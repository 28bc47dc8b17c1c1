// The normalizer of most byte-level tokenizers: none.
#pragma once

#include <string>
#include <string_view>

#include <tessera/core/concepts.hpp>

namespace tessera::inline v0 {

struct no_normalizer {
    static void normalize(std::string_view text, std::string& out) { out.assign(text); }
    [[nodiscard]] static bool is_identity() noexcept { return true; }
    [[nodiscard]] static std::string name() { return {}; }

    friend bool operator==(no_normalizer, no_normalizer) = default;
};

static_assert(Normalizer<no_normalizer>);

}  // namespace tessera::inline v0
