// One word with more units than the canvas: refused, truncated, or several words.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <tessera/core/error.hpp>
#include <tessera/pool/concepts.hpp>
#include <tessera/pool/detail/word_writers.hpp>
#include <tessera/pool/layouts.hpp>
#include <tessera/pool/word_ids.hpp>

namespace tessera::inline v0 {
namespace detail {

/// Puts words, cut to the canvas, with their ends. `at` is always the byte of the document where a word begins.
template <PoolUnits Units>
class word_cutter {
public:
    explicit word_cutter(word_ids<Units> const& ids) noexcept
        : ids_(ids),
          overlong_(ids.options().overlong),
          n_ends_(ids.options().end_of_word ? 1 : 0),
          limit_(ids.options().canvas == 0 ? std::numeric_limits<std::size_t>::max() : ids.options().canvas - n_ends_),
          most_plain_(std::min(limit_, units_at_once - n_ends_)),
          end_id_(ids.end_of_word_id().value_or(0)) {}

    /// Ids that end a word: 0 or 1.
    [[nodiscard]] std::size_t n_ends() const noexcept { return n_ends_; }
    /// Whether a text has no word that is cut, if units are not more than bytes.
    [[nodiscard]] bool keeps(std::string_view text) const noexcept { return text.size() <= limit_; }

    struct measured {
        std::size_t n_words;
        std::size_t n_units;
        std::size_t longest;
    };
    /// @param readable  the end of the text: bytes behind the word may be read up to it
    [[nodiscard]] measured measure(std::string_view word, std::size_t at, char const* readable) const {
        std::size_t const n = is_plain(word, units_at_once, readable) ? word.size() : ids_.units().count(word);
        if (n <= limit_) [[likely]]
            return {1, n + n_ends_, n + n_ends_};
        std::size_t const canvas = limit_ + n_ends_;
        if (overlong_ == overlong_words::refuse) refuse(at, n);
        if (overlong_ == overlong_words::truncate) return {1, canvas, canvas};
        return {(n - 1) / limit_ + 1, n + n_ends_, canvas};
    }

    /// @param readable  as above
    template <class Writer>
    void write(std::string_view word, std::size_t at, char const* readable, Writer& writer) const {
        if constexpr (PlainUnits<Units>) {
            if (is_plain(word, most_plain_, readable) && writer.has_room()) {
                writer.put_plain(word.data(), word.size(), Units::first, n_ends_, end_id_, at);
                return;
            }
        }
        std::size_t n = keeps(word) ? word.size() : ids_.units().count(word);
        while (n > limit_) {
            std::size_t const bytes = ids_.units().prefix_bytes(word, limit_);
            bool const is_last = overlong_ == overlong_words::truncate;
            write_part(word.substr(0, bytes), at, writer, is_last);
            if (is_last) return;
            word.remove_prefix(bytes);
            at += bytes;
            n -= limit_;
        }
        write_part(word, at, writer, true);
    }

    /// Appends a word to arrays that grow. Its words in `out` may get an index.
    /// @return  the units of the longest
    std::size_t append(std::string_view word, std::size_t at, typename Units::scratch& s, bool with_index,
                       ragged_words& out) const {
        std::size_t const first = out.ids.size();
        if constexpr (CountableUnits<Units>) {
            out.ids.resize(first + word.size());
            std::int32_t const* const end_of_units = ids_.units().write(word, out.ids.data() + first);
            out.ids.resize(static_cast<std::size_t>(end_of_units - out.ids.data()));
        } else {
            ids_.units().encode(word, s, [&](std::int32_t id) { out.ids.push_back(id); });
        }
        std::size_t n = out.ids.size() - first;
        std::size_t const canvas = std::min(n, limit_) + n_ends_;
        if (n > limit_ && overlong_ == overlong_words::refuse) refuse(at, n);
        std::size_t const end = at + word.size();
        // Only then are units parts of the word, one after another.
        bool const has_places = ids_.units().is_lossless();
        std::size_t unit = first;
        while (n > limit_) {
            std::size_t part_end = end;
            if (has_places) {
                part_end = at;
                for (std::size_t i = 0; i < limit_; ++i) part_end += ids_.units().bytes_of(out.ids[unit + i]);
            }
            if (overlong_ == overlong_words::truncate) {
                out.ids.resize(unit + limit_);
                end_word(at, part_end, with_index, out);
                return canvas;
            }
            unit += limit_;
            add_word(unit, at, part_end, with_index, out);
            if (has_places) at = part_end;
            n -= limit_;
        }
        end_word(at, end, with_index, out);
        return canvas;
    }

private:
    bool is_plain(std::string_view word, std::size_t most, char const* readable) const noexcept {
        if constexpr (PlainUnits<Units>) {
            return word.size() <= most && static_cast<std::size_t>(readable - word.data()) >= units_at_once &&
                   ids_.units().is_plain(word.data(), word.size());
        } else {
            return false;
        }
    }

    template <class Writer>
    void write_part(std::string_view part, std::size_t at, Writer& writer, bool is_last) const {
        std::int32_t* const out = writer.place();
        std::int32_t* end = ids_.units().write(part, out);
        if (is_last && n_ends_ != 0) *end++ = *ids_.end_of_word_id();
        writer.commit(static_cast<std::size_t>(end - out), at, at + part.size());
    }

    void end_word(std::size_t begin, std::size_t end, bool with_index, ragged_words& out) const {
        if (n_ends_ != 0) out.ids.push_back(*ids_.end_of_word_id());
        add_word(out.ids.size(), begin, end, with_index, out);
    }
    // Its units end at `unit`.
    static void add_word(std::size_t unit, std::size_t begin, std::size_t end, bool with_index, ragged_words& out) {
        if (with_index) out.word_index.resize(unit, static_cast<std::int32_t>(out.n_words()));
        out.word_offsets.push_back(static_cast<std::int64_t>(unit));
        out.byte_begin.push_back(static_cast<std::int64_t>(begin));
        out.byte_end.push_back(static_cast<std::int64_t>(end));
    }

    [[noreturn]] void refuse(std::size_t at, std::size_t n_units) const {
        throw error(error_kind::bad_option, "byte " + std::to_string(at),
                    "the word there has " + std::to_string(n_units + n_ends_) + " units" +
                        (n_ends_ != 0 ? ", its end included" : "") + "; the canvas has " +
                        std::to_string(limit_ + n_ends_),
                    "give a longer canvas, or have such words truncated or split");
    }

    word_ids<Units> const& ids_;
    overlong_words overlong_;
    std::size_t n_ends_;
    std::size_t limit_;       // units of a word without its end
    std::size_t most_plain_;  // bytes of a word that is written at once
    std::int32_t end_id_;
};

}  // namespace detail
}  // namespace tessera::inline v0
