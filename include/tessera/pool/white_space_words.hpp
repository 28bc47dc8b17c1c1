// Words with the white space before them: `\s*\S+|\s+$`, where \s is ASCII's. 64 bytes a step.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <tessera/pool/concepts.hpp>
#include <tessera/pool/detail/byte_blocks.hpp>

namespace tessera::inline v0 {

/// A word is a run of bytes that are no white space, with the white space before it; what ends the text may be a word
/// of white space alone. White space beyond ASCII (U+00A0, U+3000) is part of words: `\s*\S+|\s+` as a regular
/// expression is the way to split there.
/// @complexity  O(n), any bytes
class white_space_words {
public:
    static constexpr bool lossless = true;

    [[nodiscard]] static constexpr std::string_view name() noexcept { return "whitespace"; }

    /// Calls `sink(std::string_view)` with each word, in order.
    template <class Sink>
    void for_each(std::string_view text, Sink&& sink) const {
        if (text.empty()) return;
        std::size_t begin = 0;
        for_each_block(text, [&](std::size_t at, std::uint64_t begins) {
            for (; begins != 0; begins &= begins - 1) {
                std::size_t const end = at + static_cast<std::size_t>(std::countr_zero(begins));
                sink(text.substr(begin, end - begin));
                begin = end;
            }
        });
        sink(text.substr(begin));
    }

    /// How many words there are.
    [[nodiscard]] std::size_t count(std::string_view text) const {
        std::size_t n = text.empty() ? 0 : 1;
        for_each_block(
            text, [&](std::size_t, std::uint64_t begins) { n += static_cast<std::size_t>(std::popcount(begins)); });
        return n;
    }

    /// @see CuttableWords
    [[nodiscard]] std::size_t cut(std::string_view text, std::size_t at) const noexcept {
        while (at > 0 && at < text.size() &&
               !(detail::ascii_space::is(text[at]) && !detail::ascii_space::is(text[at - 1]))) {
            ++at;
        }
        return at;
    }

    friend bool operator==(white_space_words, white_space_words) = default;

private:
    // Calls f(at, bits) for each 64 bytes: bit i is set where a word begins at at + i, but not for the first word.
    template <class F>
    static void for_each_block(std::string_view text, F&& f) {
        std::uint64_t before = 1;  // whether the byte before the block is white space
        detail::for_each_mask<detail::ascii_space>(text, [&](std::size_t at, std::uint64_t spaces) {
            f(at, spaces & ~(spaces << 1 | before));
            before = spaces >> 63;
        });
    }
};

static_assert(CuttableWords<white_space_words>);

}  // namespace tessera::inline v0
