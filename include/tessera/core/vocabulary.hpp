// Token ids and their canonical bytes: one arena, one offset array, one hash table. Everything stands on this class.
//
// Canonical bytes are what a token adds to the decoded text. Loaders translate each format's spelling (byte alphabet,
// base64, ...) once, so comparing two vocabularies is comparing bytes.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/core/huge_pages.hpp>
#include <tessera/core/token.hpp>

namespace tessera::inline v0 {

class vocabulary_builder;

/// An immutable set of tokens, ids 0 .. size() - 1. Safe to read from many threads.
class vocabulary {
public:
    vocabulary() = default;

    /// Number of ids, gaps included.
    [[nodiscard]] std::size_t size() const noexcept { return kinds_.size(); }

    /// Canonical bytes; empty for an unused id. @pre id < size()
    [[nodiscard]] std::string_view bytes(token_id id) const noexcept {
        return {arena_.data() + begin_[id], begin_[id + 1] - begin_[id]};
    }

    /// @pre id < size()
    [[nodiscard]] token_kind kind(token_id id) const noexcept { return kinds_[id]; }

    /// The token that a model may make from these bytes, or `no_token`. Tokens added outside the model (special tokens
    /// without an entry in the model's own table) are not found. One hash, one probe on average.
    [[nodiscard]] token_id find(std::string_view bytes) const noexcept { return find(bytes, hash_bytes(bytes)); }

    /// The same for a caller who has the hash already. @pre hash == hash_bytes(bytes)
    [[nodiscard]] token_id find(std::string_view bytes, std::uint64_t hash) const noexcept {
        if (slots_.empty()) return no_token;
        for (std::size_t i = hash & mask_;; i = (i + 1) & mask_) {
            std::uint64_t const slot = slots_[i];
            if (slot == empty_slot) return no_token;
            if ((slot ^ hash) >> 32 == 0) {
                auto const id = static_cast<token_id>(slot);
                if (same_bytes(this->bytes(id), bytes)) return id;
            }
        }
    }

    /// Length of the longest token, in bytes.
    [[nodiscard]] std::size_t longest() const noexcept { return longest_; }

private:
    friend class vocabulary_builder;
    static constexpr std::uint64_t empty_slot = ~std::uint64_t{0};  // no id is 2^32 - 1

    std::string arena_;
    std::vector<std::uint32_t> begin_;  // size() + 1 offsets into arena_
    std::vector<token_kind> kinds_;
    huge_page_vector<std::uint64_t>
        slots_;  // upper half of the hash, then the id; open addressing, at most two thirds full
    std::size_t mask_ = 0;
    std::size_t longest_ = 0;
};

static_assert(Vocabulary<vocabulary>);

/// Collects tokens in any order of ids and makes a vocabulary of them.
class vocabulary_builder {
public:
    /// Adds a token that a model can make from text.
    /// @throws error  bad_token: the id is taken or too large, or the bytes are empty
    void add(token_id id, std::string_view bytes, token_kind kind = token_kind::normal) {
        place(id, bytes, kind, true);
    }

    /// Adds a token that `vocabulary::find` must not return: a special token, or a spelling no text can lead to.
    void add_unfindable(token_id id, std::string_view bytes, token_kind kind = token_kind::control) {
        place(id, bytes, kind, false);
    }

    /// Adds a token without bytes: some vocabularies have one, and no text leads to it.
    void add_empty(token_id id, token_kind kind = token_kind::normal) {
        reserve_place(id, {});
        entries_[id] = {static_cast<std::uint32_t>(arena_.size()), 0, kind, false, false};
    }

    /// Adds a token that `vocabulary::find` returns unless a token with a smaller id has the same bytes.
    void add_unless_known(token_id id, std::string_view bytes, token_kind kind = token_kind::normal) {
        place(id, bytes, kind, true);
        entries_[id].may_repeat = true;
    }

    /// Makes room for tokens of so many bytes together.
    void reserve(std::size_t n_tokens, std::size_t n_bytes) {
        entries_.reserve(n_tokens);
        arena_.reserve(n_bytes);
    }

    /// Changes the kind of a token added before.
    void set_kind(token_id id, token_kind kind) { entries_[id].kind = kind; }

