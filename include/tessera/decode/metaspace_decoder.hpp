// Hugging Face's decoder `Metaspace`: the visible character, U+2581 as a rule, becomes a space again.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <tessera/core/character_spelling.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/prepend_scheme.hpp>
#include <tessera/core/token_source.hpp>
#include <tessera/decode/detail/rewritten_text.hpp>

namespace tessera::inline v0 {

struct metaspace_decoder_options {
    char32_t replacement = 0x2581;
    v0::prepend_scheme prepend_scheme = v0::prepend_scheme::always;
    bool split = true;                     ///< says nothing here: the pretokenizer of the same name reads it
    std::optional<bool> add_prefix_space;  ///< of older files; forgotten once it is known to agree with prepend_scheme
    std::optional<std::string> str_rep;    ///< of older files; means nothing
    friend bool operator==(metaspace_decoder_options const&, metaspace_decoder_options const&) = default;
};

/// Replaces each replacement character by a space; in the first token it is dropped instead, wherever it stands, unless
/// prepend_scheme is `never`.
/// @complexity  O(n)
/// @par Source  tokenizers 0.23.3, pre_tokenizers/metaspace.rs
class metaspace_decoder {
public:
    using options_type = metaspace_decoder_options;
    static constexpr std::string_view type = "Metaspace";
    static constexpr bool joins_tokens = false;

    template <class Fields, class Options>
    static void describe(Fields& f, Options& o) {
        f("replacement", o.replacement);
        f.optional("prepend_scheme", o.prepend_scheme);
        f.optional("split", o.split);
        f.optional("add_prefix_space", o.add_prefix_space);
        f.optional("str_rep", o.str_rep);
    }

    /// @throws error  bad_option: the replacement is no Unicode scalar value, or add_prefix_space contradicts
    ///                prepend_scheme
    explicit metaspace_decoder(options_type o = {})
        : options_(std::move(o)), replacement_(detail::spelling_of(options_.replacement, "replacement")) {
        if (options_.add_prefix_space == false && options_.prepend_scheme != prepend_scheme::never) {
            throw error(error_kind::bad_option, "add_prefix_space", "false does not agree with the prepend_scheme",
                        R"(write "prepend_scheme": "never")");
        }
        options_.add_prefix_space.reset();
        options_.str_rep.reset();
    }
    [[nodiscard]] options_type const& options() const noexcept { return options_; }

    struct scratch {
        detail::rewritten_text text;
    };
    void decode(token_source tokens, scratch& s, token_sink sink) const {
        std::string_view by = at_start();
        tokens([&](std::string_view token) {
            sink(replaced(token, by, s.text));
            by = " ";
        });
    }
    /// What a token in the middle of a text adds to it.
    void append_token_bytes(std::string_view spelling, std::string& out) const {
        detail::rewritten_text text;
        out += replaced(spelling, " ", text);
    }
    /// The same where a step before has joined all tokens into one, and this is a part of it.
    void append_part_bytes(std::string_view part, std::string& out) const {
        detail::rewritten_text text;
        out += replaced(part, at_start(), text);
    }

    friend bool operator==(metaspace_decoder const&, metaspace_decoder const&) = default;

private:
    [[nodiscard]] std::string_view at_start() const noexcept {
        return options_.prepend_scheme == prepend_scheme::never ? " " : "";
    }
    std::string_view replaced(std::string_view token, std::string_view by, detail::rewritten_text& text) const {
        text.start(token);
        text.replace_all(replacement_, by);
        return text.view();
    }

    options_type options_;
    std::string replacement_;
};

}  // namespace tessera::inline v0
