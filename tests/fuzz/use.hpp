// What is done with a tokenizer that a target has read.
#pragma once

#include <string_view>

#include <tessera/any_tokenizer.hpp>

namespace fuzz {

/// Encodes a sample and some of `text`, and decodes the ids.
void use(tessera::any_tokenizer const& tokenizer, std::string_view text);

}  // namespace fuzz
