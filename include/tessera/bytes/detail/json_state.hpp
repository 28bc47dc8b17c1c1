// What was read of a JSON text: the states of json_constraint.hpp, and those of its steps that no option changes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <tessera/bytes/utf8_constraint.hpp>

namespace tessera::inline v0 {
namespace detail {

/// What matters of the bytes so far to those that may follow. A step gives false if none of the language goes on so,
/// and leaves the state as it was.
struct json_state {
    static constexpr std::size_t most_depth = 256;

    enum class place : std::uint8_t {
        value,           // comes next
        value_or_close,  // after [
        key_or_close,    // after {
        key,             // after , in an object
        colon,
        after_value,  // a comma or what closes; at the top the end
        string,
        escape,         // after the backslash
        hex_first,      // after \u
        hex_after_d,    // the second digit decides whether it is half of a surrogate pair
        hex,            // `left` digits more
        low_backslash,  // after the first half of a pair: \uDC00 to \uDFFF
        low_u,
        low_d,
        low_second,
        word,  // `left` letters more of words[number]
        minus,
        zero,
        digits,
        point,
        fraction,
        exponent,
        exponent_sign,
        exponent_digits
    };
    static constexpr std::array<std::string_view, 3> words{"true", "false", "null"};

    std::array<std::uint64_t, most_depth / 64> stack{};  // of each open bracket: is it an object's
    std::uint32_t space = 0;                             // bytes of white space just read, where they are limited
    std::uint16_t depth = 0;
    place at = place::value;
    utf8_place character = utf8_place::boundary;
    std::uint8_t left = 0;
    std::uint8_t number = 0;
    bool is_key = false;   // of a string
    bool is_high = false;  // of hex: the other half of a surrogate pair must follow

    friend bool operator==(json_state const&, json_state const&) = default;

    /// @pre depth > 0
    [[nodiscard]] bool in_object() const noexcept { return (stack[(depth - 1U) / 64] >> ((depth - 1U) % 64) & 1) != 0; }
    /// @pre depth < most_depth
    void open(bool object) noexcept {
        stack[depth / 64U] |= std::uint64_t{object} << (depth % 64U);
        ++depth;
        at = object ? place::key_or_close : place::value_or_close;
    }
    void close() noexcept {
        --depth;
        stack[depth / 64U] &= ~(std::uint64_t{1} << (depth % 64U));
        at = place::after_value;
    }
    [[nodiscard]] bool value_is_whole() const noexcept {
        return at == place::after_value || at == place::zero || at == place::digits || at == place::fraction ||
               at == place::exponent_digits;
    }

    bool go(bool allowed, place to) noexcept {
        if (allowed) at = to;
        return allowed;
    }
    bool in_string(unsigned char byte) noexcept {
        if (character == utf8_place::boundary) {
            if (byte == '\\') return go(true, place::escape);
            if (byte < 0x20) return false;
            if (byte == '"') {
                at = is_key ? place::colon : place::after_value;
                is_key = false;
                return true;
            }
        }
        return utf8_step(character, byte);
    }
    bool in_escape(unsigned char byte, bool lone_surrogates) noexcept {
        auto const letter = static_cast<unsigned char>(byte | 0x20);
        bool const is_hex = (byte >= '0' && byte <= '9') || (letter >= 'a' && letter <= 'f');
        auto const hex_left = [&](bool high, std::uint8_t n) {
            is_high = high;
            left = n;
            at = place::hex;
            return true;
        };
        switch (at) {
            case place::escape:
                if (byte == 'u') return go(true, place::hex_first);
                return go(std::string_view("\"\\/bfnrt").find(static_cast<char>(byte)) != std::string_view::npos,
                          place::string);
            case place::hex_first:
                if (letter == 'd' && !lone_surrogates) return go(true, place::hex_after_d);
                return is_hex && hex_left(false, 3);
            case place::hex_after_d:  // C to F would be a second half without a first
                if (byte >= '0' && byte <= '7') return hex_left(false, 2);
                return (byte == '8' || byte == '9' || letter == 'a' || letter == 'b') && hex_left(true, 2);
            case place::hex:
                if (!is_hex) return false;
                if (--left == 0) at = is_high ? place::low_backslash : place::string;
                is_high = is_high && left != 0;
                return true;
            case place::low_backslash:
                return go(byte == '\\', place::low_u);
            case place::low_u:
                return go(byte == 'u', place::low_d);
            case place::low_d:
                return go(letter == 'd', place::low_second);
            default:
                return letter >= 'c' && letter <= 'f' && hex_left(false, 2);
        }
    }
    bool in_number(unsigned char byte) noexcept {
        bool const digit = byte >= '0' && byte <= '9';
        bool const e = byte == 'e' || byte == 'E';
        switch (at) {
            case place::minus:
                return go(digit, byte == '0' ? place::zero : place::digits);
            case place::digits:
                if (digit) return true;
                [[fallthrough]];
            case place::zero:
                return byte == '.' ? go(true, place::point) : go(e, place::exponent);
            case place::point:
                return go(digit, place::fraction);
            case place::fraction:
                return digit || go(e, place::exponent);
            case place::exponent:
                if (byte == '+' || byte == '-') return go(true, place::exponent_sign);
                [[fallthrough]];
            default:
                return go(digit, place::exponent_digits);
        }
    }
    bool in_word(unsigned char byte) noexcept {
        std::string_view const word = words[number];
        if (byte != static_cast<unsigned char>(word[word.size() - left])) return false;
        if (--left == 0) {
            at = place::after_value;
            number = 0;
        }
        return true;
    }
    /// The first byte of what is not an object or array.
    bool begin_scalar(unsigned char byte) noexcept {
        if (byte == '"') return go(true, place::string);
        if (byte == '-') return go(true, place::minus);
        if (byte >= '0' && byte <= '9') return go(true, byte == '0' ? place::zero : place::digits);
        for (std::size_t i = 0; i < words.size(); ++i) {
            if (byte != static_cast<unsigned char>(words[i][0])) continue;
            number = static_cast<std::uint8_t>(i);
            left = static_cast<std::uint8_t>(words[i].size() - 1);
            return go(true, place::word);
        }
        return false;
    }
};

}  // namespace detail

}  // namespace tessera::inline v0
