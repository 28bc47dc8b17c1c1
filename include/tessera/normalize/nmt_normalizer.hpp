// Nmt. Source: tokenizers/src/normalizers/unicode.rs of Hugging Face's tokenizers 0.23.3.
#pragma once

#include <cstddef>
#include <string_view>

#include <tessera/core/utf8.hpp>
#include <tessera/normalize/detail/rewriting.hpp>

namespace tessera::inline v0 {

struct nmt_options {
    friend bool operator==(nmt_options const&, nmt_options const&) = default;
};

/// Removes controls and makes a space of what separates, as SentencePiece's nmt_nfkc does for machine translation. A
/// byte that is not UTF-8 becomes a space, because U+FFFD does. Linear time.
class nmt_normalizer {
public:
    using options_type = nmt_options;
    static constexpr std::string_view type = "Nmt";

    template <class Fields, class Options>
    static void describe(Fields& /*f*/, Options& /*o*/) {}

    explicit nmt_normalizer(options_type = {}) {}
    [[nodiscard]] options_type const& options() const noexcept { return options_; }
    friend bool operator==(nmt_normalizer const&, nmt_normalizer const&) = default;

    struct scratch {};

    template <class Edit>
    void rewrite(std::string_view text, scratch& /*s*/, Edit& edit) const {
        detail::run_writer<Edit> out(text, edit);
        for (std::size_t at = 0; at < text.size();) {
            auto const [c, length] = decode_utf8(text, at);
            if (is_removed(c)) {
                out.remove(at, at + length);
            } else if (is_space(c)) {
                out.replace(at, at + length, " ");
            }
            at += length;
        }
        out.finish();
    }

private:
    static constexpr bool is_removed(char32_t c) noexcept {
        return (c >= 0x01 && c <= 0x08) || c == 0x0B || (c >= 0x0E && c <= 0x1F) || c == 0x7F || c == 0x8F || c == 0x9F;
    }
    static constexpr bool is_space(char32_t c) noexcept {
        return c == 0x09 || c == 0x0A || c == 0x0C || c == 0x0D || c == 0x1680 || (c >= 0x200B && c <= 0x200F) ||
               c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xFEFF || c == 0xFFFD;
    }

    options_type options_;
};

}  // namespace tessera::inline v0
