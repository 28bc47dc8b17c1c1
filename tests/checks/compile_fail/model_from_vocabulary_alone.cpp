// A vocabulary is not a model: it says nothing of merges.
// error: .
#include <utility>

#include <tessera/core/vocabulary.hpp>
#include <tessera/model/bpe_model.hpp>

tessera::bpe_model make(tessera::vocabulary v) {
#ifndef SHOULD_FAIL
    return {std::move(v), {}};
#else
    return {std::move(v)};
#endif
}
