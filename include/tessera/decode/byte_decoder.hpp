// The decoder of byte-level tokenizers: the bytes of the tokens, one after another.
#pragma once

#include <string>
#include <string_view>

#include <tessera/core/concepts.hpp>
#include <tessera/core/token_source.hpp>

namespace tessera::inline v0 {

/// For vocabularies that hold canonical bytes. Gives exactly these bytes, UTF-8 or not.
struct byte_decoder {
    [[nodiscard]] static bool joins_bytes() noexcept { return true; }
    struct scratch {};
    static void decode(token_source tokens, scratch&, std::string& out) {
        tokens([&](std::string_view token) { out += token; });
    }
    static void append_token_bytes(std::string_view token, std::string& out) { out += token; }

    friend bool operator==(byte_decoder, byte_decoder) = default;
};

static_assert(Decoder<byte_decoder>);

}  // namespace tessera::inline v0
