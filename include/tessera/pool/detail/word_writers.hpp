// Writing words into the two layouts, one after another, into memory that has been made for them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include <tessera/pool/layouts.hpp>

namespace tessera::inline v0 {
namespace detail {

/// Words are short, so 16 units are written at a time, whatever their number, where what lies behind is still to be
/// written: the lengths of words cannot be foretold, by a processor either.
inline constexpr std::size_t units_at_once = 16;

/// Writes 16 times `value`.
template <class T>
inline void put_all(T value, T* out) noexcept {
    std::array<T, units_at_once> all;
    all.fill(value);
    std::memcpy(out, all.data(), sizeof all);
}

/// Writes n times `value`, and perhaps more, but nothing from `limit` on.
template <class T>
inline void fill_run(T* at, T const* limit, std::size_t n, T value) noexcept {
    if (static_cast<std::size_t>(limit - at) < n + units_at_once) {
        std::fill_n(at, n, value);
        return;
    }
    for (std::size_t i = 0; i < n; i += units_at_once) put_all(value, at + i);
}

/// 16 times `value`, then 16 times 0: from 16 - n on, n of 16 are set.
template <class T>
inline constexpr std::array<T, 2 * units_at_once> first_set(T value) noexcept {
    std::array<T, 2 * units_at_once> all{};
    for (std::size_t i = 0; i < units_at_once; ++i) all[i] = value;
    return all;
}
inline constexpr auto first_masks = first_set<std::uint32_t>(~std::uint32_t{0});
inline constexpr auto first_ones = first_set<std::uint8_t>(1);

/// 16 bytes, plus `first`. By way of an array: what is read might otherwise be what is written, and compilers would go
/// one by one.
[[nodiscard]] inline std::array<std::uint32_t, units_at_once> units_of(char const* bytes, std::int32_t first) noexcept {
    std::array<unsigned char, units_at_once> text;
    std::array<std::uint32_t, units_at_once> ids;
    std::memcpy(text.data(), bytes, text.size());
    for (std::size_t i = 0; i < units_at_once; ++i) ids[i] = text[i] + static_cast<std::uint32_t>(first);
    return ids;
}

/// The units of 16 bytes.
inline void put_units(char const* bytes, std::int32_t first, std::int32_t* out) noexcept {
    auto const ids = units_of(bytes, first);
    std::memcpy(out, ids.data(), sizeof ids);
}

/// Those of the first n, then `rest`.
inline void put_units(char const* bytes, std::size_t n, std::int32_t first, std::int32_t rest,
                      std::int32_t* out) noexcept {
    auto ids = units_of(bytes, first);
    std::uint32_t const* const kept = first_masks.data() + units_at_once - n;
    auto const other = static_cast<std::uint32_t>(rest);
    for (std::size_t i = 0; i < units_at_once; ++i) ids[i] = other ^ ((ids[i] ^ other) & kept[i]);
    std::memcpy(out, ids.data(), sizeof ids);
}

/// Fills a part of ragged arrays. For each word: `place`, write its units there, `commit`.
class ragged_writer {
public:
    static constexpr bool contiguous = true;  // the units of words lie one after another

    /// From this word and unit on, up to the unit `end_unit`, behind which another thread may be writing.
    ragged_writer(ragged_words& out, std::size_t first_word, std::size_t first_unit, std::size_t end_unit) noexcept
        : ids_(out.ids.data() + first_unit),
          ids_end_(out.ids.data() + end_unit),
          offsets_(out.word_offsets.data() + first_word + 1),
          index_(out.word_index.empty() ? nullptr : out.word_index.data() + first_unit),
          begin_(out.byte_begin.data() + first_word),
          end_(out.byte_end.data() + first_word),
          unit_(static_cast<std::int64_t>(first_unit)),
          word_(static_cast<std::int32_t>(first_word)) {}

    [[nodiscard]] std::int32_t* place() const noexcept { return ids_; }
    void commit(std::size_t n_units, std::size_t begin, std::size_t end) noexcept {
        if (index_ != nullptr) {
            fill_run<std::int32_t>(index_, index_ + (ids_end_ - ids_), n_units, word_);
            index_ += n_units;
        }
        finish(n_units, begin, end);
    }

