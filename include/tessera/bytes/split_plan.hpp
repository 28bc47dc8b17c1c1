// What of a tokenizer decides where its pretokens begin, as a split_automaton. Next: valid_law.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <tessera/bytes/detail/added_token_program.hpp>
#include <tessera/bytes/detail/split_stage.hpp>
#include <tessera/bytes/detail/text_symbols.hpp>
#include <tessera/bytes/split_automaton.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/function_ref.hpp>
#include <tessera/core/special_tokens.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/decode/any_decoder.hpp>
#include <tessera/decode/byte_decoder.hpp>
#include <tessera/normalize/any_normalizer.hpp>
#include <tessera/normalize/form_check.hpp>
#include <tessera/normalize/no_normalizer.hpp>
#include <tessera/pattern/compile.hpp>
#include <tessera/pattern/tree_of.hpp>
#include <tessera/pretokenize/any_pretokenizer.hpp>

namespace tessera::inline v0 {

/// The stages of a tokenizer before its model, read as conditions on a text whose tokens decode to the text itself:
/// what a normalizer would change is in no such text.
///
/// Special tokens are not text. Added tokens that are not special are found in it, as encoding does.
class split_plan {
public:
    /// Where the tokenizer puts a space in front of a text, which decoding takes away.
    enum class prefix_space : std::uint8_t {
        none,
        first,  ///< of a text
        each,   ///< and of what stands after a special token
    };

    /// @tparam P, N, D  the static types of gpt2_pretokenizer<> and its like, no_normalizer, byte_decoder; or any_
    /// types
    /// @throws error    unsupported: a component that changes text in a way that cannot be followed
    template <class P, class N, class D>
    split_plan(P const& pretokenizer, N const& normalizer, D const& decoder, special_tokens const& specials) {
        read_normalizer(normalizer);
        bool const strips = strips_first_space(decoder);
        add_added_tokens(specials, normalizer);
        if constexpr (std::is_same_v<P, any_pretokenizer>) {
            for (any_pretokenizer::step const& step : pretokenizer.steps()) {
                std::visit([this](auto const& one) { this->add(one); }, step);
            }
        } else if (std::string_view const name = pretokenizer.name(); name != "bytes") {
            any_pretokenizer const same = any_pretokenizer::by_name(name);
            for (any_pretokenizer::step const& step : same.steps()) {
                std::visit([this](auto const& one) { this->add(one); }, step);
            }
        }
        if (strips != (prefix_ != prefix_space::none)) {
            refuse("decoder", strips ? "it takes a space off that nothing puts there"
                                     : "it does not take off the space that is put in front of a text");
        }
        if (asks_for_space_) {
            // With a space at its front already, a text gets none, and what is decoded has one less.
            stages_.insert(stages_.begin(), stage_of(R"(\A  )", split_behavior::removed));
            rewritten_.insert(rewritten_.begin(), false);
        }
    }

    [[nodiscard]] prefix_space prefix() const noexcept { return prefix_; }
    /// Whether spaces are U+2581 to the model.
    [[nodiscard]] bool spaces_are_visible() const noexcept { return spaces_are_visible_; }
    /// Whether bytes that are no characters are lost.
    [[nodiscard]] bool loses_ill_formed() const noexcept { return loses_ill_formed_; }
    /// The form that texts must be in.
    [[nodiscard]] std::optional<form_check> const& form() const noexcept { return form_; }
    /// Added tokens that text is searched for.
    [[nodiscard]] std::vector<added_token> const& added() const noexcept { return added_; }

    /// Tokens that the model keeps whole wherever they stand, as it sees them. @pre none was added before
    void keep_whole(std::vector<added_token> tokens) {
        if (tokens.empty()) return;
        std::vector<std::string> texts;
        for (added_token const& token : tokens) texts.push_back(token.content);
        put(detail::split_stage(detail::added_token_program(std::move(texts)), split_behavior::isolated, false, true),
            true);
        added_.insert(added_.end(), tokens.begin(), tokens.end());
    }

    /// @param has_token  code point as the model sees it, or ill_formed -> whether the model has tokens for it
    /// @throws error     limit
    [[nodiscard]] split_automaton automaton(function_ref<bool(std::uint32_t)> has_token) && {
        auto const rewrite = [&](std::uint32_t c) {
            std::uint32_t const becomes = spaces_are_visible_ && c == ' ' ? visible_space : c;
            bool const is_lost = (c == detail::ill_formed && loses_ill_formed_) ||
                                 (spaces_are_visible_ && c == visible_space) ||
                                 (form_ && c != detail::ill_formed && form_->is_never(c)) || !has_token(becomes);
            return is_lost ? detail::text_symbols::no_character : becomes;
        };
        std::vector<detail::text_symbols::reader> readers;
        for (std::size_t i = 0; i < stages_.size(); ++i) readers.push_back({&stages_[i].symbols(), rewritten_[i]});
        detail::text_symbols symbols(readers, rewrite);
        return {std::move(stages_), std::move(symbols)};
    }

