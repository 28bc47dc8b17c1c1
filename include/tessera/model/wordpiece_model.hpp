// WordPiece, BERT's model: the longest token that begins a word, then the longest that goes on from there, ...
// Source: Hugging Face tokenizers 0.23, src/models/wordpiece/mod.rs.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/token_search.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/model/prefix_trie.hpp>

namespace tessera::inline v0 {

struct wordpiece_options {
    /// Stands for a whole word that tokens do not cover (`unk_token`). `no_token`: such a word gives no id. (Hugging
    /// Face's library fails on such text then.)
    token_id unknown = no_token;
    /// Begins the spelling of a token that goes on within a word.
    std::string continuing_subword_prefix = "##";
    /// A word of more characters is unknown.
    std::size_t max_input_chars_per_word = 100;

    friend bool operator==(wordpiece_options const&, wordpiece_options const&) = default;
};

/// An immutable WordPiece model.
class wordpiece_model {
public:
    using vocabulary_type = vocabulary;
    static constexpr std::string_view type = "WordPiece";
    struct scratch {
        std::vector<token_id> ids;
    };

    /// @throws error  bad_option: `unknown` is not in the vocabulary
    explicit wordpiece_model(vocabulary vocab, wordpiece_options options = {})
        : vocab_(std::move(vocab)), options_(std::move(options)) {
        if (options_.unknown != no_token && options_.unknown >= vocab_.size()) {
            throw error(error_kind::bad_option, "unknown",
                        "its id " + std::to_string(options_.unknown) + " is not in the vocabulary", "add the token");
        }
        std::string_view const prefix = options_.continuing_subword_prefix;
        std::vector<prefix_trie::entry> first;
        std::vector<prefix_trie::entry> next;
        for (token_id id = 0; id < vocab_.size(); ++id) {
            std::string_view const bytes = vocab_.bytes(id);
            if (bytes.empty() || vocab_.find(bytes) != id) continue;
            first.emplace_back(bytes, id);  // a text may hold "##ing" as it stands
            if (!prefix.empty() && bytes.starts_with(prefix)) next.emplace_back(bytes.substr(prefix.size()), id);
        }
        first_ = basic_token_search<prefix_trie>(std::move(first));
        if (!prefix.empty()) next_ = basic_token_search<prefix_trie>(std::move(next));
    }

    [[nodiscard]] vocabulary const& vocab() const noexcept { return vocab_; }
    [[nodiscard]] wordpiece_options const& options() const noexcept { return options_; }

    /// Encodes one word, calling `sink(token_id)` for each token in order.
    /// @complexity  O(bytes of the word), whatever the tokens, see basic_token_search, which may allocate; words of
    /// more
    ///              than max_input_chars_per_word characters cost no more than to count that many
    template <class Sink>
    void encode(std::string_view word, scratch& s, Sink&& sink) const {
        if (word.empty()) return;
        s.ids.clear();
        bool known = !is_too_long(word);
        auto const add = [&](std::size_t at, prefix_trie::match const& longest) {
            known = longest.length != 0;
            s.ids.push_back(longest.value);
            return known ? at + longest.length : word.size();
        };
        if (known) {
            std::size_t const at = add(0, first_.trie().longest_match(word, 0));
            auto const& next = options_.continuing_subword_prefix.empty() ? first_ : next_;
            next.for_each_longest(word, at, add);
        }
        if (known) {
            for (token_id const id : s.ids) sink(id);
        } else if (options_.unknown != no_token) {
            sink(options_.unknown);
        }
    }

private:
    [[nodiscard]] bool is_too_long(std::string_view word) const noexcept {
        if (word.size() <= options_.max_input_chars_per_word) return false;
        std::size_t n = 0;
        for (std::size_t at = 0; at < word.size(); at += decode_utf8(word, at).length) {
            if (++n > options_.max_input_chars_per_word) return true;
        }
        return false;
    }

    vocabulary vocab_;
    wordpiece_options options_;
    basic_token_search<prefix_trie> first_;
    basic_token_search<prefix_trie> next_;
};

static_assert(Model<wordpiece_model>);

}  // namespace tessera::inline v0
