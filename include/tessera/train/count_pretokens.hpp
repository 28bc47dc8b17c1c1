// Text -> pretoken counts, on all cores.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/progress.hpp>
#include <tessera/core/stages.hpp>
#include <tessera/core/text_block.hpp>
#include <tessera/normalize/no_normalizer.hpp>
#include <tessera/train/pretoken_counts.hpp>

namespace tessera::inline v0 {

struct count_options {
    progress_listener* progress = nullptr;
    std::uint64_t total_bytes = 0;  ///< of all blocks, for the progress report; 0: unknown
};

/// Counts the pretokens of every sequence of every block.
/// @return      the same counts for any executor
/// @complexity  linear in the text; memory: one block and one table of pretokens for each thread
template <BlockSource S, Pretokenizer P, Executor X, Normalizer N = no_normalizer>
[[nodiscard]] pretoken_counts count_pretokens(S& source, P const& pretokenizer, X const& executor,
                                              count_options const& options = {}, N const& normalizer = {}) {
    std::vector<pretoken_counts> partial(std::max<std::size_t>(executor.concurrency(), 1));
    std::mutex reporting;
    std::uint64_t done = 0;
    executor.for_each_index(partial.size(), [&](std::size_t worker) {
        pretoken_counts& counts = partial[worker];
        text_block block;
        std::string normalized;
        typename detail::scratch_of<N>::type normalizing;
        typename detail::scratch_of<P>::type splitting;
        while (source.next(block)) {
            block.for_each_sequence([&](std::string_view sequence) {
                detail::for_each_pretoken(pretokenizer,
                                          detail::normalized(normalizer, detail::whole_input(pretokenizer, sequence),
                                                             normalizing, normalized),
                                          splitting, [&](std::string_view pretoken) { counts.add_later(pretoken); });
            });
            if (options.progress != nullptr) {
                std::lock_guard const lock(reporting);
                done += block.bytes.size();
                options.progress->report("counting", done, options.total_bytes);
            }
        }
        counts.flush();
    });
    for (std::size_t i = 1; i < partial.size(); ++i) {
        if (partial[i].size() > partial[0].size()) std::swap(partial[i], partial[0]);
        partial[0].merge_from(partial[i]);
        partial[i].clear();
    }
    return std::move(partial[0]);
}

}  // namespace tessera::inline v0
