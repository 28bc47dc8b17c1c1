// The comparison as one HTML file that needs nothing else: a bar chart for each corpus, and the table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tessera::cli {

/// One tokenizer on one corpus, as it is printed.
struct report_cell {
    double bytes_per_token = 0;
    double fertility = 0;
    std::string tokens;
    std::string code_points_per_token;
};

struct report {
    std::vector<std::string> tokenizers;
    std::vector<std::string> corpora;
    std::vector<std::vector<report_cell>> cells;  ///< [corpus][tokenizer]
};

[[nodiscard]] std::string html_of(report const& r);

/// `number` with so many digits behind the point.
[[nodiscard]] std::string decimals(double number, int digits);

/// `text` with <, >, & and quotes escaped.
[[nodiscard]] std::string escape_html(std::string_view text);

}  // namespace tessera::cli
