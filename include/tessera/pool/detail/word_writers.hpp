// Writing words into the two layouts, one after another, into memory that has been made for them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <tessera/pool/layouts.hpp>

namespace tessera::inline v0 {
namespace detail {

/// Writes n times `value`. Words are short, so eight are written at a time while there is room before `limit`.
inline void fill_run(std::int32_t* at, std::int32_t const* limit, std::size_t n, std::int32_t value) noexcept {
    if (static_cast<std::size_t>(limit - at) < n + 8) {
        std::fill_n(at, n, value);
        return;
    }
    for (std::size_t i = 0; i < n; i += 8) {
        for (std::size_t k = 0; k < 8; ++k) at[i + k] = value;
    }
}

/// Fills a part of ragged arrays. For each word: `place`, write its units there, `commit`.
class ragged_writer {
public:
    static constexpr bool contiguous = true;  // the units of words lie one after another

    /// From this word and unit on, up to the unit `end_unit`, behind which another thread may be writing.
    ragged_writer(ragged_words& out, std::size_t first_word, std::size_t first_unit, std::size_t end_unit) noexcept
        : ids_(out.ids.data() + first_unit),
          offsets_(out.word_offsets.data() + first_word + 1),
          index_(out.word_index.empty() ? nullptr : out.word_index.data() + first_unit),
          index_end_(out.word_index.empty() ? nullptr : out.word_index.data() + end_unit),
          begin_(out.byte_begin.data() + first_word),
          end_(out.byte_end.data() + first_word),
          unit_(static_cast<std::int64_t>(first_unit)),
          word_(static_cast<std::int32_t>(first_word)) {}

    [[nodiscard]] std::int32_t* place() const noexcept { return ids_; }
    void commit(std::size_t n_units, std::size_t begin, std::size_t end) noexcept {
        if (index_ != nullptr) {
            fill_run(index_, index_end_, n_units, word_);
            index_ += n_units;
        }
        ids_ += n_units;
        unit_ += static_cast<std::int64_t>(n_units);
        *offsets_++ = unit_;
        *begin_++ = static_cast<std::int64_t>(begin);
        *end_++ = static_cast<std::int64_t>(end);
        ++word_;
    }

private:
    std::int32_t* ids_;
    std::int64_t* offsets_;
    std::int32_t* index_;
    std::int32_t const* index_end_;
    std::int64_t* begin_;
    std::int64_t* end_;
    std::int64_t unit_;
    std::int32_t word_;
};

/// Fills a part of padded arrays. Rows lie one behind another, so a document's words do as well.
class padded_writer {
public:
    static constexpr bool contiguous = false;

    /// @param first  the word to begin with, counted from the first of the first row
    padded_writer(padded_words& out, std::vector<std::int32_t> const& prefix, std::int32_t pad,
                  std::size_t first) noexcept
        : prefix_(prefix),
          pad_(pad),
          slots_(out.slots()),
          ids_(out.ids.data() + first * slots_),
          mask_(out.unit_mask.data() + first * slots_),
          lengths_(out.lengths.data() + first),
          word_mask_(out.word_mask.data() + first),
          begin_(out.byte_begin.data() + first),
          end_(out.byte_end.data() + first) {}

    [[nodiscard]] std::int32_t* place() const noexcept { return ids_ + prefix_.size(); }
    void commit(std::size_t n_units, std::size_t begin, std::size_t end) noexcept {
        std::copy(prefix_.begin(), prefix_.end(), ids_);
        std::size_t const used = prefix_.size() + n_units;
        std::fill(ids_ + used, ids_ + slots_, pad_);
        std::fill_n(mask_, slots_, std::uint8_t{0});
        std::fill_n(mask_ + prefix_.size(), n_units, std::uint8_t{1});
        finish(n_units, 1, begin, end);
    }
    /// No words.
    void blank(std::size_t n_words) noexcept {
        for (; n_words > 0; --n_words) {
            std::fill_n(ids_, slots_, pad_);
            std::fill_n(mask_, slots_, std::uint8_t{0});
            finish(0, 0, 0, 0);
        }
    }

private:
    void finish(std::size_t n_units, std::uint8_t is_word, std::size_t begin, std::size_t end) noexcept {
        ids_ += slots_;
        mask_ += slots_;
        *lengths_++ = static_cast<std::int32_t>(n_units);
        *word_mask_++ = is_word;
        *begin_++ = static_cast<std::int64_t>(begin);
        *end_++ = static_cast<std::int64_t>(end);
    }

    std::vector<std::int32_t> const& prefix_;
    std::int32_t pad_;
    std::size_t slots_;
    std::int32_t* ids_;
    std::uint8_t* mask_;
    std::int32_t* lengths_;
    std::uint8_t* word_mask_;
    std::int64_t* begin_;
    std::int64_t* end_;
};

}  // namespace detail
}  // namespace tessera::inline v0
