// The longest token that begins here, then the longest that begins behind it, ...: RWKV's "World" tokenizer.
// Source: BlinkDL/ChatRWKV tokenizer/rwkv_tokenizer.py (TRIE_TOKENIZER.encodeBytes).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/token_search.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/model/prefix_trie.hpp>

namespace tessera::inline v0 {

struct greedy_options {
    /// Stands for a byte with which no token begins. `no_token`: such a byte gives no id. (The World vocabulary has all
    /// bytes; without one the original fails.)
    token_id unknown = no_token;

    friend bool operator==(greedy_options const&, greedy_options const&) = default;
};

/// An immutable greedy model on bytes.
class greedy_model {
public:
    using vocabulary_type = vocabulary;
    static constexpr std::string_view type = "Greedy";
    struct scratch {};

    /// @throws error  bad_option: `unknown` is not in the vocabulary
    explicit greedy_model(vocabulary vocab, greedy_options options = {}) : vocab_(std::move(vocab)), options_(options) {
        if (options_.unknown != no_token && options_.unknown >= vocab_.size()) {
            throw error(error_kind::bad_option, "unknown",
                        "its id " + std::to_string(options_.unknown) + " is not in the vocabulary", "add the token");
        }
        std::vector<prefix_trie::entry> entries;
        entries.reserve(vocab_.size());
        for (token_id id = 0; id < vocab_.size(); ++id) {
            std::string_view const bytes = vocab_.bytes(id);
            if (!bytes.empty() && vocab_.find(bytes) == id) entries.emplace_back(bytes, id);
        }
        tokens_ = basic_token_search<prefix_trie>(std::move(entries));
    }

    [[nodiscard]] vocabulary const& vocab() const noexcept { return vocab_; }
    [[nodiscard]] greedy_options const& options() const noexcept { return options_; }

    /// Calls `sink(token_id)` for each token in order.
    /// @complexity  O(n), whatever the tokens; see basic_token_search, which may allocate
    template <class Sink>
    void encode(std::string_view pretoken, scratch&, Sink&& sink) const {
        tokens_.for_each_longest(pretoken, 0, [&](std::size_t at, prefix_trie::match const& longest) {
            if (longest.length != 0) {
                sink(longest.value);
            } else if (options_.unknown != no_token) {
                sink(options_.unknown);
            }
            return at + (longest.length != 0 ? longest.length : 1);
        });
    }

private:
    vocabulary vocab_;
    greedy_options options_;
    basic_token_search<prefix_trie> tokens_;
};

static_assert(Model<greedy_model>);

}  // namespace tessera::inline v0
