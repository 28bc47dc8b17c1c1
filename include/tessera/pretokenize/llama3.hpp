// The pretokenizers of Llama 3 and of Qwen2 (and Qwen2.5, Qwen3), one template. Next: cl100k.hpp, where they come from.
#pragma once

#include <cstddef>
#include <string_view>

#include <tessera/pretokenize/detail/cl100k_family.hpp>

namespace tessera::inline v0 {

/// Splits as the `Split` pattern in Llama 3's and Qwen2's tokenizer.json does; `llama3_pretokenizer` and
/// `qwen2_pretokenizer` name the two. Differs from cl100k only where white space with a newline ends the text.
/// @tparam Unicode    a policy of unicode_class.hpp
/// @tparam MaxDigits  digits that go together: 3 in Llama 3, 1 in Qwen2
/// @complexity        O(n), any bytes; an ill-formed byte is a character that is neither space, letter nor number
/// @par Source        tokenizer.json of Meta-Llama-3-8B and of Qwen2-7B
template <class Unicode, unsigned MaxDigits>
struct digit_limited_pretokenizer {
    static_assert(MaxDigits == 1 || MaxDigits == 3, "only these have a name and a pattern");
    static constexpr bool lossless = true;

    [[nodiscard]] static constexpr std::string_view name() noexcept { return MaxDigits == 3 ? "llama3" : "qwen2"; }
    [[nodiscard]] static constexpr std::string_view pattern() noexcept {
        if constexpr (MaxDigits == 3) {
            return R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|)"
                   R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
        } else {
            return R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|)"
                   R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
        }
    }

    /// The end of the pretoken that starts at byte `begin`. @pre begin < text.size(), and a pretoken starts there
    [[nodiscard]] static std::size_t next(std::string_view text, std::size_t begin) noexcept {
        using scanner = detail::cl100k_family<Unicode, MaxDigits, false>;
        char const* const data = text.data();
        return static_cast<std::size_t>(scanner::next(data + begin, data + text.size()) - data);
    }

    /// Calls `sink(std::string_view)` with each pretoken, in order.
    template <class Sink>
    void for_each(std::string_view text, Sink&& sink) const {
        detail::for_each_tile<digit_limited_pretokenizer>(text, sink);
    }
};

template <class Unicode = unicode_oniguruma>
using llama3_pretokenizer = digit_limited_pretokenizer<Unicode, 3>;
template <class Unicode = unicode_oniguruma>
using qwen2_pretokenizer = digit_limited_pretokenizer<Unicode, 1>;

}  // namespace tessera::inline v0
