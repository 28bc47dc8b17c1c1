// tokenizer.json, the format of Hugging Face's library: read_tokenizer_json and write_tokenizer_json.
#pragma once

#include <tessera/io/read_tokenizer_json.hpp>   // IWYU pragma: export
#include <tessera/io/write_tokenizer_json.hpp>  // IWYU pragma: export
