// Tokens that are recognised in the text itself, before it is split: special tokens (<|endoftext|>) and other added
// tokens. Follows Hugging Face's AddedVocabulary (tokenizers 0.23, added_vocabulary.rs): leftmost match, longest first;
// `single_word`, `lstrip` and `rstrip` look at the text around the match.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/token_search.hpp>
#include <tessera/core/unicode_class.hpp>
#include <tessera/core/utf8.hpp>

namespace tessera::inline v0 {

/// One added token; field names as in tokenizer.json.
struct added_token {
    token_id id = no_token;
    std::string content = {};
    bool special = true;       ///< left out by decode where special tokens are to be skipped
    bool single_word = false;  ///< only where no word character touches it
    bool lstrip = false;       ///< takes the whitespace before it
    bool rstrip = false;       ///< takes the whitespace after it
    bool normalized = false;   ///< looked for in the normalized text instead of the original

    friend bool operator==(added_token const&, added_token const&) = default;
};

/// What to do with an added token that occurs in the text.
enum class special_action : std::uint8_t {
    recognise,  ///< it becomes its id
    ordinary,   ///< it is text like any other
    refuse,     ///< encoding throws `disallowed_special`
};

/// Which added tokens of a set may occur in a text. Made by `special_tokens::rules`.
class special_rules {
public:
    /// The same for all: `recognise` is Hugging Face's default, `ordinary` tiktoken's encode_ordinary, `refuse`
    /// tiktoken's encode.
    special_rules(special_action all = special_action::recognise) : all_(all) {}

    /// One for each added token, by index. @see special_tokens::rules
    explicit special_rules(std::vector<special_action> each) : each_(std::move(each)) {
        all_ordinary_ = std::all_of(each_.begin(), each_.end(), [](auto a) { return a == special_action::ordinary; });
    }

    [[nodiscard]] special_action operator[](std::size_t index) const noexcept {
        return index < each_.size() ? each_[index] : all_;
    }
    [[nodiscard]] bool all_ordinary() const noexcept { return all_ordinary_; }

private:
    std::vector<special_action> each_;
    special_action all_ = special_action::ordinary;
    bool all_ordinary_ = all_ == special_action::ordinary;
};

/// An immutable set of added tokens.
class special_tokens {
public:
    special_tokens() = default;

    /// @throws error     bad_token: a token is empty, or two have the same content
    /// @complexity       about linear in the bytes of the tokens, but for sorting them
    explicit special_tokens(std::vector<added_token> tokens) : tokens_(std::move(tokens)) {
        std::vector<token_search::entry> sorted;
        sorted.reserve(tokens_.size());
        for (added_token const& token : tokens_) {
            if (token.content.empty()) {
                throw error(error_kind::bad_token, "added token id " + std::to_string(token.id),
                            "it is empty, and would be found everywhere", "leave it out");
            }
            sorted.emplace_back(token.content, static_cast<std::uint32_t>(sorted.size()));
        }
        packed_trie::sort(sorted);
        std::vector<token_search::entry> original;
        std::vector<token_search::entry> normalized;
        by_content_.reserve(sorted.size());
        std::size_t twice = tokens_.size();
        for (token_search::entry const& e : sorted) {
            if (!by_content_.empty() && tokens_[by_content_.back()].content == e.first) {
                twice = std::min(twice, std::size_t{e.second});
            }
            by_content_.push_back(e.second);
            (tokens_[e.second].normalized ? normalized : original).push_back(e);
        }
        if (twice != tokens_.size()) {
            throw error(error_kind::bad_token, "added token id " + std::to_string(tokens_[twice].id),
                        "\"" + tokens_[twice].content + "\" is added twice", "keep one of the two");
        }
        original_ = token_search(std::move(original));
        normalized_ = token_search(std::move(normalized));
    }

    /// The same tokens, where those with `normalized` are looked for by what `normalizer` makes of their content.
    template <Normalizer N>
    [[nodiscard]] special_tokens normalized_by(N const& normalizer) const& {
        return special_tokens(*this).normalized_by(normalizer);
    }
    template <Normalizer N>
    [[nodiscard]] special_tokens normalized_by(N const& normalizer) && {
        std::vector<std::pair<std::string, std::uint32_t>> contents;
        for (std::size_t i = 0; i < tokens_.size(); ++i) {
            if (!tokens_[i].normalized) continue;
            contents.emplace_back(std::string(), static_cast<std::uint32_t>(i));
            normalizer.normalize(tokens_[i].content, contents.back().first);
        }
        // Of two that become the same, the first is found, as in Hugging Face's library; one that becomes empty, never.
        normalized_ = token_search({contents.begin(), contents.end()});
        return std::move(*this);
    }

    [[nodiscard]] std::vector<added_token> const& tokens() const noexcept { return tokens_; }
    [[nodiscard]] bool empty() const noexcept { return tokens_.empty(); }
    /// True if some tokens are looked for in the normalized text.
    [[nodiscard]] bool has_normalized() const noexcept { return !normalized_.empty(); }

