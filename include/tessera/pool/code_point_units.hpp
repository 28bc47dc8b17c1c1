// Characters as the units of words, with ids that are code points.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include <tessera/core/utf8.hpp>
#include <tessera/pool/byte_units.hpp>
#include <tessera/pool/concepts.hpp>

namespace tessera::inline v0 {

namespace detail {

/// A character is a scalar value of Unicode, or a byte of ill-formed UTF-8: 0x110000 and that byte. So any bytes have
/// characters, and come back.
inline constexpr std::int32_t first_stray_byte = 0x110000;
inline constexpr std::size_t n_characters = 0x110000 + 256;

[[nodiscard]] constexpr bool is_character(std::int32_t id) noexcept {
    if (id >= first_stray_byte)
        return id >= first_stray_byte + 0x80 && id < first_stray_byte + 0x100;  // no ASCII is stray
    return id >= 0 && (id >> 11) != 0x1B;
}

/// Calls `f(std::int32_t character)` for each.
template <class F>
inline void for_each_character(std::string_view text, F&& f) {
    char const* p = text.data();
    char const* const end = p + text.size();
    while (p != end) {
        auto const byte = static_cast<unsigned char>(*p);
        if (byte < 0x80) {
            f(std::int32_t{byte});
            ++p;
            continue;
        }
        auto const [code_point, length] = decode_non_ascii(p, static_cast<std::size_t>(end - p));
        f(length == 1 ? first_stray_byte + byte : static_cast<std::int32_t>(code_point));
        p += length;
    }
}

/// Whether the first n of 16 bytes are ASCII. @pre n <= 16
[[nodiscard]] inline bool is_ascii_of_16(char const* bytes, std::size_t n) noexcept {
    static constexpr auto top_bits_of_first = [] {  // from 16 - n on, those of n bytes and no more
        std::array<unsigned char, 32> all{};
        for (std::size_t i = 0; i < 16; ++i) all[i] = 0x80;
        return all;
    }();
    std::uint64_t text[2];
    std::uint64_t top[2];
    std::memcpy(text, bytes, 16);
    std::memcpy(top, top_bits_of_first.data() + 16 - n, 16);
    return ((text[0] & top[0]) | (text[1] & top[1])) == 0;
}

[[nodiscard]] inline std::size_t count_characters(std::string_view text) noexcept {
    std::size_t n = 0;
    while (text.size() >= 8) {  // most text is ASCII
        std::uint64_t bytes;
        std::memcpy(&bytes, text.data(), 8);
        std::size_t step = 8;
        if ((bytes & 0x8080'8080'8080'8080ULL) == 0) {
            n += 8;
        } else {
            for (step = 0; step < 8; ++n) step += decode_utf8(text, step).length;
        }
        text.remove_prefix(step);
    }
    for_each_character(text, [&](std::int32_t) { ++n; });
    return n;
}

/// @pre is_character(id)
inline void append_character(std::int32_t id, std::string& out) {
    if (id >= first_stray_byte) {
        out += static_cast<char>(static_cast<unsigned char>(id - first_stray_byte));
    } else {
        encode_utf8(static_cast<char32_t>(id), out);
    }
}

/// @pre is_character(id)
[[nodiscard]] constexpr std::size_t bytes_of_character(std::int32_t id) noexcept {
    if (id < 0x80 || id >= first_stray_byte) return 1;
    return id < 0x800 ? 2 : id < 0x10000 ? 3 : 4;
}

[[nodiscard]] inline std::size_t bytes_of_characters(std::string_view text, std::size_t n) noexcept {
    std::size_t at = 0;
    for (; n > 0; --n) at += decode_utf8(text, at).length;
    return at;
}

}  // namespace detail

/// A unit is a code point; a byte of ill-formed UTF-8 is 0x110000 and that byte. Any bytes come back.
class code_point_units {
public:
    static constexpr std::int32_t first = 0;
    struct scratch {};

    [[nodiscard]] static constexpr std::string_view name() noexcept { return "code-points"; }
    [[nodiscard]] static constexpr std::size_t size() noexcept { return detail::n_characters; }
    [[nodiscard]] static constexpr bool is_unit(std::int32_t id) noexcept { return detail::is_character(id); }
    [[nodiscard]] static constexpr bool is_lossless() noexcept { return true; }
    [[nodiscard]] static constexpr std::size_t bytes_of(std::int32_t id) noexcept {
        return detail::bytes_of_character(id);
    }

    [[nodiscard]] static std::size_t count(std::string_view word) noexcept { return detail::count_characters(word); }
    [[nodiscard]] static std::size_t prefix_bytes(std::string_view word, std::size_t n) noexcept {
        return detail::bytes_of_characters(word, n);
    }
    static std::int32_t* write(std::string_view word, std::int32_t* out) noexcept {
        detail::for_each_character(word, [&](std::int32_t id) { *out++ = id; });
        return out;
    }
    /// @see PlainUnits
    [[nodiscard]] static bool is_plain(char const* bytes, std::size_t n) noexcept {
        return detail::is_ascii_of_16(bytes, n);
    }
    template <class Sink>
    void encode(std::string_view word, scratch&, Sink&& sink) const {
        detail::for_each_character(word, sink);
    }
    void decode(std::span<std::int32_t const> ids, std::string& out) const {
        for (std::int32_t const id : ids) {
            if (!is_unit(id)) detail::refuse_unit(id, name());
            detail::append_character(id, out);
        }
    }

    friend bool operator==(code_point_units, code_point_units) = default;
};

static_assert(PlainUnits<code_point_units>);

}  // namespace tessera::inline v0
