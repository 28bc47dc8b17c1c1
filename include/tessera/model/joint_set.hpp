// Where a long text may be cut before merging: between two characters across which no merge reaches. Llama and Gemma
// have no pretokenizer, so the pretoken is the whole text; cut like this it falls into words, which are short and which
// repeat.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <tessera/core/hash.hpp>
#include <tessera/core/huge_pages.hpp>
#include <tessera/core/utf8.hpp>

namespace tessera::inline v0 {

/// Pairs of characters (last of a merge's left part, first of its right part). Symbols left and right of a place merge
/// only if the characters there are such a pair; where they are not, the two sides are independent, and merging each
/// alone gives the same tokens. A Bloom filter with one hash: it may hold a pair that no merge has, never miss one.
class joint_set {
public:
    joint_set() : joint_set(0) {}
    /// @param n_merges  how many pairs will be added at most
    explicit joint_set(std::size_t n_merges)
        : bits_(std::bit_ceil(std::clamp(16 * n_merges, std::size_t{64}, std::size_t{1} << 24)) / 64),
          mask_(64 * bits_.size() - 1) {}

    /// @pre !left.empty() && !right.empty()
    void add(std::string_view left, std::string_view right) { add(last_character(left), character(right, 0).key); }
    /// The same for what else may stand left and right of a place, such as tokens.
    void add(std::uint32_t last, std::uint32_t first) noexcept {
        std::size_t const i = place(last, first);
        bits_[i / 64] |= std::uint64_t{1} << i % 64;
    }

    [[nodiscard]] bool contains(std::uint32_t last, std::uint32_t first) const noexcept {
        std::size_t const i = place(last, first);
        return (bits_[i / 64] >> i % 64 & 1) != 0;
    }

    /// A character as this class counts them: the code point, or above those an ill-formed byte.
    struct unit {
        std::uint32_t key;
        std::size_t length;  // in bytes
    };
    [[nodiscard]] static unit character(std::string_view text, std::size_t at) noexcept {
        auto const [code_point, length] = decode_utf8(text, at);
        if (length == 1 && code_point == replacement_character) {
            return {0x11'0000U + static_cast<unsigned char>(text[at]), 1};
        }
        return {static_cast<std::uint32_t>(code_point), length};
    }

private:
    static std::uint32_t last_character(std::string_view text) noexcept {
        for (std::size_t back = 2; back <= 4 && back <= text.size(); ++back) {
            auto const last = character(text, text.size() - back);
            if (last.length == back) return last.key;
        }
        return character(text, text.size() - 1).key;
    }
    [[nodiscard]] std::size_t place(std::uint32_t last, std::uint32_t first) const noexcept {
        return hash_key(std::uint64_t{last} << 32 | first) & mask_;
    }

    huge_page_vector<std::uint64_t> bits_;
    std::size_t mask_;
};

}  // namespace tessera::inline v0
