// Byte-pair encoding of a batch, from tokens: the pair of neighbours that is most frequent in all sequences becomes one
// token, again and again. Arithmetic of the reference, which counts everything anew for each merge; here a merge costs
// what it changes.
//
// Of equally frequent pairs the one goes first that comes first in the batch as it is now. The queue holds, of each
// pair, an entry with a count and a place that were right when it was made. Between two merges
//
//   (1) the newest entry of a pair is at least as good as the pair: its count is no smaller, its place no later.
//
// For a pair becomes worse only by losing a place where it stood, whereupon an old entry is too good; it becomes better
// (more frequent, or earlier: where a merge makes a symbol that was there already, it may stand before all the others)
// only by getting one, and then it gets a new entry at the end of the merge. So if the entry on top of the queue is
// right, no pair is better than it; if it is not, the pair comes back with what is right. Each return is paid for by a
// place that was lost since the entry was made, and each place is lost once; a merge of k places makes at most 2k. All
// merges together take O(n log n) for n tokens, and one of m places O(m log n) beside such returns.
// Paper: Feher, Vulic, Minixhofer 2024, "Retrofitting Large Language Models with Dynamic Tokenization",
// arXiv:2411.18553, sec. 3.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/token.hpp>
#include <tessera/dynamic/base_tokens.hpp>
#include <tessera/dynamic/boundary.hpp>
#include <tessera/dynamic/detail/key_index.hpp>
#include <tessera/dynamic/detail/symbol_table.hpp>
#include <tessera/dynamic/token_batch.hpp>

namespace tessera::inline v0::dynamic {

/// As many merges as there are.
inline constexpr std::size_t all_merges = ~std::size_t{0};

/// Merges batches. Keeps its memory from one to the next; one per thread.
/// @tparam P      of the boundary rule
/// @par Differs   from the reference: docs/differences.md
/// @par Example   examples/dynamic_batch.cpp
template <Pretokenizer P>
class batch_merger {
public:
    /// @param base  tokens with which batches begin. Their vocabulary and the rule's pretokenizer have to stay.
    batch_merger(base_tokens base, boundary_rule<P> rule)
        : symbols_(std::move(base), rule.specials()), rule_(std::move(rule)) {}

    /// Merges the neighbours that stand side by side most often, at most `max_merges` times. Sequences do not touch. A
    /// merged token has the word of its left part.
    /// @throws error  bad_id: an id has no token; limit: more than 2^29 tokens
    /// @complexity    O(n log n) for n tokens, however many merges; the rule is asked once about each pair
    [[nodiscard]] merged_batch merge(token_batch const& batch, std::size_t max_merges) {
        read(batch);
        merged_batch out;
        out.n_tokens_before = n_alive_;
        while (out.merges.size() < max_merges) {
            std::uint32_t const pair = best();
            if (pair == none) break;
            std::size_t const count = pairs_[pair].count;
            detail::symbol const left = pairs_[pair].left;
            detail::symbol const right = pairs_[pair].right;
            detail::symbol const result = symbols_.joined(left, right);
            apply(pair, result);
            out.merges.push_back({symbols_.id(left), symbols_.id(right), symbols_.id(result), count, n_alive_});
        }
        out.is_exhausted = best() == none;
        write(batch, out);
        out.new_tokens = symbols_.take_new_tokens();
        return out;
    }

private:
    static constexpr std::size_t max_tokens = std::size_t{1} << 29;  // serial numbers stay below 6 of each
    static constexpr std::uint32_t none = 0xFFFF'FFFFU;              // no place, no pair
    static constexpr std::uint32_t barred = 0xFFFF'FFFEU;            // no pair: the two may not merge

    // A token stays at the place of its leftmost part.
    struct place {
        token_id id;  // as it came, or of what was merged here
        detail::symbol what;
        std::uint32_t previous, next;  // of the sequence; or none
        std::uint32_t pair;            // of this token and the next
    };
    struct pair_state {
        detail::symbol left, right;
        std::uint32_t count;
        std::uint32_t newest;  // entry of the queue; others are void
        bool allowed;
        bool is_touched;                    // has got places in this merge
        std::vector<std::uint32_t> places;  // a heap, the first on top; perhaps with some that it has lost
    };
    struct entry {
        std::uint32_t count, place, pair, serial;
        friend bool operator<(entry const& a, entry const& b) noexcept {
            return a.count != b.count ? a.count < b.count : a.place > b.place;
        }
    };

    static constexpr bool later(std::uint32_t a, std::uint32_t b) noexcept { return a > b; }

    void read(token_batch const& batch) {
        if (batch.ids.size() > max_tokens) throw error(error_kind::limit, "batch", "it has more than 2^29 tokens");
        symbols_.clear();
        index_.clear();
        n_pairs_ = 0;
        queue_.clear();
        touched_.clear();
        serial_ = 0;
        n_alive_ = batch.ids.size();
        places_.resize(n_alive_);
        std::uint32_t at = 0;
        for (std::size_t const end : batch.ends) {
            for (std::uint32_t const begin = at; at < end; ++at) {
                token_id const id = batch.ids[at];
                if (id >= symbols_.base().size()) {
                    throw error(error_kind::bad_id, "token " + std::to_string(at + 1) + " of the batch",
                                std::to_string(id) + " is not in the vocabulary of " +
                                    std::to_string(symbols_.base().size()) + " ids");
                }
                places_[at] = {id, symbols_.of(id), at == begin ? none : at - 1, at + 1 == end ? none : at + 1, none};
            }
        }
        for (std::uint32_t p = 0; p < at; ++p) add_pair_at(p);
        for (std::uint32_t const pair : touched_) {
            pairs_[pair].is_touched = false;
            queue_.push_back(entry_of(pair));
        }
        touched_.clear();
        std::make_heap(queue_.begin(), queue_.end());
    }

