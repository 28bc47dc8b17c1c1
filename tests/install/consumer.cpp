// Uses tessera as an installed library: an encoder from a rank file, no third-party library but xxHash's header.
#include <cstdio>
#include <string>
#include <string_view>

#include <tessera/io/tiktoken.hpp>
#include <tessera/model/bpe_from_ranks.hpp>
#include <tessera/tokenizer.hpp>

struct whole_text {
    static constexpr bool lossless = true;
    template <class Sink>
    void for_each(std::string_view text, Sink&& sink) const {
        if (!text.empty()) sink(text);
    }
    [[nodiscard]] std::string_view name() const { return "whole_text"; }
};

int main() {
    // The 256 bytes, and two tokens of more.
    tessera::vocabulary_builder tokens;
    for (unsigned b = 0; b < 256; ++b) {
        char const byte = static_cast<char>(b);
        tokens.add(b, {&byte, 1});
    }
    tokens.add(256, "ab");
    tokens.add(257, "aab");
    std::string const ranks = tessera::write_tiktoken(tokens.build());

    tessera::tokenizer<whole_text> const t(tessera::bpe_from_ranks(tessera::read_tiktoken(ranks)));
    auto const ids = t.encode("aabab");
    if (t.decode(ids) != "aabab" || ids.size() != 2 || ids[0] != 257 || ids[1] != 256) return 1;
    std::puts("the installed headers work");
    return 0;
}
