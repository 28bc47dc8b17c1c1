// Remembers the ids of short pretokens. Text repeats its words: in languages whose words are rarely tokens, most of the
// merging that encoding would do has been done a moment ago. Part of a model's scratch, so one a thread.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include <tessera/core/hash.hpp>
#include <tessera/core/token.hpp>

namespace tessera::inline v0 {

/// Pretoken of up to 30 bytes -> up to 8 ids; a direct-mapped table of 64-byte entries. Exact: the bytes are compared.
/// It starts empty, grows with what is put in, and stops at its limit, where new entries replace old ones.
class pretoken_cache {
public:
    static constexpr std::size_t max_bytes = 30;
    static constexpr std::size_t max_ids = 8;

    static constexpr std::size_t default_limit = std::size_t{1} << 16;  // 4 MiB when full

    pretoken_cache() : pretoken_cache(default_limit) {}
    /// @param limit  entries, rounded up to a power of two; 0: remembers nothing
    explicit pretoken_cache(std::size_t limit) : limit_(limit == 0 ? 0 : std::bit_ceil(limit)) {}

    /// Forgets everything if it was filled by another model. @param model  a number no other model has, not 0
    void serve(std::uint64_t model) noexcept {
        if (model == model_) return;
        model_ = model;
        std::fill(entries_.begin(), entries_.end(), entry{});
    }

    /// The ids of `pretoken`, or an empty span. @param hash  hash_bytes(pretoken)
    [[nodiscard]] std::span<token_id const> find(std::string_view pretoken, std::uint64_t hash) const noexcept {
        if (entries_.empty() || pretoken.empty()) return {};
        entry const& e = entries_[place(hash)];
        if (e.length != pretoken.size() || !equal(e.bytes.data(), pretoken.data(), e.length)) return {};
        return {e.ids.data(), e.n_ids};
    }

    /// Remembers the ids of `pretoken` where they fit; empty ones are not remembered.
    void insert(std::string_view pretoken, std::uint64_t hash, std::span<token_id const> ids) {
        if (pretoken.empty() || pretoken.size() > max_bytes || ids.empty() || ids.size() > max_ids || limit_ == 0)
            return;
        // Not before there is something to gain: many texts are a few words long.
        if (++n_inserted_ > entries_.size() + first_entry && entries_.size() < limit_) grow();
        if (entries_.empty()) return;
        put(pretoken, hash, ids);
    }

private:
    static constexpr std::size_t first_entry = 64;  // inserts before the table is made

    struct alignas(64) entry {
        std::uint8_t length = 0;  // 0: empty
        std::uint8_t n_ids = 0;
        std::array<char, max_bytes> bytes{};
        std::array<token_id, max_ids> ids{};
    };
    static_assert(sizeof(entry) == 64);

    [[nodiscard]] std::size_t place(std::uint64_t hash) const noexcept {
        return (hash >> 20) & (entries_.size() - 1);  // not the bits that pick a slot in the vocabulary
    }

    void put(std::string_view pretoken, std::uint64_t hash, std::span<token_id const> ids) {
        entry& e = entries_[place(hash)];
        e.length = static_cast<std::uint8_t>(pretoken.size());
        e.n_ids = static_cast<std::uint8_t>(ids.size());
        std::memcpy(e.bytes.data(), pretoken.data(), pretoken.size());
        std::copy(ids.begin(), ids.end(), e.ids.begin());
    }

    void grow() {
        std::vector<entry> old(std::min(limit_, entries_.empty() ? 4 * first_entry : 4 * entries_.size()));
        old.swap(entries_);
        n_inserted_ = 0;
        for (entry const& e : old) {
            if (e.length == 0) continue;
            std::string_view const pretoken(e.bytes.data(), e.length);
            put(pretoken, hash_bytes(pretoken), std::span(e.ids).first(e.n_ids));
        }
    }

    template <class T>
    static T load(char const* at) noexcept {
        T value;
        std::memcpy(&value, at, sizeof value);
        return value;
    }
    // memcmp for 1 to 30 bytes without a call or a loop: both ends, which overlap.
    static bool equal(char const* a, char const* b, std::size_t n) noexcept {
        auto const both_ends = [&]<class T>(T) {
            return ((load<T>(a) ^ load<T>(b)) | (load<T>(a + n - sizeof(T)) ^ load<T>(b + n - sizeof(T)))) == 0;
        };
        if (n > 16) {
            return ((load<std::uint64_t>(a + 8) ^ load<std::uint64_t>(b + 8)) |
                    (load<std::uint64_t>(a + n - 16) ^ load<std::uint64_t>(b + n - 16))) == 0 &&
                   both_ends(std::uint64_t{});
        }
        if (n >= 8) return both_ends(std::uint64_t{});
        if (n >= 4) return both_ends(std::uint32_t{});
        return a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1];
    }

    std::vector<entry> entries_;
    std::size_t limit_;
    std::size_t n_inserted_ = 0;  // since the table has this size
    std::uint64_t model_ = 0;
};

}  // namespace tessera::inline v0