    [[nodiscard]] bool contains(token_id id) const noexcept {
        return id < entries_.size() && entries_[id].kind != token_kind::unused;
    }
    /// @pre contains(id)
    [[nodiscard]] std::string_view bytes(token_id id) const noexcept {
        return std::string_view(arena_).substr(entries_[id].begin, entries_[id].length);
    }
    /// One past the largest id added.
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

    /// @throws error  bad_token: two findable tokens have the same bytes
    /// @complexity    linear in the bytes of all tokens
    [[nodiscard]] vocabulary build() const {
        vocabulary v;
        std::size_t const n = entries_.size();
        v.arena_.reserve(arena_.size());
        v.begin_.reserve(n + 1);
        v.kinds_.reserve(n);
        v.begin_.push_back(0);
        for (entry const& e : entries_) {
            v.arena_.append(arena_, e.begin, e.length);
            v.begin_.push_back(static_cast<std::uint32_t>(v.arena_.size()));
            v.kinds_.push_back(e.kind);
            if (e.length > v.longest_) v.longest_ = e.length;
        }
        v.slots_.assign(std::bit_ceil(n + n / 2 + 2), vocabulary::empty_slot);
        v.mask_ = v.slots_.size() - 1;
        // In groups, so that the processor waits for several places in the table at once.
        std::array<std::uint64_t, 32> hashes;
        for (std::size_t begin = 0; begin < n; begin += hashes.size()) {
            std::size_t const end = n - begin < hashes.size() ? n : begin + hashes.size();
            for (std::size_t id = begin; id < end; ++id) {
                hashes[id - begin] = hash_bytes(v.bytes(static_cast<token_id>(id)));
                __builtin_prefetch(&v.slots_[hashes[id - begin] & v.mask_], 1);
            }
            for (std::size_t id = begin; id < end; ++id) {
                if (!entries_[id].findable) continue;
                insert(v, static_cast<token_id>(id), hashes[id - begin], entries_[id].may_repeat);
            }
        }
        return v;
    }

private:
    struct entry {
        std::uint32_t begin = 0;
        std::uint32_t length = 0;
        token_kind kind = token_kind::unused;
        bool findable = false;
        bool may_repeat = false;
    };

    // Makes `id` an index of entries_, if a token may be there.
    void reserve_place(token_id id, std::string_view bytes) {
        if (id >= max_vocabulary_size) {
            throw error(error_kind::bad_token, "token id " + std::to_string(id),
                        "ids above " + std::to_string(max_vocabulary_size - 1) + " are not accepted",
                        "renumber the tokens from 0");
        }
        if (contains(id)) {
            throw error(error_kind::bad_token, "token id " + std::to_string(id),
                        "the id is given to two tokens, \"" + to_byte_alphabet(this->bytes(id)) + "\" and \"" +
                            to_byte_alphabet(bytes) + "\"",
                        "give each token its own id");
        }
        if (id >= entries_.size()) entries_.resize(std::size_t{id} + 1);
    }

    void place(token_id id, std::string_view bytes, token_kind kind, bool findable) {
        if (bytes.empty()) {
            throw error(error_kind::bad_token, "token id " + std::to_string(id), "the token is empty",
                        "remove it from the file");
        }
        reserve_place(id, bytes);
        if (arena_.size() + bytes.size() > 0xFFFF'FFFFU) {
            throw error(error_kind::limit, "token id " + std::to_string(id), "the tokens have more than 4 GiB of text");
        }
        entries_[id] = {static_cast<std::uint32_t>(arena_.size()), static_cast<std::uint32_t>(bytes.size()), kind,
                        findable, false};
        arena_ += bytes;
    }

    static void insert(vocabulary& v, token_id id, std::uint64_t hash, bool may_repeat) {
        std::string_view const bytes = v.bytes(id);
        std::size_t i = hash & v.mask_;
        for (; v.slots_[i] != vocabulary::empty_slot; i = (i + 1) & v.mask_) {
            auto const other = static_cast<token_id>(v.slots_[i]);
            if ((v.slots_[i] ^ hash) >> 32 == 0 && same_bytes(v.bytes(other), bytes)) {
                if (may_repeat) return;
                throw error(error_kind::bad_token, "token id " + std::to_string(id),
                            "\"" + to_byte_alphabet(bytes) + "\" has id " + std::to_string(other) + " already",
                            "keep one of the two");
            }
        }
        v.slots_[i] = (hash >> 32 << 32) | id;
    }

    std::string arena_;
    std::vector<entry> entries_;
};

}  // namespace tessera::inline v0
