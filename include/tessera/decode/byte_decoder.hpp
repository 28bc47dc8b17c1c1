// The decoder of byte-level tokenizers: the bytes of the tokens, one after another.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/concepts.hpp>

namespace tessera::inline v0 {

/// For vocabularies that hold canonical bytes. Gives exactly these bytes, UTF-8 or not.
struct byte_decoder {
    [[nodiscard]] static bool joins_bytes() noexcept { return true; }
    [[nodiscard]] static std::string decode(std::vector<std::string> const& tokens) {
        std::string text;
        for (std::string const& token : tokens) text += token;
        return text;
    }
    static void append_token_bytes(std::string_view token, std::string& out) { out += token; }

    friend bool operator==(byte_decoder, byte_decoder) = default;
};

static_assert(Decoder<byte_decoder>);

}  // namespace tessera::inline v0
