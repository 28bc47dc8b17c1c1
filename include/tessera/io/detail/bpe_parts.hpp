// What tokenizer.json and vocab.json + merges.txt have in common: tokens and merges as strings, made into a bpe_model.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/core/special_tokens.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/io/tiktoken.hpp>
#include <tessera/model/bpe_model.hpp>

namespace tessera::inline v0::detail {

/// A part of an error message: `"text"`, cut where it is long.
inline std::string in_quotes(std::string_view text) {
    std::string out = "\"";
    out += text.substr(0, 120);
    if (text.size() > 120) out += "...";
    return out += '"';
}

/// Collects the strings of a BPE model; `build` translates them to canonical bytes. Views must outlive it.
class bpe_parts {
public:
    /// @param unit    byte: the strings are written in the byte alphabet
    /// @param prefix  Hugging Face's continuing_subword_prefix, which the right part of a merge loses
    bpe_parts(symbol_unit unit, std::size_t n_tokens, std::size_t n_merges, std::string_view prefix = {})
        : unit_(unit),
          prefix_length_(prefix.size()),
          slots_(std::bit_ceil(n_tokens + n_tokens / 2 + 2), empty),
          mask_(slots_.size() - 1) {
        tokens_.reserve(n_tokens);
        merges_.reserve(n_merges);
    }

    /// @param where  makes the place for an error message
    template <class Where>
    void add_token(std::string_view spelling, std::uint64_t id, Where&& where) {
        if (id >= max_vocabulary_size) {
            throw error(error_kind::bad_token, where(),
                        "token id " + std::to_string(id) + " is larger than " + std::to_string(max_vocabulary_size - 1),
                        "renumber the tokens from 0");
        }
        if (tokens_.size() + tokens_.size() / 2 + 2 > slots_.size()) grow();
        std::uint64_t const hash = hash_bytes(spelling);
        std::size_t const i = probe(spelling, hash);
        if (slots_[i] != empty) {
            throw error(error_kind::bad_token, where(),
                        in_quotes(spelling) + " is there twice, with ids " +
                            std::to_string(tokens_[index_of(slots_[i])].id) + " and " + std::to_string(id),
                        "keep one of the two");
        }
        slots_[i] = (hash >> 32 << 32) | tokens_.size();
        tokens_.push_back({spelling, static_cast<token_id>(id)});
        largest_ = std::max(largest_, static_cast<token_id>(id));
        n_bytes_ += spelling.size();
    }

    [[nodiscard]] std::size_t n_tokens() const noexcept { return tokens_.size(); }
    [[nodiscard]] token_id find(std::string_view spelling) const noexcept {
        std::uint64_t const slot = slots_[probe(spelling)];
        return slot == empty ? no_token : tokens_[index_of(slot)].id;
    }

    /// True if a token has this id. Add all tokens before the first call.
    [[nodiscard]] bool has(token_id id) const {
        if (ids_.empty()) {
            ids_.assign(std::size_t{largest_} + 1, false);
            for (entry const& t : tokens_) ids_[t.id] = true;
        }
        return id < ids_.size() && ids_[id];
    }

    /// The next merge in order of rank. It is looked up with others, some merges later: `finish_merges` does the last.
    /// @param place  what `where(place)` makes the place for an error message of
    template <class Where>
    void add_merge(std::string_view left, std::string_view right, std::size_t place, Where&& where) {
        if (right.size() < prefix_length_) {
            throw error(error_kind::bad_merge, where(place),
                        in_quotes(right) + " is shorter than the continuing_subword_prefix");
        }
        waiting& w = waiting_[n_waiting_++];
        w.place = place;
        w.left = left;
        w.right = right;
        w.hashes = {hash_bytes(left), hash_bytes(right), 0};
        w.n_unknown = 2;
        if (!guess_result(left, right.substr(prefix_length_))) {
            w.joined.assign(left);
            w.joined += right.substr(prefix_length_);
            w.hashes[w.n_unknown++] = hash_bytes(w.joined);
        }
        w.result = last_result_;
        for (std::size_t i = 0; i < w.n_unknown; ++i) __builtin_prefetch(&slots_[w.hashes[i] & mask_]);
        if (n_waiting_ == waiting_.size()) finish_merges(where);
    }

