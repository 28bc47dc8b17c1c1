// One token a pretoken, or unknown.
// Source: Hugging Face tokenizers 0.23, src/models/wordlevel/mod.rs.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>

namespace tessera::inline v0 {

struct word_level_options {
    /// Stands for a pretoken outside the vocabulary (`unk_token`). `no_token`: such a pretoken gives no id. (Hugging
    /// Face's library fails on such text then.)
    token_id unknown = no_token;

    friend bool operator==(word_level_options const&, word_level_options const&) = default;
};

/// An immutable table of words.
class word_level_model {
public:
    using vocabulary_type = vocabulary;
    static constexpr std::string_view type = "WordLevel";
    struct scratch {};

    /// @throws error  bad_option: `unknown` is not in the vocabulary
    explicit word_level_model(vocabulary vocab, word_level_options options = {})
        : vocab_(std::move(vocab)), options_(options) {
        if (options_.unknown != no_token && options_.unknown >= vocab_.size()) {
            throw error(error_kind::bad_option, "unknown",
                        "its id " + std::to_string(options_.unknown) + " is not in the vocabulary", "add the token");
        }
    }

    [[nodiscard]] vocabulary const& vocab() const noexcept { return vocab_; }
    [[nodiscard]] word_level_options const& options() const noexcept { return options_; }

    /// Calls `sink(token_id)` at most once. @complexity O(pretoken.size())
    template <class Sink>
    void encode(std::string_view pretoken, scratch&, Sink&& sink) const {
        if (pretoken.empty()) return;
        token_id id = vocab_.find(pretoken);
        if (id == no_token) id = options_.unknown;
        if (id != no_token) sink(id);
    }

private:
    vocabulary vocab_;
    word_level_options options_;
};

static_assert(Model<word_level_model>);

}  // namespace tessera::inline v0
