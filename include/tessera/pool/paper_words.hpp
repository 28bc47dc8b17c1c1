// The words of "Learn Your Tokens" (arXiv 2310.11628), as the authors' code makes them:
//
//   for remove in ['\n', '<unk>', '=', '@-@']: text = text.replace(remove, ' ')
//   text = re.sub(r"(-|{|}:|,|;|\.|\n|!|'|--|\?)", r' \1 ', text)
//   words = re.sub(r' +', r' ', text).strip().split(' ')
//
// All of it puts spaces into the text or takes something out, so a word is a part of the text as it was. No replacement
// makes another possible (none has a space in it), so one pass from the left does all four.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <tessera/core/unicode_class.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/pool/concepts.hpp>
#include <tessera/pool/detail/byte_blocks.hpp>

namespace tessera::inline v0 {

/// What is between the words is lost; they are joined by a space. A text without a word has one that is empty, as
/// Python's `split(' ')` has it.
/// @complexity  O(n), any bytes; an ill-formed byte is a character like any other
class paper_words {
public:
    static constexpr bool lossless = false;
    static constexpr bool quick = true;

    [[nodiscard]] static constexpr std::string_view name() noexcept { return "paper"; }
    [[nodiscard]] static constexpr std::string_view joiner() noexcept { return " "; }

    /// Calls `sink(std::string_view)` with each word, in order.
    template <class Sink>
    void for_each(std::string_view text, Sink&& sink) const {
        std::string_view const part = stripped(text);
        if (part.empty()) {
            sink(text.substr(0, 0));
            return;
        }
        std::size_t begin = 0;
        bool open = false;  // whether a word goes on from the block before
        for_each_block(part, [&](std::size_t at, bounds found) {
            auto const next_begin = [&] {
                begin = at + static_cast<std::size_t>(std::countr_zero(found.begins));
                found.begins &= found.begins - 1;
            };
            if (!open) next_begin();
            for (; found.ends != 0; found.ends &= found.ends - 1) {
                std::size_t const end = at + static_cast<std::size_t>(std::countr_zero(found.ends));
                sink(std::string_view(part.data() + begin, end - begin));
                next_begin();
            }
            open = found.open;
        });
        if (open) sink(part.substr(begin));
    }

    /// How many words, and bytes of words, there are: several times as fast as going through them.
    [[nodiscard]] word_totals count(std::string_view text) const {
        std::string_view const part = stripped(text);
        if (part.empty()) return {1, 0};
        word_totals n;
        for_each_block(part, [&](std::size_t, bounds found) {
            n.n_words += static_cast<std::size_t>(std::popcount(found.begins));
            n.n_bytes += static_cast<std::size_t>(std::popcount(found.inside));
        });
        return n;
    }

    friend bool operator==(paper_words, paper_words) = default;

private:
    // Bits of 64 bytes.
    struct bounds {
        std::uint64_t begins;  // where words begin
        std::uint64_t ends;    // behind the last bytes of words; of a block's last, in the next block
        std::uint64_t inside;  // of words
        bool open;             // whether the last byte is
    };
    enum plane : unsigned { blank, alone, longer };

    // Written so that compilers make it comparisons of 16 bytes at a time; a table takes three times as long.
    static std::array<std::uint8_t, 64> kinds_of(char const* block) noexcept {
        static_assert((';' | 4) == '?' && (',' | 1) == '-');
        std::array<std::uint8_t, 64> kinds;
        for (std::size_t i = 0; i < 64; ++i) {
            auto const byte = static_cast<std::uint8_t>(block[i]);
            auto const is = [](unsigned c, char other) {
                return static_cast<std::uint8_t>(static_cast<std::uint8_t>(c) == static_cast<std::uint8_t>(other) ? 255
                                                                                                                  : 0);
            };
            unsigned const blanks = is(byte, ' ') | is(byte, '\n') | is(byte, '=');
            unsigned const alones = is(byte | 1U, '-') | is(byte, '.') | is(byte | 4U, '?') | is(byte, '!') |
                                    is(byte, '\'') | is(byte, '{');
            unsigned const longers = is(byte, '}') | is(byte, '<') | is(byte, '@');
            kinds[i] = static_cast<std::uint8_t>((blanks & (1U << blank)) | (alones & (1U << alone)) |
                                                 (longers & (1U << longer)));
        }
        return kinds;
    }