    // Of the token at p and the next, where there is one and this is not done.
    void add_pair_at(std::uint32_t p) {
        place& here = places_[p];
        if (here.next == none || here.pair != none) return;
        detail::symbol const left = here.what;
        detail::symbol const right = places_[here.next].what;
        auto const [value, is_new] = index_[std::uint64_t{left} << 32 | right];
        if (is_new) *value = new_pair(left, right);
        pair_state& pair = pairs_[*value];
        here.pair = pair.allowed ? *value : barred;
        if (!pair.allowed) return;
        ++pair.count;
        pair.places.push_back(p);
        std::push_heap(pair.places.begin(), pair.places.end(), later);
        if (!std::exchange(pair.is_touched, true)) touched_.push_back(*value);
    }
    std::uint32_t new_pair(detail::symbol left, detail::symbol right) {
        if (n_pairs_ == pairs_.size()) pairs_.emplace_back();
        pair_state& pair = pairs_[n_pairs_];
        pair.left = left;
        pair.right = right;
        pair.count = pair.newest = 0;
        pair.allowed = rule_(symbols_.seen(left), symbols_.seen(right));
        pair.is_touched = false;
        pair.places.clear();
        return static_cast<std::uint32_t>(n_pairs_++);
    }
    void remove_pair_at(std::uint32_t p) {
        if (p == none) return;
        std::uint32_t const pair = std::exchange(places_[p].pair, none);
        if (pair < barred) --pairs_[pair].count;
    }

    // Its first place, after those that it has lost are gone. A place is lost for good: from there on tokens grow.
    // @pre count > 0
    std::uint32_t first_place(std::uint32_t pair) {
        auto& places = pairs_[pair].places;
        while (places_[places.front()].pair != pair) {
            std::pop_heap(places.begin(), places.end(), later);
            places.pop_back();
        }
        return places.front();
    }
    entry entry_of(std::uint32_t pair) {
        pairs_[pair].newest = ++serial_;
        return {pairs_[pair].count, first_place(pair), pair, serial_};
    }
    void push(entry const& e) {
        queue_.push_back(e);
        std::push_heap(queue_.begin(), queue_.end());
    }

    // The pair to merge, which stays in the queue; or none.
    std::uint32_t best() {
        while (!queue_.empty()) {
            entry const top = queue_.front();
            pair_state const& pair = pairs_[top.pair];
            bool const is_void = pair.newest != top.serial || pair.count == 0;
            // As many places as then are the same places: it has got none since, or there would be a newer entry.
            if (!is_void && pair.count == top.count) return top.pair;
            std::pop_heap(queue_.begin(), queue_.end());
            queue_.pop_back();
            if (!is_void) push(entry_of(top.pair));
        }
        return none;
    }

    // From left to right, each place where it still stands: in "aaa" the second is gone when its turn comes.
    void apply(std::uint32_t pair, detail::symbol result) {
        merged_.swap(pairs_[pair].places);
        pairs_[pair].places.clear();
        std::sort(merged_.begin(), merged_.end());
        token_id const id = symbols_.id(result);
        std::size_t n = 0;
        for (std::uint32_t const p : merged_) {
            place& here = places_[p];
            if (here.pair != pair) continue;
            std::uint32_t const right = here.next;
            remove_pair_at(here.previous);
            remove_pair_at(p);
            remove_pair_at(right);
            here.id = id;
            here.what = result;
            here.next = places_[right].next;
            if (here.next != none) places_[here.next].previous = p;
            --n_alive_;
            merged_[n++] = p;
        }
        merged_.resize(n);
        for (std::uint32_t const p : merged_) {
            if (places_[p].previous != none) add_pair_at(places_[p].previous);
            add_pair_at(p);
        }
        for (std::uint32_t const changed : touched_) {
            pairs_[changed].is_touched = false;
            push(entry_of(changed));
        }
        touched_.clear();
    }

    void write(token_batch const& in, merged_batch& out) const {
        out.batch.ids.reserve(n_alive_);
        out.batch.ends.reserve(in.ends.size());
        out.batch.words.reserve(in.words.empty() ? 0 : n_alive_);
        std::size_t begin = 0;
        for (std::size_t const end : in.ends) {
            for (std::uint32_t p = begin == end ? none : static_cast<std::uint32_t>(begin); p != none;
                 p = places_[p].next) {
                out.batch.ids.push_back(places_[p].id);
                if (!in.words.empty()) out.batch.words.push_back(in.words[p]);
            }
            out.batch.ends.push_back(out.batch.ids.size());
            begin = end;
        }
    }

    detail::symbol_table symbols_;
    boundary_rule<P> rule_;
    std::vector<place> places_;
    std::vector<pair_state> pairs_;  // more than n_pairs_ of a larger batch, for their memory
    std::size_t n_pairs_ = 0;
    detail::key_index index_;
    std::vector<entry> queue_;  // a heap
    std::vector<std::uint32_t> touched_;
    std::vector<std::uint32_t> merged_;
    std::size_t n_alive_ = 0;
    std::uint32_t serial_ = 0;
};

}  // namespace tessera::inline v0::dynamic
