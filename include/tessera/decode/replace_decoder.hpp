// Hugging Face's decoder `Replace`: what a pattern matches becomes a fixed text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <tessera/core/token_source.hpp>
#include <tessera/pattern/pattern.hpp>
#include <tessera/pattern/pattern_text.hpp>
#include <tessera/pattern/regex_dialect.hpp>

namespace tessera::inline v0 {

struct replace_decoder_options {
    pattern_text pattern;
    std::string content;
    friend bool operator==(replace_decoder_options const&, replace_decoder_options const&) = default;
};

/// Replaces each match within a token by `content`; an empty token stays empty, whatever the pattern.
/// @complexity  as pattern says, for each token
/// @par Source  tokenizers 0.23.3, normalizers/replace.rs
class replace_decoder {
public:
    using options_type = replace_decoder_options;
    static constexpr std::string_view type = "Replace";
    static constexpr bool joins_tokens = false;

    template <class Fields, class Options>
    static void describe(Fields& f, Options& o) {
        f("pattern", o.pattern);
        f("content", o.content);
    }

    /// @throws error  what pattern throws: syntax, unsupported, limit
    explicit replace_decoder(options_type o = {}, regex_dialect dialect = regex_dialect::oniguruma)
        : options_(std::move(o)), pattern_(options_.pattern, dialect) {}

    /// What runs the pattern; @see pattern::engine
    [[nodiscard]] std::string_view engine() const noexcept { return pattern_.engine(); }
    [[nodiscard]] options_type const& options() const noexcept { return options_; }

    struct scratch {
        std::string replaced;
        pattern::scratch matching;
    };
    void decode(token_source tokens, scratch& s, token_sink sink) const {
        tokens([&](std::string_view token) {
            s.replaced.clear();
            append_replaced(token, s.replaced, s.matching);
            sink(s.replaced);
        });
    }
    /// What a token in the middle of a text adds to it.
    void append_token_bytes(std::string_view spelling, std::string& out) const { append_replaced(spelling, out); }
    /// The same where a step before has joined all tokens into one, and this is a part of it. A match that reaches
    /// beyond the part is not seen.
    void append_part_bytes(std::string_view part, std::string& out) const { append_token_bytes(part, out); }

    friend bool operator==(replace_decoder const& a, replace_decoder const& b) {
        return a.options_.content == b.options_.content && a.pattern_ == b.pattern_;
    }

private:
    // With a scratch of the pattern's, or without.
    template <class... Scratch>
    void append_replaced(std::string_view text, std::string& out, Scratch&... s) const {
        if (text.empty()) return;  // no pattern is asked then, not even one that matches nothing
        std::size_t last = 0;
        pattern_.for_each_match(text, s..., [&](std::size_t begin, std::size_t end) {
            out += text.substr(last, begin - last);
            out += options_.content;
            last = end;
        });
        out += text.substr(last);
    }

    options_type options_;
    pattern pattern_;
};

}  // namespace tessera::inline v0
