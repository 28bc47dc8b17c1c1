// Counting pretokens in bounded memory: tables that grow too large are written out as sorted runs, and all runs are
// merged at the end. The result is the same count table, byte for byte, whatever the limit.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/concepts.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/progress.hpp>
#include <tessera/core/stages.hpp>
#include <tessera/core/text_block.hpp>
#include <tessera/io/count_table.hpp>
#include <tessera/io/file.hpp>
#include <tessera/normalize/no_normalizer.hpp>
#include <tessera/train/pretoken_counts.hpp>

namespace tessera::inline v0 {

/// Sorted runs of pretoken counts in one temporary file, which has no name: it is gone when this object is, or the
/// process, however that ends.
class spilled_counts {
public:
    /// @param folder  where the file is made, at the first spill
    explicit spilled_counts(std::string folder) : folder_(std::move(folder)) {}

    [[nodiscard]] std::size_t n_runs() const noexcept { return runs_.size(); }

    /// Writes `counts` as a run and clears it. Several threads may call it. @throws error  io
    void spill(pretoken_counts& counts) {
        auto const sorted = counts.sorted();
        counts.clear();
        if (sorted.empty()) return;
        std::uint64_t size = 0;
        for (auto const& [pretoken, n] : sorted) size += header_bytes + pretoken.size();
        std::uint64_t at = 0;
        {
            std::lock_guard const lock(mutex_);
            if (file_.get() < 0) open();
            at = end_;
            end_ += size;
            runs_.push_back({at, end_});
        }
        std::string chunk;
        for (auto const& [pretoken, n] : sorted) {
            std::uint64_t const header[2] = {pretoken.size(), n};
            chunk.append(reinterpret_cast<char const*>(header), header_bytes);
            chunk += pretoken;
            if (chunk.size() >= chunk_bytes) write_at(at, chunk);
        }
        write_at(at, chunk);
    }

    /// Calls `f(std::string_view pretoken, std::uint64_t count)` for each different pretoken of all runs, in byte
    /// order.
    /// @param buffer_bytes  for all runs together; each has at least 4 KiB
    /// @throws error        io; limit: a sum is above 2^63 - 1
    /// @complexity          O(n log runs), n pretokens in all runs
    template <class F>
    void merge(F&& f, std::size_t buffer_bytes = std::size_t{16} << 20) const {
        std::size_t const each =
            std::clamp<std::size_t>(buffer_bytes / std::max<std::size_t>(runs_.size(), 1), 4096, std::size_t{1} << 20);
        std::vector<reader> readers;
        readers.reserve(runs_.size());
        for (run const& r : runs_) readers.emplace_back(*this, r, each);
        auto const later = [&](std::size_t a, std::size_t b) { return readers[a].pretoken() > readers[b].pretoken(); };
        std::vector<std::size_t> heap;
        for (std::size_t i = 0; i < readers.size(); ++i) {
            if (readers[i].next()) heap.push_back(i);
        }
        std::make_heap(heap.begin(), heap.end(), later);
        std::string current;
        std::uint64_t sum = 0;
        while (!heap.empty()) {
            std::pop_heap(heap.begin(), heap.end(), later);
            reader& r = readers[heap.back()];
            if (sum == 0 || r.pretoken() != current) {
                if (sum > 0) f(std::string_view(current), sum);
                current = r.pretoken();
                sum = 0;
            }
            if (r.count() > max_pretoken_count - sum) {
                throw error(error_kind::limit, "pretoken \"" + to_byte_alphabet(current) + "\"",
                            "its count is above 2^63 - 1");
            }
            sum += r.count();
            if (r.next()) {
                std::push_heap(heap.begin(), heap.end(), later);
            } else {
                heap.pop_back();
            }
        }
        if (sum > 0) f(std::string_view(current), sum);
    }

private:
    static constexpr std::size_t header_bytes = 16;  // length, count
    static constexpr std::size_t chunk_bytes = std::size_t{1} << 18;

    struct run {
        std::uint64_t begin;
        std::uint64_t end;
    };

    // Walks over one run with a buffer of its own.
    class reader {
    public:
        reader(spilled_counts const& file, run r, std::size_t buffer_bytes)
            : file_(&file), at_(r.begin), end_(r.end), buffer_bytes_(buffer_bytes) {}