    static constexpr std::uint32_t visible_space = 0x2581;

private:
    [[noreturn]] static void refuse(std::string where, std::string message) {
        throw error(error_kind::unsupported, std::move(where), std::move(message),
                    "its canonical tokenizations cannot be followed; use the native law");
    }

    // --- normalizer ---

    void read_normalizer(no_normalizer const&) {}
    void read_normalizer(any_normalizer const& normalizer) {
        for (any_normalizer::step const& step : normalizer.steps()) {
            std::visit([this](auto const& one) { this->read(one); }, step);
        }
    }
    template <class Step>
    void read(Step const&) {
        refuse("normalizer", std::string(Step::type) + " changes texts");
    }
    void read(nfc_normalizer const&) { form_.emplace(normalization_form::nfc); }
    void read(nfd_normalizer const&) { form_.emplace(normalization_form::nfd); }
    void read(nfkc_normalizer const&) { form_.emplace(normalization_form::nfkc); }
    void read(nfkd_normalizer const&) { form_.emplace(normalization_form::nfkd); }
    void read(prepend_normalizer const& prepend) {
        if (prepend.options().prepend.empty()) return;
        if (prepend.options().prepend != visible() && prepend.options().prepend != " ") {
            refuse("normalizer", "Prepend puts something else than a space in front of texts");
        }
        prefix_ = prefix_space::each;
    }
    void read(replace_normalizer const& replace) {
        auto const& o = replace.options();
        if (o.pattern.text != " " || o.content != visible()) refuse("normalizer", "Replace changes texts");
        spaces_are_visible_ = true;
    }
    void read(sentencepiece_normalizer const& normalizer) {
        auto const& o = normalizer.options();
        if (!o.precompiled_charsmap.empty() || o.remove_extra_whitespaces || !o.escape_whitespaces ||
            o.treat_whitespace_as_suffix || !o.user_defined_symbols.empty()) {
            refuse("normalizer", "SentencePiece's normalization changes texts");
        }
        spaces_are_visible_ = true;
        loses_ill_formed_ = true;
        if (o.add_dummy_prefix) prefix_ = prefix_space::each;
    }

    void read(llama_cpp_normalizer const& normalizer) {
        auto const& o = normalizer.options();
        if (!o.precompiled_charsmap.empty() || o.remove_extra_whitespaces || !o.escape_whitespaces ||
            !o.user_defined_tokens.empty()) {
            refuse("normalizer", "llama.cpp's normalization changes texts");
        }
        spaces_are_visible_ = true;
        if (!o.add_space_prefix) return;
        prefix_ = prefix_space::each;
        // The space comes with the first character that is none: a whole text of spaces gets none.
        put(stage_of(R"(\A +\z)", split_behavior::removed), false);
    }

    // --- decoder ---

    static bool strips_first_space(byte_decoder const&) { return false; }
    static bool strips_first_space(any_decoder const& decoder) {
        if (decoder.joins_bytes()) return false;
        if (decoder.steps().empty()) refuse("decoder", "it puts a space between tokens");
        bool strips = false;
        for (any_decoder::step const& step : decoder.steps()) {
            std::visit([&](auto const& one) { strips = decodes(one) || strips; }, step);
        }
        return strips;
    }
    template <class Step>
    static bool decodes(Step const&) {
        refuse("decoder", std::string(Step::type) + " does not join the bytes of tokens");
    }
    static bool decodes(byte_fallback_decoder const&) { return false; }
    static bool decodes(fuse_decoder const&) { return false; }
    static bool decodes(byte_level_decoder const&) { return false; }
    static bool decodes(replace_decoder const& replace) {
        auto const& o = replace.options();
        if (o.pattern.text != visible() || o.content != " ") refuse("decoder", "Replace changes tokens");
        return false;
    }
    static bool decodes(strip_decoder const& strip) {
        auto const& o = strip.options();
        if (o.stop != 0 || o.start > 1 || (o.start == 1 && o.content != U' ')) {
            refuse("decoder", "Strip changes tokens");
        }
        return o.start == 1;
    }
    static bool decodes(sentencepiece_decoder const& decoder) {
        auto const& o = decoder.options();
        if (o.denormalizer || o.remove_extra_whitespaces) refuse("decoder", "SentencePiece's changes texts");
        return o.add_dummy_prefix;
    }
    static bool decodes(metaspace_decoder const& metaspace) {
        if (metaspace.options().replacement != visible_space) refuse("decoder", "Metaspace replaces another character");
        return metaspace.options().prepend_scheme != prepend_scheme::never;
    }

    // --- added tokens ---

