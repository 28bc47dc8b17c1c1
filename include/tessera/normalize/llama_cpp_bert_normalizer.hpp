// What llama.cpp does to a text before its WordPiece model (BERT): words, each with U+2581 in front, between spaces.
// Source: llama.cpp src/llama-vocab.cpp, llm_tokenizer_wpm_session::preprocess, and src/unicode.cpp, version 0.4.0.
// Neighbour: bert_normalizer.hpp, with which such models are trained.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

#include <tessera/core/utf8.hpp>
#include <tessera/normalize/detail/character_class.hpp>
#include <tessera/normalize/detail/rewriting.hpp>
#include <tessera/normalize/detail/unicode_tables_llama_cpp.hpp>

namespace tessera::inline v0 {

namespace detail {

// Flags of a character in unicode_tables_llama_cpp.hpp.
struct llama_cpp_class {
    static constexpr std::uint8_t space = 1;        // White_Space
    static constexpr std::uint8_t dropped = 2;      // another control, format or private character; U+FFFD
    static constexpr std::uint8_t mark = 4;         // \p{M}
    static constexpr std::uint8_t alone = 8;        // a word: \p{P}, an ASCII symbol, a Chinese character
    static constexpr std::uint8_t upper = 16;       // has a lowercase
    static constexpr std::uint8_t decomposes = 32;  // into others, canonically
};

/// O(1), two loads. @pre code_point <= 0x10FFFF
[[nodiscard]] constexpr std::uint8_t llama_cpp_class_of(char32_t code_point) noexcept {
    std::size_t const block = llama_cpp_block_of[code_point >> llama_cpp_block_shift];
    std::size_t const in_block = code_point & ((1U << llama_cpp_block_shift) - 1);
    return static_cast<std::uint8_t>(llama_cpp_classes[block << llama_cpp_block_shift | in_block] - '0');
}

/// O(log(number of ranges)). @pre the character decomposes
[[nodiscard]] constexpr char32_t first_of_decomposition(char32_t code_point) noexcept {
    return std::lower_bound(std::begin(decomposition_ranges), std::end(decomposition_ranges), code_point,
                            [](decomposition_range const& r, char32_t c) { return r.last < c; })
        ->decomposed;
}

static_assert(first_of_decomposition(0xC1) == U'A' && first_of_decomposition(0xD55C) == 0x1112);

}  // namespace detail

struct llama_cpp_bert_normalizer_options {
    bool strip_accents = true;
    bool lowercase = true;
    friend bool operator==(llama_cpp_bert_normalizer_options const&,
                           llama_cpp_bert_normalizer_options const&) = default;
};

/// With `strip_accents`, each character becomes the first of its canonical decomposition, and marks go. Differs from
/// BertNormalizer: of a Hangul syllable only the leading jamo stays; spacing marks go, too; Unicode is 15.1, where
/// BertNormalizer has older ones for controls and marks. Ill-formed bytes are removed. It also finds the words, which
/// WhitespaceSplit then divides, because which characters are words of their own depends on that Unicode.
/// Not a component of tokenizer.json, so it has no `describe`. Linear time.
class llama_cpp_bert_normalizer {
public:
    using options_type = llama_cpp_bert_normalizer_options;
    static constexpr std::string_view type = "llama.cpp BERT";

    explicit llama_cpp_bert_normalizer(options_type options = {}) noexcept : options_(options) {}

    [[nodiscard]] options_type const& options() const noexcept { return options_; }
    friend bool operator==(llama_cpp_bert_normalizer const&, llama_cpp_bert_normalizer const&) = default;

    struct scratch {};

    template <class Edit>
    void rewrite(std::string_view text, scratch& /*s*/, Edit& edit) const {
        constexpr std::string_view begins_word = " \xE2\x96\x81";
        detail::run_writer<Edit> out(text, edit);
        bool is_first = true;
        bool in_word = false;
        for (std::size_t at = 0; at < text.size();) {
            auto const [whole, length] = decode_utf8(text, at);  // U+FFFD for an ill-formed byte
            std::size_t const end = at + length;
            char32_t c = whole;
            std::uint8_t flags = detail::llama_cpp_class_of(c);
            if (options_.strip_accents && (flags & flag::decomposes) != 0) {
                c = detail::first_of_decomposition(c);
                flags = detail::llama_cpp_class_of(c);
            }
            bool const is_removed =
                (flags & flag::dropped) != 0 || (options_.strip_accents && (flags & flag::mark) != 0);
            bool const is_space = (flags & flag::space) != 0;
            if (is_removed || is_space) {
                out.remove(at, end);
                in_word = in_word && !is_space;
            } else {
                bool const is_alone = (flags & flag::alone) != 0;
                if (is_alone || !in_word) out.replace(at, at, is_first ? begins_word.substr(1) : begins_word);
                is_first = false;
                in_word = !is_alone;
                if (options_.lowercase && (flags & flag::upper) != 0) c = detail::first_of_lowercase(c);
                if (c != whole) out.replace(at, end, detail::encoded_character(c).view());
            }
            at = end;
        }
        out.finish();
    }

private:
    using flag = detail::llama_cpp_class;

    options_type options_;
};

}  // namespace tessera::inline v0
