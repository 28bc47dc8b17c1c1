// tessera train --model bpe: a corpus or a count table -> a tokenizer.
#include <utility>

#include <tessera/train/bpe_trainer.hpp>
#include "../cli/output.hpp"
#include "../cli/progress_bar.hpp"
#include "training.hpp"

namespace tessera::cli {

namespace {

// Custom tokens that are neither added nor in the vocabulary, because their text there spells other bytes.
void note_left_out(training_request const& request, any_tokenizer const& tokenizer) {
    if (request.line.common().quiet) return;
    for (std::string const& token : request.options.custom_tokens) {
        if (tokenizer.specials().find(token) != nullptr || tokenizer.vocab().find(token) != no_token) continue;
        write_to_stderr("tessera train: note: custom token " + printable(token) +
                        " is left out: in the byte alphabet of a tokenizer.json that is how another token is spelt");
    }
}

}  // namespace

int train_bpe(training_request const& request) {
    common_options const& common = request.line.common();
    check_output(request.out, request.force);
    progress_bar bar(common);
    bpe_trainer_options options = request.options;
    options.progress = &bar;
    stopwatch const total;
    counted_corpus corpus = count_corpus(request, bar);
    std::uint64_t const n_occurrences = corpus.counts.total();
    stopwatch const merging;
    trained_bpe trained = bpe_trainer(options).train(std::move(corpus.counts));
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
    note_left_out(request, tokenizer);
    warn_if_small(request, corpus.name, n_tokens, stopped);
    if (common.json) {
        json_writer w;
        w.begin_object();
        describe_result(w, tokenizer, request.out, request);
        w.member("n_pretokens", n_pretokens)
            .member("n_pretoken_occurrences", n_occurrences)
            .member("bytes", corpus.bytes)
            .member("smallest_count", smallest_count)
            .member("stopped", reason(stopped));
        w.key("seconds")
            .begin_object()
            .member("count", corpus.seconds)
            .member("merge", merge_seconds)
            .member("save", save_seconds)
            .member("total", total.seconds())
            .end_object();
        write_to_stdout(w.end_object().text() + "\n");
    } else if (!common.quiet) {
        write_to_stderr(request.out + ": " + std::to_string(n_tokens) + " tokens, " +
                        std::to_string(bpe_of(tokenizer, "training").merges().size()) + " merges, from " +
                        (corpus.bytes > 0 ? with_prefix(static_cast<double>(corpus.bytes)) + "B of text, " : "") +
                        std::to_string(n_pretokens) + " different pretokens; counting " +
                        with_decimals(corpus.seconds, 2) + " s, merging " + with_decimals(merge_seconds, 2) + " s");
    }
    return 0;
}

}  // namespace tessera::cli