    template <class N>
    void add_added_tokens(special_tokens const& specials, N const& normalizer) {
        std::vector<std::pair<std::string, bool>> contents[2];  // original, normalized
        std::string lost;
        for (added_token const& token : specials.tokens()) {
            if (token.special) continue;
            if (token.single_word) {
                refuse("added token \"" + token.content + "\"", "it asks what stands around it");
            }
            // White space that it takes with it is lost: no tokens decode to such a text.
            if (token.lstrip) lost += (lost.empty() ? "" : "|") + ("\\s" + quoted(token.content));
            if (token.rstrip) lost += (lost.empty() ? "" : "|") + (quoted(token.content) + "\\s");
            std::string content = token.content;
            bool const normalized = token.normalized && !normalizer.is_identity();
            if (normalized) {
                normalizer.normalize(token.content, content);
                if (content.empty()) continue;
            }
            contents[normalized ? 1 : 0].emplace_back(std::move(content), true);
            added_.push_back(token);
        }
        if (!lost.empty()) put(stage_of(lost, split_behavior::removed), false);
        for (int const normalized : {0, 1}) {
            if (contents[normalized].empty()) continue;
            std::vector<std::string> texts;
            for (auto& [content, _] : contents[normalized]) texts.push_back(std::move(content));
            put(detail::split_stage(detail::added_token_program(std::move(texts)), split_behavior::isolated, false,
                                    true),
                normalized == 1);
        }
    }

    // A regular expression that matches the text.
    static std::string quoted(std::string_view text) {
        std::string out;
        for (char const c : text) {
            bool const is_plain = static_cast<unsigned char>(c) >= 0x80 || (c >= '0' && c <= '9') ||
                                  (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
            if (!is_plain) out += '\\';
            out += c;
        }
        return out;
    }

    // --- pretokenizer ---

    template <class Step>
    void add(Step const&) {
        refuse("pretokenizer", std::string(Step::type) + " has no pattern");
    }
    void add(split_pretokenizer const& split) {
        auto const& o = split.options();
        put(detail::split_stage(detail::compiler(detail::tree_of(o.pattern, split.dialect())).compile(), o.behavior,
                                o.invert, false),
            true);
    }
    void add(byte_level_pretokenizer const& byte_level) {
        auto const& o = byte_level.options();
        if (o.add_prefix_space) refuse("pretokenizer", "ByteLevel puts spaces in front that decoding leaves there");
        if (o.translate) refuse("pretokenizer", "components after ByteLevel split bytes written as characters");
        if (o.use_regex) put(stage_of(gpt2_pretokenizer<>::pattern(), split_behavior::isolated), true);
    }
    void add(digits_pretokenizer const& digits) {
        detail::syntax_tree tree;
        tree.root = tree.one(members<detail::numeric_set>());
        put(detail::split_stage(
                detail::compiler(std::move(tree)).compile(),
                digits.options().individual_digits ? split_behavior::isolated : split_behavior::contiguous, false,
                false),
            true);
    }
    void add(punctuation_pretokenizer const& punctuation) {
        detail::syntax_tree tree;
        tree.root = tree.one(members<detail::punctuation_set>());
        put(detail::split_stage(detail::compiler(std::move(tree)).compile(), punctuation.options().behavior, false,
                                false),
            true);
    }
    void add(fixed_length_pretokenizer const& fixed) {
        constexpr std::size_t longest = 1000;
        if (fixed.options().length > longest) refuse("pretokenizer", "FixedLength is too long");
        put(stage_of("[\\s\\S]{" + std::to_string(fixed.options().length) + "}", split_behavior::isolated), true);
    }
    void add(metaspace_pretokenizer const& metaspace) {
        auto const& o = metaspace.options();
        if (o.replacement != visible_space) refuse("pretokenizer", "Metaspace replaces another character");
        spaces_are_visible_ = true;
        if (o.prepend_scheme == prepend_scheme::first) prefix_ = prefix_space::first;
        if (o.prepend_scheme == prepend_scheme::always) {
            if (!stages_.empty()) refuse("pretokenizer", "Metaspace puts a space in front of each piece that has none");
            prefix_ = prefix_space::each;
        }
        asks_for_space_ = o.prepend_scheme != prepend_scheme::never;
        if (o.split) put(stage_of("\xE2\x96\x81", split_behavior::merged_with_next), true);
    }

    template <class Set>
    static detail::code_point_set members() {
        detail::code_point_set set;
        for (std::uint32_t c = 0; c < detail::ill_formed; ++c) {
            if (Set::contains(static_cast<char32_t>(c))) set.add(c);
        }
        return set;
    }

    static detail::split_stage stage_of(std::string_view pattern, split_behavior behavior) {
        detail::syntax_tree tree = detail::tree_of({std::string(pattern), true}, regex_dialect::oniguruma);
        return {detail::compiler(std::move(tree)).compile(), behavior, false, false};
    }
    void put(detail::split_stage stage, bool rewritten) {
        stages_.push_back(std::move(stage));
        rewritten_.push_back(rewritten);
    }

    static std::string_view visible() { return "\xE2\x96\x81"; }

    prefix_space prefix_ = prefix_space::none;
    bool spaces_are_visible_ = false;
    bool loses_ill_formed_ = false;
    bool asks_for_space_ = false;  // none is put in front of a text that has one
    std::optional<form_check> form_;
    std::vector<added_token> added_;
    std::vector<detail::split_stage> stages_;
    std::vector<bool> rewritten_;
};

}  // namespace tessera::inline v0
