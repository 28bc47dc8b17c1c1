// Hugging Face's `Metaspace`: spaces become a visible character, U+2581 as a rule, and a word is what begins with one.
// The pretokenizer of tokenizers that were SentencePiece's.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <tessera/core/character_spelling.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/prepend_scheme.hpp>
#include <tessera/core/text_piece.hpp>

namespace tessera::inline v0 {

struct metaspace_options {
    char32_t replacement = 0x2581;
    v0::prepend_scheme prepend_scheme = v0::prepend_scheme::always;
    bool split = true;                     ///< cut before each replacement character
    std::optional<bool> add_prefix_space;  ///< of older files; forgotten once it is known to agree with prepend_scheme
    std::optional<std::string> str_rep;    ///< of older files; means nothing
    friend bool operator==(metaspace_options const&, metaspace_options const&) = default;
};

/// Replaces each U+0020 by the replacement character, puts one in front, and cuts before each.
/// @complexity  O(n), any bytes
/// @par Source  tokenizers 0.23.3, pre_tokenizers/metaspace.rs
class metaspace_pretokenizer {
public:
    using options_type = metaspace_options;
    static constexpr std::string_view type = "Metaspace";
    static constexpr bool lossless = false;

    /// What has been rewritten. One a step of a sequence.
    struct scratch {
        std::string text;
    };

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
    explicit metaspace_pretokenizer(options_type o = {})
        : options_(std::move(o)), replacement_(detail::spelling_of(options_.replacement, "replacement")) {
        if (options_.add_prefix_space == false && options_.prepend_scheme != prepend_scheme::never) {
            throw error(error_kind::bad_option, "add_prefix_space", "false does not agree with the prepend_scheme",
                        R"(write "prepend_scheme": "never")");
        }
        options_.add_prefix_space.reset();
        options_.str_rep.reset();
    }
    [[nodiscard]] options_type const& options() const noexcept { return options_; }

    /// Calls `sink(text_piece)` with each piece, in order; valid during the call.
    template <class Sink>
    void for_each(text_piece piece, scratch& s, Sink&& sink) const {
        if (piece.text.empty()) return;
        piece = rewritten(piece, s);
        if (!options_.split) {
            sink(piece);
            return;
        }
        for (std::size_t begin = 0; begin < piece.text.size();) {
            std::size_t const found = piece.text.find(replacement_, begin + 1);
            std::size_t const end = found == std::string_view::npos ? piece.text.size() : found;
            sink(piece.part(begin, end));
            begin = end;
        }
    }

    friend bool operator==(metaspace_pretokenizer const& a, metaspace_pretokenizer const& b) {
        return a.options_ == b.options_;
    }

private:
    [[nodiscard]] bool prepends_to(text_piece piece) const noexcept {
        if (options_.prepend_scheme == prepend_scheme::never) return false;
        if (options_.prepend_scheme == prepend_scheme::first && piece.from_start == 0) return false;
        return piece.text.front() != ' ' && !piece.text.starts_with(replacement_);
    }

    // A replacement stands for its space, and the one in front for the character that it was put before.
    [[nodiscard]] text_piece rewritten(text_piece piece, scratch& s) const {
        bool const prepends = prepends_to(piece);
        std::string_view const text = piece.text;
        std::size_t space = text.find(' ');
        if (!prepends && space == std::string_view::npos) return piece;
        std::size_t n_spaces = 0;  // of those that are replaced, at the start of the input
        for (char const c : text.substr(0, piece.from_start)) n_spaces += c == ' ' ? 1 : 0;
        std::size_t from_start = piece.from_start + n_spaces * (replacement_.size() - 1);
        if (prepends && from_start != 0) from_start += replacement_.size();
        s.text.clear();
        if (prepends) s.text += replacement_;
        std::size_t begin = 0;
        for (; space != std::string_view::npos; space = text.find(' ', begin)) {
            s.text += text.substr(begin, space - begin);
            s.text += replacement_;
            begin = space + 1;
        }
        s.text += text.substr(begin);
        return {s.text, from_start};
    }

    options_type options_;
    std::string replacement_;
};

}  // namespace tessera::inline v0
