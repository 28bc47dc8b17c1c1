// Encoding for nothing is a mistake: what returns a value is [[nodiscard]]. (An error here as everywhere in the tests.)
// error: nodiscard
#pragma GCC diagnostic error "-Wunused-result"
#include <string_view>

#include <tessera/core/vocabulary.hpp>

void look(tessera::vocabulary const& v) {
#ifndef SHOULD_FAIL
    (void)v.find("a");
#else
    v.find("a");
#endif
}
