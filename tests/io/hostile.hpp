// What every reader of files must stand: cut off anywhere, and changed anywhere. It may refuse or accept, but only by
// `tessera::error`; the sanitizers look at the rest.
#pragma once

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>

#include <tessera/core/error.hpp>

#include "support.hpp"

namespace hostile {

/// The error of `f()`; fails the test if there is none.
template <class F>
tessera::error error_of(F&& f) {
    try {
        f();
    } catch (tessera::error const& e) {
        return e;
    }
    FAIL("no error");
    return {tessera::error_kind::io, "", ""};
}

/// Checks the kind and a part of what() of the error of `f()`.
template <class F>
void check_fails(F&& f, tessera::error_kind kind, std::string const& what) {
    tessera::error const e = error_of(f);
    std::string const found = e.what();
    CAPTURE(found);
    CAPTURE(what);
    CHECK(static_cast<int>(e.kind()) == static_cast<int>(kind));
    CHECK(found.find(what) != std::string::npos);
}

template <class Read>
bool accepts(std::string_view bytes, Read&& read) {
    try {
        // A copy of its own, so that the address sanitizer sees a byte read behind it.
        std::string const copy(bytes);
        read(std::string_view(copy.data(), copy.size()));
        return true;
    } catch (tessera::error const& e) {
        CHECK(std::string_view(e.what()).size() < 2000);
        return false;
    }
}

/// Reads every prefix, and the file with each byte changed in several ways.
/// @return  how many of the changed files were accepted
template <class Read>
std::size_t run(std::string const& bytes, Read&& read) {
    REQUIRE(accepts(bytes, read));
    for (std::size_t n = 0; n < bytes.size(); ++n) accepts(std::string_view(bytes).substr(0, n), read);
    std::size_t n_accepted = 0;
    support::random_source random(20'240'611);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        std::string changed = bytes;
        for (char const c :
             {'\0', '\xFF', '\x7F', '"', static_cast<char>(bytes[at] ^ 1), static_cast<char>(random.below(256))}) {
            changed[at] = c;
            n_accepted += accepts(changed, read) ? 1 : 0;
        }
    }
    for (int i = 0; i < 2000; ++i) {
        std::string changed = bytes;
        for (std::size_t k = 1 + random.below(4); k > 0; --k) {
            std::size_t const at = random.below(changed.size());
            switch (random.below(3)) {
                case 0:
                    changed[at] = static_cast<char>(random.below(256));
                    break;
                case 1:
                    changed.insert(at, random.bytes(1 + random.below(8)));
                    break;
                default:
                    changed.erase(at, 1 + random.below(8));
                    if (changed.empty()) changed = "x";
            }
        }
        n_accepted += accepts(changed, read) ? 1 : 0;
    }
    return n_accepted;
}

}  // namespace hostile
