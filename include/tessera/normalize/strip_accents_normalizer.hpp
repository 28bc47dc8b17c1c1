// StripAccents. Source: tokenizers/src/normalizers/strip.rs of Hugging Face's tokenizers 0.23.3.
#pragma once

#include <cstddef>
#include <string_view>

#include <tessera/core/utf8.hpp>
#include <tessera/normalize/detail/character_class.hpp>
#include <tessera/normalize/detail/rewriting.hpp>

namespace tessera::inline v0 {

struct strip_accents_options {
    friend bool operator==(strip_accents_options const&, strip_accents_options const&) = default;
};

/// Removes the combining marks (general category M) of Unicode 9.0. It decomposes nothing: NFD goes before it.
class strip_accents_normalizer {
public:
    using options_type = strip_accents_options;
    static constexpr std::string_view type = "StripAccents";

    template <class Fields, class Options>
    static void describe(Fields& /*f*/, Options& /*o*/) {}

    explicit strip_accents_normalizer(options_type = {}) {}
    [[nodiscard]] options_type const& options() const noexcept { return options_; }
    friend bool operator==(strip_accents_normalizer const&, strip_accents_normalizer const&) = default;

    struct scratch {};

    template <class Edit>
    void rewrite(std::string_view text, scratch& /*s*/, Edit& edit) const {
        detail::run_writer<Edit> out(text, edit);
        for (std::size_t at = 0; at < text.size();) {
            auto const [c, length] = decode_utf8(text, at);
            if (c >= 0x80 && (detail::character_class_of(c) & detail::character_class::mark) != 0) {
                out.remove(at, at + length);
            }
            at += length;
        }
        out.finish();
    }

private:
    options_type options_;
};

}  // namespace tessera::inline v0
