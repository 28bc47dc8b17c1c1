// The pretokenizer of cl100k_base: GPT-3.5 and GPT-4. Next: o200k.hpp, llama3.hpp.
#pragma once

#include <cstddef>
#include <string_view>

#include <tessera/pretokenize/detail/cl100k_family.hpp>

namespace tessera::inline v0 {

/// Splits as cl100k_base's pattern does: contractions in any case, words with one character before them, at most three
/// digits, punctuation with the newlines after it. White space that ends the text is one pretoken, which the copies of
/// this pattern in tokenizer.json files (llama3.hpp) do not have.
/// @tparam Unicode  a policy of unicode_class.hpp
/// @complexity      O(n), any bytes; an ill-formed byte is a character that is neither space, letter nor number
/// @par Source      tiktoken 0.14.0, tiktoken_ext/openai_public.py
template <class Unicode = unicode_rust>
struct cl100k_pretokenizer {
    static constexpr bool lossless = true;

    [[nodiscard]] static constexpr std::string_view name() noexcept { return "cl100k"; }
    [[nodiscard]] static constexpr std::string_view pattern() noexcept {
        return R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|)"
               R"(\s++$|\s*[\r\n]|\s+(?!\S)|\s)";
    }

    /// The end of the pretoken that starts at byte `begin`. @pre begin < text.size(), and a pretoken starts there
    [[nodiscard]] static std::size_t next(std::string_view text, std::size_t begin) noexcept {
        using scanner = detail::cl100k_family<Unicode, 3, true>;
        char const* const data = text.data();
        return static_cast<std::size_t>(scanner::next(data + begin, data + text.size()) - data);
    }

    /// Calls `sink(std::string_view)` with each pretoken, in order.
    template <class Sink>
    void for_each(std::string_view text, Sink&& sink) const {
        detail::for_each_tile<cl100k_pretokenizer>(text, sink);
    }
};

}  // namespace tessera::inline v0
