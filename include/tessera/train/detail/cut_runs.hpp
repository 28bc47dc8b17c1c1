// The runs of tokens of a corpus in which a merge may still happen, each with its count, in bounded memory.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/token.hpp>
#include <tessera/train/detail/packed_tokens.hpp>
#include <tessera/train/detail/pair_bounds.hpp>
#include <tessera/train/pretoken_counts.hpp>

namespace tessera::inline v0::detail {

/// Cuts sequences of tokens wherever two neighbours occur side by side less often than a threshold, and counts what is
/// left, if it has two tokens or more.
///
/// Training on the runs makes the same merges as training on the sequences, for as long as the merged pairs occur at
/// least as often as the threshold. A token that reaches across a cut begins in one token of the corpus and goes on in
/// the next, so there are at most as many of it as there are of these two side by side: they are the same two wherever
/// the token occurs, for what a text between two ends of tokens is encoded to does not depend on what lies outside of
/// it (io/detail/merge_list.hpp has the reason). The same holds for every pair
/// of which one part reaches across or of which the two parts meet there. So no such pair is as frequent as the
/// threshold, now or later; all others are counted as before.
///
/// Where the runs outgrow the limit, the threshold rises, and the runs are cut again.
class cut_runs {
public:
    /// @param bounds       of the same sequences; null: nothing is cut
    /// @param threshold    pairs that occur less often are cut; 1 or less: none are
    /// @param ceiling      it rises no higher than this, whatever the limit
    /// @param limit_bytes  for all tables together, roughly; 0: none
    cut_runs(pair_bounds const* bounds, std::size_t n_workers, std::uint64_t threshold, std::uint64_t ceiling,
             std::uint64_t limit_bytes)
        : bounds_(bounds),
          tables_(n_workers),
          limit_(limit_bytes == 0 ? ~std::uint64_t{0}
                                  : std::max<std::uint64_t>(limit_bytes / n_workers, min_table_bytes)),
          ceiling_(std::min<std::uint64_t>(ceiling, pair_bounds::most)),
          threshold_(threshold) {
        for (table& t : tables_) t.cut_at = threshold;
    }

    void add(std::size_t worker, std::span<token_id const> tokens) {
        if (tokens.size() < 2) return;
        table& t = tables_[worker];
        if (bounds_ == nullptr || threshold_.load(std::memory_order_relaxed) <= 1) {
            count(t, tokens);
            return;
        }
        t.slots.resize(tokens.size() - 1);
        for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
            t.slots[i] = bounds_->slot_of(make_pair_of(tokens[i], tokens[i + 1]));
            bounds_->prefetch(t.slots[i]);
        }
        cut(t, tokens, t.runs, 1);
    }

    /// Keeps within the limit. Call now and then.
    void check_limit(std::size_t worker) {
        table& t = tables_[worker];
        t.runs.flush();
        std::uint64_t now = threshold_.load();
        while (bounds_ != nullptr && t.runs.memory_bytes() > limit_ && (now < ceiling_ || t.cut_at < now)) {
            if (t.cut_at == now) {
                std::uint64_t const raised = std::min(2 * now, ceiling_);
                if (threshold_.compare_exchange_strong(now, raised)) now = raised;
            }
            cut_again(t, now);
        }
    }

    /// All runs, cut at the last threshold. Call once.
    [[nodiscard]] pretoken_counts take() {
        std::uint64_t const last = threshold_.load();
        pretoken_counts all;
        for (table& t : tables_) {
            t.runs.flush();
            if (t.cut_at != last) cut_again(t, last);
            if (t.runs.size() > all.size()) std::swap(t.runs, all);
            all.merge_from(t.runs);
            t.runs.clear();
        }
        return all;
    }

    [[nodiscard]] std::uint64_t threshold() const noexcept { return threshold_.load(); }

private:
    static constexpr std::uint64_t min_table_bytes = std::uint64_t{1} << 16;

    struct alignas(64) table {
        pretoken_counts runs = {};
        std::uint64_t cut_at = 0;  // the threshold that holds for all runs
        std::vector<std::size_t> slots = {};
        std::vector<token_id> tokens = {};
        std::string packed = {};
    };

    static void count(table& t, std::span<token_id const> run) {
        pack_tokens(run, t.packed);
        t.runs.add_later(t.packed);
    }

    // Adds the runs of `tokens`, whose pairs have the slots `t.slots`.
    void cut(table& t, std::span<token_id const> tokens, pretoken_counts& to, std::uint64_t n) {
        // A counter that says `most` may stand for any number above it.
        std::uint64_t const threshold =
            std::min<std::uint64_t>(threshold_.load(std::memory_order_relaxed), pair_bounds::most);
        std::size_t begin = 0;
        for (std::size_t i = 1; i <= tokens.size(); ++i) {
            if (i < tokens.size() && bounds_->at(t.slots[i - 1]) >= threshold) continue;
            if (i - begin > 1) {
                pack_tokens(tokens.subspan(begin, i - begin), t.packed);
                if (n == 1) {
                    to.add_later(t.packed);
                } else {
                    to.add(t.packed, n);
                }
            }
            begin = i;
        }
    }

    // At a threshold between `threshold` and what it is now.
    void cut_again(table& t, std::uint64_t threshold) {
        pretoken_counts again;
        t.runs.for_each([&](std::string_view run, std::uint64_t n) {
            unpack_tokens(run, t.tokens);
            t.slots.resize(t.tokens.size() - 1);
            for (std::size_t i = 0; i < t.slots.size(); ++i) {
                t.slots[i] = bounds_->slot_of(make_pair_of(t.tokens[i], t.tokens[i + 1]));
            }
            cut(t, t.tokens, again, n);
        });
        again.flush();
        t.runs = std::move(again);
        t.cut_at = threshold;
    }

    pair_bounds const* bounds_;
    std::vector<table> tables_;
    std::uint64_t limit_;
    std::uint64_t ceiling_;
    std::atomic<std::uint64_t> threshold_;
};

}  // namespace tessera::inline v0::detail
