// Runs of tokens and how often each occurs, cut where no merge can join what is on both sides.
#pragma once

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
#include <tessera/train/detail/pair_counts.hpp>
#include <tessera/train/pretoken_counts.hpp>

namespace tessera::inline v0::detail {

/// A run is kept as three bytes an id in a table of pretokens, one of up to five tokens therefore without a pointer. A
/// piece of a run has one byte more: that it becomes one token does not mean that a run does.
class run_counts {
public:
    /// Runs are cut between two tokens that stand side by side less than `threshold` times in the corpus. A merge
    /// across the cut would be of a pair of which each occurrence has these two in its middle, so it occurs less often,
    /// too: as long as merges are of pairs that occur `threshold` times, they are the same with the cuts and without.
    run_counts(pair_bounds const& bounds, std::uint64_t threshold) : bounds_(&bounds), threshold_(threshold) {}

    void add(std::span<token_id const> run) {
        cut(run, true, [&](std::string_view key) { counts_.add_later(key); });
    }
    void add(std::span<token_id const> run, std::uint64_t n) {
        cut(run, true, [&](std::string_view key) { counts_.add(key, n); });
    }

    /// Cuts at a higher threshold, also what is there already.
    void raise(std::uint64_t threshold) {
        if (threshold <= threshold_) return;
        threshold_ = threshold;
        counts_.flush();
        pretoken_counts recut;
        for_each([&](std::span<token_id const> run, std::uint64_t n, bool whole) {
            cut(run, whole, [&](std::string_view key) { recut.add(key, n); });
        });
        counts_ = std::move(recut);
    }

    void merge_from(run_counts& other) {
        flush();
        other.flush();
        if (other.counts_.size() > counts_.size()) std::swap(counts_, other.counts_);
        counts_.merge_from(other.counts_);
        other.counts_.clear();
    }

    /// Calls `f(std::span<token_id const> run, std::uint64_t count, bool whole)` for each. @pre flushed
    template <class F>
    void for_each(F&& f) const {
        std::vector<token_id> run;
        counts_.for_each([&](std::string_view key, std::uint64_t n) {
            unpack_tokens(key, run);
            f(std::span<token_id const>(run), n, key.size() % packed_token_bytes == 0);
        });
    }

    void flush() { counts_.flush(); }
    [[nodiscard]] std::uint64_t threshold() const noexcept { return threshold_; }
    [[nodiscard]] std::size_t memory_bytes() const noexcept { return counts_.memory_bytes(); }
    [[nodiscard]] std::size_t size() const noexcept { return counts_.size(); }
    void clear() { counts_.clear(); }

private:
    template <class F>
    void cut(std::span<token_id const> run, bool whole, F&& on_key) {
        std::size_t begin = 0;
        for (std::size_t end = 1; end <= run.size(); ++end) {
            if (end < run.size() && (threshold_ <= 1 || (*bounds_)[make_pair_of(run[end - 1], run[end])] >= threshold_))
                continue;
            if (end - begin > 1) {
                pack_tokens(run.subspan(begin, end - begin), key_);
                if (!whole || end - begin < run.size()) key_ += '\0';
                on_key(key_);
            }
            begin = end;
        }
    }

    pair_bounds const* bounds_;
    std::uint64_t threshold_;
    pretoken_counts counts_;
    std::string key_;
};

}  // namespace tessera::inline v0::detail
