// Counts -> the words that training works on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/train/detail/alphabet.hpp>
#include <tessera/train/detail/packed_tokens.hpp>
#include <tessera/train/detail/training_tokens.hpp>
#include <tessera/train/detail/training_words.hpp>
#include <tessera/train/pretoken_counts.hpp>

namespace tessera::inline v0::detail {

struct counted_words {
    training_words words;         // those of two symbols or more
    std::uint64_t n_symbols = 0;  // of all, as often as they occur
};

/// Pretokens as symbols of the alphabet. What is not in it is left out, its neighbours meet.
inline counted_words words_of_pretokens(pretoken_counts const& counts, training_tokens const& tokens,
                                        symbol_unit unit) {
    counted_words out;
    training_words& words = out.words;
    std::size_t n_words = 0;
    std::size_t n_bytes = 0;
    counts.for_each([&](std::string_view pretoken, std::uint64_t) {
        if (pretoken.size() > training_words::max_short) return;
        n_words += pretoken.size() > 1;
        n_bytes += pretoken.size();
    });
    words.reserve(n_words, n_bytes);
    std::vector<token_id> of_byte(256);
    for (unsigned b = 0; b < 256; ++b) of_byte[b] = tokens.find(std::string(1, static_cast<char>(b)));
    std::vector<token_id> symbols;
    counts.for_each([&](std::string_view pretoken, std::uint64_t n) {
        symbols.clear();
        for_each_symbol(pretoken, unit, [&](std::string_view s) {
            token_id const id = s.size() == 1 ? of_byte[static_cast<unsigned char>(s[0])] : tokens.find(std::string(s));
            if (id != no_token) symbols.push_back(id);
        });
        if (symbols.size() > 1) words.add(symbols, n);
        out.n_symbols += n * symbols.size();
    });
    return out;
}

/// Runs of tokens, packed.
inline training_words words_of_runs(pretoken_counts const& runs) {
    training_words words;
    std::size_t n_words = 0;
    std::size_t n_symbols = 0;
    runs.for_each([&](std::string_view run, std::uint64_t) {
        std::size_t const n = n_packed_tokens(run);
        if (n > training_words::max_short) return;
        ++n_words;
        n_symbols += n;
    });
    words.reserve(n_words, n_symbols);
    std::vector<token_id> symbols;
    runs.for_each([&](std::string_view run, std::uint64_t n) {
        unpack_tokens(run, symbols);
        words.add(symbols, n);
    });
    return words;
}

}  // namespace tessera::inline v0::detail