    // Calls f(at, bounds) for each 64 bytes, as the replacements leave them. @pre part is stripped, and not empty
    template <class F>
    static void for_each_block(std::string_view part, F&& f) {
        std::uint64_t before = 1;       // whether the byte before the block is blank
        std::uint64_t more_blanks = 0;  // what of a removed string is in the next block
        std::uint64_t more_breaks = 0;  // likewise, where a word begins whatever is before
        std::size_t removed = 0;        // up to here, strings have been removed
        std::array<char, 64> rest;
        for (std::size_t at = 0; at < part.size(); at += 64) {
            char const* block = part.data() + at;
            if (part.size() - at < 64) {
                rest.fill(' ');
                std::memcpy(rest.data(), block, part.size() - at);
                block = rest.data();
            }
            std::array<std::uint8_t, 64> const kinds = kinds_of(block);
            std::uint64_t blanks = detail::plane_of(kinds, blank) | more_blanks;
            std::uint64_t pairs = 0;  // }:
            more_blanks = 0;
            for (std::uint64_t left = detail::plane_of(kinds, longer); left != 0; left &= left - 1) {
                auto const i = static_cast<std::size_t>(std::countr_zero(left));
                if (at + i < removed) continue;
                char const c = part[at + i];
                if (c == '}') {
                    if (part.substr(at + i, 2) == "}:") pairs |= std::uint64_t{1} << i;
                } else if (std::size_t const n = removed_at(part, at + i); n != 0) {
                    std::uint64_t const bits = (std::uint64_t{1} << n) - 1;
                    blanks |= bits << i;
                    if (i + n > 64) more_blanks = bits >> (64 - i);
                    removed = at + i + n;
                }
            }
            std::uint64_t const alones = detail::plane_of(kinds, alone) & ~blanks;
            std::uint64_t const breaks = alones | alones << 1 | pairs | pairs << 2 | more_breaks;
            more_breaks = alones >> 63 | pairs >> 62;
            std::uint64_t const after_blank = blanks << 1 | before;
            bounds found;
            found.inside = ~blanks;
            found.begins = ~blanks & (breaks | after_blank);
            found.ends = ~after_blank & (blanks | found.begins);
            found.open = blanks >> 63 == 0;
            before = blanks >> 63;
            f(at, found);
        }
    }

    // Bytes of a string that is replaced by a space.
    static std::size_t removed_at(std::string_view text, std::size_t at) noexcept {
        if (text.substr(at, 5) == "<unk>") return 5;
        return text.substr(at, 3) == "@-@" ? 3 : 0;
    }

    // What is left once the replacements and `strip()` have taken white space, and what becomes spaces, off both ends.
    static std::string_view stripped(std::string_view text) noexcept {
        while (!text.empty()) {
            auto const [code_point, length] = decode_utf8(text, 0);
            bool const is_blank = code_point == U'=' || is_space(code_point);
            std::size_t const n = is_blank ? length : removed_at(text, 0);
            if (n == 0) break;
            text.remove_prefix(n);
        }
        while (!text.empty()) {
            std::size_t n = text.back() == '=' ? 1 : trailing_space(text);
            if (n == 0 && text.ends_with("<unk>")) n = 5;
            if (n == 0 && ends_in_removed_at_sign(text)) n = 3;
            if (n == 0) break;
            text.remove_suffix(n);
        }
        return text;
    }
    // In @-@-@-@ the first three are removed, then a - is alone, then three more are.
    static bool ends_in_removed_at_sign(std::string_view text) noexcept {
        std::size_t n_signs = 0;
        for (; text.ends_with("-@"); text.remove_suffix(2)) ++n_signs;
        return text.ends_with('@') && n_signs % 2 == 1;
    }

    // Python's str.isspace: White_Space, and the four separators of ASCII.
    static bool is_space(char32_t c) noexcept {
        return (c >= 0x1C && c <= 0x1F) || (unicode_16_0::class_of(c) & unicode_class::space) != 0;
    }
    // Bytes of the white space at the end: at most three.
    static std::size_t trailing_space(std::string_view text) noexcept {
        for (std::size_t length = 1; length <= 3 && length <= text.size(); ++length) {
            auto const last = decode_utf8(text, text.size() - length);
            if (last.length == length && is_space(last.code_point)) return length;
        }
        return 0;
    }
};

static_assert(PoolWords<paper_words>);

}  // namespace tessera::inline v0