        bool next() {
            used_ += record_;
            record_ = 0;
            if (used_ == buffer_.size() && at_ == end_) return false;
            need(header_bytes);
            std::uint64_t header[2];
            std::memcpy(header, buffer_.data() + used_, header_bytes);
            need(header_bytes + header[0]);
            count_ = header[1];
            record_ = header_bytes + header[0];
            return true;
        }
        [[nodiscard]] std::string_view pretoken() const noexcept {
            return std::string_view(buffer_).substr(used_ + header_bytes, record_ - header_bytes);
        }
        [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

    private:
        void need(std::size_t bytes) {
            if (buffer_.size() - used_ >= bytes) return;
            buffer_.erase(0, used_);
            used_ = 0;
            std::size_t const have = buffer_.size();
            std::size_t const more = std::min<std::uint64_t>(std::max(buffer_bytes_, bytes) - have, end_ - at_);
            buffer_.resize(have + more);
            file_->read_at(at_, buffer_.data() + have, more);
            at_ += more;
        }

        spilled_counts const* file_;
        std::uint64_t at_;
        std::uint64_t end_;
        std::size_t buffer_bytes_;
        std::string buffer_;
        std::size_t used_ = 0;    // the current record begins here
        std::size_t record_ = 0;  // its bytes
        std::uint64_t count_ = 0;
    };

    void open() {
        std::string name = folder_ + "/tessera-spill.XXXXXX";
        int const fd = ::mkstemp(name.data());
        if (fd < 0) detail::throw_io(folder_, errno, "counts that outgrow the memory limit are written there");
        file_ = detail::descriptor(fd);
        ::unlink(name.c_str());
    }

    void write_at(std::uint64_t& at, std::string& chunk) const {
        for (std::string_view rest = chunk; !rest.empty();) {
            ssize_t const n = ::pwrite(file_.get(), rest.data(), rest.size(), static_cast<off_t>(at));
            if (n < 0) {
                if (errno == EINTR) continue;
                detail::throw_io(folder_, errno, "make room, or raise the memory limit");
            }
            at += static_cast<std::uint64_t>(n);
            rest.remove_prefix(static_cast<std::size_t>(n));
        }
        chunk.clear();
    }

    void read_at(std::uint64_t at, char* to, std::size_t size) const {
        while (size > 0) {
            ssize_t const n = ::pread(file_.get(), to, size, static_cast<off_t>(at));
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0) detail::throw_io(folder_, n < 0 ? errno : EIO);
            at += static_cast<std::uint64_t>(n);
            to += n;
            size -= static_cast<std::size_t>(n);
        }
    }

    std::string folder_;
    std::mutex mutex_;
    detail::descriptor file_;
    std::uint64_t end_ = 0;
    std::vector<run> runs_;
};

struct spill_options {
    std::uint64_t memory_limit = 0;  ///< bytes, roughly, for the tables of all threads; 0: none
    std::string folder = ".";        ///< where runs are written
    progress_listener* progress = nullptr;
    std::uint64_t total_bytes = 0;  ///< for the progress report; 0: unknown
};

/// What a count table holds.
struct count_summary {
    std::uint64_t n_pretokens = 0;    ///< different ones
    std::uint64_t n_occurrences = 0;  ///< sum of the counts
    std::size_t n_runs = 0;           ///< how often a table was written out
};

/// Counts the pretokens of `source` and writes the table to `out`, anything with `write(std::string_view)`.
/// @return        the same table for any executor and any memory limit
/// @throws error  io; what `source` throws
template <BlockSource S, Pretokenizer P, Executor X, class Out, Normalizer N = no_normalizer>
count_summary count_to_table(S& source, P const& pretokenizer, X const& executor, Out& out,
                             spill_options const& options = {}, N const& normalizer = {}) {
    std::vector<pretoken_counts> partial(std::max<std::size_t>(executor.concurrency(), 1));
    // Sorting a table for its run takes about twice its size on top, and growing one holds the old one as well.
    std::uint64_t const table_bytes = options.memory_limit == 0
                                          ? ~std::uint64_t{0}
                                          : std::max<std::uint64_t>(options.memory_limit / partial.size() / 4, 1 << 18);
    spilled_counts spilled(options.folder);
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
            counts.flush();
            if (counts.memory_bytes() > table_bytes) spilled.spill(counts);
            if (options.progress != nullptr) {
                std::lock_guard const lock(reporting);
                done += block.bytes.size();
                options.progress->report("counting", done, options.total_bytes);
            }
        }
    });

    count_summary summary;
    auto const note = [&](std::string_view, std::uint64_t n) {
        ++summary.n_pretokens;
        summary.n_occurrences += n;
    };
    if (spilled.n_runs() == 0) {
        for (std::size_t i = 1; i < partial.size(); ++i) {
            partial[0].merge_from(partial[i]);
            partial[i].clear();
        }
        partial[0].for_each(note);
        write_count_table(partial[0], out);
        return summary;
    }
    for (pretoken_counts& counts : partial) spilled.spill(counts);
    summary.n_runs = spilled.n_runs();
    std::string line;
    spilled.merge(
        [&](std::string_view pretoken, std::uint64_t n) {
            note(pretoken, n);
            line.clear();
            append_in_byte_alphabet(pretoken, line);
            line += '\t';
            line += std::to_string(n);
            line += '\n';
            out.write(line);
        },
        options.memory_limit / 4);
    return summary;
}

}  // namespace tessera::inline v0
