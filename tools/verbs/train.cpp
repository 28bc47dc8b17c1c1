// tessera train: a corpus or a count table -> a tokenizer.
#include <chrono>
#include <utility>

#include <tessera/io/count_table.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include <tessera/train/bpe_trainer.hpp>
#include <tessera/train/count_pretokens.hpp>
#include "../cli/inputs.hpp"
#include "../cli/json_writer.hpp"
#include "../cli/output.hpp"
#include "../cli/progress_bar.hpp"
#include "verbs.hpp"

namespace tessera::cli {

namespace {

char const* reason(stop_reason stopped) {
    switch (stopped) {
        case stop_reason::no_pairs_left:
            return "no pair of tokens is left to merge";
        case stop_reason::below_min_frequency:
            return "all pairs left occur less often than --min-frequency";
        case stop_reason::vocab_size_reached:
            break;
    }
    return "the vocabulary size was reached";
}

std::string with_decimals(double number, int digits) {
    char text[40];
    std::snprintf(text, sizeof text, "%.*f", digits, number);
    return text;
}

}  // namespace

int train(arguments const& args) {
    command line("train", "-o OUT.json [OPTION...] [INPUT...]",
                 "Trains a byte-pair encoding on text, merge for merge as Hugging Face's trainer does.",
                 {"tessera train -o mine.json --vocab-size 16000 --special-token '<|endoftext|>' corpus.txt",
                  "zcat dump.jsonl.gz | tessera train -o mine.json --documents jsonl --pretokenizer o200k -",
                  "tessera train -o mine.json --counts counts.tsv", parquet_example("train -o mine.json")});
    std::string out;
    std::string model = "bpe";
    std::string pretokenizer_name = "gpt2";
    std::string normalizer_name = "none";
    std::string counts_path;
    std::string alphabet = "bytes";
    std::string ties = "hf";
    text_options text;
    bool force = false;
    std::uint64_t vocab_size = 32000;
    std::uint64_t min_frequency = 0;
    std::uint64_t max_token_length = 0;
    std::uint64_t limit_alphabet = 0;
    bpe_trainer_options options;
    line.option("-o,--output", "OUT", out,
                "NAME.json: a Hugging Face tokenizer.json; NAME.tiktoken: ranks; NAME/: a folder with vocab.json and "
                "merges.txt");
    line.option("--vocab-size", "N", vocab_size, "tokens in all, special ones included (default: 32000)", 1);
    line.option("--model", "bpe", model, "the kind of model; this version has bpe");
    line.option("--pretokenizer", "NAME|REGEX", pretokenizer_name,
                "how text is split first (default: gpt2): " + pretokenizer_names() +
                    ", or the regular expression of one of them");
    line.option("--normalizer", "NAME", normalizer_name, "nfc, nfd, nfkc, nfkd or none (default: none)");
    line.option("--counts", "FILE", counts_path,
                "train from this table of pretoken counts (tessera count), not from text");
    line.option("--special-token", "T", options.special_tokens, "a token that is never split; these get the first ids");
    line.option("--min-frequency", "N", min_frequency, "stop at pairs that occur less often (default: 0)");
    line.option("--max-token-length", "N", max_token_length, "tokens stay shorter than N symbols (default: no limit)");
    line.option("--limit-alphabet", "N", limit_alphabet, "keep only the N most frequent symbols (default: no limit)");
    line.choice("--initial-alphabet", {"bytes", "corpus"}, alphabet,
                "all 256 bytes, or those that occur in the corpus (default: bytes; see below for whitespace)");
    line.choice(
        "--tie-break", {"hf", "sentencepiece", "bytes"}, ties,
        "which of equally frequent pairs comes first: the smaller ids; the shorter; the smaller bytes (default: hf)");
    text.add_to(line, "file, in which each line with its newline is a training sequence");
    line.flag("-f,--force", force, "overwrite OUT");
    line.note(
        "--pretokenizer whitespace trains on characters instead of bytes, as Hugging Face's Whitespace without "
        "ByteLevel does, with the alphabet of the corpus; --initial-alphabet bytes makes it byte-level.");
    line.note(inputs_note);
    if (!line.parse(args)) return 0;
    line.require("--output", "where does the tokenizer go?");
    if (model != "bpe") {
        throw usage_error("--model " + model + ": not in this version; this version has bpe");
    }
    if (!counts_path.empty() && !line.inputs().empty()) {
        throw usage_error("--counts " + counts_path + " and " + line.inputs()[0] + ": give a table or text, not both");
    }
    any_pretokenizer const pretokenizer = pretokenizer_from_option("--pretokenizer", pretokenizer_name);
    if (out.ends_with(".json") && pretokenizer.name().starts_with("script-aware")) {
        throw usage_error("--pretokenizer " + pretokenizer_name +
                          ": a tokenizer.json cannot say it; write ranks (.tiktoken) or a folder (/)");
    }
    any_normalizer const normalizer = normalizer_from_option("--normalizer", normalizer_name);
    bool const on_characters =
        pretokenizer.name() == "whitespace" && !(line.given("--initial-alphabet") && alphabet == "bytes");
    options.unit = on_characters ? symbol_unit::code_point : symbol_unit::byte;
    options.alphabet = on_characters || alphabet == "corpus" ? initial_alphabet::corpus : initial_alphabet::bytes;
    options.vocab_size = vocab_size;
    options.min_frequency = min_frequency;
    options.max_token_length = max_token_length;
    options.limit_alphabet = limit_alphabet;
    options.ties = ties == "sentencepiece" ? tie_break::sentencepiece
                   : ties == "bytes"       ? tie_break::bytes
                                           : tie_break::hugging_face;
    bool const to_ranks = out.ends_with(".tiktoken");
    if (!out.ends_with(".json") && !to_ranks && !out.ends_with('/')) {
        throw usage_error("--output " + printable(out) +
                          ": the name does not say the format; end it in .json, .tiktoken or /");
    }
    if (to_ranks && on_characters) {
        throw usage_error("--output " + printable(out) +
                          ": ranks are of bytes; write .json, or give --initial-alphabet bytes");
    }
    if (out.ends_with('/')) {
        check_writable_in(out, {"vocab.json", "merges.txt"}, force);
    } else {
        check_writable(out, force);
    }

    progress_bar bar(line.common());
    options.progress = &bar;
    using clock = std::chrono::steady_clock;
    auto const seconds_since = [](clock::time_point from) {
        return std::chrono::duration<double>(clock::now() - from).count();
    };
    auto const started = clock::now();
    std::string const corpus = counts_path.empty() ? name_of(line.inputs()) : counts_path;
    std::uint64_t bytes = 0;
    pretoken_counts counts;
    if (counts_path.empty()) {
        text_source source(line.inputs_or_stdin(), text.for_blocks());
        counts = count_pretokens(source, pretokenizer, tbb_executor(line.common().threads),
                                 {.progress = &bar, .total_bytes = source.total_bytes()}, normalizer);
        bytes = source.bytes_read();
    } else {
        counts = read_count_table_file(counts_path);
    }
    double const count_seconds = seconds_since(started);
    if (counts.size() == 0) {
        throw error(error_kind::empty_input, corpus, "has no text to train on", "give files that are not empty");
    }
    std::uint64_t const n_occurrences = counts.total();
    auto const training = clock::now();
    trained_bpe trained = bpe_trainer(options).train(std::move(counts));
    double const merge_seconds = seconds_since(training);
    stop_reason const stopped = trained.stopped;
    std::size_t const n_pretokens = trained.n_pretokens;
    std::uint64_t const smallest_count = trained.smallest_count;
    any_tokenizer const tokenizer(
        bpe_model(std::move(trained.vocab), std::move(trained.merges), {.unit = options.unit}), pretokenizer,
        normalizer, special_tokens(std::move(trained.specials)));
    auto const saving = clock::now();
    std::vector<std::string> notes;
    {
        uninterrupted const guard;
        notes = save_tokenizer(tokenizer, out, force);
    }
    double const save_seconds = seconds_since(saving);
    bar.clear();

    if (!line.common().quiet) {
        for (std::string const& note : notes) write_to_stderr("tessera train: note: " + one_line(note));
    }
    std::size_t const n_tokens = tokenizer.vocab().size();
    std::size_t const n_merges = bpe_of(tokenizer, "training").merges().size();
    if (stopped != stop_reason::vocab_size_reached && !line.common().quiet) {
        write_to_stderr("tessera train: warning: " + one_line(corpus) + ": the vocabulary has " +
                        std::to_string(n_tokens) + " tokens, not " + std::to_string(vocab_size) + ", because " +
                        reason(stopped) + "; give more text, or ask for fewer tokens");
    }
    if (line.common().json) {
        json_writer w;
        w.begin_object()
            .member("output", out)
            .member("model", model)
            .member("pretokenizer", pretokenizer.name())
            .member("normalizer", normalizer.name())
            .member("vocab_size", n_tokens)
            .member("n_merges", n_merges)
            .member("n_special_tokens", tokenizer.specials().tokens().size())
            .member("n_pretokens", n_pretokens)
            .member("n_pretoken_occurrences", n_occurrences)
            .member("bytes", bytes)
            .member("smallest_count", smallest_count)
            .member("stopped", reason(stopped));
        w.key("seconds")
            .begin_object()
            .member("count", count_seconds)
            .member("merge", merge_seconds)
            .member("save", save_seconds)
            .member("total", seconds_since(started))
            .end_object();
        write_to_stdout(w.end_object().text() + "\n");
    } else if (!line.common().quiet) {
        write_to_stderr(out + ": " + std::to_string(n_tokens) + " tokens, " + std::to_string(n_merges) +
                        " merges, from " + (bytes > 0 ? with_prefix(static_cast<double>(bytes)) + "B of text, " : "") +
                        std::to_string(n_pretokens) + " different pretokens; counting " +
                        with_decimals(count_seconds, 2) + " s, merging " + with_decimals(merge_seconds, 2) + " s");
    }
    return 0;
}

}  // namespace tessera::cli
