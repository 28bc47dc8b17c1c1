// Tokens as texts on their way through a decoder: one after another, never all of them at once.
#pragma once

#include <string_view>

#include <tessera/core/function_ref.hpp>

namespace tessera::inline v0 {

/// Is called with each token in turn; the view is valid during the call.
using token_sink = function_ref<void(std::string_view)>;

/// Calls a sink with each token, and returns after the last.
using token_source = function_ref<void(token_sink)>;

}  // namespace tessera::inline v0
