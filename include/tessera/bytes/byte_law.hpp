// What byte_lm asks of a law: which token sequences count as tokenizations of a text.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string_view>

#include <tessera/bytes/token_order.hpp>
#include <tessera/bytes/token_set.hpp>

namespace tessera::inline v0 {

/// A set of token sequences, closed under taking beginnings.
///
/// `position`  what of a sequence matters for the tokens to come; `progress`  bytes read after it, of one token.
/// `order()`   all tokens that can occur.
/// `prefix(s)` bytes that stand in front of a text without being part of it; s: it comes after a special token.
/// `start()`   the position before the first token.
/// `may_end(p)`, `next_tokens(p)`  whether the text may end there, and which tokens may come (valid until the next
/// call). `step(p, on, b)`  reads a byte after p; false: no token goes on like this. `complete(p, on, place)`  the
/// position after the token at `place`, whose bytes are those read; none: it may not come.
template <class L>
concept ByteLaw = requires(L law, L const fixed, typename L::position const p, typename L::progress on,
                           unsigned char byte, std::uint32_t place) {
    requires std::copyable<typename L::position> && std::copyable<typename L::progress>;
    { fixed.order() } -> std::same_as<token_order const&>;
    { fixed.prefix(true) } -> std::same_as<std::string_view>;
    { fixed.start() } -> std::same_as<typename L::position>;
    { law.may_end(p) } -> std::same_as<bool>;
    { law.next_tokens(p) } -> std::same_as<token_set const&>;
    { law.step(p, on, byte) } -> std::same_as<bool>;
    { law.complete(p, on, place) } -> std::same_as<std::optional<typename L::position>>;
};

}  // namespace tessera::inline v0