    /// Call after the last merge.
    template <class Where>
    void finish_merges(Where&& where) {
        // A lookup is three misses of the cache, one after another: slot, token, spelling. Of many at once they
        // overlap; the vocabularies of today have half a million merges (Gemma 3: 1.8 times as fast to load).
        for (waiting const& w : std::span(waiting_).first(n_waiting_)) {
            for (std::size_t i = 0; i < w.n_unknown; ++i) {
                std::uint64_t const slot = slots_[w.hashes[i] & mask_];
                if (slot != empty) __builtin_prefetch(&tokens_[index_of(slot)], 1);
            }
        }
        for (waiting const& w : std::span(waiting_).first(n_waiting_)) {
            for (std::size_t i = 0; i < w.n_unknown; ++i) {
                std::uint64_t const slot = slots_[w.hashes[i] & mask_];
                if (slot != empty) __builtin_prefetch(tokens_[index_of(slot)].spelling.data());
            }
        }
        std::size_t const n = std::exchange(n_waiting_, 0);
        for (std::size_t i = 0; i < n; ++i) look_up(waiting_[i], where);
    }

    /// An added token stands for its spelling even if that is one character of the byte alphabet. DeepSeek's have 13
    /// such, for bytes that UTF-8 does not have.
    void added_are_text() noexcept { added_are_text_ = true; }

    /// @param added        the added tokens; those outside the vocabulary extend it
    /// @param place        what the error messages call the vocabulary
    [[nodiscard]] bpe_model build(std::vector<added_token> const& added, bpe_options options,
                                  std::string const& place) {
        vocabulary all = build_vocabulary(added, place);
        drop_unreachable_merges();
        try {
            return {std::move(all), std::move(merges_), std::move(options)};
        } catch (error const& e) {
            throw e.within(place);
        }
    }

    [[nodiscard]] vocabulary build_vocabulary(std::vector<added_token> const& added, std::string const& place) {
        check_id_range(largest_, tokens_.size(), place);
        for (added_token const& token : added) {
            if (token.id < max_vocabulary_size) largest_ = std::max(largest_, token.id);
        }
        check_id_range(largest_, tokens_.size() + added.size(), "added tokens");

        std::vector<added_token const*> added_by_id(std::size_t{largest_} + 1, nullptr);
        for (added_token const& token : added) {
            if (token.id < max_vocabulary_size) added_by_id[token.id] = &token;
        }
        vocabulary_builder builder;
        builder.reserve(std::size_t{largest_} + 1, n_bytes_);
        std::string bytes;
        try {
            for (entry& t : tokens_) {
                added_token const* const also_added = added_by_id[t.id];
                bool const special = also_added != nullptr && also_added->special;
                if (t.spelling.empty()) {
                    builder.add_empty(t.id);
                } else if (unit_ == symbol_unit::code_point) {
                    builder.add(t.id, t.spelling, special ? token_kind::control : token_kind::normal);
                } else if (!from_byte_alphabet(t.spelling, bytes)) {
                    // Not of the alphabet, so it stands for itself and no text leads to it.
                    t.is_outside = true;
                    builder.add_unfindable(t.id, t.spelling, special ? token_kind::control : token_kind::normal);
                } else if (also_added != nullptr && bytes != t.spelling && !t.in_merge &&
                           (bytes.size() > 1 || added_are_text_)) {
                    builder.add_unfindable(t.id, t.spelling, special ? token_kind::control : token_kind::normal);
                } else {
                    builder.add(t.id, bytes,
                                special             ? token_kind::control
                                : bytes.size() == 1 ? token_kind::byte
                                                    : token_kind::normal);
                }
            }
            for (added_token const& token : added) {
                if (find(token.content) != no_token || token.content.empty()) continue;
                builder.add_unfindable(token.id, token.content,
                                       token.special ? token_kind::control : token_kind::normal);
            }
            return builder.build();
        } catch (error const& e) {
            throw e.within(place);
        }
    }

private:
    struct entry {
        std::string_view spelling;
        token_id id;
        bool in_merge = false;
        bool is_outside = false;  // of the byte alphabet; known once the vocabulary is built
    };
    static constexpr std::uint64_t empty = ~std::uint64_t{0};

