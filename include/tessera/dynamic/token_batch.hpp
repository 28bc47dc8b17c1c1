// Sequences of tokens that are merged together, and what merging makes of them: shorter sequences, and a vocabulary
// that holds for this batch alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/token.hpp>

namespace tessera::inline v0::dynamic {

/// Number of a word in its sequence.
using word_index = std::uint32_t;
/// Of a token that belongs to no word (`None` in Hugging Face's word_ids).
inline constexpr word_index no_word = 0xFFFF'FFFFU;

/// Sequences, one after another.
struct token_batch {
    std::vector<token_id> ids;
    std::vector<std::size_t> ends;  ///< of each sequence, in `ids`
    std::vector<word_index> words;  ///< of each token; empty where no sequence has any

    /// Appends a sequence.
    void add(std::span<token_id const> sequence) { add(sequence, {}); }
    /// @param of_tokens  the word of each token, or nothing
    /// @pre              of_tokens.size() is 0 or sequence.size()
    void add(std::span<token_id const> sequence, std::span<word_index const> of_tokens) {
        if (!of_tokens.empty()) words.resize(ids.size(), no_word);
        ids.insert(ids.end(), sequence.begin(), sequence.end());
        words.insert(words.end(), of_tokens.begin(), of_tokens.end());
        if (!words.empty()) words.resize(ids.size(), no_word);
        ends.push_back(ids.size());
    }

    /// Number of sequences.
    [[nodiscard]] std::size_t size() const noexcept { return ends.size(); }
    /// @pre i < size()
    [[nodiscard]] std::span<token_id const> sequence(std::size_t i) const {
        return std::span(ids).subspan(begin(i), ends[i] - begin(i));
    }
    /// @pre i < size()
    [[nodiscard]] std::span<word_index const> words_of(std::size_t i) const {
        return words.empty() ? std::span<word_index const>() : std::span(words).subspan(begin(i), ends[i] - begin(i));
    }

    friend bool operator==(token_batch const&, token_batch const&) = default;

private:
    [[nodiscard]] std::size_t begin(std::size_t i) const { return i == 0 ? 0 : ends[i - 1]; }
};

/// Tokens that are in no vocabulary: they have the ids behind the base vocabulary's, and hold for one batch.
class ephemeral_vocabulary {
public:
    explicit ephemeral_vocabulary(std::size_t first_id = 0) : first_(static_cast<token_id>(first_id)) {}

    [[nodiscard]] token_id first_id() const noexcept { return first_; }
    [[nodiscard]] std::size_t size() const noexcept { return ends_.size(); }
    /// @pre first_id() <= id < first_id() + size()
    [[nodiscard]] std::string_view bytes(token_id id) const {
        std::size_t const i = id - first_;
        std::size_t const begin = i == 0 ? 0 : ends_[i - 1];
        return std::string_view(arena_).substr(begin, ends_[i] - begin);
    }
    /// @return its id
    token_id add(std::string_view bytes) {
        arena_ += bytes;
        ends_.push_back(arena_.size());
        return static_cast<token_id>(first_ + ends_.size() - 1);
    }

private:
    token_id first_;
    std::string arena_;
    std::vector<std::size_t> ends_;
};

/// One merge of a batch. The ids are the base vocabulary's or ephemeral.
struct batch_merge {
    token_id left = no_token;
    token_id right = no_token;
    token_id result = no_token;     ///< a token of the base vocabulary, if it has one of these bytes
    std::size_t count = 0;          ///< how often the two stood side by side; in "aaa" twice
    std::size_t n_tokens_left = 0;  ///< tokens of the batch afterwards

    friend bool operator==(batch_merge const&, batch_merge const&) = default;
};

/// What merging makes of a batch.
struct merged_batch {
    token_batch batch;
    std::vector<batch_merge> merges;  ///< in the order in which they were made
    ephemeral_vocabulary new_tokens;
    std::size_t n_tokens_before = 0;
    bool is_exhausted = false;  ///< no two neighbours are left that may merge

    /// Tokens of the batch after so many merges; after the last, they stay as many.
    [[nodiscard]] std::size_t n_tokens(std::size_t n_merges) const noexcept {
        if (n_merges == 0 || merges.empty()) return n_tokens_before;
        return merges[(n_merges < merges.size() ? n_merges : merges.size()) - 1].n_tokens_left;
    }
    /// The same, by sequence; 0 of an empty batch.
    [[nodiscard]] double average_length(std::size_t n_merges) const noexcept {
        return batch.size() == 0 ? 0 : static_cast<double>(n_tokens(n_merges)) / static_cast<double>(batch.size());
    }
    /// The fewest merges that take away `percent` of the tokens that merging can take away (100: all of them).
    /// @pre is_exhausted
    [[nodiscard]] std::size_t merges_for_reduction(double percent) const noexcept {
        auto const most = static_cast<double>(n_tokens_before - n_tokens(merges.size()));
        std::size_t n = 0;
        while (n < merges.size() && 100.0 * static_cast<double>(n_tokens_before - n_tokens(n)) < percent * most) ++n;
        return n;
    }
};

}  // namespace tessera::inline v0::dynamic
