#pragma once

namespace tessera::cli {

#ifdef TESSERA_VERSION
inline constexpr char const* version = TESSERA_VERSION;  // from meson.build
#else
inline constexpr char const* version = "0.1.0";
#endif

}  // namespace tessera::cli