    static std::size_t index_of(std::uint64_t slot) noexcept { return slot & 0xFFFF'FFFFU; }

    // A merge of which the tokens are still to be found.
    struct waiting {
        std::string_view left, right;
        std::string joined;                   // what they make, if that is still to be found
        std::array<std::uint64_t, 3> hashes;  // of the three
        std::size_t n_unknown = 3;            // 2: `result` is the index of what they make
        std::size_t result = 0;
        std::size_t place = 0;
    };

    // Nearly always a merge makes the token that the one before it makes, or the next: no need to look further.
    [[nodiscard]] bool guess_result(std::string_view left, std::string_view right) noexcept {
        for (std::size_t const guess : {last_result_, last_result_ + 1}) {
            if (guess >= tokens_.size()) break;
            std::string_view const spelling = tokens_[guess].spelling;
            if (spelling.size() == left.size() + right.size() && same_bytes(spelling.substr(0, left.size()), left) &&
                same_bytes(spelling.substr(left.size()), right)) {
                last_result_ = guess;
                return true;
            }
        }
        return false;
    }

    template <class Where>
    void look_up(waiting const& w, Where&& where) {
        std::array<std::string_view, 3> const names{w.left, w.right, w.joined};
        std::array<token_id, 3> ids{};
        if (w.n_unknown == 2) {
            tokens_[w.result].in_merge = true;
            ids[2] = tokens_[w.result].id;
        }
        for (std::size_t i = 0; i < w.n_unknown; ++i) {
            std::uint64_t const slot = slots_[probe(names[i], w.hashes[i])];
            if (slot == empty) {
                throw error(error_kind::bad_merge, where(w.place),
                            "of the merge of " + in_quotes(w.left) + " and " + in_quotes(w.right) +
                                (i == 2 ? ", the result " : ", ") + in_quotes(names[i]) + " is not in the vocabulary",
                            "add the token or remove the merge");
            }
            entry& token = tokens_[index_of(slot)];
            token.in_merge = true;
            ids[i] = token.id;
            if (i == 2) last_result_ = index_of(slot);
        }
        merges_.push_back({ids[0], ids[1], ids[2], static_cast<std::uint32_t>(merges_.size())});
    }

    [[nodiscard]] std::size_t probe(std::string_view spelling) const noexcept {
        return probe(spelling, hash_bytes(spelling));
    }
    [[nodiscard]] std::size_t probe(std::string_view spelling, std::uint64_t hash) const noexcept {
        for (std::size_t i = hash & mask_;; i = (i + 1) & mask_) {
            std::uint64_t const slot = slots_[i];
            if (slot == empty || ((slot ^ hash) >> 32 == 0 && same_bytes(tokens_[index_of(slot)].spelling, spelling))) {
                return i;
            }
        }
    }

    // Merges of tokens that are not of the byte alphabet: no text leads to them, and their bytes need not fit.
    void drop_unreachable_merges() {
        if (unit_ != symbol_unit::byte) return;
        std::vector<bool> outside(std::size_t{largest_} + 1, false);
        bool any = false;
        for (entry const& t : tokens_) {
            if (t.in_merge && t.is_outside) outside[t.id] = any = true;
        }
        if (!any) return;
        std::erase_if(merges_,
                      [&](merge const& m) { return outside[m.left] || outside[m.right] || outside[m.result]; });
    }

    void grow() {
        slots_.assign(2 * slots_.size(), empty);
        mask_ = slots_.size() - 1;
        for (std::size_t t = 0; t < tokens_.size(); ++t) {
            slots_[probe(tokens_[t].spelling)] = (hash_bytes(tokens_[t].spelling) >> 32 << 32) | t;
        }
    }

    symbol_unit unit_;
    bool added_are_text_ = false;
    std::size_t prefix_length_;
    std::vector<std::uint64_t> slots_;  // upper half of the hash, then the index into tokens_; at most two thirds full
    std::size_t mask_;
    std::vector<entry> tokens_;
    std::vector<merge> merges_;
    token_id largest_ = 0;
    std::size_t n_bytes_ = 0;
    mutable std::vector<bool> ids_;
    std::array<waiting, 32> waiting_;
    std::size_t n_waiting_ = 0;
    std::size_t last_result_ = 0;  // the index of what the merge before made
};

}  // namespace tessera::inline v0::detail
