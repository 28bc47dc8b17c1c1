// Which token ends a text.
#pragma once

#include <string>
#include <string_view>

#include <tessera/any_tokenizer.hpp>
#include <tessera/io/special_roles.hpp>

namespace tessera::cli {

/// As asked for (a token, or "none"); else as the tokenizer's files say; else one with a name that means nothing else;
/// else none.
/// @throws usage_error  what is asked for is not a token
[[nodiscard]] token_id find_end_token(any_tokenizer const& tokenizer, special_roles const& roles,
                                      std::string const& asked);

}  // namespace tessera::cli
