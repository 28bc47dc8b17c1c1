// Encoding into a buffer takes the caller's scratch; a const one cannot serve.
// error: discard|const
#include <array>
#include <string_view>

#include <tessera/tokenizer.hpp>

template <class P>
void encode(tessera::tokenizer<P> const& t, std::string_view text) {
    std::array<tessera::token_id, 8> ids{};
#ifndef SHOULD_FAIL
    typename tessera::tokenizer<P>::scratch s;
#else
    typename tessera::tokenizer<P>::scratch const s{};
#endif
    (void)t.encode_into(text, ids, s);
}

struct whole_text {
    static constexpr bool lossless = true;
    template <class Sink>
    void for_each(std::string_view text, Sink&& sink) const {
        if (!text.empty()) sink(text);
    }
    [[nodiscard]] std::string_view name() const { return "whole_text"; }
};

template void encode(tessera::tokenizer<whole_text> const&, std::string_view);
