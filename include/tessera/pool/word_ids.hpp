// What the ids of a word pool mean, and the way back to text. Units come first, then padding, the end of a word if
// there is one, and the prefixes: none is two of these.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/pool/concepts.hpp>
#include <tessera/pool/layouts.hpp>

namespace tessera::inline v0 {

/// Immutable. @see word_pool
template <PoolUnits Units>
class word_ids {
public:
    static constexpr std::size_t most_prefixes = std::size_t{1} << 16;

    /// @param joiner  what stood between words, and is put there again
    /// @throws error  bad_option: a canvas without room for a unit; an id of padding that is a unit, or leaves a gap;
    ///                limit: more ids than 2^31 - 1
    explicit word_ids(Units units, pool_options options = {}, std::string joiner = {})
        : units_(std::move(units)), options_(options), joiner_(std::move(joiner)) {
        if (options_.canvas == 1 && options_.end_of_word) {
            throw error(error_kind::bad_option, "canvas", "1 has no room for a unit and the end of the word",
                        "give at least 2");
        }
        constexpr std::size_t most = std::numeric_limits<std::int32_t>::max();
        if (units_.size() > most - 2 - most_prefixes || options_.canvas > most) {
            throw error(error_kind::limit, "", "ids, and the units of a word, end at 2^31 - 1");
        }
        if (options_.n_prefix > most_prefixes) {
            throw error(error_kind::limit, "prefix", "more than " + std::to_string(most_prefixes) + " slots");
        }
        auto next = static_cast<std::int32_t>(units_.size());
        pad_ = options_.pad_id.value_or(next);
        if (pad_ < 0 || pad_ > next || units_.is_unit(pad_)) {
            throw error(error_kind::bad_option, "pad id",
                        std::to_string(pad_) + " is a unit, or neither below the units nor next to them",
                        "leave it out for " + std::to_string(next));
        }
        if (pad_ == next) ++next;
        end_ = next;
        if (options_.end_of_word) ++next;
        for (std::size_t i = 0; i < options_.n_prefix; ++i) prefix_.push_back(next++);
        n_ids_ = static_cast<std::size_t>(next);
    }

    [[nodiscard]] Units const& units() const noexcept { return units_; }
    [[nodiscard]] pool_options const& options() const noexcept { return options_; }
    [[nodiscard]] std::string_view joiner() const noexcept { return joiner_; }
    [[nodiscard]] std::int32_t pad_id() const noexcept { return pad_; }
    [[nodiscard]] std::optional<std::int32_t> end_of_word_id() const noexcept {
        return options_.end_of_word ? std::optional(end_) : std::nullopt;
    }
    [[nodiscard]] std::vector<std::int32_t> const& prefix_ids() const noexcept { return prefix_; }
    /// Rows that a table of embeddings needs: one more than the largest id.
    [[nodiscard]] std::size_t n_ids() const noexcept { return n_ids_; }

    /// Appends the text of one word: units, and perhaps the end of the word.
    /// @throws error  bad_id: another id
    void decode_word(std::span<std::int32_t const> ids, std::string& out) const {
        if (options_.end_of_word && !ids.empty() && ids.back() == end_) ids = ids.first(ids.size() - 1);
        units_.decode(ids, out);
    }

    /// Appends the text of words: ids[offsets[0]] to ids[offsets[1]], and so on.
    /// @throws error  bad_id;  syntax: offsets that fall, or reach beyond the ids
    void decode_ragged(std::span<std::int32_t const> ids, std::span<std::int64_t const> offsets,
                       std::string& out) const {
        for (std::size_t i = 1; i < offsets.size(); ++i) {
            std::int64_t const begin = offsets[i - 1];
            std::int64_t const end = offsets[i];
            at_word(i, [&] {
                if (begin < 0 || end < begin || static_cast<std::uint64_t>(end) > ids.size()) {
                    throw error(error_kind::syntax, "", "its offsets fall, or lie beyond the ids");
                }
                if (i > 1) out += joiner_;
                auto const n = static_cast<std::size_t>(end - begin);
                decode_word(ids.subspan(static_cast<std::size_t>(begin), n), out);
            });
        }
    }
    /// The text of one document. @pre document < pooled.n_documents()
    [[nodiscard]] std::string decode(ragged_words const& pooled, std::size_t document) const {
        std::string out;
        auto const begin = static_cast<std::size_t>(pooled.document_offsets[document]);
        auto const end = static_cast<std::size_t>(pooled.document_offsets[document + 1]);
        decode_ragged(pooled.ids, std::span(pooled.word_offsets).subspan(begin, end - begin + 1), out);
        return out;
    }

    /// Appends the text of words of `slots` ids each: the prefixes, then units up to the first padding or end of a
    /// word, behind which nothing is looked at. What begins with padding is no word.
    /// @throws error  bad_id;  bad_option: slots without room for the prefixes, or ids that are no whole words
    void decode_padded(std::span<std::int32_t const> ids, std::size_t slots, std::string& out) const {
        if (slots < prefix_.size() || (slots == 0 ? !ids.empty() : ids.size() % slots != 0)) {
            throw error(error_kind::bad_option, "slots", "the ids are no whole number of words");
        }
        bool any = false;
        for (std::size_t at = 0; at < ids.size(); at += slots) {
            std::span<std::int32_t const> const word = ids.subspan(at, slots);
            if (word.front() == pad_) continue;
            if (any) out += joiner_;
            any = true;
            at_word(at / slots + 1, [&] { decode_slots(word, out); });
        }
    }
    /// The text of one document. @pre document < pooled.n_documents()
    [[nodiscard]] std::string decode(padded_words const& pooled, std::size_t document) const {
        std::string out;
        std::size_t const row = pooled.words_per_row * pooled.slots();
        auto const begin = static_cast<std::size_t>(pooled.document_offsets[document]);
        auto const end = static_cast<std::size_t>(pooled.document_offsets[document + 1]);
        decode_padded(std::span(pooled.ids).subspan(begin * row, (end - begin) * row), pooled.slots(), out);
        return out;
    }

private:
    void decode_slots(std::span<std::int32_t const> word, std::string& out) const {
        for (std::size_t i = 0; i < prefix_.size(); ++i) {
            if (word[i] != prefix_[i]) {
                throw error(error_kind::bad_id, "slot " + std::to_string(i + 1),
                            std::to_string(word[i]) + " is not the prefix " + std::to_string(prefix_[i]));
            }
        }
        word = word.subspan(prefix_.size());
        auto const stop = std::find_if(word.begin(), word.end(), [&](std::int32_t id) {
            return id == pad_ || (options_.end_of_word && id == end_);
        });
        units_.decode(word.first(static_cast<std::size_t>(stop - word.begin())), out);
    }

    template <class F>
    static void at_word(std::size_t number, F&& f) {
        try {
            f();
        } catch (error const& e) {
            throw e.within("word " + std::to_string(number));
        }
    }

    Units units_;
    pool_options options_;
    std::string joiner_;
    std::int32_t pad_ = 0;
    std::int32_t end_ = 0;
    std::vector<std::int32_t> prefix_;
    std::size_t n_ids_ = 0;
};

}  // namespace tessera::inline v0
