// tessera count: text -> a table of pretoken counts.
#include <algorithm>
#include <filesystem>

#include <tessera/io/spilled_counts.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include "../cli/inputs.hpp"
#include "../cli/json_writer.hpp"
#include "../cli/output.hpp"
#include "../cli/progress_bar.hpp"
#include "verbs.hpp"

namespace tessera::cli {

namespace {

// Beside the output, where there is room for it; the system's folder for temporary files where that is a pipe.
std::string folder_of(std::string const& out) {
    if (means_stdout(out)) return std::filesystem::temp_directory_path().string();
    std::filesystem::path const parent = std::filesystem::path(out).parent_path();
    return parent.empty() ? "." : parent.string();
}

}  // namespace

int count(arguments const& args) {
    command line(
        "count", "[-o COUNTS.tsv] [OPTION...] [INPUT...]",
        "Counts the pretokens of text: one PRETOKEN<TAB>COUNT a line, sorted by the pretokens' bytes, which are "
        "written in GPT-2's byte alphabet. The same bytes for any number of threads.",
        {"tessera count -o counts.tsv --pretokenizer o200k corpus/",
         "tessera count -o part1.tsv part1.txt && tessera count -o part2.tsv part2.txt && "
         "tessera merge-counts -o counts.tsv part1.tsv part2.tsv",
         parquet_example("count -o counts.tsv")});
    std::string out;
    std::string pretokenizer_name = "gpt2";
    std::string normalizer_name = "none";
    std::uint64_t max_length = 0;
    text_options text;
    bool force = false;
    std::string limit;
    line.option("-o,--output", "COUNTS.tsv", out, "where the table goes (default: standard output)");
    line.option(
        "--pretokenizer", "NAME|REGEX", pretokenizer_name,
        "how text is split (default: gpt2): " + pretokenizer_names() + ", or the regular expression of one of them");
    line.option("--max-pretoken-length", "N", max_length,
                "cut pretokens after each N code points, as train with this option does (default: no limit)", 1);
    line.option("--normalizer", "NAME", normalizer_name, "nfc, nfd, nfkc, nfkd or none (default: none)");
    line.option("--memory-limit", "SIZE", limit,
                "when the tables outgrow this, roughly, they are written to an unnamed file beside the output (such as "
                "500M or 4GiB; default: none); the result is the same");
    text.add_to(line, "file, in which each line with its newline is a sequence of its own");
    line.flag("-f,--force", force, "overwrite COUNTS.tsv");
    line.note(inputs_note);
    if (!line.parse(args)) return 0;
    if (line.common().json && means_stdout(out)) {
        throw usage_error("--json prints a summary on standard output, where the table goes; give -o COUNTS.tsv");
    }
    any_pretokenizer pretokenizer = pretokenizer_from_option("--pretokenizer", pretokenizer_name);
    if (max_length != 0) pretokenizer = pretokenizer.cut_at(static_cast<std::size_t>(max_length));
    any_normalizer const normalizer = normalizer_from_option("--normalizer", normalizer_name);

    std::uint64_t const memory_limit =
        limit.empty() ? 0 : std::max<std::uint64_t>(parse_size("--memory-limit", limit), 1);

    output destination(out, force);
    progress_bar bar(line.common());
    text_source source(line.inputs_or_stdin(), text.for_blocks());
    count_summary const counts = count_to_table(
        source, pretokenizer, tbb_executor(line.common().threads), destination,
        {.memory_limit = memory_limit, .folder = folder_of(out), .progress = &bar, .total_bytes = source.total_bytes()},
        normalizer);
    destination.commit();
    bar.clear();
    if (line.common().json) {
        json_writer w;
        w.begin_object()
            .member("output", out)
            .member("pretokenizer", pretokenizer.name())
            .member("normalizer", normalizer.name())
            .member("n_pretokens", counts.n_pretokens)
            .member("n_pretoken_occurrences", counts.n_occurrences)
            .member("bytes", source.bytes_read());
        write_to_stdout(w.end_object().text() + "\n");
    } else if (!line.common().quiet) {
        write_to_stderr("tessera count: " + std::to_string(counts.n_pretokens) + " different pretokens, " +
                        std::to_string(counts.n_occurrences) + " in all, in " +
                        with_prefix(static_cast<double>(source.bytes_read())) + "B of text");
    }
    return 0;
}

}  // namespace tessera::cli
