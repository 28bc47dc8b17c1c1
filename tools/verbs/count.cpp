// tessera count: text -> a table of pretoken counts.
#include "../cli/inputs.hpp"
#include "../cli/json_writer.hpp"
#include "../cli/output.hpp"
#include "../cli/progress_bar.hpp"
#include "verbs.hpp"
#include <tessera/io/count_table.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include <tessera/train/count_pretokens.hpp>

namespace tessera::cli {

int count(arguments const& args) {
    command line("count", "[-o COUNTS.tsv] [OPTION...] [INPUT...]",
                 "Counts the pretokens of text: one PRETOKEN<TAB>COUNT a line, sorted by the pretokens' bytes, which are "
                 "written in GPT-2's byte alphabet. The same bytes for any number of threads.",
                 {"tessera count -o counts.tsv --pretokenizer o200k corpus/",
                  "tessera count -o part1.tsv part1.txt && tessera count -o part2.tsv part2.txt && "
                  "tessera merge-counts -o counts.tsv part1.tsv part2.tsv",
                  parquet_example("count -o counts.tsv")});
    std::string out;
    std::string pretokenizer_name = "gpt2";
    std::string normalizer_name = "none";
    text_options text;
    bool force = false;
    line.option("-o,--output", "COUNTS.tsv", out, "where the table goes (default: standard output)");
    line.option("--pretokenizer", "NAME|REGEX", pretokenizer_name,
                "how text is split (default: gpt2): " + pretokenizer_names() + ", or the regular expression of one of them");
    line.option("--normalizer", "NAME", normalizer_name, "nfc, nfd, nfkc, nfkd or none (default: none)");
    text.add_to(line, "file, in which each line with its newline is a sequence of its own");
    line.flag("-f,--force", force, "overwrite COUNTS.tsv");
    line.note(inputs_note);
    if (!line.parse(args)) return 0;
    if (line.common().json && means_stdout(out)) {
        throw usage_error("--json prints a summary on standard output, where the table goes; give -o COUNTS.tsv");
    }
    any_pretokenizer const pretokenizer = pretokenizer_from_option("--pretokenizer", pretokenizer_name);
    any_normalizer const normalizer = normalizer_from_option("--normalizer", normalizer_name);

    output destination(out, force);
    progress_bar bar(line.common());
    text_source source(line.inputs_or_stdin(), text.for_blocks());
    pretoken_counts const counts =
        count_pretokens(source, pretokenizer, tbb_executor(line.common().threads),
                        {.progress = &bar, .total_bytes = source.total_bytes()}, normalizer);
    write_count_table(counts, destination);
    destination.commit();
    bar.clear();
    if (line.common().json) {
        json_writer w;
        w.begin_object()
            .member("output", out)
            .member("pretokenizer", pretokenizer.name())
            .member("normalizer", normalizer.name())
            .member("n_pretokens", counts.size())
            .member("n_pretoken_occurrences", counts.total())
            .member("bytes", source.bytes_read());
        write_to_stdout(w.end_object().text() + "\n");
    } else if (!line.common().quiet) {
        write_to_stderr("tessera count: " + std::to_string(counts.size()) + " different pretokens, " +
                        std::to_string(counts.total()) + " in all, in " +
                        with_prefix(static_cast<double>(source.bytes_read())) + "B of text");
    }
    return 0;
}

}  // namespace tessera::cli
