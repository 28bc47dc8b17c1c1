// Which pair to merge next. A heap for the frequent pairs; the rest, nearly all of which are never merged, wait in a
// plain vector until the heap has run dry and the threshold falls.
//
// An entry keeps the count it was queued with. Counts change later; the caller compares the top with the live count and
// queues it again where they differ ("lazy refresh", as in Hugging Face's trainer, whose order this reproduces: a pair
// may have several entries, each with the places that were found for it at one step).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <tessera/train/detail/pair_counts.hpp>

namespace tessera::inline v0::detail {

struct queued_pair {
    std::uint64_t count;
    symbol_pair pair;
    std::uint32_t step;      // when it was found: of equal entries the older goes first, whatever the threads did
    std::uint32_t n_places;  // 1: `places` is the place itself
    std::uint32_t places;    // where its places begin in the list of places
};

/// @tparam TieBreak  `bool operator()(symbol_pair a, symbol_pair b)`: a goes before b among equal counts
template <class TieBreak>
class merge_queue {
public:
    explicit merge_queue(TieBreak tie_break) : tie_break_(std::move(tie_break)) {}

    void push(queued_pair const& entry) {
        if (entry.count < threshold_) {
            waiting_.push_back(entry);
        } else {
            heap_.push_back(entry);
            std::push_heap(heap_.begin(), heap_.end(), after());
        }
    }

    [[nodiscard]] std::optional<queued_pair> pop() {
        if (heap_.empty() && !lower_threshold()) return std::nullopt;
        queued_pair const top = heap_.front();
        std::pop_heap(heap_.begin(), heap_.end(), after());
        heap_.pop_back();
        return top;
    }

private:
    auto after() const {
        return [this](queued_pair const& a, queued_pair const& b) {
            if (a.count != b.count) return a.count < b.count;
            if (a.pair != b.pair) return tie_break_(b.pair, a.pair);
            return a.step > b.step;
        };
    }

    bool lower_threshold() {
        if (waiting_.empty()) return false;
        std::uint64_t most = 0;
        for (queued_pair const& e : waiting_) most = std::max(most, e.count);
        threshold_ = most / 2;
        auto const keep = std::partition(waiting_.begin(), waiting_.end(),
                                         [this](queued_pair const& e) { return e.count < threshold_; });
        heap_.assign(keep, waiting_.end());
        waiting_.erase(keep, waiting_.end());
        std::make_heap(heap_.begin(), heap_.end(), after());
        return true;
    }

    TieBreak tie_break_;
    std::vector<queued_pair> heap_;
    std::vector<queued_pair> waiting_;
    std::uint64_t threshold_ = ~std::uint64_t{0};
};

}  // namespace tessera::inline v0::detail
