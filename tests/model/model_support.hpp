// What the tests of models share.
#pragma once

#include <algorithm>
#include <ctime>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>

#include "support.hpp"

namespace support {

using strings = std::vector<std::string>;

template <class Strings>
tessera::vocabulary vocabulary_of(Strings const& tokens) {
    tessera::vocabulary_builder builder;
    tessera::token_id id = 0;
    for (auto const& t : tokens) builder.add(id++, t);
    return builder.build();
}

template <class M>
strings pieces(M const& model, std::string_view text, typename M::scratch& s) {
    strings out;
    model.encode(text, s, [&](tessera::token_id id) { out.emplace_back(model.vocab().bytes(id)); });
    return out;
}
template <class M>
strings pieces(M const& model, std::string_view text) {
    typename M::scratch s;
    return pieces(model, text, s);
}

template <class M>
std::size_t count(M const& model, std::string_view text, typename M::scratch& s) {
    std::size_t n = 0;
    model.encode(text, s, [&](tessera::token_id) { ++n; });
    return n;
}

/// Whether four times the text takes less than ten times the processor time: linear but for noise, not quadratic.
template <class M>
bool is_about_linear(M const& model, std::string const& text) {
    typename M::scratch s;
    auto const seconds = [&](std::string const& t) {
        double best = 1e9;
        for (int i = 0; i < 4; ++i) {
            std::clock_t const begin = std::clock();
            (void)count(model, t, s);
            best = std::min(best, static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
        }
        return best;
    };
    return seconds(text + text + text + text) < 10 * seconds(text) + 0.002;
}

inline strings const letters{"a", "b", "c", "\xC3\xA9", "\xE2\x96\x81", "\xF0\x9F\x98\x80"};

/// Up to `n` characters of the first `n_letters`, and now and then one that no vocabulary of these tests has.
inline std::string word(random_source& random, std::size_t n, std::size_t n_letters) {
    std::string out;
    for (std::size_t i = 1 + random.below(n); i > 0; --i) {
        out += random.below(9) == 0 ? (random.below(2) == 0 ? "q" : "\xE3\x81\x82") : letters[random.below(n_letters)];
    }
    return out;
}

}  // namespace support
