// Strip. Source: tokenizers/src/normalizers/strip.rs of Hugging Face's tokenizers 0.23.3.
#pragma once

#include <cstddef>
#include <string_view>

#include <tessera/core/utf8.hpp>
#include <tessera/normalize/detail/character_class.hpp>

namespace tessera::inline v0 {

struct strip_options {
    bool strip_left = true;
    bool strip_right = true;
    friend bool operator==(strip_options const&, strip_options const&) = default;
};

/// Removes white space (White_Space, so U+0085 too) from the ends. Linear time.
class strip_normalizer {
public:
    using options_type = strip_options;
    static constexpr std::string_view type = "Strip";

    template <class Fields, class Options>
    static void describe(Fields& f, Options& o) {
        f("strip_left", o.strip_left);
        f("strip_right", o.strip_right);
    }

    explicit strip_normalizer(options_type options = {}) : options_(options) {}
    [[nodiscard]] options_type const& options() const noexcept { return options_; }
    friend bool operator==(strip_normalizer const&, strip_normalizer const&) = default;

    struct scratch {};

    template <class Edit>
    void rewrite(std::string_view text, scratch& /*s*/, Edit& edit) const {
        std::size_t begin = 0;
        while (options_.strip_left && begin < text.size() && is_space(text, begin)) {
            begin += decode_utf8(text, begin).length;
        }
        std::size_t end = text.size();
        while (options_.strip_right && end > begin) {
            std::size_t last = end - 1;
            for (int i = 0; i < 3 && last > begin && (static_cast<unsigned char>(text[last]) & 0xC0) == 0x80; ++i)
                --last;
            if (!is_space(text, last) || last + decode_utf8(text, last).length != end) break;
            end = last;
        }
        if (begin < end) edit.keep(begin, end);
    }

private:
    static bool is_space(std::string_view text, std::size_t at) noexcept {
        return (detail::character_class_of(decode_utf8(text, at).code_point) & detail::character_class::space) != 0;
    }

    options_type options_;
};

}  // namespace tessera::inline v0
