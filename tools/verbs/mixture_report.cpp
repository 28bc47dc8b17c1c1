#include "mixture_report.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "../cli/html_report.hpp"
#include "../cli/json_writer.hpp"
#include "../cli/output.hpp"
#include "../cli/text_table.hpp"

namespace tessera::cli {

namespace {

std::string percent(double share) { return decimals(100 * share, 2) + "%"; }

std::string_view name_of_method(mixture_method method) {
    return method == mixture_method::linear_program ? "linear program" : "merge order";
}

// The largest share first.
std::vector<std::size_t> by_share(mixture_result const& result) {
    std::vector<std::size_t> order(result.categories.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return result.categories[a].share > result.categories[b].share;
    });
    return order;
}

std::string bar_of(double share, double widest) {
    constexpr double n_cells = 24;
    auto const n = static_cast<std::size_t>(std::lround(widest > 0 ? n_cells * share / widest : 0));
    std::string bar;
    for (std::size_t i = 0; i < n; ++i) bar += "\xE2\x96\x88";
    return bar;
}

std::string spelled(training_merges const& merges, std::size_t rank) {
    merge const& m = merges.merges[rank];
    return printable(merges.symbols[m.left]) + " + " + printable(merges.symbols[m.right]);
}

std::vector<std::string> findings(mixture_result const& result, mixture_report const& about) {
    std::vector<std::string> out = about.remarks;
    out.push_back("shares by the " + std::string(name_of_method(result.method)) +
                  (result.method == mixture_method::merge_order
                       ? ", of " + std::to_string(result.merges_of_order) + " merges and what is left after them"
                       : "") +
                  "; the linear program over " + std::to_string(result.merges_used) + " merges has an objective of " +
                  decimals(result.objective, 6) + ", proved to " + [&] {
                      char text[32];
                      std::snprintf(text, sizeof text, "%.1e", result.certificate_gap);
                      return std::string(text);
                  }());
    if (result.merges_of_order > 0) {
        out.push_back("counts of frequent merges stray by " + percent(result.straying) + " beyond chance" +
                      (result.straying > 0.08
                           ? ": these texts differ from those the tokenizer was trained on, or one kind is missing; "
                             "shares may be further off than their intervals"
                           : ""));
    }
    if (!result.merges_not_seen.empty()) {
        out.push_back(std::to_string(result.merges_not_seen.size()) +
                      " merges occur in no category, the first of them merge " +
                      std::to_string(result.merges_not_seen.front()) +
                      (20 * result.merges_not_seen.size() > result.merges_used
                           ? ": a kind of text may be missing, or these texts are short"
                           : ""));
    }
    if (result.unexplained_share > 0.05) {
        out.push_back(percent(result.unexplained_share) +
                      " of pairs would have to come from text that no category has: a category may be missing");
    }
    return out;
}

}  // namespace

std::string mixture_table(mixture_result const& result, mixture_report const& about, training_merges const& merges) {
    std::vector<std::vector<std::string>> rows{
        {"category", "", "share", "from", "to", "of pairs", "program", "residual"}};
    double widest = 0;
    for (auto const& c : result.categories) widest = std::max(widest, c.share);
    for (std::size_t const i : by_share(result)) {
        auto const& c = result.categories[i];
        rows.push_back({one_line(c.name), bar_of(c.share, widest), percent(c.share), percent(c.low), percent(c.high),
                        percent(c.pair_share), percent(c.program_share), percent(c.residual)});
    }
    std::string out = table_of(rows, 2) + "\n";
    for (std::string const& finding : findings(result, about)) out += finding + "\n";
    if (!result.unexplained.empty() && result.objective > 1e-6) {
        out += "\nleast explained merges: ";
        for (std::size_t i = 0; i < std::min<std::size_t>(result.unexplained.size(), 5); ++i) {
            out += (i > 0 ? ", " : "") + spelled(merges, result.unexplained[i].rank) + " (" +
                   percent(result.unexplained[i].slack) + ")";
        }
        out += "\n";
    }
    return out;
}

