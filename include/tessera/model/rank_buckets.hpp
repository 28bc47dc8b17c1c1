// A priority queue of possible merges: smallest rank first, leftmost first among equals. Merges of a rank lie in a
// bucket of their own, which is put in order when its turn comes. Taking them out then goes through the text from left
// to right, which the processor can look ahead in; out of one heap they come from everywhere at once, and a text of
// 512 KB whose symbols leave the L2 cache took three times as long as one of 256 KB.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <tessera/core/token.hpp>

namespace tessera::inline v0::detail {

/// Ranks from which on something is in a bucket: a bit each, and a bit for each word of bits, up to a single word.
class rank_bits {
public:
    [[nodiscard]] std::size_t size() const noexcept { return 64 * words_[0].size(); }
    void grow(std::size_t n_ranks) {
        std::size_t n = n_ranks;
        for (std::vector<std::uint64_t>& level : words_) {
            n = (n + 63) / 64;
            level.resize(n, 0);
        }
    }
    void set(std::uint32_t rank) noexcept {
        for (std::vector<std::uint64_t>& level : words_) {
            level[rank / 64] |= std::uint64_t{1} << rank % 64;
            rank /= 64;
        }
    }
    void clear(std::uint32_t rank) noexcept {
        for (std::vector<std::uint64_t>& level : words_) {
            if ((level[rank / 64] &= ~(std::uint64_t{1} << rank % 64)) != 0) return;
            rank /= 64;
        }
    }
    /// @return  false if there is none
    [[nodiscard]] bool first(std::uint32_t& rank) const noexcept {
        std::size_t at = 0;
        for (std::size_t level = words_.size(); level-- > 0;) {
            if (words_[level].empty() || words_[level][at] == 0) return false;
            at = 64 * at + static_cast<std::size_t>(std::countr_zero(words_[level][at]));
        }
        rank = static_cast<std::uint32_t>(at);
        return true;
    }

private:
    std::array<std::vector<std::uint64_t>, 6> words_;  // 64^6 ranks: more than there are
};

/// The merges that may be made, in order of rank and place.
class rank_buckets {
public:
    struct candidate {
        std::uint32_t left;  // the place of the left symbol
        token_id result;
    };

    /// Forgets what is left of a text that was not finished.
    void clear() {
        for (std::uint32_t rank = 0; waiting_.first(rank);) {
            waiting_.clear(rank);
            last_[rank] = none;
        }
        free_ = none;
        chunks_.clear();
        open_.clear();
        late_.clear();
        at_ = 0;
    }

    void push(std::uint32_t rank, candidate c) {
        if (rank <= rank_ && at_ < open_.size()) {  // its turn has come, or has passed
            late_.push_back({std::uint64_t{rank} << 32 | c.left, c.result});
            std::push_heap(late_.begin(), late_.end(), later);
            return;
        }
        if (rank >= last_.size()) {
            waiting_.grow(std::size_t{rank} + 1 + rank / 2);
            last_.resize(waiting_.size(), none);
        }
        std::uint32_t last = last_[rank];
        if (last == none) waiting_.set(rank);
        if (last == none || chunks_[last].n == chunk::capacity) last = last_[rank] = new_chunk(last);
        chunk& to = chunks_[last];
        to.candidates[to.n++] = c;
    }

    /// Takes out the next one.
    /// @param ahead  gets the place of one that comes soon
    /// @return       false if there is none
    template <class Ahead>
    bool pop(candidate& next, Ahead&& ahead) {
        if (at_ == open_.size() && late_.empty() && !open_bucket()) return false;
        if (!late_.empty()) [[unlikely]] {
            late const& first = late_.front();
            if (at_ == open_.size() || first.order < (std::uint64_t{rank_} << 32 | open_[at_].left)) {
                next = {static_cast<std::uint32_t>(first.order), first.result};
                std::pop_heap(late_.begin(), late_.end(), later);
                late_.pop_back();
                return true;
            }
        }
        next = open_[at_++];
        if (at_ + 16 < open_.size()) ahead(open_[at_ + 16].left);
        return true;
    }

private:
    static constexpr std::uint32_t none = 0xFFFF'FFFFU;

    struct chunk {  // a cache line
        static constexpr std::uint32_t capacity = 7;
        std::array<candidate, capacity> candidates;
        std::uint32_t n = 0;
        std::uint32_t before = none;  // of the same bucket
    };
    struct late {
        std::uint64_t order;  // rank, then place
        token_id result;
    };
    static bool later(late const& a, late const& b) noexcept { return a.order > b.order; }

    std::uint32_t new_chunk(std::uint32_t before) {
        std::uint32_t made = free_;
        if (made != none) {
            free_ = chunks_[made].before;
        } else {
            made = static_cast<std::uint32_t>(chunks_.size());
            chunks_.emplace_back();
        }
        chunks_[made].n = 0;
        chunks_[made].before = before;
        return made;
    }

    bool open_bucket() {
        open_.clear();
        at_ = 0;
        if (!waiting_.first(rank_)) return false;
        waiting_.clear(rank_);
        for (std::uint32_t i = std::exchange(last_[rank_], none); i != none;) {
            chunk& c = chunks_[i];
            for (std::uint32_t k = c.n; k-- > 0;) open_.push_back(c.candidates[k]);
            std::uint32_t const before = std::exchange(c.before, free_);
            free_ = i;
            i = before;
        }
        std::reverse(open_.begin(), open_.end());
        auto const is_left_of = [](candidate const& a, candidate const& b) { return a.left < b.left; };
        if (!std::is_sorted(open_.begin(), open_.end(), is_left_of)) {
            std::sort(open_.begin(), open_.end(), is_left_of);
        }
        return true;
    }

    rank_bits waiting_;
    std::vector<std::uint32_t> last_;  // of each rank: its last chunk
    std::vector<chunk> chunks_;
    std::uint32_t free_ = none;  // chunks that are free again
    std::uint32_t rank_ = 0;     // of the bucket that is open
    std::vector<candidate> open_;
    std::size_t at_ = 0;
    std::vector<late> late_;  // a heap: of ranks whose turn came before they did
};

}  // namespace tessera::inline v0::detail
