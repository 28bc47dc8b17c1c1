// How often each pretoken occurs: what a trainer needs to know of a corpus.
//
// Nearly all pretokens are shorter than 16 bytes. Those lie, whole, in one table of 24-byte slots: counting one costs
// one probe into one cache line, which `add_later` fetches ahead. The others lie in an arena.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/hash.hpp>

namespace tessera::inline v0 {

/// Pretoken -> number of occurrences, 64 bits wide.
class pretoken_counts {
public:
    /// Counts `n` more of a pretoken. Empty ones are not counted.
    void add(std::string_view pretoken, std::uint64_t n = 1) {
        if (pretoken.empty() || n == 0) return;
        if (pretoken.size() <= max_short) {
            add_short(key_of(pretoken), n);
        } else {
            add_long(pretoken, n);
        }
    }

    /// As add(pretoken, 1), but may take effect only at the next `flush`: in between, the table's memory is on its way.
    void add_later(std::string_view pretoken) {
        if (pretoken.size() > max_short) {
            add_long(pretoken, 1);
            return;
        }
        if (pretoken.empty()) return;
        if (n_pending_ == pending_.size()) flush();
        short_key const key = key_of(pretoken);
        pending_[n_pending_++] = key;
        if (!short_.empty()) __builtin_prefetch(&short_[hash_of(key) & (short_.size() - 1)], 1);
    }

    /// Makes everything given to `add_later` count. Call before reading.
    void flush() {
        std::size_t const n = std::exchange(n_pending_, 0);
        for (std::size_t i = 0; i < n; ++i) add_short(pending_[i], 1);
    }

    /// Number of different pretokens.
    [[nodiscard]] std::size_t size() const noexcept { return n_short_ + long_.size(); }

    /// Number of occurrences of all pretokens.
    [[nodiscard]] std::uint64_t total() const noexcept {
        std::uint64_t sum = 0;
        for (short_slot const& s : short_) sum += s.count;
        for (long_entry const& e : long_) sum += e.count;
        return sum;
    }

    /// Calls `f(std::string_view pretoken, std::uint64_t count)` for each, in no particular order. The view is good
    /// during the call.
    template <class F>
    void for_each(F&& f) const {
        std::array<char, 16> bytes{};
        for (short_slot const& s : short_) {
            if (s.count == 0) continue;
            std::memcpy(bytes.data(), &s.key.low, 8);
            std::memcpy(bytes.data() + 8, &s.key.high, 8);
            f(std::string_view(bytes.data(), s.key.high >> 56), s.count);
        }
        for (long_entry const& e : long_) f(std::string_view(arena_).substr(e.begin, e.length), e.count);
    }

    void merge_from(pretoken_counts const& other) {
        for (short_slot const& s : other.short_) {
            if (s.count != 0) add_short(s.key, s.count);
        }
        for (long_entry const& e : other.long_) {
            add_long(std::string_view(other.arena_).substr(e.begin, e.length), e.count);
        }
    }

