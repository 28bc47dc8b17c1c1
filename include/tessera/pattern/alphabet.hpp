// Characters that no set of a pattern tells apart are one symbol; automata read symbols. Next: program.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/pattern/code_point_set.hpp>

namespace tessera::inline v0 {
namespace detail {

using alphabet_symbol = std::uint16_t;

/// A set of symbols; the last one, `alphabet::edge`, stands for the begin or the end of the text.
class symbol_set {
public:
    symbol_set() = default;
    explicit symbol_set(std::size_t n_symbols) : words_((n_symbols + 63) / 64) {}
    [[nodiscard]] bool contains(std::size_t s) const noexcept { return (words_[s / 64] >> (s % 64) & 1) != 0; }
    void add(std::size_t s) noexcept { words_[s / 64] |= std::uint64_t{1} << (s % 64); }
    void flip(std::size_t s) noexcept { words_[s / 64] ^= std::uint64_t{1} << (s % 64); }
    [[nodiscard]] bool empty() const noexcept {
        return std::all_of(words_.begin(), words_.end(), [](std::uint64_t w) { return w == 0; });
    }
    /// @pre made for the same number of symbols
    [[nodiscard]] bool meets(symbol_set const& other) const noexcept {
        for (std::size_t i = 0; i < words_.size(); ++i) {
            if ((words_[i] & other.words_[i]) != 0) return true;
        }
        return false;
    }
    /// @pre made for the same number of symbols
    symbol_set& operator|=(symbol_set const& other) noexcept {
        for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
        return *this;
    }
    friend auto operator<=>(symbol_set const&, symbol_set const&) = default;

private:
    std::vector<std::uint64_t> words_;
};

/// A character of a text: which symbol it is, and its bytes.
struct pattern_unit {
    alphabet_symbol id;
    std::uint32_t length;
};

/// The partition of all characters by a list of sets.
class alphabet {
public:
    static constexpr std::size_t most_symbols = 4096;

    alphabet() = default;

    /// O(ranges of all sets * log). @throws error  limit
    explicit alphabet(std::vector<code_point_set> const& sets) {
        // Where membership changes: (code point, set). Between two such places all characters are in the same sets.
        std::vector<std::pair<std::uint32_t, std::uint32_t>> changes;
        for (std::uint32_t i = 0; i < sets.size(); ++i) {
            for (auto const [first, last] : sets[i].ranges()) {
                changes.emplace_back(first, i);
                if (last < ill_formed) changes.emplace_back(last + 1, i);
            }
        }
        std::sort(changes.begin(), changes.end());
        symbol_set member(sets.size() + 1);
        std::map<symbol_set, alphabet_symbol> known;
        std::vector<alphabet_symbol> of(ill_formed + 1);
        std::uint32_t from = 0;
        for (std::size_t i = 0; i <= changes.size();) {
            std::uint32_t const to = i < changes.size() ? changes[i].first : ill_formed + 1;
            if (to > from) {
                auto const [at, is_new] = known.emplace(member, static_cast<alphabet_symbol>(known.size()));
                if (is_new) {
                    if (known.size() > most_symbols) {
                        throw error(error_kind::limit, "regular expression", "it tells too many characters apart");
                    }
                    members_.push_back(member);
                }
                std::fill(of.begin() + from, of.begin() + to, at->second);
                from = to;
            }
            if (i == changes.size()) break;
            member.flip(changes[i].second);
            ++i;
        }
        edge_ = static_cast<alphabet_symbol>(known.size());
        ill_formed_ = of[ill_formed];
        for (std::size_t c = 0; c < ascii_.size(); ++c) ascii_[c] = of[c];
        std::map<std::vector<alphabet_symbol>, std::uint16_t> pages;
        for (std::size_t begin = 0; begin < ill_formed; begin += page_size) {
            std::vector<alphabet_symbol> page(of.begin() + static_cast<std::ptrdiff_t>(begin),
                                              of.begin() + static_cast<std::ptrdiff_t>(begin + page_size));
            auto const [at, is_new] = pages.emplace(std::move(page), static_cast<std::uint16_t>(pages.size()));
            if (is_new) pages_.insert(pages_.end(), at->first.begin(), at->first.end());
            page_of_.push_back(at->second);
        }
    }

    /// Characters' symbols are 0 .. edge() - 1.
    [[nodiscard]] alphabet_symbol edge() const noexcept { return edge_; }
    [[nodiscard]] std::size_t size() const noexcept { return edge_ + std::size_t{1}; }

    /// The symbols of set `i` of the list that the alphabet was made from.
    [[nodiscard]] symbol_set symbols_of(std::size_t i, bool with_edge = false) const {
        symbol_set out(size());
        for (std::size_t s = 0; s < edge_; ++s) {
            if (members_[s].contains(i)) out.add(s);
        }
        if (with_edge) out.add(edge_);
        return out;
    }

    [[nodiscard]] alphabet_symbol of_ascii(unsigned char byte) const noexcept { return ascii_[byte]; }

    /// The character at byte `at`. @pre at < text.size()
    [[nodiscard]] pattern_unit at(std::string_view text, std::size_t at) const noexcept {
        auto const byte = static_cast<unsigned char>(text[at]);
        if (byte < 0x80) return {ascii_[byte], 1};
        return beyond_ascii(text, at);
    }
    [[nodiscard]] pattern_unit beyond_ascii(std::string_view text, std::size_t at) const noexcept {
        auto const [code_point, length] = detail::decode_non_ascii(text.data() + at, text.size() - at);
        if (length == 1) return {ill_formed_, 1};
        return {of(code_point), static_cast<std::uint32_t>(length)};
    }

    /// The symbol of a character, or of `ill_formed`. @pre code_point <= ill_formed
    [[nodiscard]] alphabet_symbol of(std::uint32_t code_point) const noexcept {
        if (code_point == ill_formed) return ill_formed_;
        return pages_[std::size_t{page_of_[code_point / page_size]} * page_size + code_point % page_size];
    }

    /// The character that ends before byte `at`. @pre at > 0. Well-formed sequences do not overlap, so reading backward
    /// finds the same characters as reading forward.
    [[nodiscard]] pattern_unit before(std::string_view text, std::size_t at) const noexcept {
        auto const byte = static_cast<unsigned char>(text[at - 1]);
        if (byte < 0x80) return {ascii_[byte], 1};
        for (std::size_t length = 2; length <= 4 && length <= at; ++length) {
            if ((static_cast<unsigned char>(text[at - length]) & 0xC0) == 0x80) continue;
            pattern_unit const unit = this->at(text.substr(0, at), at - length);
            if (unit.length == length) return unit;
            break;
        }
        return {ill_formed_, 1};
    }

private:
    static constexpr std::size_t page_size = 256;

    std::array<alphabet_symbol, 128> ascii_{};
    alphabet_symbol edge_ = 0;
    alphabet_symbol ill_formed_ = 0;
    std::vector<std::uint16_t> page_of_;
    std::vector<alphabet_symbol> pages_;
    std::vector<symbol_set> members_;  // of each symbol: which sets it is in
};

}  // namespace detail
}  // namespace tessera::inline v0
