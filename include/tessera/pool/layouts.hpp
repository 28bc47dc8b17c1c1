// What a word pool fills: words as runs of one array (ragged), or as rows of equal length (padded). The caller owns
// them and uses them again; nothing is allocated once they have grown.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include <tessera/core/error.hpp>
#include <tessera/core/uninitialized_vector.hpp>

namespace tessera::inline v0 {

/// What becomes of a word that has more units than the canvas.
enum class overlong_words : std::uint8_t {
    refuse,    ///< an error, which names it
    truncate,  ///< its first units stay; the rest of the text is lost
    split,     ///< it becomes several words, all but the last without an end of word; nothing is lost
};

struct pool_options {
    std::size_t canvas = 0;  ///< most units of a word, its end included; 0: no limit, and padded to the longest
    overlong_words overlong = overlong_words::refuse;
    std::size_t n_prefix = 0;                 ///< slots before each word of the padded layout
    bool end_of_word = false;                 ///< whether each word ends in an id of its own
    bool word_index = true;                   ///< whether the ragged layout has one
    std::optional<std::int32_t> pad_id = {};  ///< default: the first id that is no unit
};

/// Words one after another.
struct ragged_words {
    uninitialized_vector<std::int32_t> ids;               ///< of all units, ends of words included
    uninitialized_vector<std::int64_t> word_offsets;      ///< in `ids`: word i is [i] to [i + 1]; one more than words
    uninitialized_vector<std::int32_t> word_index;        ///< of each unit, the number of its word; or empty
    uninitialized_vector<std::int64_t> byte_begin;        ///< of each word, in its document
    uninitialized_vector<std::int64_t> byte_end;          ///< likewise; the bytes between words belong to none
    uninitialized_vector<std::int64_t> document_offsets;  ///< in words; one more than documents

    ragged_words() { clear(); }
    /// Leaves no document; the memory stays.
    void clear() {
        ids.clear();
        word_offsets.assign(1, 0);
        word_index.clear();
        byte_begin.clear();
        byte_end.clear();
        document_offsets.assign(1, 0);
    }
    /// Makes room; what is new holds anything. Grows as push_back does, since documents may be appended one by one.
    void resize(std::size_t n_words, std::size_t n_units, bool with_index) {
        grow(ids, n_units);
        grow(word_offsets, n_words + 1);
        if (with_index) grow(word_index, n_units);
        grow(byte_begin, n_words);
        grow(byte_end, n_words);
    }
    [[nodiscard]] std::size_t n_words() const noexcept { return word_offsets.size() - 1; }
    [[nodiscard]] std::size_t n_documents() const noexcept { return document_offsets.size() - 1; }

private:
    template <class T>
    static void grow(uninitialized_vector<T>& v, std::size_t n) {
        if (v.capacity() < n) v.reserve(std::max(n, v.capacity() + v.capacity() / 2));
        v.resize(n);
    }
};

/// Words as arrays [row][word] and [row][word][slot], row by row. Each document begins a row and has at least one.
struct padded_words {
    std::size_t n_rows = 0;
    std::size_t words_per_row = 0;
    std::size_t n_prefix = 0;
    std::size_t canvas = 0;                         ///< slots of a word are n_prefix + canvas
    uninitialized_vector<std::int32_t> ids;         ///< [row][word][slot]: prefix ids, units, padding
    uninitialized_vector<std::uint8_t> unit_mask;   ///< [row][word][slot]: 1 for a unit or an end of word
    uninitialized_vector<std::int32_t> lengths;     ///< [row][word]: units, the end of the word included
    uninitialized_vector<std::uint8_t> word_mask;   ///< [row][word]: 1 for a word; 0 where all slots are padding
    uninitialized_vector<std::int64_t> byte_begin;  ///< [row][word], in the word's document; 0 where there is no word
    uninitialized_vector<std::int64_t> byte_end;    ///< likewise
    uninitialized_vector<std::int64_t> document_offsets = {0};  ///< in rows; one more than documents

    /// Makes room for what the numbers above say; what is new holds anything.
    /// @throws error  limit: no memory has that size
    void resize() {
        constexpr std::size_t most = std::numeric_limits<std::size_t>::max() / 16;
        if (canvas > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()) ||
            (words_per_row != 0 && n_rows > most / std::max<std::size_t>(slots(), 1) / words_per_row)) {
            throw error(error_kind::limit, "",
                        "rows of " + std::to_string(words_per_row) + " words of " + std::to_string(slots()) +
                            " slots are too long",
                        "give a shorter canvas, or fewer words a row");
        }
        std::size_t const n = n_rows * words_per_row;
        ids.resize(n * slots());
        unit_mask.resize(n * slots());
        lengths.resize(n);
        word_mask.resize(n);
        byte_begin.resize(n);
        byte_end.resize(n);
    }
    [[nodiscard]] std::size_t slots() const noexcept { return n_prefix + canvas; }
    [[nodiscard]] std::size_t n_documents() const noexcept { return document_offsets.size() - 1; }
};

}  // namespace tessera::inline v0
