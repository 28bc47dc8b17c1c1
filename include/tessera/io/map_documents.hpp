// Documents in, results out, in order, on all cores, in bounded memory: the loop of every program that encodes files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/concepts.hpp>
#include <tessera/core/progress.hpp>

namespace tessera::inline v0 {

struct map_options {
    std::size_t batch_bytes = std::size_t{16} << 20;  ///< text held at a time, if no single document is larger
    std::size_t task_bytes = std::size_t{1} << 17;    ///< text one thread takes at a time
    progress_listener* progress = nullptr;
    std::string_view stage = "encoding";
    std::uint64_t total_bytes = 0;  ///< for the progress report; 0: unknown
};

/// Calls `work(index, document, out)` for every document that `reader` gives, in parallel, and `sink(out)` with what a
/// stretch of neighbours have appended to `out`, in order and from the calling thread.
/// @tparam R     has `bool next(std::string& document)`
/// @param work   work(std::uint64_t index, std::string_view document, Scratch& scratch, Out& out)
/// @tparam Out   default-constructible; has clear()
/// @throws       what reader, work and sink throw; of failures in `work`, that of the earliest stretch of documents,
/// all
///               stretches before which have reached the sink
/// @complexity   memory: options.batch_bytes or the largest document, and its results
template <class Scratch, class Out, class R, Executor X, class Work, class Sink>
void map_documents(R& reader, X const& executor, Work&& work, Sink&& sink, map_options const& options = {}) {
    std::vector<std::string> documents;
    std::vector<std::size_t> ends;  // of the tasks, as indices into documents
    std::vector<Out> outs;
    std::vector<std::exception_ptr> failures;
    std::uint64_t n_before = 0;
    std::uint64_t bytes_before = 0;
    for (bool more = true; more;) {
        std::size_t n = 0;  // strings are used again, and keep their memory
        std::size_t bytes = 0;
        std::size_t in_task = 0;
        ends.clear();
        while (bytes < options.batch_bytes) {
            if (n == documents.size()) documents.emplace_back();
            if (!reader.next(documents[n])) {
                more = false;
                break;
            }
            std::size_t const cost = documents[n].size() + 32;  // so that empty documents fill a batch as well
            ++n;
            bytes += cost;
            in_task += cost;
            if (in_task >= options.task_bytes) {
                ends.push_back(n);
                in_task = 0;
            }
        }
        if (n > 0 && (ends.empty() || ends.back() < n)) ends.push_back(n);
        if (outs.size() < ends.size()) outs.resize(ends.size());
        failures.assign(ends.size(), nullptr);
        executor.for_each_index(ends.size(), [&](std::size_t task) {
            Scratch scratch;
            outs[task].clear();
            try {
                for (std::size_t i = task == 0 ? 0 : ends[task - 1]; i < ends[task]; ++i) {
                    work(n_before + i, std::string_view(documents[i]), scratch, outs[task]);
                }
            } catch (...) {
                failures[task] = std::current_exception();  // so that the first in order is the one reported
            }
        });
        for (std::size_t task = 0; task < ends.size(); ++task) {
            if (failures[task]) std::rethrow_exception(failures[task]);
            sink(outs[task]);
        }
        for (std::size_t i = 0; i < n; ++i) bytes_before += documents[i].size();
        n_before += n;
        if (options.progress != nullptr) options.progress->report(options.stage, bytes_before, options.total_bytes);
    }
}

}  // namespace tessera::inline v0
