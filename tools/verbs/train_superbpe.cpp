// tessera train --model superbpe, and --extend: training that goes on from a model, on text that is read several times.
#include <optional>
#include <utility>

#include <tessera/parallel/tbb_executor.hpp>
#include <tessera/train/continued_bpe.hpp>
#include <tessera/train/count_pretokens.hpp>
#include <tessera/train/superbpe_trainer.hpp>
#include "../cli/output.hpp"
#include "../cli/progress_bar.hpp"
#include "../cli/spooled_inputs.hpp"
#include "training.hpp"

namespace tessera::cli {

namespace {

constexpr std::size_t fewest_words = 2;  // of a superword

// What a run made, for the report.
struct outcome {
    any_tokenizer const& tokenizer;
    std::string const& out;
    continued_bpe const& result;
    std::size_t transition_point;       // tokens before stage 2
    std::uint64_t n_tokens_of_stage_1;  // of the text; 0: there was no stage 1
    std::uint64_t bytes;
    double words_seconds;
    double superwords_seconds;
};

double percent_saved(std::uint64_t before, std::uint64_t after) {
    if (before == 0) return 0;
    return 100 * (1 - static_cast<double>(after) / static_cast<double>(before));
}

void print_report(training_request const& request, outcome const& o, double total_seconds) {
    common_options const& common = request.line.common();
    std::vector<std::size_t> const by_words =
        tokens_by_words(o.result.vocab, static_cast<token_id>(o.transition_point));
    std::size_t n_superwords = 0;
    for (std::size_t n = fewest_words; n < by_words.size(); ++n) n_superwords += by_words[n];
    std::uint64_t const before = o.n_tokens_of_stage_1 != 0 ? o.n_tokens_of_stage_1 : o.result.n_tokens_before;
    if (common.json) {
        json_writer w;
        w.begin_object();
        describe_result(w, o.tokenizer, o.out, request);
        w.member("transition_point", o.transition_point)
            .member("n_new_merges", o.result.n_new_merges)
            .member("n_superwords", n_superwords);
        w.key("superwords_by_words").begin_object();
        for (std::size_t n = fewest_words; n < by_words.size(); ++n) w.member(std::to_string(n), by_words[n]);
        w.end_object();
        w.key("tokens_of_text")
            .begin_object()
            .member("before", before)
            .member("after", o.result.n_tokens)
            .member("saved_percent", percent_saved(before, o.result.n_tokens))
            .end_object();
        w.member("bytes", o.bytes)
            .member("smallest_count", o.result.smallest_count)
            .member("stopped", reason(o.result.stopped))
            .member("n_readings", o.result.n_readings);
        w.key("seconds")
            .begin_object()
            .member("words", o.words_seconds)
            .member("superwords", o.superwords_seconds)
            .member("total", total_seconds)
            .end_object();
        write_to_stdout(w.end_object().text() + "\n");
        return;
    }
    if (common.quiet) return;
    std::string superwords = with_commas(n_superwords) + " superwords";
    for (std::size_t n = fewest_words; n < by_words.size(); ++n) {
        superwords += (n == fewest_words ? " (" : ", ") + std::to_string(n) + " words: " + with_commas(by_words[n]);
    }
    if (by_words.size() > fewest_words) superwords += ')';
    write_to_stderr(o.out + ": " + with_commas(o.result.vocab.size()) + " tokens, the first " +
                    with_commas(o.transition_point) + " of them " +
                    (o.n_tokens_of_stage_1 != 0 ? "inside words" : "as they were") + "; " + superwords);
    write_to_stderr("  " + (o.bytes > 0 ? with_prefix(static_cast<double>(o.bytes)) + "B of text" : "the text") + ": " +
                    with_commas(before) + " tokens " + (o.n_tokens_of_stage_1 != 0 ? "after stage 1, " : "before, ") +
                    with_commas(o.result.n_tokens) + (o.n_tokens_of_stage_1 != 0 ? " after stage 2: " : " after: ") +
                    with_decimals(percent_saved(before, o.result.n_tokens), 1) +
                    " % fewer; the last pair merged occurs " + with_commas(o.result.smallest_count) + " times");
    write_to_stderr("  " +
                    (o.n_tokens_of_stage_1 != 0 ? "stage 1 " + with_decimals(o.words_seconds, 2) + " s, stage 2 "
                                                : std::string("training ")) +
                    with_decimals(o.superwords_seconds, 2) + " s, " + std::to_string(o.result.n_readings) +
                    (o.result.n_readings == 1 ? " reading" : " readings") + " of the text");
}

continued_bpe_options continuation(training_request const& request, progress_listener* progress) {
    return {.vocab_size = request.options.vocab_size,
            .min_frequency = request.options.min_frequency,
            .max_token_length = request.options.max_token_length,
            .ties = request.options.ties,
            .veto = {},
            .memory_limit = request.memory_limit,
            .progress = progress};
}

// OUT of one transition point: its number in the place of each {}.
std::string output_for(std::string out, std::size_t transition_point) {
    std::string const number = std::to_string(transition_point);
    for (std::size_t at = 0; (at = out.find("{}", at)) != std::string::npos; at += number.size()) {
        out.replace(at, 2, number);
    }
    return out;
}

void check_text(pretoken_counts const& counts, std::string const& corpus) {
    if (counts.size() == 0) {
        throw error(error_kind::empty_input, corpus, "has no text to train on", "give files that are not empty");
    }
}

// Both stages, one tokenizer for each transition point.
void train_on(text_corpus const& corpus, training_request const& request) {
    common_options const& common = request.line.common();
    progress_bar bar(common);
    stopwatch const total;
    std::string const name = name_of(request.line.inputs());
    tbb_executor const executor(common.threads);

    bpe_trainer_options first = request.options;
    first.progress = &bar;
    first.vocab_size = request.transition_points.back();
    text_source source = corpus.open();
    pretoken_counts counts =
        count_pretokens(source, request.pretokenizer, executor, {.progress = &bar, .total_bytes = source.total_bytes()},
                        request.normalizer);
    check_text(counts, name);
    trained_bpe const words = bpe_trainer(first).train(std::move(counts));
    for (std::size_t const t : request.transition_points) check_transition_point(words, t);
    double const words_seconds = total.seconds();

    for (std::size_t const t : request.transition_points) {
        stopwatch const superwords;
        shorter_training const stage_1 = first_tokens(words, t);
        continued_bpe_options options = continuation(request, &bar);
        options.veto = request.rules.veto();
        continued_bpe const result =
            continue_bpe(stage_1.model, corpus, request.superword_pretokenizer, executor, options, request.normalizer);
        any_tokenizer const tokenizer(bpe_model(result.vocab, result.merges), request.superword_pretokenizer,
                                      request.normalizer, special_tokens(words.specials));
        bar.clear();
        std::string const out = output_for(request.out, t);
        save_trained(tokenizer, out, request);
        warn_if_small(request, name, result.vocab.size(), result.stopped);
        print_report(
            request,
            {tokenizer, out, result, t, stage_1.n_tokens, source.bytes_read(), words_seconds, superwords.seconds()},
            total.seconds());
    }
}

}  // namespace

int train_superbpe(training_request const& request) {
    for (std::size_t const t : request.transition_points) check_output(output_for(request.out, t), request.force);
    spooled_inputs const inputs(request.line.inputs_or_stdin(), request.out);
    inputs.reading([&] { train_on(text_corpus(inputs.paths(), request.text.for_blocks()), request); });
    return 0;
}

int extend_tokenizer(training_request const& request) {
    common_options const& common = request.line.common();
    any_tokenizer const old =
        load_with_notes(request.line.verb(), request.extend, request.pattern, common.quiet).tokenizer;
    auto const* const old_model = old.model().get_if<bpe_model>();
    if (old_model == nullptr) {
        throw error(error_kind::unsupported, request.extend, "is no byte-pair encoding of bytes",
                    "extend a byte-level BPE, such as GPT-2's or Llama 3's");
    }
    bpe_model const& base = *old_model;
    bpe_options const& kind = base.options();
    if (kind.unit != symbol_unit::byte || kind.byte_fallback || !kind.continuing_subword_prefix.empty() ||
        !kind.end_of_word_suffix.empty()) {
        throw error(error_kind::unsupported, request.extend, "its model does not merge bytes alone",
                    "extend a byte-level BPE, such as GPT-2's or Llama 3's");
    }
    bool const superwords = request.model == "superbpe";
    any_pretokenizer const& pretokenizer = superwords                             ? request.superword_pretokenizer
                                           : request.line.given("--pretokenizer") ? request.pretokenizer
                                                                                  : old.pretokenizer();
    any_normalizer const& normalizer = request.line.given("--normalizer") ? request.normalizer : old.normalizer();
    std::vector<added_token> specials(old.specials().tokens().begin(), old.specials().tokens().end());
    check_output(request.out, request.force);

    progress_bar bar(common);
    stopwatch const total;
    std::string const name = name_of(request.line.inputs());
    spooled_inputs const inputs(request.line.inputs_or_stdin(), request.out);
    text_corpus const corpus(inputs.paths(), request.text.for_blocks());
    continued_bpe_options options = continuation(request, &bar);
    if (superwords) options.veto = request.rules.veto();
    continued_bpe const result = inputs.reading(
        [&] { return continue_bpe(base, corpus, pretokenizer, tbb_executor(common.threads), options, normalizer); });
    if (result.n_tokens_before == 0) {
        throw error(error_kind::empty_input, name, "has no text to train on", "give files that are not empty");
    }
    any_tokenizer const tokenizer(bpe_model(result.vocab, result.merges, kind), pretokenizer, normalizer,
                                  special_tokens(std::move(specials)), old.post_processor(), old.decoder());
    bar.clear();
    save_trained(tokenizer, request.out, request);
    warn_if_small(request, name, result.vocab.size(), result.stopped);
    double const seconds = total.seconds();
    print_report(request, {tokenizer, request.out, result, base.vocab().size(), 0, corpus.total_bytes(), 0, seconds},
                 seconds);
    return 0;
}

}  // namespace tessera::cli
