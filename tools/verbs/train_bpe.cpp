// tessera train --model bpe: a corpus or a count table -> a tokenizer.
#include <utility>

#include <tessera/io/count_table.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include <tessera/train/bpe_trainer.hpp>
#include <tessera/train/count_pretokens.hpp>
#include "../cli/output.hpp"
#include "../cli/progress_bar.hpp"
#include "training.hpp"

namespace tessera::cli {

int train_bpe(training_request const& request) {
    common_options const& common = request.line.common();
    check_output(request.out, request.force);
    progress_bar bar(common);
    bpe_trainer_options options = request.options;
    options.progress = &bar;
    stopwatch const total;
    std::string const corpus = request.counts.empty() ? name_of(request.line.inputs()) : request.counts;
    std::uint64_t bytes = 0;
    pretoken_counts counts;
    if (request.counts.empty()) {
        text_source source(request.line.inputs_or_stdin(), request.text.for_blocks());
        counts = count_pretokens(source, request.pretokenizer, tbb_executor(common.threads),
                                 {.progress = &bar, .total_bytes = source.total_bytes()}, request.normalizer);
        bytes = source.bytes_read();
    } else {
        counts = read_count_table_file(request.counts);
    }
    double const count_seconds = total.seconds();
    if (counts.size() == 0) {
        throw error(error_kind::empty_input, corpus, "has no text to train on", "give files that are not empty");
    }
    std::uint64_t const n_occurrences = counts.total();
    stopwatch const merging;
    trained_bpe trained = bpe_trainer(options).train(std::move(counts));
    double const merge_seconds = merging.seconds();
    stop_reason const stopped = trained.stopped;
    std::size_t const n_pretokens = trained.n_pretokens;
    std::uint64_t const smallest_count = trained.smallest_count;
    any_tokenizer const tokenizer(
        bpe_model(std::move(trained.vocab), std::move(trained.merges), {.unit = options.unit}), request.pretokenizer,
        request.normalizer, special_tokens(std::move(trained.specials)));
    stopwatch const saving;
    bar.clear();
    save_trained(tokenizer, request.out, request);
    double const save_seconds = saving.seconds();
    std::size_t const n_tokens = tokenizer.vocab().size();
    warn_if_small(request, corpus, n_tokens, stopped);
    if (common.json) {
        json_writer w;
        w.begin_object();
        describe_result(w, tokenizer, request.out, request);
        w.member("n_pretokens", n_pretokens)
            .member("n_pretoken_occurrences", n_occurrences)
            .member("bytes", bytes)
            .member("smallest_count", smallest_count)
            .member("stopped", reason(stopped));
        w.key("seconds")
            .begin_object()
            .member("count", count_seconds)
            .member("merge", merge_seconds)
            .member("save", save_seconds)
            .member("total", total.seconds())
            .end_object();
        write_to_stdout(w.end_object().text() + "\n");
    } else if (!common.quiet) {
        write_to_stderr(request.out + ": " + std::to_string(n_tokens) + " tokens, " +
                        std::to_string(bpe_of(tokenizer, "training").merges().size()) + " merges, from " +
                        (bytes > 0 ? with_prefix(static_cast<double>(bytes)) + "B of text, " : "") +
                        std::to_string(n_pretokens) + " different pretokens; counting " +
                        with_decimals(count_seconds, 2) + " s, merging " + with_decimals(merge_seconds, 2) + " s");
    }
    return 0;
}

}  // namespace tessera::cli
