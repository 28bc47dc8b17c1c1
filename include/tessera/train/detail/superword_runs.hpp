// Reads a corpus as runs of words that may become superwords.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/progress.hpp>
#include <tessera/core/stages.hpp>
#include <tessera/core/text_block.hpp>
#include <tessera/core/token.hpp>
#include <tessera/core/vocabulary.hpp>
#include <tessera/model/operation_engine.hpp>
#include <tessera/model/operation_table.hpp>
#include <tessera/train/detail/pair_bounds.hpp>
#include <tessera/train/detail/run_counts.hpp>

namespace tessera::inline v0::detail {

/// The runs of a corpus that can be opened again and again.
/// @tparam Open  `open()` gives a BlockSource
template <class Open, Pretokenizer P, Executor X>
class superword_runs {
public:
    /// @param eligible  finds the words that may become superwords
    superword_runs(Open const& open, P const& pretokenizer, X const& executor, vocabulary const& eligible,
                   progress_listener* progress, std::uint64_t total_bytes)
        : open_(open),
          pretokenizer_(pretokenizer),
          executor_(executor),
          eligible_(eligible),
          progress_(progress),
          total_bytes_(total_bytes) {}

    /// How often each word stands in a run of at least two.
    [[nodiscard]] std::vector<std::int64_t> const& word_counts() const noexcept { return word_counts_; }

    /// Counts pairs of neighbours, as they are after the merges so far.
    void count_bigrams(operation_table const& merges, bool is_first, pair_bounds& bounds) {
        std::vector<std::unique_ptr<worker>> workers(std::max<std::size_t>(executor_.concurrency(), 1));
        for (auto& w : workers) w = std::make_unique<worker>(bounds, is_first ? eligible_.size() : 0);
        for_each_run("counting word pairs", merges, workers.size(),
                     [&](std::size_t i, std::span<token_id const> words, std::span<token_id const> run) {
                         worker& w = *workers[i];
                         if (is_first) {
                             for (token_id const id : words) ++w.counts[id];
                         }
                         for (std::size_t k = 1; k < run.size(); ++k) w.front.add(make_pair_of(run[k - 1], run[k]));
                     });
        if (!is_first) return;
        word_counts_.assign(eligible_.size(), 0);
        for (auto const& w : workers) {
            for (std::size_t id = 0; id < w->counts.size(); ++id) word_counts_[id] += w->counts[id];
        }
    }

    /// Counts runs cut at `threshold`, or at a higher one, up to `highest`, if they would take more memory than
    /// `memory_limit` bytes.
    /// @param memory_limit  0: none
    [[nodiscard]] run_counts count_runs(operation_table const& merges, pair_bounds const& bounds,
                                        std::uint64_t threshold, std::uint64_t highest, std::size_t memory_limit) {
        std::size_t const n = std::max<std::size_t>(executor_.concurrency(), 1);
        std::vector<run_counts> workers;
        for (std::size_t i = 0; i < n; ++i) workers.emplace_back(bounds, threshold);
        // A quarter is for the bounds, and what training makes of runs takes up to two more.
        std::size_t const share = memory_limit == 0 ? 0 : std::max<std::size_t>(memory_limit / 4 / n, 1);
        auto const fit = [&](run_counts& counts) {
            // Above the largest bound all is cut, and nothing takes memory.
            while (share > 0 && counts.memory_bytes() > share && counts.threshold() < highest && counts.size() > 0) {
                counts.raise(std::min(2 * counts.threshold(), highest));
            }
        };
        std::vector<std::size_t> since(n, 0);
        for_each_run("counting runs of words", merges, n,
                     [&](std::size_t i, std::span<token_id const>, std::span<token_id const> run) {
                         workers[i].add(run);
                         if ((++since[i] & 0xFFF) == 0) fit(workers[i]);
                     });
        std::uint64_t most = threshold;
        for (run_counts& w : workers) {
            fit(w);
            most = std::max(most, w.threshold());
        }
        for (run_counts& w : workers) w.raise(most);
        for (std::size_t i = 1; i < n; ++i) workers[0].merge_from(workers[i]);
        workers[0].flush();
        return std::move(workers[0]);
    }

private:
    struct worker {
        worker(pair_bounds& bounds, std::size_t n_words) : front(bounds), counts(n_words) {}
        pair_bounds::front front;
        std::vector<std::int64_t> counts;
    };

    // f(worker, words, run): the words of a run of at least two, and what the merges make of them.
    template <class F>
    void for_each_run(char const* stage, operation_table const& merges, std::size_t n_workers, F const& f) const {
        auto source = open_();
        std::mutex reporting;
        std::uint64_t done = 0;
        executor_.for_each_index(n_workers, [&](std::size_t i) {
            text_block block;
            typename scratch_of<P>::type splitting;
            std::vector<token_id> words;
            std::vector<token_id> run;
            operation_engine engine;
            auto const end_run = [&] {
                if (words.size() > 1) {
                    if (has_merges(merges)) {
                        run = words;
                        engine.apply(
                            merges, operation_order::rising, run, [](token_id) { return std::span<token_id const>(); },
                            [](token_id) { return std::size_t{1}; });
                        f(i, std::span<token_id const>(words), std::span<token_id const>(run));
                    } else {
                        f(i, std::span<token_id const>(words), std::span<token_id const>(words));
                    }
                }
                words.clear();
            };
            while (source.next(block)) {
                block.for_each_sequence([&](std::string_view sequence) {
                    for_each_pretoken(pretokenizer_, whole_input(pretokenizer_, sequence), splitting,
                                      [&](std::string_view pretoken) {
                                          token_id const id = eligible_.find(pretoken);
                                          if (id == no_token) {
                                              end_run();
                                          } else {
                                              words.push_back(id);
                                          }
                                      });
                    end_run();
                });
                if (progress_ != nullptr) {
                    std::lock_guard const lock(reporting);
                    done += block.bytes.size();
                    progress_->report(stage, done, total_bytes_);
                }
            }
        });
    }

    static bool has_merges(operation_table const& merges) noexcept { return merges.size() > 0; }

    Open const& open_;
    P const& pretokenizer_;
    X const& executor_;
    vocabulary const& eligible_;
    progress_listener* progress_;
    std::uint64_t total_bytes_;
    std::vector<std::int64_t> word_counts_;
};

}  // namespace tessera::inline v0::detail
