// A table for people, of plain text.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <tessera/core/utf8.hpp>

namespace tessera::cli {

/// Columns as wide as their widest cell; the first `n_left` to the left, the others to the right.
/// @pre  there is a row, and all have as many cells as the first
[[nodiscard]] inline std::string table_of(std::vector<std::vector<std::string>> const& rows, std::size_t n_left) {
    std::vector<std::size_t> widths(rows[0].size());
    for (auto const& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], count_code_points(row[i]));
    }
    std::string out;
    for (auto const& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            std::string const pad(widths[i] - count_code_points(row[i]), ' ');
            if (i > 0) out += "  ";
            out += i < n_left ? row[i] + pad : pad + row[i];
        }
        out += '\n';
    }
    return out;
}

}  // namespace tessera::cli
