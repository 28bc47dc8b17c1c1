// Finds the longest of a set of tokens at one place of a text after another, in linear time. The trie is walked from
// each place; where that reads the same text again and again ("a", and a token of a thousand a's and a b, in a text of
// a's), a stretch of the text is answered at once by backward_matcher.hpp, which is made at the first such text.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/backward_matcher.hpp>
#include <tessera/core/made_on_use.hpp>
#include <tessera/core/packed_trie.hpp>

namespace tessera::inline v0 {

/// An immutable set of byte strings with values.
/// @tparam Trie  packed_trie, or prefix_trie of model/
template <class Trie>
class basic_token_search {
public:
    static constexpr std::uint32_t absent = backward_matcher::absent;

    using entry = typename Trie::entry;
    using match = typename Trie::match;

    basic_token_search() = default;
    /// @see Trie
    explicit basic_token_search(std::vector<entry> entries) {
        std::uint64_t bytes = 0;
        for (auto const& [string, value] : entries) bytes += string.size();
        may_match_backward_ = bytes < absent;
        trie_ = Trie(std::move(entries));
    }

    [[nodiscard]] bool empty() const noexcept { return trie_.empty(); }
    [[nodiscard]] Trie const& trie() const noexcept { return trie_; }

    /// The first place from `at` on where a token may begin; text.size() if none.
    [[nodiscard]] std::size_t next_candidate(std::string_view text, std::size_t at) const noexcept {
        return trie_.next_candidate(text, at);
    }

    /// Calls `f(at, match)` with the longest token that begins at `at`, then with the one at the place that `f`
    /// returns, and so on to the end of the text. @pre f returns a place behind `at`, and behind the match
    /// @complexity  as that of a cursor, which is there only where text needs it
    template <class F>
    void for_each_longest(std::string_view text, std::size_t at, F&& f) const {
        std::size_t const begin = at;
        for (std::size_t steps = 0; at < text.size() && steps <= allowance + steps_a_byte * (at - begin);) {
            match const found = trie_.longest_match(text, at);
            steps += found.steps;
            at = f(at, found);
        }
        if (at >= text.size()) return;
        auto rest = through(text, [](std::uint32_t) { return true; });
        while (at < text.size()) at = f(at, rest.longest_at(at));
    }

    template <class Accept>
    class cursor;
    /// @param accept  value -> whether it may be found; the same answer each time
    template <class Accept>
    [[nodiscard]] cursor<Accept> through(std::string_view text, Accept accept) const {
        return cursor<Accept>(*this, text, std::move(accept));
    }

    /// One way through a text, from left to right.
    template <class Accept>
    class cursor {
    public:
        cursor(basic_token_search const& set, std::string_view text, Accept accept)
            : set_(set), text_(text), accept_(std::move(accept)) {}

        /// The longest token that begins at `at`. @pre `at` ascends, and goes on behind a match
        /// @complexity  all calls together O(text.size()), and O(the bytes of all tokens) once in the life of the set.
        ///              (where these are less than 4 GiB; else O(text.size() * longest token)). Allocates nothing but
        ///              where the trie alone would not be linear.
        [[nodiscard]] match longest_at(std::size_t at) {
            if (at < answered_end_) return answer(at);
            match const found = set_.trie_.longest_match(text_, at, accept_);
            steps_ += found.steps;
            if (steps_ > allowance + steps_a_byte * (at - walked_from_) && set_.may_match_backward_)
                answer_from(at + 1);
            return found;
        }

    private:
        static constexpr std::size_t least_window = 1U << 16;

        // In windows, for which four times the longest token is enough: it is read beyond the end of each.
        void answer_from(std::size_t begin) {
            matcher_ = &set_.matcher_.get([this] { return backward_matcher(set_.trie_); });
            std::size_t const longest = set_.trie_.longest();
            answers_.resize(std::min(std::max(least_window, 4 * longest), text_.size() - begin));
            matcher_->find(text_, begin, answers_, longest);
            answered_begin_ = begin;
            answered_end_ = begin + answers_.size();
            walked_from_ = answered_end_;
            steps_ = 0;
        }

        [[nodiscard]] match answer(std::size_t at) {
            std::uint32_t string = answers_[at - answered_begin_];
            if (string != absent && !accept_(matcher_->value(string))) string = accepted_prefix(string);
            return string == absent ? match{} : match{matcher_->length(string), matcher_->value(string), 0};
        }

        // Each string is looked at once, also if each begins with the one before it.
        [[nodiscard]] std::uint32_t accepted_prefix(std::uint32_t string) {
            if (shorter_.empty()) {
                shorter_.resize(matcher_->size());
                for (std::uint32_t i = 0; i < shorter_.size(); ++i) shorter_[i] = matcher_->shorter(i);
            }
            std::uint32_t found = string;
            while (found != absent && !accept_(matcher_->value(found))) found = shorter_[found];
            while (string != found) string = std::exchange(shorter_[string], found);
            return found;
        }

        basic_token_search const& set_;
        std::string_view text_;
        Accept accept_;
        std::size_t steps_ = 0;
        std::size_t walked_from_ = 0;  // where counting steps began
        backward_matcher const* matcher_ = nullptr;
        std::size_t answered_begin_ = 0;
        std::size_t answered_end_ = 0;
        std::vector<std::uint32_t> answers_;  // the strings that begin from answered_begin_ on
        std::vector<std::uint32_t> shorter_;  // where tokens are not accepted: a shorter one that may be
    };

private:
    // A text must be long, and walking it take more than the matcher would, before that is made.
    static constexpr std::size_t allowance = 1U << 15;
    static constexpr std::size_t steps_a_byte = 8;

    Trie trie_;
    made_on_use<backward_matcher> matcher_;
    bool may_match_backward_ = false;
};

using token_search = basic_token_search<packed_trie>;

}  // namespace tessera::inline v0
