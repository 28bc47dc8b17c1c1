// The tokenizer whose parts a file chooses at run time. The same template as every other: no second implementation.
#pragma once

#include <tessera/model/bpe_model.hpp>
#include <tessera/normalize/any_normalizer.hpp>
#include <tessera/pretokenize/any_pretokenizer.hpp>
#include <tessera/tokenizer.hpp>

namespace tessera::inline v0 {

/// A tokenizer as files describe them. io/tokenizer_file.hpp loads one.
using any_tokenizer = tokenizer<any_pretokenizer, bpe_model, any_normalizer>;

}  // namespace tessera::inline v0