    /// All pretokens with their counts, sorted by bytes.
    [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> sorted() const {
        std::vector<std::pair<std::string, std::uint64_t>> all;
        all.reserve(size());
        for_each([&](std::string_view pretoken, std::uint64_t n) { all.emplace_back(pretoken, n); });
        std::sort(all.begin(), all.end());
        return all;
    }

    /// Bytes held, what `size()` pretokens cost.
    [[nodiscard]] std::size_t memory_bytes() const noexcept {
        return short_.capacity() * sizeof(short_slot) + long_.capacity() * sizeof(long_entry) +
               long_index_.capacity() * sizeof(std::uint64_t) + arena_.capacity();
    }

    void clear() { *this = pretoken_counts(); }

private:
    static_assert(std::endian::native == std::endian::little, "short keys are laid out for little-endian machines");
    static constexpr std::size_t max_short = 15;

    // The bytes, zero-padded to 15, and the length in the last byte.
    struct short_key {
        std::uint64_t low = 0;
        std::uint64_t high = 0;
        friend bool operator==(short_key const&, short_key const&) = default;
    };
    struct short_slot {
        short_key key;
        std::uint64_t count = 0;  // 0: empty
    };
    struct long_entry {
        std::size_t begin;
        std::size_t length;
        std::uint64_t count;
    };

    template <class T>
    static std::uint64_t load(char const* at) noexcept {
        T value;
        std::memcpy(&value, at, sizeof value);
        return value;
    }

    static short_key key_of(std::string_view s) noexcept {
        std::size_t const n = s.size();
        std::uint64_t const length = std::uint64_t{n} << 56;
        char const* const p = s.data();
        if (n >= 8) {
            // The last eight bytes, without those that `low` has; n - 8 is at most 7, so the top byte stays free.
            std::uint64_t const high = n == 8 ? 0 : load<std::uint64_t>(p + n - 8) >> (8 * (16 - n));
            return {load<std::uint64_t>(p), high | length};
        }
        if (n >= 4) return {load<std::uint32_t>(p) | load<std::uint32_t>(p + n - 4) << (8 * (n - 4)), length};
        return {load<std::uint8_t>(p) | load<std::uint8_t>(p + n / 2) << (8 * (n / 2)) |
                    load<std::uint8_t>(p + n - 1) << (8 * (n - 1)),
                length};
    }

    static std::uint64_t hash_of(short_key const& key) noexcept {
        std::uint64_t const h = (key.low ^ 0x9E37'79B9'7F4A'7C15ULL) * 0xD6E8'FEB8'6659'FD93ULL;
        std::uint64_t const g = (key.high ^ std::rotl(h, 32)) * 0xA076'1D64'78BD'642FULL;
        return g ^ (g >> 32);
    }

    void add_short(short_key const& key, std::uint64_t n) {
        if (4 * n_short_ >= 3 * short_.size()) grow_short();
        short_slot& s = short_[probe(key)];
        if (s.count == 0) {
            s.key = key;
            ++n_short_;
        }
        s.count += n;
    }

    [[nodiscard]] std::size_t probe(short_key const& key) const noexcept {
        std::size_t const mask = short_.size() - 1;
        std::size_t i = hash_of(key) & mask;
        while (short_[i].count != 0 && short_[i].key != key) i = (i + 1) & mask;
        return i;
    }

    void grow_short() {
        std::vector<short_slot> old(short_.empty() ? 1024 : 2 * short_.size());
        old.swap(short_);
        for (short_slot const& s : old) {
            if (s.count != 0) short_[probe(s.key)] = s;
        }
    }

    void add_long(std::string_view pretoken, std::uint64_t n) {
        if (2 * long_.size() >= long_index_.size()) grow_long();
        std::uint64_t const hash = hash_bytes(pretoken);
        std::size_t const mask = long_index_.size() - 1;
        std::size_t i = hash & mask;
        for (; long_index_[i] != 0; i = (i + 1) & mask) {
            long_entry& e = long_[static_cast<std::uint32_t>(long_index_[i]) - 1];
            if ((long_index_[i] ^ hash) >> 32 == 0 && std::string_view(arena_).substr(e.begin, e.length) == pretoken) {
                e.count += n;
                return;
            }
        }
        long_.push_back({arena_.size(), pretoken.size(), n});
        arena_ += pretoken;
        long_index_[i] = (hash >> 32 << 32) | static_cast<std::uint32_t>(long_.size());
    }

    void grow_long() {
        long_index_.assign(long_index_.empty() ? 256 : 2 * long_index_.size(), 0);
        std::size_t const mask = long_index_.size() - 1;
        for (std::size_t k = 0; k < long_.size(); ++k) {
            std::uint64_t const hash = hash_bytes(std::string_view(arena_).substr(long_[k].begin, long_[k].length));
            std::size_t i = hash & mask;
            while (long_index_[i] != 0) i = (i + 1) & mask;
            long_index_[i] = (hash >> 32 << 32) | static_cast<std::uint32_t>(k + 1);
        }
    }

    std::vector<short_slot> short_;
    std::size_t n_short_ = 0;
    std::vector<long_entry> long_;
    std::vector<std::uint64_t> long_index_;  // upper half of the hash, then index into long_ plus one; 0: empty
    std::string arena_;
    std::array<short_key, 32> pending_{};
    std::size_t n_pending_ = 0;
};

}  // namespace tessera::inline v0
