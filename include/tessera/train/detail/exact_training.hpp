// Pair merging with counts that are always exact: the most frequent pair is merged wherever it occurs, and among
// equally frequent ones the one whose parts come first in byte order. Tokens can be taken apart again.
//
// Differs from bpe_training.hpp, which does what Hugging Face's trainer does: counts are of occurrences that can be
// merged together, and a pair has all its places whenever it is merged.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/train/detail/linked_words.hpp>
#include <tessera/train/detail/merge_queue.hpp>
#include <tessera/train/detail/pair_places.hpp>
#include <tessera/train/detail/token_removal.hpp>
#include <tessera/train/detail/training_tokens.hpp>

namespace tessera::inline v0::detail {

/// The pair whose left part is smaller in byte order first, then the one whose right part is.
struct parts_first {
    training_tokens const* tokens;
    bool operator()(symbol_pair a, symbol_pair b) const noexcept {
        auto const& bytes = tokens->bytes;
        if (left_of(a) != left_of(b)) return bytes[left_of(a)] < bytes[left_of(b)];
        return bytes[right_of(a)] < bytes[right_of(b)];
    }
};

class exact_training {
public:
    struct candidate {
        symbol_pair pair;
        std::uint64_t count;
    };

    /// @param tokens   no two have the same bytes
    /// @param removes  tokens will be taken apart, so it is noted where each stands
    exact_training(training_tokens& tokens, bool removes) : tokens_(tokens), queue_({&tokens}), removes_(removes) {}

    /// Words are added first, then `start` is called, once.
    [[nodiscard]] linked_words& words() noexcept { return words_; }

    void start() {
        counts_.resize(tokens_.bytes.size());
        words_.for_each_pair([&](std::uint32_t, symbol_pair p, std::int64_t n) {
            pairs_.add(p, n);
            pairs_.expect_place(p);
        });
        pairs_.allocate();
        words_.for_each_pair([&](std::uint32_t place, symbol_pair p, std::int64_t) { pairs_.fill(p, place); });
        pairs_.for_each([&](symbol_pair p, std::int64_t n) { queue(p, n); });
    }

    /// How often each token stands in the words. Adjusted by each step; set by the caller.
    [[nodiscard]] std::vector<std::int64_t>& counts() noexcept { return counts_; }

    /// The pair to merge next, unless there is none.
    [[nodiscard]] std::optional<candidate> best() {
        while (!best_) {
            std::optional<queued_pair> const top = queue_.pop();
            if (!top) return std::nullopt;
            auto const live = static_cast<std::uint64_t>(std::max<std::int64_t>(pairs_.count(top->pair), 0));
            if (live == top->count) {
                best_ = candidate{top->pair, live};
            } else if (live > 0 && live < top->count) {
                queue(top->pair, static_cast<std::int64_t>(live));
            }  // a pair that became more frequent was queued again then
        }
        return best_;
    }

    /// Merges the best pair. @return  true if a whole word became one token
    bool merge_best(token_id result) {
        symbol_pair const pair = best_->pair;
        auto const count = static_cast<std::int64_t>(best_->count);
        best_.reset();
        token_id const left = left_of(pair);
        token_id const right = right_of(pair);
        pairs_.take(pair, places_);
        if (!std::is_sorted(places_.begin(), places_.end())) std::sort(places_.begin(), places_.end());
        if (counts_.size() < tokens_.bytes.size()) counts_.resize(tokens_.bytes.size());
        begin_step(result);
        words_.begin_step();
        bool completes = false;
        std::size_t n_merged = 0;
        for (std::size_t i = 0; i < places_.size(); ++i) {
            constexpr std::size_t ahead = 12;
            if (i + ahead < places_.size()) words_.prefetch(places_[i + ahead]);
            std::uint32_t const place = places_[i];
            if (!words_.has_pair(place, left, right)) continue;
            words_.replace(place, left, right, result, *this);
            linked_words::node const& n = words_[place];
            completes |= n.previous == linked_words::none && n.next == linked_words::none && words_.is_whole_at(place);
            places_[n_merged++] = place;
        }
        places_.resize(n_merged);
        if (removes_) note_places(result);
        counts_[result] += count;
        counts_[left] -= count;
        counts_[right] -= count;
        apply_step(left, right, result);
        pairs_.add(pair, -count);
        return completes;
    }

    /// Replaces a token by `parts` wherever it stands.
    void remove(token_id token, std::span<token_id const> parts) {
        if (best_) queue(best_->pair, static_cast<std::int64_t>(best_->count));
        best_.reset();
        if (token < made_at_.size()) {
            places_ = std::move(made_at_[token]);
            made_at_[token].clear();
        } else {
            places_.clear();
        }
        std::sort(places_.begin(), places_.end());
        places_.erase(std::unique(places_.begin(), places_.end()), places_.end());
        std::erase_if(places_, [&](std::uint32_t place) { return words_[place].symbol != token; });
        removal_.run(words_, token, places_, parts, tokens_.lengths);
        std::uint32_t offset = 0;
        for (token_id const part : parts) {
            counts_[part] += static_cast<std::int64_t>(removal_.n_removed);
            if (tokens_.lengths[part] > 1) {
                if (part >= made_at_.size()) made_at_.resize(std::size_t{part} + 1);
                for (std::uint32_t const place : places_) made_at_[part].push_back(place + offset);
            }
            offset += tokens_.lengths[part];
        }
        counts_[token] -= static_cast<std::int64_t>(removal_.n_removed);
        for (auto const& [pair, change] : removal_.changes) {
            if (change != 0) pairs_.add(pair, change);
        }
        // Whatever occurs more often has a new place: also in a run, which only a part can make longer.
        auto const& found = removal_.found;
        for (std::size_t i = 0; i < found.size();) {
            std::size_t end = i;
            while (end < found.size() && found[end].first == found[i].first) ++end;
            if (std::int64_t const live = pairs_.count(found[i].first); live > 0) {
                std::span<std::uint32_t> const list = pairs_.append(found[i].first, end - i);
                for (std::size_t k = i; k < end; ++k) list[k - i] = found[k].second;
                queue(found[i].first, live);
            }
            i = end;
        }
    }

