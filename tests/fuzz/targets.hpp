// The fuzz targets. They are one executable, because what most of them take to compile is the same.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fuzz {

/// Reads `size` bytes as a file of its format.
using target = int(std::uint8_t const* data, std::size_t size);

target boundless;
target count_table;
target gguf;
target gguf_tensors;
target model_config;
target ngram;
target pooled;
target safetensors;
target sentencepiece;
target tekken;
target tiktoken;
target tokenizer_config;
target tokenizer_json;
target vocab_merges;
target vocabulary_text;

}  // namespace fuzz
