// Tokens that training does not make: special ones, which get the first ids, custom ones and padding, which get the
// last; and the vocabulary of them all.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/special_tokens.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/train/detail/alphabet.hpp>
#include <tessera/train/detail/training_tokens.hpp>

namespace tessera::inline v0::detail {

/// Hugging Face's trainer keeps all tokens as text in the byte alphabet. A special token whose characters are of that
/// alphabet therefore is the token of those bytes; any other can never be met.
/// @throws error  bad_option: one of them is empty
inline std::vector<added_token> add_special_tokens(std::vector<std::string> const& wanted, symbol_unit unit,
                                                   training_tokens& tokens) {
    std::vector<added_token> specials;
    std::unordered_map<std::string_view, token_id> seen;
    for (std::string const& content : wanted) {
        if (content.empty()) throw error(error_kind::bad_option, "special token", "it is empty", "leave it out");
        if (seen.contains(content)) continue;
        std::string bytes = content;
        bool findable = true;
        if (unit == symbol_unit::byte && !from_byte_alphabet(content, bytes)) {
            bytes = content;
            findable = false;
        }
        // Its length counts only where merges arrive at the same text.
        std::uint32_t length = 0;
        for_each_symbol(bytes, unit, [&](std::string_view) { ++length; });
        token_id const id = tokens.add(std::move(bytes), length, findable);
        seen.emplace(content, id);
        specials.push_back({.id = id, .content = content});
    }
    return specials;
}

/// The custom tokens that the vocabulary has not got yet. Training makes it fewer: what merges arrive at needs no other
/// token.
class custom_tokens {
public:
    /// @throws error  bad_option: one of them is empty
    custom_tokens(std::vector<std::string> const& wanted, symbol_unit unit, std::vector<added_token> const& specials,
                  training_tokens const& tokens)
        : unit_(unit) {
        std::unordered_set<std::string_view> seen;
        for (added_token const& special : specials) seen.insert(special.content);
        for (std::string const& content : wanted) {
            if (content.empty()) throw error(error_kind::bad_option, "custom token", "it is empty", "leave it out");
            if (seen.insert(content).second && missing_.insert(content).second) in_order_.push_back(content);
        }
        (void)drop_known(tokens);
    }

    [[nodiscard]] std::size_t size() const noexcept { return missing_.size(); }

    /// Forgets those that are tokens by now; only tokens that are new since the last call are looked at.
    /// @return  how many
    std::size_t drop_known(training_tokens const& tokens) {
        std::size_t const before = missing_.size();
        for (; !missing_.empty() && n_seen_ < tokens.bytes.size(); ++n_seen_) {
            std::string const& bytes = tokens.bytes[n_seen_];
            if (tokens.find(bytes) != n_seen_) continue;  // a special token that no text leads to
            missing_.erase(bytes);
            // A tokenizer.json spells tokens in the byte alphabet and added ones as they are, and where both are the
            // same string, the added token is that other token: U+00A7 would be the byte A7. So it is no custom token.
            if (unit_ == symbol_unit::byte) missing_.erase(to_byte_alphabet(bytes));
        }
        return before - missing_.size();
    }

    /// Gives the others their ids, in order.
    void add_to(training_tokens& tokens, std::vector<added_token>& added, bool single_word) const {
        for (std::string const& content : in_order_) {
            if (!missing_.contains(content)) continue;
            token_id const id = tokens.add(content, 0, false);  // no merge and no byte alphabet leads there
            added.push_back(
                {.id = id, .content = content, .special = false, .single_word = single_word, .normalized = true});
        }
    }

private:
    symbol_unit unit_;
    std::vector<std::string> in_order_;
    std::unordered_set<std::string> missing_;
    std::size_t n_seen_ = 0;  // tokens that have been looked for
};

/// Fills the vocabulary up with runs of spaces and of newlines: two of each, three of each, ...
/// @throws error  limit: more than `most_padding` tokens are missing
/// @par Source    KL3M, arXiv 2503.17247 (kl3m_004/train_tokenizer.py, `pad2`). Differs: a run that a merge has made
///                already is no token twice.
inline void pad_vocabulary(std::size_t size, training_tokens& tokens, std::vector<added_token>& added) {
    // The longest has half as many characters as there are runs: 16,384 take 67 MB, and no text has such runs.
    constexpr std::size_t most_padding = 16384;
    std::size_t const before = tokens.bytes.size();
    if (size > before && size - before > most_padding) {
        throw error(error_kind::limit, "padding",
                    std::to_string(size - before) + " tokens are missing to " + std::to_string(size) +
                        ", and padding takes runs of white space, " + std::to_string(most_padding) + " at most",
                    "ask for a vocabulary nearer to that, or give more text");
    }
    std::unordered_set<std::string> custom;
    for (added_token const& token : added) custom.insert(token.content);
    for (std::size_t length = 2; tokens.bytes.size() < size; ++length) {
        for (char const c : {' ', '\n'}) {
            std::string run(length, c);
            if (tokens.bytes.size() == size || tokens.find(run) != no_token || custom.contains(run)) continue;
            token_id const id = tokens.add(run, 0, false);
            added.push_back({.id = id, .content = std::move(run), .special = false, .normalized = true});
        }
    }
}

/// @param n_special  how many of the first tokens are special
inline vocabulary vocabulary_of(training_tokens const& tokens, std::size_t n_special, symbol_unit unit) {
    vocabulary_builder builder;
    for (token_id id = 0; id < tokens.bytes.size(); ++id) {
        std::string const& bytes = tokens.bytes[id];
        bool const is_byte = unit == symbol_unit::byte && bytes.size() == 1;
        token_kind const kind = id < n_special ? token_kind::control : is_byte ? token_kind::byte : token_kind::normal;
        if (tokens.find(bytes) == id) {
            builder.add(id, bytes, kind);
        } else {
            builder.add_unfindable(id, bytes, kind);
        }
    }
    return builder.build();
}

}  // namespace tessera::inline v0::detail
