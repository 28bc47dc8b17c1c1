// A corpus as tokens, on all cores.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/progress.hpp>
#include <tessera/core/stages.hpp>
#include <tessera/core/text_block.hpp>
#include <tessera/core/token.hpp>

namespace tessera::inline v0::detail {

struct encode_corpus_options {
    std::string_view stage;
    progress_listener* progress = nullptr;
    std::uint64_t total_bytes = 0;
};

/// Calls `on_pretoken(std::size_t worker, std::span<token_id const>)` with the tokens of each pretoken, and
/// `on_block(std::size_t worker)` now and then and at the end.
/// @param model  has `encode` and a scratch, as a Model has; a vocabulary is not needed
template <BlockSource S, Pretokenizer P, class M, Executor X, Normalizer N, class F, class G>
void encode_corpus(S& source, P const& pretokenizer, M const& model, X const& executor, N const& normalizer,
                   encode_corpus_options const& options, F&& on_pretoken, G&& on_block) {
    std::mutex reporting;
    std::uint64_t done = 0;
    executor.for_each_index(std::max<std::size_t>(executor.concurrency(), 1), [&](std::size_t worker) {
        text_block block;
        std::string normalized;
        typename scratch_of<N>::type normalizing;
        typename scratch_of<P>::type splitting;
        typename M::scratch encoding;
        std::vector<token_id> ids;
        while (source.next(block)) {
            block.for_each_sequence([&](std::string_view sequence) {
                for_each_pretoken(
                    pretokenizer,
                    detail::normalized(normalizer, whole_input(pretokenizer, sequence), normalizing, normalized),
                    splitting, [&](std::string_view pretoken) {
                        ids.clear();
                        model.encode(pretoken, encoding, [&](token_id id) { ids.push_back(id); });
                        on_pretoken(worker, std::span<token_id const>(ids));
                    });
            });
            on_block(worker);
            if (options.progress != nullptr) {
                std::lock_guard const lock(reporting);
                done += block.bytes.size();
                options.progress->report(options.stage, done, options.total_bytes);
            }
        }
    });
}

}  // namespace tessera::inline v0::detail
