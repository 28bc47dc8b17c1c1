// For each pair of neighbouring symbols: how often it occurs, and where.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <tessera/core/hash.hpp>
#include <tessera/core/huge_pages.hpp>
#include <tessera/train/detail/pair_counts.hpp>

namespace tessera::inline v0::detail {

/// symbol_pair -> 64-bit count and lists of places; open addressing. Places may be out of date: who reads one checks
/// that the pair is there.
class pair_places {
public:
    pair_places() : slots_(1024) {}

    [[nodiscard]] std::int64_t count(symbol_pair p) const noexcept {
        slot const& s = slots_[probe(p)];
        return s.key == p ? s.count : 0;
    }

    void add(symbol_pair p, std::int64_t change) { at(p).count += change; }

    /// Notes that the pair is to get one more place from `fill`.
    void expect_place(symbol_pair p) {
        slot& s = at(p);
        if (s.list == none) {
            s.list = static_cast<std::uint32_t>(lists_.size());
            lists_.push_back({0, 0, none});
        }
        ++lists_[s.list].n;
    }
    /// Makes room for all places expected; then `fill` is called once for each.
    void allocate() {
        std::uint64_t end = places_.size();
        for (list& l : lists_) {
            l.begin = end;
            end += l.n;
            l.n = 0;
        }
        places_.resize(end);
    }
    void fill(symbol_pair p, std::uint32_t place) {
        list& l = lists_[slots_[probe(p)].list];
        places_[l.begin + l.n++] = place;
    }

    /// A new list of n places for the pair, to be written by the caller. Good until the next call.
    [[nodiscard]] std::span<std::uint32_t> append(symbol_pair p, std::size_t n) {
        slot& s = at(p);
        lists_.push_back({places_.size(), static_cast<std::uint32_t>(n), s.list});
        s.list = static_cast<std::uint32_t>(lists_.size() - 1);
        places_.resize(places_.size() + n);
        return std::span(places_).last(n);
    }

    /// Replaces `out` by the places of the pair, the latest list first, and forgets them.
    void take(symbol_pair p, std::vector<std::uint32_t>& out) {
        out.clear();
        slot& s = slots_[probe(p)];
        if (s.key != p) return;
        for (std::uint32_t i = s.list; i != none; i = lists_[i].next) {
            auto const begin = places_.begin() + static_cast<std::ptrdiff_t>(lists_[i].begin);
            out.insert(out.end(), begin, begin + lists_[i].n);
        }
        s.list = none;
    }

    template <class F>
    void for_each(F&& f) const {
        for (slot const& s : slots_) {
            if (s.key != empty && s.count > 0) f(s.key, s.count);
        }
    }

    void reserve_places(std::size_t n) { places_.reserve(n); }
    [[nodiscard]] std::size_t memory_bytes() const noexcept {
        return slots_.capacity() * sizeof(slot) + lists_.capacity() * sizeof(list) + 4 * places_.capacity();
    }

private:
    static constexpr symbol_pair empty = ~std::uint64_t{0};
    static constexpr std::uint32_t none = 0xFFFF'FFFFU;
    struct slot {
        symbol_pair key = empty;
        std::int64_t count = 0;
        std::uint32_t list = none;
    };
    struct list {
        std::uint64_t begin;
        std::uint32_t n;
        std::uint32_t next;  // an older list of the same pair
    };

    slot& at(symbol_pair p) {
        std::size_t i = probe(p);
        if (slots_[i].key != p) {
            if (4 * (used_ + 1) > 3 * slots_.size()) {
                rebuild();
                i = probe(p);
            }
            slots_[i].key = p;
            ++used_;
        }
        return slots_[i];
    }

    [[nodiscard]] std::size_t probe(symbol_pair p) const noexcept {
        std::size_t const mask = slots_.size() - 1;
        std::size_t i = hash_key(p) & mask;
        while (slots_[i].key != p && slots_[i].key != empty) i = (i + 1) & mask;
        return i;
    }

    // Drops pairs that no longer occur, which in the long run most do. So a count must not pass through zero on its way
    // to another value: the caller adds before it subtracts.
    void rebuild() {
        std::size_t live = 0;
        for (slot const& s : slots_) live += s.key != empty && s.count != 0;
        huge_page_vector<slot> old(2 * live > slots_.size() ? 2 * slots_.size() : slots_.size());
        old.swap(slots_);
        used_ = live;
        for (slot const& s : old) {
            if (s.key != empty && s.count != 0) slots_[probe(s.key)] = s;
        }
    }

    huge_page_vector<slot> slots_;
    std::size_t used_ = 0;
    std::vector<list> lists_;
    std::vector<std::uint32_t> places_;
};

}  // namespace tessera::inline v0::detail
