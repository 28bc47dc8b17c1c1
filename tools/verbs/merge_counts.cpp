// tessera merge-counts: count tables -> one.
#include <utility>

#include <tessera/io/count_table.hpp>
#include <tessera/io/merge_count_tables.hpp>
#include "../cli/inputs.hpp"
#include "../cli/json_writer.hpp"
#include "../cli/output.hpp"
#include "../cli/progress_bar.hpp"
#include "verbs.hpp"

namespace tessera::cli {

int merge_counts(arguments const& args) {
    command line("merge-counts", "[-o COUNTS.tsv] [OPTION...] TABLE...",
                 "Adds up tables of pretoken counts. The tables may come from tessera count or from anything else that "
                 "writes PRETOKEN<TAB>COUNT lines, in any order, a pretoken any number of times.",
                 {"tessera merge-counts -o counts.tsv part1.tsv part2.tsv"});
    std::string out;
    bool force = false;
    line.option("-o,--output", "COUNTS.tsv", out, "where the sum goes (default: standard output)");
    line.flag("-f,--force", force, "overwrite COUNTS.tsv");
    line.note("TABLE is a file; no TABLE, or -, reads standard input.");
    if (!line.parse(args)) return 0;
    if (line.common().json && means_stdout(out)) {
        throw usage_error("--json prints a summary on standard output, where the table goes; give -o COUNTS.tsv");
    }

    output destination(out, force);
    progress_bar bar(line.common());
    std::vector<std::string> const tables = line.inputs_or_stdin();
    pretoken_counts const sum = merge_count_tables(tables, &bar);
    write_count_table(sum, destination);
    destination.commit();
    bar.clear();
    if (line.common().json) {
        json_writer w;
        w.begin_object()
            .member("output", out)
            .member("tables", tables.size())
            .member("n_pretokens", sum.size())
            .member("n_pretoken_occurrences", sum.total());
        write_to_stdout(w.end_object().text() + "\n");
    } else if (!line.common().quiet) {
        write_to_stderr("tessera merge-counts: " + std::to_string(sum.size()) + " different pretokens, " +
                        std::to_string(sum.total()) + " in all, from " + std::to_string(tables.size()) +
                        (tables.size() == 1 ? " table" : " tables"));
    }
    return 0;
}

}  // namespace tessera::cli
