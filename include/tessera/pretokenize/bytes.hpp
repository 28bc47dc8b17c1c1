// No pretokenizer: tokens may reach across the whole text. For tokenizers without one, and for tests.
#pragma once

#include <cstddef>
#include <string_view>

namespace tessera::inline v0 {

/// The whole text is one pretoken; an empty text has none.
struct bytes_pretokenizer {
    static constexpr bool lossless = true;

    [[nodiscard]] static constexpr std::string_view name() noexcept { return "bytes"; }

    /// @pre begin == 0
    [[nodiscard]] static constexpr std::size_t next(std::string_view text, std::size_t) noexcept { return text.size(); }

    /// Calls `sink(std::string_view)` with the text, if it is not empty. O(1).
    template <class Sink>
    void for_each(std::string_view text, Sink&& sink) const {
        if (!text.empty()) sink(text);
    }
};

}  // namespace tessera::inline v0
