// tessera train --model boundless: a corpus -> a BoundlessBPE tokenizer.
#include "train_boundless.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <set>
#include <utility>

#include <tessera/io/boundless_tokenizer.hpp>
#include <tessera/io/tokenizer_file.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include <tessera/train/boundless_trainer.hpp>
#include "../cli/inputs.hpp"
#include "../cli/json_writer.hpp"
#include "../cli/output.hpp"
#include "../cli/progress_bar.hpp"
#include "../cli/usage_error.hpp"

namespace tessera::cli {

namespace {

/// Superwords by the number of words in each.
std::map<std::size_t, std::size_t> superwords_by_length(boundless_data const& data) {
    std::vector<std::size_t> n_words(data.symbols.size(), 1);
    std::map<std::size_t, std::size_t> by_length;
    std::set<token_id> seen;
    for (merge_operation const& o : data.superwords.operations) {
        if (!seen.insert(o.result).second) continue;
        n_words[o.result] = n_words[o.left] + n_words[o.right];
        ++by_length[n_words[o.result]];
    }
    return by_length;
}

void check(boundless_train_options const& options) {
    check_boundless_output(options.output);
    std::uint64_t const beside = options.supermerges + options.special_tokens.size();
    if (options.vocab_size < 243 + beside) {
        throw usage_error("--vocab-size " + std::to_string(options.vocab_size) +
                          ": bytes, superwords and special tokens take " + std::to_string(243 + beside));
    }
}

}  // namespace

void check_boundless_output(std::string const& out) {
    if (out.ends_with(".model")) return;
    std::string const why =
        out.ends_with(".json")
            ? ": no tokenizer.json can hold it, because Hugging Face's library has no component that merges whole "
              "pretokens only; end the name in .model"
            : ": the name does not say the format; end it in .model";
    throw usage_error("--output " + printable(out) + why);
}

int train_boundless(boundless_train_options const& options, common_options const& common) {
    check(options);
    boundless_section splitting;
    describe_boundless_pretokenizer(options.pretokenizer, splitting);
    check_writable(options.output, options.force);

    progress_bar bar(common);
    using clock = std::chrono::steady_clock;
    auto const started = clock::now();
    auto const seconds = [&started] { return std::chrono::duration<double>(clock::now() - started).count(); };
    auto const open = [&] { return text_source(options.inputs, options.text); };
    std::uint64_t const beside = options.supermerges + options.special_tokens.size();
    boundless_trainer_options how;
    how.kind = options.supermerges > 0 ? boundless_kind::superbpe : boundless_kind::boundless;
    how.vocab_size = options.vocab_size - beside;
    how.supermerges = options.supermerges;
    how.delete_threshold = options.delete_threshold;
    how.blow_up = options.blow_up;
    how.pattern = options.pattern;
    how.greedy_split = options.greedy_split;
    how.memory_limit = options.memory_limit;
    how.progress = &bar;
    how.total_bytes = open().total_bytes();
    boundless_report report;
    boundless_data data =
        boundless_trainer(how).train(open, options.pretokenizer, tbb_executor(common.threads), &report);
    for (boundless_section* const section : {&data.words, &data.superwords}) {
        section->main_regex = splitting.main_regex;
        section->script_regex = splitting.script_regex;
        section->scripts = splitting.scripts;
    }
    for (std::string const& token : options.special_tokens) {
        bool const is_new = std::ranges::none_of(data.specials, [&](auto const& s) { return s.second == token; });
        if (is_new) data.specials.emplace_back(data.tokens.size() + data.specials.size(), token);
    }
    double const train_seconds = seconds();
    std::size_t const n_tokens = data.tokens.size() + data.specials.size();
    std::size_t const n_operations = data.words.operations.size();
    std::map<std::size_t, std::size_t> const by_length = superwords_by_length(data);
    std::size_t const n_supermerges = data.superwords.operations.size();
    std::size_t const n_specials = data.specials.size();
    {
        any_tokenizer const tokenizer = boundless_tokenizer(std::move(data));
        uninterrupted const guard;
        (void)save_tokenizer(tokenizer, options.output, options.force);
    }
    bar.clear();

    if (!report.complete && !common.quiet) {
        write_to_stderr("tessera train: warning: " + one_line(options.name) + ": the vocabulary has " +
                        std::to_string(n_tokens) + " tokens, not " + std::to_string(options.vocab_size) +
                        ", because no pair of tokens is left to merge; give more text, or ask for fewer tokens");
    }
    if (common.json) {
        json_writer w;
        w.begin_object()
            .member("output", options.output)
            .member("model", "boundless")
            .member("pretokenizer", options.pretokenizer.name())
            .member("vocab_size", n_tokens)
            .member("n_word_operations", n_operations)
            .member("n_supermerges", n_supermerges)
            .member("n_special_tokens", n_specials)
            .member("n_pretokens", report.n_pretokens)
            .member("n_pretoken_occurrences", report.n_occurrences)
            .member("n_runs", report.n_runs)
            .member("smallest_count", report.smallest_word_count)
            .member("smallest_superword_count", report.smallest_superword_count);
        w.key("superwords").begin_object();
        for (auto const& [n_words, n] : by_length) w.member(std::to_string(n_words), n);
        w.end_object();
        w.key("seconds").begin_object().member("train", train_seconds).member("total", seconds()).end_object();
        write_to_stdout(w.end_object().text() + "\n");
    } else if (!common.quiet) {
        char time[40];
        std::snprintf(time, sizeof time, "%.2f", train_seconds);
        std::string lengths;
        for (auto const& [n_words, n] : by_length) {
            lengths += (lengths.empty() ? "" : ", ") + std::to_string(n) + " of " + std::to_string(n_words) + " words";
        }
        write_to_stderr(options.output + ": " + std::to_string(n_tokens) + " tokens, " + std::to_string(n_operations) +
                        " operations on words, " + std::to_string(n_supermerges) + " merges of words, from " +
                        std::to_string(report.n_pretokens) + " different pretokens; " + time + " s");
        if (!lengths.empty()) write_to_stderr("superwords: " + lengths);
    }
    return 0;
}

}  // namespace tessera::cli
