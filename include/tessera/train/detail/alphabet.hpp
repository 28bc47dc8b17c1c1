// The symbols that training starts from.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/train/pretoken_counts.hpp>

namespace tessera::inline v0 {

/// Where the alphabet of a byte-level tokenizer comes from.
enum class initial_alphabet : std::uint8_t {
    bytes,   ///< all 256 bytes, so that any text can be encoded
    corpus,  ///< only what occurs in the corpus; other text loses bytes when encoded
};

namespace detail {

/// Calls `f(std::string_view)` for each symbol of a pretoken.
template <class F>
void for_each_symbol(std::string_view pretoken, symbol_unit unit, F&& f) {
    for (std::size_t at = 0; at < pretoken.size();) {
        std::size_t const length = unit == symbol_unit::byte ? 1 : decode_utf8(pretoken, at).length;
        f(pretoken.substr(at, length));
        at += length;
    }
}

/// The alphabet in the order in which it gets ids: by code point, bytes by that of their character.
/// @param limit  keep only so many, the most frequent, the smaller symbol among equals; 0: all
inline std::vector<std::string> make_alphabet(pretoken_counts const& counts, symbol_unit unit, initial_alphabet initial,
                                              std::size_t limit) {
    std::array<std::uint64_t, 256> single{};  // symbols of one byte, which are nearly all
    std::unordered_map<std::string, std::uint64_t> longer;
    counts.for_each([&](std::string_view pretoken, std::uint64_t n) {
        for_each_symbol(pretoken, unit, [&](std::string_view symbol) {
            if (symbol.size() == 1) {
                single[static_cast<unsigned char>(symbol[0])] += n;
            } else {
                longer[std::string(symbol)] += n;
            }
        });
    });
    if (initial == initial_alphabet::bytes) single.fill(~std::uint64_t{0});

    struct entry {
        std::string symbol;
        char32_t order;
        std::uint64_t count;
    };
    std::vector<entry> all;
    for (unsigned b = 0; b < 256; ++b) {
        if (single[b] == 0) continue;
        char32_t const order =
            unit == symbol_unit::byte ? byte_to_character(static_cast<std::uint8_t>(b)) : char32_t{b};
        all.push_back({std::string(1, static_cast<char>(b)), order, single[b]});
    }
    for (auto const& [symbol, n] : longer) all.push_back({symbol, decode_utf8(symbol, 0).code_point, n});

    if (limit != 0 && all.size() > limit) {
        std::sort(all.begin(), all.end(), [](entry const& a, entry const& b) {
            return a.count != b.count ? a.count > b.count : a.order < b.order;
        });
        all.resize(limit);
    }
    std::sort(all.begin(), all.end(), [](entry const& a, entry const& b) { return a.order < b.order; });
    std::vector<std::string> symbols;
    symbols.reserve(all.size());
    for (entry& e : all) symbols.push_back(std::move(e.symbol));
    return symbols;
}

}  // namespace detail
}  // namespace tessera::inline v0
