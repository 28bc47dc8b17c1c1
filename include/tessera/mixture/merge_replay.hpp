// What a merge list does to the pair counts of a text: the merges are applied one after another, and it is noted how
// often each pair occurred before each of them (Hayase et al. 2024, "Data Mixture Inference", section 3).
//
// Pairs are counted as the trainer counts them, Hugging Face's by default: neighbours, with overlaps ("aaa" has (a, a)
// twice), weighted by how often the pretoken occurs.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/train/detail/pair_counts.hpp>
#include <tessera/train/detail/pair_places.hpp>
#include <tessera/train/detail/training_words.hpp>

namespace tessera::inline v0 {

/// Applies merges to one text.
class merge_replay {
public:
    using pair = detail::symbol_pair;

    struct change {
        pair which;
        std::int64_t by;
    };

    /// @param merges  all that will be applied
    explicit merge_replay(std::span<merge const> merges) {
        token_id most = 0;
        for (merge const& m : merges) {
            most = std::max({most, m.left, m.right, m.result});
            will_merge_.add(detail::make_pair_of(m.left, m.right), 1);
        }
        lengths_.assign(std::size_t{most} + 1, 1);
    }

    /// @param symbols  neighbours in the text, those of a pretoken; may have symbols that no merge has
    /// @param n        how often they occur
    /// @throws error   limit: more than 2^32 symbols
    void add_word(std::span<token_id const> symbols, std::uint64_t n) {
        if (symbols.size() < 2) return;
        token_id const most = *std::max_element(symbols.begin(), symbols.end());
        if (most >= lengths_.size()) lengths_.resize(std::size_t{most} + 1, 1);
        words_.add(symbols, n);
    }

    /// Counts the pairs of all words added. Call once, before the first merge.
    void start() {
        words_.for_each_pair([&](place, pair p, std::uint64_t n) {
            pairs_.add(p, static_cast<std::int64_t>(n));
            if (will_merge_.get(p) != 0) pairs_.expect_place(p);
        });
        pairs_.allocate();
        words_.for_each_pair([&](place where, pair p, std::uint64_t) {
            if (will_merge_.get(p) != 0) pairs_.fill(p, where);
        });
    }

    /// Calls `f(pair, std::int64_t count)` for each pair that occurs, in no particular order.
    template <class F>
    void for_each_pair(F&& f) const {
        pairs_.for_each(f);
    }

    [[nodiscard]] std::int64_t count(token_id left, token_id right) const noexcept {
        return pairs_.count(detail::make_pair_of(left, right));
    }

    /// Applies one merge wherever its pair stands, from left to right. Afterwards the pair counts 0.
    /// @return      what changed, the merged pair among it; empty if the pair did not occur; good until the next call
    /// @complexity  linear in the places where the pair stands
    std::span<change const> apply(merge const& m) {
        changed_.clear();
        pair const merged = detail::make_pair_of(m.left, m.right);
        std::int64_t const before = pairs_.count(merged);
        if (before == 0) return changed_;
        pairs_.take(merged, places_);
        step_.begin(++n_steps_, m.result, lengths_, std::numeric_limits<std::size_t>::max());
        for (std::size_t i = 0; i < places_.size(); ++i) {
            constexpr std::size_t ahead = 12;
            if (i + ahead < places_.size()) words_.prefetch(places_[i + ahead]);
            words_.replace(places_[i], m.left, m.right, m.result, step_);
        }
        for (token_id const x : step_.touched()) {
            auto const& c = step_.at(x);
            change_by(detail::make_pair_of(x, m.result), c.found_left);
            change_by(detail::make_pair_of(m.result, x), c.found_right);
        }
        for (token_id const x : step_.touched()) {  // after all that was found: no count may fall to 0 on its way
            auto const& c = step_.at(x);
            pair const left = detail::make_pair_of(x, m.left);
            pair const right = detail::make_pair_of(m.right, x);
            if (left == right) {
                if (left != merged) change_by(left, -c.lost_left - c.lost_right);
                continue;
            }
            if (left != merged) change_by(left, -c.lost_left);
            if (right != merged) change_by(right, -c.lost_right);
        }
        change_by(merged, -before);
        note_places(m.result);
        return changed_;
    }

private:
    using place = detail::training_words::place;

    void change_by(pair p, std::int64_t by) {
        if (by == 0) return;
        pairs_.add(p, by);
        changed_.push_back({p, by});
    }

    // Where the new pairs stand that will be merged themselves: all lists in one buffer first.
    void note_places(token_id result) {
        std::uint32_t n = 0;
        auto const begin_list = [&](pair p, std::uint32_t& length, std::uint32_t& begin) {
            if (length != 0 && will_merge_.get(p) == 0) length = 0;
            begin = n;
            n += length;
        };
        for (token_id const x : step_.touched()) {
            auto& c = step_.at(x);
            begin_list(detail::make_pair_of(x, result), c.n_left, c.last_left);
            begin_list(detail::make_pair_of(result, x), c.n_right, c.last_right);
        }
        found_.resize(n);
        for (auto const& f : step_.findings()) {
            auto& c = step_.at(f.symbol);
            if ((f.is_left ? c.n_left : c.n_right) == 0) continue;
            found_[f.is_left ? c.last_left++ : c.last_right++] = f.place;
        }
        auto const end_list = [&](pair p, std::uint32_t length, std::uint32_t end) {
            if (length == 0) return;
            auto const list = std::span(found_).subspan(end - length, length);
            std::ranges::copy(list, pairs_.append(p, length).begin());
        };
        for (token_id const x : step_.touched()) {
            auto const& c = step_.at(x);
            end_list(detail::make_pair_of(x, result), c.n_left, c.last_left);
            end_list(detail::make_pair_of(result, x), c.n_right, c.last_right);
        }
    }

    detail::training_words words_;
    detail::pair_places pairs_;
    detail::pair_counts will_merge_;
    detail::step_changes step_;
    std::vector<std::uint32_t> lengths_;  // of symbols; equal, for no pair is too long here
    std::vector<place> places_;
    std::vector<place> found_;
    std::vector<change> changed_;
    std::uint32_t n_steps_ = 0;
};

}  // namespace tessera::inline v0
