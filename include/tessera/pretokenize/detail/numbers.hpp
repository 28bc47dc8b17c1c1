// Looking for numbers, which are rare: the bytes that cannot begin one are passed over. And the digits of `\d`, \p{Nd},
// which are fewer than \p{N}, the numbers of unicode_class.hpp.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <string_view>

#include <tessera/core/unicode_class.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/pattern/unicode_tables_properties_16_0.hpp>

namespace tessera::inline v0 {
namespace detail {

struct code_point_run {
    char32_t first, past;
};

/// Calls `take(category, first, past)` with each run of \p{N}.
template <class Take>
constexpr void for_each_number_run(Take&& take) {
    using namespace unicode_properties_16_0;
    for (std::size_t i = 0; i + 1 < std::size(category_runs); ++i) {
        std::string_view const category = categories[category_runs[i] & 31];
        if (category[0] == 'n') take(category, category_runs[i] >> 5, category_runs[i + 1] >> 5);
    }
}

/// \p{Nd}, in order.
inline constexpr auto decimal_digit_runs = [] {
    constexpr std::size_t n = [] {
        std::size_t count = 0;
        for_each_number_run([&](std::string_view category, char32_t, char32_t) { count += category == "nd" ? 1 : 0; });
        return count;
    }();
    std::array<code_point_run, n> runs{};
    std::size_t i = 0;
    for_each_number_run([&](std::string_view category, char32_t first, char32_t past) {
        if (category == "nd") runs[i++] = {first, past};
    });
    return runs;
}();

/// The bytes of the digit at p, or 0 if no digit is there. @pre p < end
[[nodiscard]] inline std::size_t decimal_digit_length(char const* p, char const* end) noexcept {
    std::uint32_t const first = byte_at(p);
    if (first < 0x80) return first >= '0' && first <= '9' ? 1 : 0;
    auto const [c, length] = decode_non_ascii(p, static_cast<std::size_t>(end - p));
    if ((unicode_16_0::class_of(c) & unicode_class::number) == 0) return 0;
    std::size_t low = 0;  // the first run begins before every c that comes here
    for (std::size_t high = decimal_digit_runs.size(); high - low > 1;) {
        std::size_t const middle = (low + high) / 2;
        (decimal_digit_runs[middle].first <= c ? low : high) = middle;
    }
    return c < decimal_digit_runs[low].past ? length : 0;
}

/// Whether a number may begin with this byte. All leads of four bytes count: what a later Unicode adds is there.
inline constexpr auto begins_numbers = [] {
    std::array<bool, 256> table{};
    for_each_number_run([&](std::string_view, char32_t first, char32_t past) {
        for (char32_t c = first; c < past && c < 0x10000; ++c) {
            table[c < 0x80 ? c : c < 0x800 ? 0xC0 | (c >> 6) : 0xE0 | (c >> 12)] = true;
        }
    });
    for (unsigned b = 0xF0; b <= 0xF4; ++b) table[b] = true;
    return table;
}();

/// The next byte that a number may begin with, or the end. A continuation byte begins none, so that a character need
/// not be decoded to be passed over.
[[nodiscard]] inline char const* find_number_lead(char const* p, char const* end) noexcept {
    if constexpr (std::endian::native == std::endian::little) {
        constexpr std::uint64_t each = 0x0101'0101'0101'0101ULL;
        while (end - p >= 8) {
            std::uint64_t bytes;
            std::memcpy(&bytes, p, 8);
            std::uint64_t const low = bytes & (each * 0x7F);
            std::uint64_t const digits = (low + each * (0x80 - '0')) & ~(low + each * (0x80 - '9' - 1));
            std::uint64_t const found = (digits | bytes) & (each * 0x80);
            if (found == 0) {
                p += 8;
                continue;
            }
            p += std::countr_zero(found) >> 3;
            do {  // a character beyond ASCII seldom comes alone
                if (begins_numbers[byte_at(p)]) return p;
                ++p;
            } while (p != end && byte_at(p) >= 0x80);
        }
    }
    while (p != end && !begins_numbers[byte_at(p)]) ++p;
    return p;
}

static_assert(decimal_digit_runs[0].first == U'0' && decimal_digit_runs[0].past == U'9' + 1);

}  // namespace detail
}  // namespace tessera::inline v0
