// Moved to core/text_piece.hpp.
#pragma once

#include <tessera/core/text_piece.hpp>  // IWYU pragma: export
