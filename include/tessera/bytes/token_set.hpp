// A set of tokens, by their places in a token_order: a bit each.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tessera::inline v0 {

class token_set {
public:
    /// Becomes the empty set of so many places.
    void assign(std::size_t n) { words_.assign((n + 63) / 64, 0); }

    [[nodiscard]] bool contains(std::size_t place) const noexcept {
        return (words_[place / 64] >> (place % 64) & 1) != 0;
    }
    void add(std::size_t place) noexcept { words_[place / 64] |= std::uint64_t{1} << (place % 64); }
    void remove(std::size_t place) noexcept { words_[place / 64] &= ~(std::uint64_t{1} << (place % 64)); }

    void add(std::span<std::uint32_t const> places) noexcept {
        for (std::uint32_t const place : places) add(place);
    }

    /// @pre both are sets of as many places
    void operator|=(token_set const& other) noexcept {
        for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
    }
    void operator&=(token_set const& other) noexcept {
        for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
    }
    void remove(token_set const& other) noexcept {
        for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= ~other.words_[i];
    }

    /// Calls f(place) in ascending order until it returns false. The set may lose places meanwhile.
    template <class F>
    void for_each(F&& f) const {
        for (std::size_t w = 0; w < words_.size(); ++w) {
            for (std::uint64_t bits = words_[w]; bits != 0; bits &= bits - 1) {
                if (!f(static_cast<std::uint32_t>(w * 64 + static_cast<std::size_t>(std::countr_zero(bits))))) return;
            }
        }
    }

    /// Bit i of word w is place 64 w + i.
    [[nodiscard]] std::span<std::uint64_t const> words() const noexcept { return words_; }

private:
    std::vector<std::uint64_t> words_;
};

}  // namespace tessera::inline v0
