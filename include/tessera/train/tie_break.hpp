// Which of several equally frequent pairs is merged first.
#pragma once

#include <cstdint>

#include <tessera/train/detail/training_tokens.hpp>

namespace tessera::inline v0 {

/// Which of several equally frequent pairs is merged first.
enum class tie_break : std::uint8_t {
    hugging_face,   ///< the smaller (left id, right id)
    sentencepiece,  ///< the shorter result, then the smaller in byte order (SentencePiece, bpe_model_trainer.cc)
    bytes,          ///< the result smaller in byte order, then the shorter left part: independent of ids
};

namespace detail {

/// Calls `f` with an object of the type that stands for `ties`.
template <class F>
auto with_tie_break(tie_break ties, F&& f) {
    switch (ties) {
        case tie_break::sentencepiece:
            return f(shorter_first{nullptr});
        case tie_break::bytes:
            return f(bytes_first{nullptr});
        case tie_break::hugging_face:
            break;
    }
    return f(ids_first{});
}

}  // namespace detail

}  // namespace tessera::inline v0