    // What linked_words::replace tells.
    void lost_left(token_id x, std::int64_t n) { touch(x).lost_left += n; }
    void lost_right(token_id y, std::int64_t n) { touch(y).lost_right += n; }
    void found_left(token_id x, std::int64_t n) { touch(x).found_left += n; }
    void found_right(token_id y, std::int64_t n) { touch(y).found_right += n; }
    void place_left(token_id x, std::uint32_t place) {
        ++touch(x).n_left;
        findings_.push_back({x, place, true});
    }
    void place_right(token_id y, std::uint32_t place) {
        if (y == result_) return place_left(y, place);  // (result, result) is one pair, seen from either side
        ++touch(y).n_right;
        findings_.push_back({y, place, false});
    }

private:
    struct neighbour {
        std::int64_t lost_left = 0, found_left = 0, lost_right = 0, found_right = 0;
        std::uint32_t n_left = 0, n_right = 0;
        std::uint32_t* left = nullptr;
        std::uint32_t* right = nullptr;
        std::uint32_t step = 0;
    };
    struct finding {
        token_id symbol;
        std::uint32_t place;
        bool is_left;
    };

    void queue(symbol_pair p, std::int64_t count) {
        if (count > 0) queue_.push({static_cast<std::uint64_t>(count), p, 0, 0, 0});
    }

    void begin_step(token_id result) {
        ++step_;
        result_ = result;
        neighbours_.resize(tokens_.bytes.size());
        touched_.clear();
        findings_.clear();
    }
    neighbour& touch(token_id symbol) {
        neighbour& at = neighbours_[symbol];
        if (at.step != step_) {
            at = {};
            at.step = step_;
            touched_.push_back(symbol);
        }
        return at;
    }

    void note_places(token_id token) {
        if (token >= made_at_.size()) made_at_.resize(std::size_t{token} + 1);
        made_at_[token].insert(made_at_[token].end(), places_.begin(), places_.end());
    }

    void apply_step(token_id left, token_id right, token_id result) {
        // First what is more: see pair_places::rebuild.
        for (token_id const x : touched_) {
            neighbour const& c = neighbours_[x];
            if (c.found_left != 0) pairs_.add(make_pair_of(x, result), c.found_left);
            if (c.found_right != 0) pairs_.add(make_pair_of(result, x), c.found_right);
        }
        for (token_id const x : touched_) {
            neighbour const& c = neighbours_[x];
            if (c.lost_left != 0) pairs_.add(make_pair_of(x, left), -c.lost_left);
            if (c.lost_right != 0) pairs_.add(make_pair_of(right, x), -c.lost_right);
        }
        // The lists of new places; only of pairs that still occur. Lists move when one is added, so they are first made
        // and then found.
        std::size_t n = 0;
        for (token_id const x : touched_) n += std::size_t{neighbours_[x].n_left} + neighbours_[x].n_right;
        lists_.resize(n);
        std::uint32_t* at = lists_.data();
        for (token_id const x : touched_) {
            neighbour& c = neighbours_[x];
            c.left = at;
            c.right = at += c.n_left;
            at += c.n_right;
        }
        for (finding const& f : findings_) {
            neighbour& c = neighbours_[f.symbol];
            *(f.is_left ? c.left : c.right)++ = f.place;
        }
        for (token_id const x : touched_) {
            neighbour const& c = neighbours_[x];
            append(make_pair_of(x, result), {c.left - c.n_left, c.n_left});
            append(make_pair_of(result, x), {c.right - c.n_right, c.n_right});
        }
    }

    void append(symbol_pair p, std::span<std::uint32_t const> places) {
        if (places.empty()) return;
        std::int64_t const live = pairs_.count(p);
        if (live <= 0) return;
        std::ranges::copy(places, pairs_.append(p, places.size()).begin());
        queue(p, live);
    }

    training_tokens& tokens_;
    linked_words words_;
    pair_places pairs_;
    merge_queue<parts_first> queue_;
    std::optional<candidate> best_;
    std::vector<std::int64_t> counts_;
    bool removes_;
    std::vector<std::vector<std::uint32_t>> made_at_;  // by token, if tokens are removed
    token_removal removal_;
    std::vector<std::uint32_t> places_;
    std::vector<neighbour> neighbours_;
    std::vector<token_id> touched_;
    std::vector<finding> findings_;
    std::vector<std::uint32_t> lists_;
    std::uint32_t step_ = 0;
    token_id result_ = no_token;
};

}  // namespace tessera::inline v0::detail
