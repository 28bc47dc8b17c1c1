// A model names the type of its scratch memory: encoding is const, and whoever calls it owns what changes.
// error: constraint|Model
#include <string_view>

#include <tessera/core/concepts.hpp>
#include <tessera/core/vocabulary.hpp>

struct one_token_model {
    using vocabulary_type = tessera::vocabulary;
#ifndef SHOULD_FAIL
    struct scratch {};
#else
    struct working_memory {};
    using memory = working_memory;
#endif
    [[nodiscard]] tessera::vocabulary const& vocab() const noexcept { return vocab_; }
    template <class Memory, class Sink>
    void encode(std::string_view, Memory&, Sink&& sink) const {
        sink(tessera::token_id{0});
    }

    tessera::vocabulary vocab_;
};

template <tessera::Model M>
void takes_a_model();

using made = decltype(takes_a_model<one_token_model>());
