// Prepend. Source: tokenizers/src/normalizers/prepend.rs of Hugging Face's tokenizers 0.23.3.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace tessera::inline v0 {

struct prepend_options {
    std::string prepend = "\xE2\x96\x81";  // U+2581
    friend bool operator==(prepend_options const&, prepend_options const&) = default;
};

/// Puts a text in front of any text that is not empty.
class prepend_normalizer {
public:
    using options_type = prepend_options;
    static constexpr std::string_view type = "Prepend";

    template <class Fields, class Options>
    static void describe(Fields& f, Options& o) {
        f("prepend", o.prepend);
    }

    explicit prepend_normalizer(options_type options = {}) : options_(std::move(options)) {}
    [[nodiscard]] options_type const& options() const noexcept { return options_; }
    friend bool operator==(prepend_normalizer const&, prepend_normalizer const&) = default;

    struct scratch {};

    template <class Edit>
    void rewrite(std::string_view text, scratch& /*s*/, Edit& edit) const {
        if (text.empty()) return;
        if (!options_.prepend.empty()) edit.put(options_.prepend, 0);
        edit.keep(0, text.size());
    }

private:
    options_type options_;
};

}  // namespace tessera::inline v0
