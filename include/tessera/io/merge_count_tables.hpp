// Count tables of shards -> the counts of the whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/error.hpp>
#include <tessera/core/progress.hpp>
#include <tessera/io/count_table.hpp>
#include <tessera/train/pretoken_counts.hpp>

namespace tessera::inline v0 {

/// Adds up the tables in the files `paths` (`-`: standard input).
/// @param progress  told of tables read; may be null
/// @throws error    io, syntax, limit: as read_count_table_file; limit: the sum of a pretoken's counts is above 2^63 -
/// 1
[[nodiscard]] inline pretoken_counts merge_count_tables(std::vector<std::string> const& paths,
                                                        progress_listener* progress = nullptr) {
    pretoken_counts sum;
    bool may_exceed = false;
    std::uint64_t total = 0;  // of all counts, while it is at most 2^63 - 1: then no sum can exceed that either
    for (std::size_t i = 0; i < paths.size(); ++i) {
        pretoken_counts const table = read_count_table_file(paths[i]);
        table.for_each([&](std::string_view, std::uint64_t n) {
            if (n > max_pretoken_count - total) may_exceed = true;
            if (!may_exceed) total += n;
        });
        sum.merge_from(table);  // two numbers of 63 bits make one of 64 at most: checked before the next is added
        if (may_exceed) {
            sum.for_each([&](std::string_view pretoken, std::uint64_t n) {
                if (n > max_pretoken_count) {
                    throw error(
                        error_kind::limit, paths[i],
                        "with it, the counts of \"" + to_byte_alphabet(pretoken) + "\" add up to more than 2^63 - 1",
                        "leave a table out");
                }
            });
        }
        if (progress != nullptr) progress->report("merging tables", i + 1, paths.size());
    }
    return sum;
}

}  // namespace tessera::inline v0
