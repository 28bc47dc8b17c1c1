// The tokens of a tokenizer as another one has to see them: canonical bytes, kind, roles, and the file's own spelling.
//
//   file                  spelling     bytes     kind      in a table
//   GPT-2, byte-level     "\u0120the"  " the"    normal
//   SentencePiece         "\u2581the"  " the"    normal    the same token
//   SentencePiece         "<0x0A>"     "\n"      byte      a byte fallback
//   WordPiece             "##ing"      "ing"     normal
//   any                   "<|end|>"    "<|end|>" control   roles {eos}; never matches text
//
// Next to read: vocabulary_map.hpp, which matches two tables.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/io/special_roles.hpp>
#include <tessera/transplant/detail/string_list.hpp>

namespace tessera::inline v0::transplant {

/// What a token is for; a set, for `<|endoftext|>` is all of them in GPT-2.
class role_set {
public:
    constexpr role_set() = default;
    constexpr void add(token_role role) noexcept { bits_ |= bit(role); }
    [[nodiscard]] constexpr bool has(token_role role) const noexcept { return (bits_ & bit(role)) != 0; }
    [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
    friend constexpr bool operator==(role_set, role_set) = default;

private:
    static constexpr std::uint8_t bit(token_role role) noexcept {
        return static_cast<std::uint8_t>(1U << static_cast<unsigned>(role));
    }
    std::uint8_t bits_ = 0;
};

/// An immutable table of all tokens, by id. It keeps no reference to the tokenizer. Safe to read from many threads.
class token_table {
public:
    /// @param roles    those of tokens that are neither special nor added are ignored: llama.cpp has ids for files that
    ///                 give none, and a configuration may name what the vocabulary lacks
    /// @complexity     linear in the bytes of all tokens
    explicit token_table(any_tokenizer const& tokenizer, special_roles const& roles = {})
        : is_added_(tokenizer.vocab().size(), false),
          is_fallback_(is_added_.size(), false),
          is_shadowed_(is_added_.size(), false),
          roles_(is_added_.size()),
          next_(is_added_.size(), no_token) {
        fill(tokenizer);
        link();
        set_roles(tokenizer, roles);
    }

    /// Number of ids, gaps included.
    [[nodiscard]] std::size_t size() const noexcept { return is_added_.size(); }

    /// What the token adds to a text; of a control token its name. Empty for an unused id. @pre id < size()
    [[nodiscard]] std::string_view bytes(token_id id) const noexcept { return text_.bytes(id); }
    [[nodiscard]] token_kind kind(token_id id) const noexcept { return text_.kind(id); }
    [[nodiscard]] role_set roles(token_id id) const noexcept { return roles_[id]; }
    /// As the vocabulary of a tokenizer.json has it: in the byte alphabet, with U+2581, with ##.
    [[nodiscard]] std::string_view spelling(token_id id) const noexcept { return spelled_[id]; }
    /// True for control tokens, and for others that are looked for in the text before it is split.
    [[nodiscard]] bool is_added(token_id id) const noexcept { return is_added_[id]; }
    /// True if it is normal or byte: text may lead to it.
    [[nodiscard]] bool is_text(token_id id) const noexcept {
        return kind(id) == token_kind::normal || kind(id) == token_kind::byte;
    }
    /// True for `<0x0A>` and its sisters, which stand for a byte that they do not spell.
    [[nodiscard]] bool is_byte_fallback(token_id id) const noexcept { return is_fallback_[id]; }
    /// Which of the text tokens with the same bytes a text becomes: an added one, which is looked for first, else one
    /// of the model's, else a byte fallback. Larger is first.
    [[nodiscard]] int precedence(token_id id) const noexcept { return is_added_[id] ? 2 : is_fallback_[id] ? 0 : 1; }
    /// True for a text token that no text leads to, since one with the same bytes goes first: `<0x0A>` in Gemma, which
    /// has
    /// "\n"; two spaces in Pythia's vocabulary, which has an added token of two spaces.
    [[nodiscard]] bool is_shadowed(token_id id) const noexcept { return is_shadowed_[id]; }

    /// The smallest id among the text tokens with these bytes, or `no_token`; `next_same` gives the others, ascending.
    [[nodiscard]] token_id find_text(std::string_view bytes) const noexcept { return text_.find(bytes); }
    [[nodiscard]] token_id next_same(token_id id) const noexcept { return next_[id]; }