    /// Whether `put_plain` may be called. It writes 16 units.
    [[nodiscard]] bool has_room() const noexcept { return static_cast<std::size_t>(ids_end_ - ids_) >= units_at_once; }
    /// A word of n bytes, with units that are these bytes plus `first`, and `n_ends` ids behind them.
    /// @pre has_room(); n + n_ends <= 16, and 16 bytes may be read
    void put_plain(char const* bytes, std::size_t n, std::int32_t first, std::size_t n_ends, std::int32_t end_id,
                   std::size_t begin) noexcept {
        put_units(bytes, first, ids_);
        if (n_ends != 0) ids_[n] = end_id;
        if (index_ != nullptr) {
            put_all(word_, index_);
            index_ += n + n_ends;
        }
        finish(n + n_ends, begin, begin + n);
    }

private:
    void finish(std::size_t n_units, std::size_t begin, std::size_t end) noexcept {
        ids_ += n_units;
        unit_ += static_cast<std::int64_t>(n_units);
        *offsets_++ = unit_;
        *begin_++ = static_cast<std::int64_t>(begin);
        *end_++ = static_cast<std::int64_t>(end);
        ++word_;
    }

    std::int32_t* ids_;
    std::int32_t const* ids_end_;
    std::int64_t* offsets_;
    std::int32_t* index_;
    std::int64_t* begin_;
    std::int64_t* end_;
    std::int64_t unit_;
    std::int32_t word_;
};

/// Fills a part of padded arrays. Rows lie one behind another, so a document's words do as well.
class padded_writer {
public:
    static constexpr bool contiguous = false;

    /// Words `first` to `end`, counted from the first of the first row.
    padded_writer(padded_words& out, std::vector<std::int32_t> const& prefix, std::int32_t pad, std::size_t first,
                  std::size_t end) noexcept
        : prefix_(prefix),
          pad_(pad),
          slots_(out.slots()),
          ids_(out.ids.data() + first * slots_),
          ids_end_(out.ids.data() + end * slots_),
          mask_(out.unit_mask.data() + first * slots_),
          lengths_(out.lengths.data() + first),
          word_mask_(out.word_mask.data() + first),
          begin_(out.byte_begin.data() + first),
          end_(out.byte_end.data() + first) {}

    [[nodiscard]] std::int32_t* place() const noexcept { return ids_ + prefix_.size(); }
    void commit(std::size_t n_units, std::size_t begin, std::size_t end) noexcept {
        put_prefix();
        std::size_t const used = prefix_.size() + n_units;
        fill_run<std::int32_t>(ids_ + used, ids_end_, slots_ - used, pad_);
        std::uint8_t const* const mask_end = mask_ + (ids_end_ - ids_);
        fill_run<std::uint8_t>(mask_ + prefix_.size(), mask_end, n_units, 1);
        fill_run<std::uint8_t>(mask_ + used, mask_end, slots_ - used, 0);
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

    /// @see ragged_writer
    [[nodiscard]] bool has_room() const noexcept {
        return static_cast<std::size_t>(ids_end_ - ids_) >= slots_ + units_at_once;
    }
    void put_plain(char const* bytes, std::size_t n, std::int32_t first, std::size_t n_ends, std::int32_t end_id,
                   std::size_t begin) noexcept {
        put_prefix();
        std::int32_t* const ids = ids_ + prefix_.size();
        std::uint8_t* const mask = mask_ + prefix_.size();
        std::size_t const canvas = slots_ - prefix_.size();
        std::size_t const n_units = n + n_ends;
        put_units(bytes, n, first, pad_, ids);
        if (n_ends != 0) ids[n] = end_id;
        std::memcpy(mask, first_ones.data() + units_at_once - n_units, units_at_once);
        for (std::size_t k = units_at_once; k < canvas; k += units_at_once) {
            put_all(pad_, ids + k);
            put_all(std::uint8_t{0}, mask + k);
        }
        finish(n_units, 1, begin, begin + n);
    }

private:
    void put_prefix() noexcept {
        for (std::size_t i = 0; i < prefix_.size(); ++i) {
            ids_[i] = prefix_[i];
            mask_[i] = 0;
        }
    }
    void finish(std::size_t n_units, std::uint8_t is_word, std::size_t begin, std::size_t end) noexcept {
        ids_ += slots_;
        mask_ += slots_;
        *lengths_++ = static_cast<std::int32_t>(n_units);
        *word_mask_++ = is_word;
        *begin_++ = static_cast<std::int64_t>(begin);
        *end_++ = static_cast<std::int64_t>(end);
    }

    std::span<std::int32_t const> prefix_;
    std::int32_t pad_;
    std::size_t slots_;
    std::int32_t* ids_;
    std::int32_t const* ids_end_;
    std::uint8_t* mask_;
    std::int32_t* lengths_;
    std::uint8_t* word_mask_;
    std::int64_t* begin_;
    std::int64_t* end_;
};

}  // namespace detail
}  // namespace tessera::inline v0
