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

    [[nodiscard]] static constexpr std::string_view name() noexcept { return "paper"; }
    [[nodiscard]] static constexpr std::string_view joiner() noexcept { return " "; }

    /// Calls `sink(std::string_view)` with each word, in order.
    template <class Sink>
    void for_each(std::string_view text, Sink&& sink) const {
        // `strip()` takes white space off both ends of the whole text: of the first word, of the last, and words that
        // are nothing else. Those are held back until a word follows that is more.
        std::string_view last;
        bool started = false;
        std::size_t held = npos;
        scan(text, 0, text.size(), [&](std::string_view piece) {
            std::size_t const spaces = leading_space(piece);
            if (!started) {
                if (spaces == piece.size()) return;
                last = piece.substr(spaces);
                started = true;
                return;
            }
            auto const begin = static_cast<std::size_t>(piece.data() - text.data());
            if (spaces == piece.size()) {
                if (held == npos) held = begin;
                return;
            }
            sink(last);
            if (held != npos) scan(text, held, begin, sink);
            held = npos;
            last = piece;
        });
        sink(started ? without_trailing_space(last) : text.substr(0, 0));
    }

    friend bool operator==(paper_words, paper_words) = default;

private:
    static constexpr std::size_t npos = std::string_view::npos;
    enum kind : std::uint8_t { ordinary, blank, alone, brace, angle, at_sign };

    static constexpr std::array<std::uint8_t, 256> kinds = [] {
        std::array<std::uint8_t, 256> table{};
        for (char const c : std::string_view(" \n=")) table[static_cast<unsigned char>(c)] = blank;
        for (char const c : std::string_view("-{,;.!'?")) table[static_cast<unsigned char>(c)] = alone;
        table['}'] = brace;
        table['<'] = angle;
        table['@'] = at_sign;
        return table;
    }();

    // Calls sink(word) for what lies between the spaces that the replacements leave, before `strip()`.
    template <class Sink>
    static void scan(std::string_view text, std::size_t from, std::size_t to, Sink&& sink) {
        std::string_view const part = text.substr(from, to - from);
        std::size_t begin = 0;
        std::size_t next = 0;  // what is before it has been read
        auto const end_word = [&](std::size_t end) {
            if (begin < end) sink(part.substr(begin, end - begin));
        };
        auto const apart = [&](std::size_t at, std::size_t length) {  // a word of its own
            end_word(at);
            sink(part.substr(at, length));
            begin = next = at + length;
        };
        auto const remove = [&](std::size_t at, std::size_t length) {
            end_word(at);
            begin = next = at + length;
        };
        detail::for_each_mask<detail::ascii_mark>(part, [&](std::size_t block, std::uint64_t marks) {
            for (; marks != 0; marks &= marks - 1) {
                std::size_t const at = block + static_cast<std::size_t>(std::countr_zero(marks));
                if (at < next) continue;
                switch (kinds[static_cast<unsigned char>(part[at])]) {
                    case ordinary:
                        break;
                    case blank:
                        remove(at, 1);
                        break;
                    case alone:
                        apart(at, 1);
                        break;
                    case brace:
                        if (part.substr(at, 2) == "}:") apart(at, 2);
                        break;
                    case angle:
                        if (part.substr(at, 5) == "<unk>") remove(at, 5);
                        break;
                    default:
                        if (part.substr(at, 3) == "@-@") remove(at, 3);
                }
            }
        });
        end_word(part.size());
    }

    // Python's str.isspace: White_Space, and the four separators of ASCII.
    static bool is_space(char32_t c) noexcept {
        return (c >= 0x1C && c <= 0x1F) || (unicode_16_0::class_of(c) & unicode_class::space) != 0;
    }
    static std::size_t leading_space(std::string_view word) noexcept {
        std::size_t at = 0;
        while (at < word.size() && !(word[at] > ' ' && word[at] < '\x7F')) {
            auto const [code_point, length] = decode_utf8(word, at);
            if (!is_space(code_point)) break;
            at += length;
        }
        return at;
    }
    // From the right: a white space is at most three bytes.
    static std::string_view without_trailing_space(std::string_view word) noexcept {
        for (bool found = true; found;) {
            found = false;
            for (std::size_t length = 1; length <= 3 && length <= word.size() && !found; ++length) {
                auto const last = decode_utf8(word, word.size() - length);
                found = last.length == length && is_space(last.code_point);
                if (found) word.remove_suffix(length);
            }
        }
        return word;
    }
};

static_assert(PoolWords<paper_words>);

}  // namespace tessera::inline v0
