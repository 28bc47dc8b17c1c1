// What the fuzz targets share. Each is one reader of hostile files: it may refuse, by `tessera::error` and nothing
// else; what it accepts is used a little, and must keep its promises. Run by tests/fuzz/run.py.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <tessera/core/error.hpp>

namespace fuzz {

inline void check(bool holds, char const* what) {
    if (holds) return;
    std::fprintf(stderr, "broken promise: %s\n", what);
    std::abort();
}

/// Calls f(text) and lets errors pass; every one must have something to say, of reasonable length.
template <class F>
int run(std::uint8_t const* data, std::size_t size, F&& f) {
    try {
        f(std::string_view(reinterpret_cast<char const*>(data), size));
    } catch (tessera::error const& e) {
        check(!e.message().empty(), "an error says what is wrong");
        check(std::string_view(e.what()).size() < 5000, "an error is short");
    }
    return 0;
}

/// The parts of `text` between 0xFE bytes, for readers of several files: the i-th.
inline std::string_view part(std::string_view text, int i) {
    for (; i > 0; --i) {
        std::size_t const at = text.find('\xFE');
        text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
    }
    return text.substr(0, text.find('\xFE'));
}

/// Text to encode with what was read: some of everything.
inline constexpr std::string_view sample =
    "Hello, hello  world!\n\n 12345 'll \xC3\xA9\xE2\x96\x81\xF0\x9F\xA6\x99\xFF<|end|> ab";

}  // namespace fuzz
