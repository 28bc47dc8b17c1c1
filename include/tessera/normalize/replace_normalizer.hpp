// Replace. Source: tokenizers/src/normalizers/replace.rs of Hugging Face's tokenizers 0.23.3.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <tessera/core/utf8.hpp>
#include <tessera/pattern/pattern.hpp>

namespace tessera::inline v0 {

struct replace_options {
    pattern_text pattern;
    std::string content;
    friend bool operator==(replace_options const&, replace_options const&) = default;
};

/// Replaces every match of a pattern, empty ones too; nothing in an empty text. The new text stands for the last
/// character of the match, or for the one before an empty match. Time: that of the pattern.
/// Differs: where a match at the very start is empty, Hugging Face's library fails (it panics) if another normalizer
/// follows; here the normalizers after it work as they do elsewhere.
class replace_normalizer {
public:
    using options_type = replace_options;
    static constexpr std::string_view type = "Replace";

    template <class Fields, class Options>
    static void describe(Fields& f, Options& o) {
        f("pattern", o.pattern);
        f("content", o.content);
    }

    /// @throws error  what the constructor of `pattern` throws: syntax, unsupported, limit
    explicit replace_normalizer(options_type options) : options_(std::move(options)), pattern_(options_.pattern) {}

    [[nodiscard]] options_type const& options() const noexcept { return options_; }
    friend bool operator==(replace_normalizer const& a, replace_normalizer const& b) noexcept {
        return a.options_ == b.options_;
    }

    /// What runs the pattern; @see pattern::engine
    [[nodiscard]] std::string_view engine() const noexcept { return pattern_.engine(); }

    using scratch = pattern::scratch;

    template <class Edit>
    void rewrite(std::string_view text, scratch& s, Edit& edit) const {
        if (text.empty()) return;
        std::size_t kept = 0;
        pattern_.for_each_match(text, s, [&](std::size_t begin, std::size_t end) {
            if (kept < begin) edit.keep(kept, begin);
            if (!options_.content.empty()) edit.put(options_.content, end == 0 ? 0 : last_character(text, end));
            kept = end;
        });
        if (kept < text.size()) edit.keep(kept, text.size());
    }

private:
    // Where the character that ends at `end` begins.
    static std::size_t last_character(std::string_view text, std::size_t end) noexcept {
        std::size_t at = end - 1;
        for (int i = 0; i < 3 && at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80; ++i) --at;
        return at + decode_utf8(text, at).length == end ? at : end - 1;
    }

    options_type options_;
    pattern pattern_;
};

}  // namespace tessera::inline v0
