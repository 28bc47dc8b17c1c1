// ByteLevel as a normalizer. Source: tokenizers/src/normalizers/byte_level.rs of Hugging Face's tokenizers 0.23.3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/normalize/detail/rewriting.hpp>

namespace tessera::inline v0 {

struct byte_level_normalizer_options {
    friend bool operator==(byte_level_normalizer_options const&, byte_level_normalizer_options const&) = default;
};

/// Writes every byte as its character of GPT-2's byte alphabet, bytes that are not UTF-8 too. Linear time.
class byte_level_normalizer {
public:
    using options_type = byte_level_normalizer_options;
    static constexpr std::string_view type = "ByteLevel";

    template <class Fields, class Options>
    static void describe(Fields& /*f*/, Options& /*o*/) {}

    explicit byte_level_normalizer(options_type = {}) {}
    [[nodiscard]] options_type const& options() const noexcept { return options_; }
    friend bool operator==(byte_level_normalizer const&, byte_level_normalizer const&) = default;

    struct scratch {};

    template <class Edit>
    void rewrite(std::string_view text, scratch& /*s*/, Edit& edit) const {
        detail::run_writer<Edit> out(text, edit);
        for (std::size_t at = 0; at < text.size();) {
            std::size_t const end = at + decode_utf8(text, at).length;
            for (std::size_t i = at; i < end; ++i) {
                auto const byte = static_cast<std::uint8_t>(text[i]);
                char32_t const c = byte_to_character(byte);
                if (c == byte && byte < 0x80) continue;
                detail::encoded_character const bytes(c);
                if (i == at) {
                    out.replace(at, end, bytes.view());
                } else {
                    edit.put(bytes.view(), at);
                }
            }
            at = end;
        }
        out.finish();
    }

private:
    options_type options_;
};

}  // namespace tessera::inline v0