std::string mixture_json(mixture_result const& result, mixture_report const& about, training_merges const& merges) {
    json_writer w;
    w.begin_object().key("categories").begin_array();
    for (auto const& c : result.categories) {
        w.begin_object()
            .member("name", c.name)
            .member("share", c.share)
            .member("low", c.low)
            .member("high", c.high)
            .member("pair_share", c.pair_share)
            .member("residual", c.residual)
            .member("program_share", c.program_share)
            .end_object();
    }
    w.end_array()
        .member("objective", result.objective)
        .member("certificate_gap", result.certificate_gap)
        .member("merges_used", result.merges_used)
        .member("merges_skipped", result.merges_skipped)
        .member("method", result.method == mixture_method::linear_program ? "linear-program" : "merge-order")
        .member("merges_of_order", result.merges_of_order)
        .member("merges_not_seen", result.merges_not_seen.size())
        .member("straying", result.straying)
        .member("training_pairs", result.training_pairs)
        .member("unexplained_share", result.unexplained_share)
        .key("unexplained")
        .begin_array();
    for (auto const& u : result.unexplained) {
        merge const& m = merges.merges[u.rank];
        w.begin_object()
            .member("rank", u.rank)
            .member("left", merges.symbols[m.left])
            .member("right", merges.symbols[m.right])
            .member("slack", u.slack)
            .end_object();
    }
    w.end_array()
        .member("tokenizer", about.tokenizer)
        .member("pretokenizer", about.splitter)
        .member("n_merges", about.n_merges)
        .member("n_redundant", about.n_redundant)
        .member("n_inherited", about.n_inherited)
        .member("n_inserted", about.n_inserted)
        .key("remarks")
        .begin_array();
    for (std::string const& remark : findings(result, about)) w.value(remark);
    w.end_array().end_object();
    return w.text();
}

std::string mixture_html(mixture_result const& result, mixture_report const& about, training_merges const& merges) {
    std::string out =
        R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Training mixture</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #222; }
table { border-collapse: collapse; margin: 1em 0; }
th, td { padding: .2em .8em; border-bottom: 1px solid #ddd; text-align: right; }
th:first-child, td:first-child { text-align: left; }
text { font: 13px system-ui, sans-serif; }
</style></head><body>
<h1>Training mixture</h1>
<p>)" + escape_html(about.tokenizer) +
        ": shares of the bytes it was trained on, inferred from its merge list; the lines are intervals.</p>\n";
    double widest = 0;
    for (auto const& c : result.categories) widest = std::max(widest, c.high);
    auto const order = by_share(result);
    auto const x_of = [&](double share) { return 210 + (widest > 0 ? 480 * share / widest : 0); };
    out += "<svg role=\"img\" aria-label=\"shares\" width=\"100%\" viewBox=\"0 0 800 " +
           std::to_string(24 * order.size() + 4) + "\">\n";
    for (std::size_t row = 0; row < order.size(); ++row) {
        auto const& c = result.categories[order[row]];
        std::string const top = std::to_string(24 * row + 3);
        std::string const middle = std::to_string(24 * row + 12);
        std::string const baseline = std::to_string(24 * row + 17);
        out += "<text x=\"200\" y=\"" + baseline + "\" text-anchor=\"end\">" + escape_html(c.name) +
               "</text><rect x=\"210\" y=\"" + top + "\" width=\"" + decimals(x_of(c.share) - 210, 1) +
               "\" height=\"18\" fill=\"#4878a8\"/><line x1=\"" + decimals(x_of(c.low), 1) + "\" x2=\"" +
               decimals(x_of(c.high), 1) + "\" y1=\"" + middle + "\" y2=\"" + middle +
               "\" stroke=\"#222\" stroke-width=\"2\"/><text x=\"" + decimals(x_of(c.high) + 8, 1) + "\" y=\"" +
               baseline + "\">" + percent(c.share) + "</text>\n";
    }
    out +=
        "</svg>\n<table><tr><th>category</th><th>share</th><th>from</th><th>to</th><th>of pairs</th>"
        "<th>linear program</th><th>residual</th></tr>\n";
    for (std::size_t const i : order) {
        auto const& c = result.categories[i];
        out += "<tr><td>" + escape_html(c.name) + "</td>";
        for (double const x : {c.share, c.low, c.high, c.pair_share, c.program_share, c.residual}) {
            out += "<td>" + percent(x) + "</td>";
        }
        out += "</tr>\n";
    }
    out += "</table>\n<ul>\n";
    for (std::string const& finding : findings(result, about)) out += "<li>" + escape_html(finding) + "</li>\n";
    out += "</ul>\n<h2>Least explained merges</h2>\n<table><tr><th>merge</th><th>rank</th><th>slack</th></tr>\n";
    for (auto const& u : result.unexplained) {
        out += "<tr><td>" + escape_html(spelled(merges, u.rank)) + "</td><td>" + std::to_string(u.rank) + "</td><td>" +
               percent(u.slack) + "</td></tr>\n";
    }
    return out + "</table>\n</body></html>\n";
}

}  // namespace tessera::cli
