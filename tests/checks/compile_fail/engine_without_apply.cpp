// A merge engine must be one: bpe_model takes any, and only those that model the concept.
// error: constraint|MergeEngine
#include <cstddef>
#include <span>

#include <tessera/model/bpe_model.hpp>

struct engine {
    static constexpr std::size_t max_symbols = 100;
#ifndef SHOULD_FAIL
    template <class T>
    [[nodiscard]] std::size_t apply(T const&, std::span<tessera::token_id> symbols) {
        return symbols.size();
    }
#endif
};

using made = tessera::basic_bpe_model<engine>;
static_assert(sizeof(made) > 0);