    /// The added token with this content, or null.
    [[nodiscard]] added_token const* find(std::string_view content) const noexcept {
        auto const at = std::lower_bound(by_content_.begin(), by_content_.end(), content,
                                         [&](std::uint32_t i, std::string_view c) { return tokens_[i].content < c; });
        return at != by_content_.end() && tokens_[*at].content == content ? &tokens_[*at] : nullptr;
    }

    /// Rules that treat special tokens as `special` and recognise those that are only added.
    [[nodiscard]] special_rules rules(special_action special) const {
        std::vector<special_action> each(tokens_.size(), special_action::recognise);
        for (std::size_t i = 0; i < tokens_.size(); ++i) {
            if (tokens_[i].special) each[i] = special;
        }
        return special_rules(std::move(each));
    }

    /// Rules that treat the named tokens as `named` and all others as `others`.
    /// @throws error  bad_option: no added token has this content
    [[nodiscard]] special_rules rules(std::vector<std::string> const& names, special_action named,
                                      special_action others) const {
        std::vector<special_action> each(tokens_.size(), others);
        for (std::string const& name : names) {
            added_token const* token = find(name);
            if (token == nullptr) {
                throw error(error_kind::bad_option, "special token \"" + name + "\"",
                            "this tokenizer has no such token", "tessera inspect lists the added tokens");
            }
            each[static_cast<std::size_t>(token - tokens_.data())] = named;
        }
        return special_rules(std::move(each));
    }

    /// Cuts `text` at added tokens: `on_text(string_view)` for each stretch between, `on_token(added_token const&)` for
    /// each token, in order. Stretches are non-empty.
    /// @param in_normalized  which set to look for: the tokens with `normalized`, or those without
    /// @throws error         disallowed_special, before anything is emitted for the token
    /// @complexity           linear in the text, see token_search
    template <class OnText, class OnToken>
    void split(std::string_view text, bool in_normalized, special_rules const& rules, OnText&& on_text,
               OnToken&& on_token) const {
        token_search const& search = in_normalized ? normalized_ : original_;
        std::size_t done = 0;       // text before it has been emitted
        std::size_t space_end = 0;  // of the white space skipped last
        if (!search.empty()) {
            auto cursor = search.through(text, [&](std::uint32_t i) { return rules[i] != special_action::ordinary; });
            for (std::size_t at = search.next_candidate(text, 0); at < text.size();) {
                token_search::match const m = cursor.longest_at(at);
                if (m.value == token_search::absent) {
                    at = search.next_candidate(text, at + 1);
                    continue;
                }
                added_token const& token = tokens_[m.value];
                std::size_t begin = at;
                std::size_t end = at + m.length;
                at = search.next_candidate(text, end);  // a match that is set aside below is not searched again
                if (token.single_word && (word_before(text, begin) || word_after(text, end))) continue;
                if (rules[m.value] == special_action::refuse) {
                    throw error(error_kind::disallowed_special, "byte " + std::to_string(begin),
                                "the text contains the special token \"" + token.content + "\"",
                                "allow it, or have special tokens treated as ordinary text");
                }
                if (token.lstrip) begin = std::max(skip_space_back(text, begin, done), done);
                if (token.rstrip) {
                    // A match inside white space that was skipped before (a token may be a space) ends where it ended.
                    if (end > space_end) space_end = skip_space(text, end);
                    end = space_end;
                }
                if (begin >= end) continue;  // all of it was white space that the token before has taken
                if (done < begin) on_text(text.substr(done, begin - done));
                on_token(token);
                done = end;
            }
        }
        if (done < text.size()) on_text(text.substr(done));
    }

private:
    using classes = unicode_rust;  // the crate `regex`, which Hugging Face's AddedVocabulary uses

    static bool word_after(std::string_view text, std::size_t at) noexcept {
        return at < text.size() && (classes::class_of(decode_utf8(text, at).code_point) & unicode_class::word) != 0;
    }
    static bool word_before(std::string_view text, std::size_t at) noexcept {
        return at > 0 && (classes::class_of(decode_utf8(text, previous_code_point(text, at)).code_point) &
                          unicode_class::word) != 0;
    }
    static bool is_space(std::string_view text, std::size_t at) noexcept {
        return (classes::class_of(decode_utf8(text, at).code_point) & unicode_class::space) != 0;
    }
    static std::size_t skip_space(std::string_view text, std::size_t at) noexcept {
        while (at < text.size() && is_space(text, at)) at += decode_utf8(text, at).length;
        return at;
    }
    static std::size_t skip_space_back(std::string_view text, std::size_t at, std::size_t floor) noexcept {
        while (at > floor) {
            std::size_t const before = previous_code_point(text, at);
            if (!is_space(text, before)) break;
            at = before;
        }
        return at;
    }
    static std::size_t previous_code_point(std::string_view text, std::size_t at) noexcept {
        std::size_t begin = at - 1;
        while (begin > 0 && at - begin < 4 && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) --begin;
        return decode_utf8(text, begin).length == at - begin ? begin : at - 1;
    }

    std::vector<added_token> tokens_;
    std::vector<std::uint32_t> by_content_;  // indexes, in the order of the bytes
    token_search original_;
    token_search normalized_;
};

}  // namespace tessera::inline v0
