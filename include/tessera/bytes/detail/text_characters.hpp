// What of a text's characters matters to its tokens: the bytes of one that has begun, and the normalization form.
#pragma once

#include <compare>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <tessera/bytes/detail/text_symbols.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/normalize/form_check.hpp>

namespace tessera::inline v0 {
namespace detail {

/// Follows a text character by character.
class text_characters {
public:
    struct state {
        std::string partial;     // bytes of a character that has begun
        form_check::state form;  // after those before
        friend auto operator<=>(state const&, state const&) = default;
    };

    /// @param model               outlives this
    /// @param spaces_are_visible  they are U+2581 to the model
    /// @param keeps_ill_formed    bytes that are no characters are tokens
    text_characters(bpe_model const& model, bool spaces_are_visible, bool keeps_ill_formed,
                    std::optional<form_check> form)
        : model_(&model),
          spaces_are_visible_(spaces_are_visible),
          keeps_ill_formed_(keeps_ill_formed),
          form_(std::move(form)) {}

    [[nodiscard]] std::optional<form_check> const& form() const noexcept { return form_; }

    /// Reads a byte; false if the text is not in the form then.
    [[nodiscard]] bool read(state& now, unsigned char byte) const {
        if (!now.partial.empty()) {
            now.partial += static_cast<char>(byte);
            if (now.partial.size() < 4 && text_symbols::is_beginning(now.partial)) return true;
            auto const [c, length] = decode_utf8(now.partial, 0);
            bool const is_character = length == now.partial.size();
            now.partial.clear();
            if (is_character) return !form_ || form_->advance(now.form, c);
            now.form = {};
        }
        if (byte < 0x80) return !form_ || form_->advance(now.form, byte);
        now.partial = static_cast<char>(byte);
        if (text_symbols::is_beginning(now.partial)) return true;
        now.partial.clear();
        now.form = {};
        return true;
    }
    [[nodiscard]] bool reads(state now, std::string_view bytes) const {
        if (!form_) return true;
        for (char const b : bytes) {
            if (!read(now, static_cast<unsigned char>(b))) return false;
        }
        return true;
    }

    /// Whether a text in the form may have these bytes somewhere.
    [[nodiscard]] bool is_in_form(std::string_view bytes) const {
        if (!form_) return true;
        form_check::state s;
        for (std::size_t at = 0; at < bytes.size();) {
            auto const [c, length] = decode_utf8(bytes, at);
            if (length == 1 && static_cast<unsigned char>(bytes[at]) >= 0x80) {
                s = {};
            } else if (!form_->advance(s, c)) {
                return false;
            }
            at += length;
        }
        return true;
    }

    /// Whether it depends on the text before whether a token may stand behind it.
    [[nodiscard]] bool asks_what_is_before(std::string_view token) const {
        if (!form_) return false;
        auto const [c, length] = decode_utf8(token, 0);
        return (length > 1 || static_cast<unsigned char>(token[0]) < 0x80) && form_->asks_what_is_before(c);
    }

    /// How the model writes a text.
    [[nodiscard]] std::string as_model_sees(std::string text) const {
        if (!spaces_are_visible_) return text;
        for (std::size_t at = 0; (at = text.find(' ', at)) != std::string::npos;) {
            text.replace(at, 1, "\xE2\x96\x81");
        }
        return text;
    }
    /// Whether a character is a symbol of the model, as the text writes it.
    [[nodiscard]] bool is_known(std::string_view character) const {
        return model_->vocab().find(as_model_sees(std::string(character))) != no_token;
    }
    /// Whether bytes that have tokens may spell this, the beginning of a character or all of it: characters that have a
    /// token of their own are not spelled. @pre at most 4 bytes, all from 0x80 on, or one
    [[nodiscard]] bool may_spell(std::string const& bytes) {
        if (bytes.size() < 4 && text_symbols::is_beginning(bytes)) {
            if (keeps_ill_formed_) return true;  // it may become none
            auto const [at, is_new] = spelled_.try_emplace(bytes, false);
            if (is_new) at->second = begins_unknown(bytes);
            return at->second;
        }
        auto const [c, length] = decode_utf8(bytes, 0);
        bool const is_character = length == bytes.size() && (length > 1 || static_cast<unsigned char>(bytes[0]) < 0x80);
        return is_character ? !is_known(bytes) : keeps_ill_formed_;
    }
    /// The same of a byte after a text.
    [[nodiscard]] bool may_spell(state const& before, std::string_view byte) {
        std::string all = before.partial;
        all += byte;
        bool const goes_on =
            (all.size() < 4 && text_symbols::is_beginning(all)) || decode_utf8(all, 0).length == all.size();
        return may_spell(goes_on ? all : std::string(byte));
    }

private:
    // Whether some character that begins with these bytes has no token of its own.
    [[nodiscard]] bool begins_unknown(std::string const& bytes) const {
        std::string character;
        return text_symbols::any_character_from(bytes, [&](char32_t c) {
            character.clear();
            encode_utf8(c, character);
            return !is_known(character);
        });
    }

    bpe_model const* model_;
    bool spaces_are_visible_;
    bool keeps_ill_formed_;
    std::optional<form_check> form_;
    std::map<std::string, bool> spelled_;
};

}  // namespace detail
}  // namespace tessera::inline v0
