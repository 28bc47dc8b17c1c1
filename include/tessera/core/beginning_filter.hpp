// Where in a text a string of a set may begin, found at the speed of reading where there is none: by the byte with
// which all begin, if there is one, by the first two bytes, and by a hash of the first four.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace tessera::inline v0 {

class beginning_filter {
public:
    /// The filter of no string.
    beginning_filter() = default;

    /// @param strings  a range of pairs whose first is a std::string_view, none empty
    template <class Strings>
    explicit beginning_filter(Strings const& strings) : pairs_((std::size_t{1} << 16) / 32) {
        // 16 bits a string: of other text one place in twelve or fewer passes.
        std::size_t const n_bits = std::bit_ceil(16 * strings.size() + 64);
        fours_.resize(n_bits / 64);
        shift_ = 64 - std::countr_zero(n_bits);
        for (auto const& [string, value] : strings) {
            auto const first = static_cast<unsigned char>(string[0]);
            if (only_first_ == none) only_first_ = first;
            if (only_first_ != first) only_first_ = many;
            std::size_t const pair = pair_of(string[0], string.size() > 1 ? string[1] : '\0');
            if (string.size() == 1) {
                for (std::size_t p = pair; p < pair + 256; ++p) pairs_[p / 32] |= all_begin << 2 * (p % 32);
            } else if (string.size() < 4) {
                pairs_[pair / 32] |= all_begin << 2 * (pair % 32);
            } else {
                pairs_[pair / 32] |= some_begin << 2 * (pair % 32);
                std::size_t const four = hash_of_four(string.data());
                fours_[four / 64] |= std::uint64_t{1} << (four % 64);
            }
        }
    }

    /// The first place from `at` on where a string may begin; text.size() if none.
    [[nodiscard]] std::size_t next(std::string_view text, std::size_t at) const noexcept {
        if (only_first_ == none) return text.size();
        char const* const bytes = text.data();
        while (at + 4 <= text.size()) {
            if (may_begin(bytes + at)) return at;
            ++at;
            if (only_first_ < many) {
                void const* const found = std::memchr(bytes + at, only_first_, text.size() - at);
                if (found == nullptr) return text.size();
                at = static_cast<std::size_t>(static_cast<char const*>(found) - bytes);
            }
        }
        while (at < text.size() && !may_begin(text, at)) ++at;
        return at;
    }

    [[nodiscard]] bool may_begin(std::string_view text, std::size_t at) const noexcept {
        if (only_first_ == none) return false;
        if (at + 4 <= text.size()) return may_begin(text.data() + at);
        // A string of one byte is marked with every second one.
        return of_pair(pair_of(text[at], at + 1 < text.size() ? text[at + 1] : '\0')) == all_begin;
    }

private:
    static constexpr int many = 256;  // for only_first_
    static constexpr int none = 257;
    // Of two bytes: whether strings shorter than four begin with them, or longer ones, for which more bytes are asked.
    static constexpr std::uint64_t some_begin = 1;
    static constexpr std::uint64_t all_begin = 3;

    static std::size_t pair_of(char first, char second) noexcept {
        return std::size_t{static_cast<unsigned char>(first)} << 8 | static_cast<unsigned char>(second);
    }
    [[nodiscard]] std::uint64_t of_pair(std::size_t pair) const noexcept {
        return pairs_[pair / 32] >> 2 * (pair % 32) & 3;
    }
    [[nodiscard]] std::size_t hash_of_four(char const* bytes) const noexcept {
        std::uint32_t four = 0;
        std::memcpy(&four, bytes, sizeof four);
        return static_cast<std::size_t>(four * 0x9E37'79B9'7F4A'7C15U >> shift_);
    }
    // @pre four bytes are there
    [[nodiscard]] bool may_begin(char const* bytes) const noexcept {
        std::uint64_t const kind = of_pair(pair_of(bytes[0], bytes[1]));
        if (kind != some_begin) return kind != 0;
        std::size_t const four = hash_of_four(bytes);
        return (fours_[four / 64] >> (four % 64) & 1) != 0;
    }

    std::vector<std::uint64_t> pairs_;  // two bits for each two bytes
    std::vector<std::uint64_t> fours_;
    int shift_ = 0;
    int only_first_ = none;  // the byte with which all begin
};

}  // namespace tessera::inline v0
