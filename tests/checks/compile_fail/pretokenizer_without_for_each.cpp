// A tokenizer's pretokenizer must be one.
// error: constraint|Pretokenizer
#include <string_view>

#include <tessera/tokenizer.hpp>

struct whole_text {
    static constexpr bool lossless = true;
#ifndef SHOULD_FAIL
    template <class Sink>
    void for_each(std::string_view text, Sink&& sink) const {
        if (!text.empty()) sink(text);
    }
#endif
    [[nodiscard]] std::string_view name() const { return "whole_text"; }
};

using made = tessera::tokenizer<whole_text>;
static_assert(sizeof(made) > 0);
