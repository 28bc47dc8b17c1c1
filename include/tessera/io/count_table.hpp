// Pretoken counts as a file: `pretoken<TAB>count` a line, sorted by pretoken bytes, pretokens in the byte alphabet (so
// that none has a tab, a space or a newline). The same counts are the same bytes, so that shards can be counted
// anywhere and merged by any tool.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/error.hpp>
#include <tessera/io/detail/record_stream.hpp>
#include <tessera/train/pretoken_counts.hpp>

namespace tessera::inline v0 {

/// The largest count of a pretoken in a table: 2^63 - 1.
inline constexpr std::uint64_t max_pretoken_count = 0x7FFF'FFFF'FFFF'FFFFU;

namespace detail {

/// Reads the lines of one table and adds them up.
class count_table_reader {
public:
    explicit count_table_reader(std::string path) : path_(std::move(path)) {}

    void add_lines(std::string_view text) {
        for (std::size_t begin = 0; begin < text.size();) {
            std::size_t const end = std::min(text.find('\n', begin), text.size());
            std::string_view line = text.substr(begin, end - begin);
            begin = end + 1;
            ++line_;
            if (line.ends_with('\r')) line.remove_suffix(1);
            if (!line.empty()) add_line(line);
        }
    }

    pretoken_counts take() {
        if (split_) join();
        return std::move(counts_);
    }

private:
    [[noreturn]] void fail(error_kind kind, std::string message) const {
        throw error(kind, (path_.empty() ? "line " : path_ + ':') + std::to_string(line_), std::move(message),
                    "a line is a pretoken in GPT-2's byte alphabet, a tab and a count");
    }

    void add_line(std::string_view line) {
        std::size_t const tab = line.find('\t');
        if (tab == std::string_view::npos || tab == 0)
            fail(error_kind::syntax, "expected a pretoken, a tab and a count");
        if (!from_byte_alphabet(line.substr(0, tab), bytes_)) {
            fail(error_kind::syntax, "a character of the pretoken is not of the byte alphabet");
        }
        std::string_view const digits = line.substr(tab + 1);
        std::uint64_t count = 0;
        auto const [stop, code] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
        if (code == std::errc::invalid_argument || stop != digits.data() + digits.size()) {
            fail(error_kind::syntax, "\"" + std::string(digits.substr(0, 40)) + "\" is not a count");
        }
        if (code != std::errc() || count > max_pretoken_count) fail(error_kind::limit, "the count is above 2^63 - 1");
        if (!split_ && count <= max_pretoken_count - total_) {
            total_ += count;
            counts_.add(bytes_, count);
            return;
        }
        if (!split_) {
            split_ = true;
            counts_.for_each([&](std::string_view pretoken, std::uint64_t n) { add_split(pretoken, n); });
            counts_.clear();
        }
        add_split(bytes_, count);
    }

    // While all counts together are at most 2^63 - 1, so is each. Beyond that, which is rare, the two halves of the
    // counts are added up apart, so that no sum overflows.
    void add_split(std::string_view pretoken, std::uint64_t count) {
        low_.add(pretoken, count & 0xFFFF'FFFFU);
        high_.add(pretoken, count >> 32);
    }

    void join() {
        auto const low = low_.sorted();
        auto const high = high_.sorted();
        auto l = low.begin();
        auto h = high.begin();
        while (l != low.end() || h != high.end()) {
            bool const has_low = h == high.end() || (l != low.end() && l->first <= h->first);
            bool const has_high = l == low.end() || (h != high.end() && h->first <= l->first);
            std::string_view const pretoken = has_low ? l->first : h->first;
            std::uint64_t const lower = has_low ? l->second : 0;
            std::uint64_t const upper = (has_high ? h->second : 0) + (lower >> 32);
            if (upper > max_pretoken_count >> 32) {
                throw error(
                    error_kind::limit, path_,
                    "the counts of the pretoken \"" + to_byte_alphabet(pretoken) + "\" add up to more than 2^63 - 1");
            }
            counts_.add(pretoken, upper << 32 | (lower & 0xFFFF'FFFFU));
            if (has_low) ++l;
            if (has_high) ++h;
        }
    }

    std::string path_;
    std::size_t line_ = 0;
    std::string bytes_;
    std::uint64_t total_ = 0;
    pretoken_counts counts_;
    bool split_ = false;
    pretoken_counts low_;
    pretoken_counts high_;
};

}  // namespace detail

/// Reads a count table. Lines may come in any order, and a pretoken more than once: its counts are added.
/// @throws error  syntax, limit; `where()` is "line N"
[[nodiscard]] inline pretoken_counts read_count_table(std::string_view text) {
    detail::count_table_reader reader({});
    reader.add_lines(text);
    return reader.take();
}

/// The same for a file (`-`: standard input; .gz and .zst as for text), in blocks, without having all of it in memory.
/// @throws error  io, syntax, limit; `where()` is PATH:LINE
[[nodiscard]] inline pretoken_counts read_count_table_file(std::string const& path) {
    detail::record_stream records({path}, document_kind::line, document_kind::line, false, std::size_t{1} << 20);
    detail::count_table_reader reader(path == "-" ? "standard input" : path);
    detail::block_origin origin;
    for (std::string block; records.next(block, origin);) reader.add_lines(block);
    return reader.take();
}

/// Writes a count table to `out`, anything with `write(std::string_view)`.
/// @throws error  limit: a count is above 2^63 - 1
template <class Out>
void write_count_table(pretoken_counts const& counts, Out& out) {
    std::string line;
    for (auto const& [pretoken, count] : counts.sorted()) {
        if (count > max_pretoken_count) {
            throw error(error_kind::limit, "pretoken \"" + to_byte_alphabet(pretoken) + "\"",
                        "its count is above 2^63 - 1");
        }
        line.clear();
        append_in_byte_alphabet(pretoken, line);
        line += '\t';
        line += std::to_string(count);
        line += '\n';
        out.write(line);
    }
}

}  // namespace tessera::inline v0
