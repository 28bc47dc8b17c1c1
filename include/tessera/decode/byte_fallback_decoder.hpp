// Hugging Face's decoder `ByteFallback`: tokens such as <0x0A> become bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <tessera/core/token_source.hpp>
#include <tessera/core/utf8.hpp>

namespace tessera::inline v0 {

struct byte_fallback_decoder_options {
    friend bool operator==(byte_fallback_decoder_options const&, byte_fallback_decoder_options const&) = default;
};

/// Replaces each run of byte tokens by one token of their bytes, or, where these are not UTF-8, by one U+FFFD a byte.
/// @complexity  O(n)
/// @par Source  tokenizers 0.23.3, decoders/byte_fallback.rs
class byte_fallback_decoder {
public:
    using options_type = byte_fallback_decoder_options;
    static constexpr std::string_view type = "ByteFallback";
    static constexpr bool joins_tokens = false;

    template <class Fields, class Options>
    static void describe(Fields&, Options&) {}

    explicit byte_fallback_decoder(options_type o = {}) noexcept : options_(o) {}
    [[nodiscard]] options_type const& options() const noexcept { return options_; }

    /// The byte that a token stands for: "<0x", two hexadecimal digits of any case, ">". The first may be a plus sign,
    /// as Rust's from_str_radix has it.
    [[nodiscard]] static std::optional<char> byte_of(std::string_view token) noexcept {
        if (token.size() != 6 || !token.starts_with("<0x") || token.back() != '>') return std::nullopt;
        int const high = token[3] == '+' ? 0 : digit(token[3]);
        int const low = digit(token[4]);
        if (high < 0 || low < 0) return std::nullopt;
        return static_cast<char>(static_cast<unsigned char>(high * 16 + low));
    }

    struct scratch {
        std::string run;  // the bytes of the tokens just before
    };
    void decode(token_source tokens, scratch& s, token_sink sink) const {
        s.run.clear();
        tokens([&](std::string_view token) {
            if (auto const byte = byte_of(token)) {
                s.run += *byte;
            } else {
                end_run(s.run, sink);
                sink(token);
            }
        });
        end_run(s.run, sink);
    }
    /// What a token in the middle of a text adds to it; a byte whether or not its neighbours make it UTF-8.
    void append_token_bytes(std::string_view spelling, std::string& out) const {
        if (auto const byte = byte_of(spelling)) {
            out += *byte;
        } else {
            out += spelling;
        }
    }
    /// The same where a step before has joined all tokens into one, and this is a part of it.
    void append_part_bytes(std::string_view part, std::string& out) const { out += part; }

    friend bool operator==(byte_fallback_decoder const&, byte_fallback_decoder const&) = default;

private:
    static void end_run(std::string& run, token_sink sink) {
        if (run.empty()) return;
        if (is_valid_utf8(run)) {
            sink(run);
        } else {
            for (std::size_t i = 0; i < run.size(); ++i) sink("\xEF\xBF\xBD");
        }
        run.clear();
    }

    [[nodiscard]] static constexpr int digit(char c) noexcept {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        if (c >= 'A' && c <= 'F') return c - 'A' + 10;
        return -1;
    }

    options_type options_;
};

}  // namespace tessera::inline v0
