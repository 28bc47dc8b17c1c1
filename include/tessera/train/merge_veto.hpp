// Merges that training leaves out.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

namespace tessera::inline v0 {

/// True for the bytes of a token that must not be made: its parts stay apart, and the next pair has its turn. Asked
/// once for each merge that would be made, never from two threads at once. Must say the same of the same bytes every
/// time.
using merge_veto = std::function<bool(std::string_view token)>;

/// SuperBPE's rules for superwords. Source: alisawuffles/tokenizers-superbpe, trainer.rs, do_train_extend.
struct superword_rules {
    /// Words of a token at most; words are what lies between spaces (bytes 0x20; tabs and others do not count). 0: any.
    std::size_t max_words = 4;
    /// A colon and a space after it may be in one token. Off: "Answer: " in a prompt ends where a token ends.
    bool colon_space = false;

    [[nodiscard]] bool allow(std::string_view token) const noexcept {
        if (!colon_space && token.find(": ") != std::string_view::npos) return false;
        return max_words == 0 || count_words(token) <= max_words;
    }
    [[nodiscard]] static std::size_t count_words(std::string_view token) noexcept {
        std::size_t n = 0;
        bool in_word = false;
        for (char const c : token) {
            n += c != ' ' && !in_word;
            in_word = c != ' ';
        }
        return n;
    }
    [[nodiscard]] merge_veto veto() const {
        return [rules = *this](std::string_view token) { return !rules.allow(token); };
    }

    friend bool operator==(superword_rules const&, superword_rules const&) = default;
};

}  // namespace tessera::inline v0
