// NFC, NFD, NFKC and NFKD as tokenizer.json names them. Source: tokenizers/src/normalizers/unicode.rs of Hugging Face's
// tokenizers 0.23.3. What they do: unicode_normalizer.hpp.
#pragma once

#include <string_view>

#include <tessera/normalize/unicode_normalizer.hpp>

namespace tessera::inline v0 {

struct form_options {
    friend bool operator==(form_options const&, form_options const&) = default;
};

namespace detail {

constexpr std::string_view name_of_form(normalization_form form) noexcept {
    switch (form) {
        case normalization_form::nfd:
            return "NFD";
        case normalization_form::nfkc:
            return "NFKC";
        case normalization_form::nfkd:
            return "NFKD";
        default:
            return "NFC";
    }
}

}  // namespace detail

/// A normalization form as a component.
template <normalization_form Form>
class form_normalizer {
public:
    using options_type = form_options;
    static constexpr std::string_view type = detail::name_of_form(Form);

    template <class Fields, class Options>
    static void describe(Fields& /*f*/, Options& /*o*/) {}

    /// @throws error  unsupported: ICU's data files are missing
    explicit form_normalizer(options_type = {}) : form_(Form) {}
    [[nodiscard]] options_type const& options() const noexcept { return options_; }
    friend bool operator==(form_normalizer const& a, form_normalizer const& b) noexcept {
        return a.options_ == b.options_;
    }

    using scratch = unicode_normalizer::scratch;

    template <class Edit>
    void rewrite(std::string_view text, scratch& s, Edit& edit) const {
        form_.rewrite(text, s, edit);
    }

private:
    options_type options_;
    unicode_normalizer form_;
};

using nfc_normalizer = form_normalizer<normalization_form::nfc>;
using nfd_normalizer = form_normalizer<normalization_form::nfd>;
using nfkc_normalizer = form_normalizer<normalization_form::nfkc>;
using nfkd_normalizer = form_normalizer<normalization_form::nfkd>;

}  // namespace tessera::inline v0