    /// The control or added token of this name, or `no_token`.
    [[nodiscard]] token_id find_named(std::string_view name) const noexcept { return names_.find(name); }
    /// The token with this role, or `no_token`; of `additional` the one with the smallest id.
    [[nodiscard]] token_id with_role(token_role role) const noexcept {
        return by_role_[static_cast<std::size_t>(role)];
    }

    /// Number of ids that are not gaps.
    [[nodiscard]] std::size_t n_tokens() const noexcept { return n_tokens_; }

private:
    void fill(any_tokenizer const& tokenizer) {
        vocabulary const& spelled = tokenizer.model().vocab();
        vocabulary const& canonical = tokenizer.vocab();
        std::vector<added_token const*> added(size(), nullptr);
        for (added_token const& token : tokenizer.specials().tokens()) added[token.id] = &token;
        bool const byte_level = is_byte_level(tokenizer);
        vocabulary_builder text;
        vocabulary_builder names;
        for (token_id id = 0; id < size(); ++id) {
            token_kind kind = canonical.kind(id);
            if (added[id] != nullptr && added[id]->special) kind = token_kind::control;
            std::string_view const own = spelled.bytes(id);
            std::string_view bytes = canonical.bytes(id);
            if (kind == token_kind::control) bytes = added[id] != nullptr ? added[id]->content : own;
            is_added_[id] = added[id] != nullptr || kind == token_kind::control;
            if (kind == token_kind::unused || bytes.empty()) {
                spelled_.add({});
                continue;
            }
            ++n_tokens_;
            if (added[id] != nullptr) {
                spelled_.add(added[id]->content);
            } else if (byte_level && spelled.find(own) == id) {
                spelled_.add(to_byte_alphabet(own));
            } else {
                spelled_.add(own);
            }
            // Decoders read the digits in either case.
            is_fallback_[id] =
                kind != token_kind::control && bytes.size() == 1 && own.size() == 6 && own.starts_with("<0x");
            if (is_fallback_[id]) kind = token_kind::byte;
            if (kind == token_kind::control) {
                text.add_unfindable(id, bytes, kind);
            } else {
                text.add_unless_known(id, bytes, kind);
            }
            if (is_added_[id]) names.add_unless_known(id, added[id] != nullptr ? added[id]->content : own, kind);
        }
        text_ = with_all_ids(text);
        names_ = names.build();
    }

    // A vocabulary ends at its last token; the table ends where the tokenizer's does.
    [[nodiscard]] vocabulary with_all_ids(vocabulary_builder& builder) const {
        if (size() > 0 && !builder.contains(static_cast<token_id>(size() - 1))) {
            builder.add_empty(static_cast<token_id>(size() - 1), token_kind::unused);
        }
        return builder.build();
    }

    void link() {
        std::vector<token_id> last(size(), no_token);  // of those with the same bytes, by the first
        std::vector<int> highest(size(), 0);           // precedence among them, likewise
        for (token_id id = 0; id < size(); ++id) {
            if (!is_text(id)) continue;
            token_id const first = find_text(bytes(id));
            if (first != id) next_[last[first]] = id;
            last[first] = id;
            highest[first] = std::max(highest[first], precedence(id));
        }
        for (token_id id = 0; id < size(); ++id) {
            if (is_text(id)) is_shadowed_[id] = precedence(id) < highest[find_text(bytes(id))];
        }
    }

    void set_roles(any_tokenizer const& tokenizer, special_roles const& roles) {
        by_role_.fill(no_token);
        auto const give = [&](token_role role, token_id id) {
            if (id >= size() || !is_added_[id]) return;
            roles_[id].add(role);
            token_id& first = by_role_[static_cast<std::size_t>(role)];
            if (first == no_token || (role == token_role::additional && id < first)) first = id;
        };
        for (special_role const& r : roles.roles) give(r.role, r.id != no_token ? r.id : find_named(r.content));
        if (with_role(token_role::unk) != no_token) return;
        tokenizer.model().visit([&](auto const& model) {  // the one role that models know
            if constexpr (requires { token_id{model.options().unknown}; })
                give(token_role::unk, model.options().unknown);
        });
    }

    vocabulary text_;   // canonical bytes; finds text tokens only
    vocabulary names_;  // control and added tokens only
    detail::string_list spelled_;
    std::vector<bool> is_added_;
    std::vector<bool> is_fallback_;
    std::vector<bool> is_shadowed_;
    std::vector<role_set> roles_;
    std::vector<token_id> next_;  // the next token with the same bytes
    std::array<token_id, token_role_names.size()> by_role_;
    std::size_t n_tokens_ = 0;
};

}  // namespace tessera::inline v0::transplant
