#include "html_report.hpp"

#include <algorithm>
#include <cstdio>

namespace tessera::cli {

std::string decimals(double number, int digits) {
    char text[40];
    std::snprintf(text, sizeof text, "%.*f", digits, number);
    return text;
}

namespace {

constexpr char const* head = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Tokenizers compared</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #222; }
table { border-collapse: collapse; margin: 1em 0; }
th, td { padding: .2em .8em; border-bottom: 1px solid #ddd; text-align: right; }
th:first-child, td:first-child, th:nth-child(2), td:nth-child(2) { text-align: left; }
h2 { font-size: 1.05em; margin: 1.2em 0 .2em; }
text { font: 13px system-ui, sans-serif; }
.best { font-weight: bold; }
</style></head><body>
<h1>Tokenizers compared</h1>
<p>Bytes of text per token: longer bars are better. Ratios of sums over each corpus, no special tokens;
fertility is tokens per word between whitespace.</p>
)";

}  // namespace

std::string escape_html(std::string_view text) {
    std::string out;
    for (char const c : text) {
        switch (c) {
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '&':
                out += "&amp;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::string html_of(report const& r) {
    static constexpr char const* colours[] = {"#4878a8", "#e0883a", "#5a9e5a", "#b85450", "#8a6db1", "#7f7f7f"};
    double widest = 0;
    for (auto const& row : r.cells) {
        for (report_cell const& cell : row) widest = std::max(widest, cell.bytes_per_token);
    }
    std::string out = head;
    for (std::size_t c = 0; c < r.corpora.size(); ++c) {
        out += "<h2>" + escape_html(r.corpora[c]) + "</h2>\n<svg role=\"img\" width=\"100%\" viewBox=\"0 0 800 " +
               std::to_string(22 * r.tokenizers.size() + 4) + "\">\n";
        for (std::size_t t = 0; t < r.tokenizers.size(); ++t) {
            double const value = r.cells[c][t].bytes_per_token;
            double const width = widest > 0 ? 460 * value / widest : 0;
            std::string const y = std::to_string(22 * t + 2);
            std::string const baseline = std::to_string(22 * t + 16);
            out += "<text x=\"200\" y=\"" + baseline + "\" text-anchor=\"end\">" + escape_html(r.tokenizers[t]) +
                   "</text><rect x=\"210\" y=\"" + y + "\" width=\"" + decimals(width, 1) + "\" height=\"18\" fill=\"" +
                   colours[t % 6] + "\"/><text x=\"" + decimals(218 + width, 1) + "\" y=\"" + baseline + "\">" +
                   decimals(value, 3) + "</text>\n";
        }
        out += "</svg>\n";
    }
    out +=
        "<table>\n<tr><th>corpus</th><th>tokenizer</th><th>bytes/token</th><th>characters/token</th>"
        "<th>fertility</th><th>tokens</th></tr>\n";
    for (std::size_t c = 0; c < r.corpora.size(); ++c) {
        double best = 0;
        for (report_cell const& cell : r.cells[c]) best = std::max(best, cell.bytes_per_token);
        for (std::size_t t = 0; t < r.tokenizers.size(); ++t) {
            report_cell const& cell = r.cells[c][t];
            out += cell.bytes_per_token == best ? "<tr class=\"best\"><td>" : "<tr><td>";
            out += escape_html(r.corpora[c]) + "</td><td>" + escape_html(r.tokenizers[t]) + "</td><td>" +
                   decimals(cell.bytes_per_token, 3) + "</td><td>" + cell.code_points_per_token + "</td><td>" +
                   decimals(cell.fertility, 3) + "</td><td>" + cell.tokens + "</td></tr>\n";
        }
    }
    return out + "</table>\n</body></html>\n";
}

}  // namespace tessera::cli
