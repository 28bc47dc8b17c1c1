// Lowercase. Source: tokenizers/src/normalizers/utils.rs of Hugging Face's tokenizers 0.23.3.
#pragma once

#include <cstddef>
#include <string_view>

#include <tessera/core/utf8.hpp>
#include <tessera/normalize/detail/character_class.hpp>
#include <tessera/normalize/detail/rewriting.hpp>

namespace tessera::inline v0 {

struct lowercase_options {
    friend bool operator==(lowercase_options const&, lowercase_options const&) = default;
};

/// Rust's char::to_lowercase (Unicode 17.0), character by character: no final sigma, no language; U+0130 becomes two.
/// Bytes that are not UTF-8 stay as they are. Linear time.
class lowercase_normalizer {
public:
    using options_type = lowercase_options;
    static constexpr std::string_view type = "Lowercase";

    template <class Fields, class Options>
    static void describe(Fields& /*f*/, Options& /*o*/) {}

    explicit lowercase_normalizer(options_type = {}) {}
    [[nodiscard]] options_type const& options() const noexcept { return options_; }
    friend bool operator==(lowercase_normalizer const&, lowercase_normalizer const&) = default;

    struct scratch {};

    template <class Edit>
    void rewrite(std::string_view text, scratch& /*s*/, Edit& edit) const {
        detail::run_writer<Edit> out(text, edit);
        for (std::size_t at = 0; at < text.size();) {
            auto const [c, length] = decode_utf8(text, at);
            if (c < 0x80) {
                if (c >= 'A' && c <= 'Z') {
                    char const lower = static_cast<char>(c + ('a' - 'A'));
                    out.replace(at, at + 1, {&lower, 1});
                }
            } else if ((detail::character_class_of(c) & detail::character_class::upper) != 0) {
                out.replace(at, at + length, detail::encoded_character(detail::first_of_lowercase(c)).view());
                if (c == detail::capital_i_with_dot) edit.put(detail::encoded_character(detail::dot_above).view(), at);
            }
            at += length;
        }
        out.finish();
    }

private:
    options_type options_;
};

}  // namespace tessera::inline v0
