// GPT-2's byte alphabet: each of the 256 bytes has a printable character, so that a token of any bytes can be written
// as text without spaces, tabs or newlines. tokenizer.json, vocab.json, merges.txt and count tables are written in it.
// Source: openai/gpt-2 src/encoder.py, bytes_to_unicode. Canonical bytes are what the characters stand for.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <tessera/core/utf8.hpp>

namespace tessera::inline v0 {

namespace detail {

constexpr bool prints_as_itself(unsigned byte) noexcept {
    return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

struct byte_alphabet_tables {
    std::array<char16_t, 256> character{};
    std::array<std::int16_t, 0x144> byte{};  // code point -> byte, or -1
};

constexpr byte_alphabet_tables make_byte_alphabet() noexcept {
    byte_alphabet_tables tables;
    for (auto& b : tables.byte) b = -1;
    unsigned next = 0x100;
    for (unsigned b = 0; b < 256; ++b) {
        unsigned const c = prints_as_itself(b) ? b : next++;
        tables.character[b] = static_cast<char16_t>(c);
        tables.byte[c] = static_cast<std::int16_t>(b);
    }
    return tables;
}

inline constexpr byte_alphabet_tables byte_alphabet = make_byte_alphabet();

}  // namespace detail

/// The character that stands for `byte`; below U+0144.
[[nodiscard]] constexpr char32_t byte_to_character(std::uint8_t byte) noexcept {
    return detail::byte_alphabet.character[byte];
}

/// The byte that `character` stands for, or -1.
[[nodiscard]] constexpr int character_to_byte(char32_t character) noexcept {
    return character < detail::byte_alphabet.byte.size() ? detail::byte_alphabet.byte[character] : -1;
}

/// Appends `bytes`, written in the byte alphabet as UTF-8, to `out`.
inline void append_in_byte_alphabet(std::string_view bytes, std::string& out) {
    for (char const b : bytes) {
        char32_t const c = byte_to_character(static_cast<std::uint8_t>(b));
        if (c < 0x80) {
            out += static_cast<char>(c);
        } else {
            out += static_cast<char>(0xC0 | (c >> 6));
            out += static_cast<char>(0x80 | (c & 0x3F));
        }
    }
}

[[nodiscard]] inline std::string to_byte_alphabet(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() + bytes.size() / 4);
    append_in_byte_alphabet(bytes, out);
    return out;
}

/// Reads text written in the byte alphabet into `bytes` (replaced). False, with `bytes` unspecified, where a character
/// is not of the alphabet: such a token (`<|im start|>`, say) stands for its own UTF-8.
[[nodiscard]] inline bool from_byte_alphabet(std::string_view text, std::string& bytes) {
    bytes.clear();
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] > ' ' && text[at] < 0x7F) {  // stands for itself
            bytes += text[at++];
            continue;
        }
        auto const [code_point, length] = decode_utf8(text, at);
        int const byte = character_to_byte(code_point);
        if (byte < 0) return false;
        bytes += static_cast<char>(byte);
        at += length;
    }
    return true;
}

}  // namespace tessera::inline v0
