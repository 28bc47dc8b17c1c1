// The tokenizer of a file of ranks in JSON, such as Anthropic's claude.json.
#pragma once

#include <tessera/any_tokenizer.hpp>
#include <tessera/io/detail/rank_tokenizer.hpp>
#include <tessera/io/tiktoken_json.hpp>

namespace tessera::inline v0 {

/// Makes the tokenizer that JavaScript's tiktoken makes of such a file. The text is taken as it is: Anthropic's
/// `countTokens` brings it into the form NFKC first, which the file does not say.
/// @throws error  what `any_pretokenizer::by_pattern` throws: at "pat_str"
[[nodiscard]] inline any_tokenizer tiktoken_json_tokenizer(tiktoken_json const& file) {
    return detail::rank_tokenizer(file.tokens, 0, file.specials, file.pattern, "pat_str");
}

}  // namespace tessera::inline v0
