#include "training.hpp"

#include <algorithm>
#include <cstdio>
#include <type_traits>

#include <tessera/io/count_table.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include <tessera/train/count_pretokens.hpp>
#include "../cli/output.hpp"

namespace tessera::cli {

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

std::string with_commas(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
    return text;
}

counted_corpus count_corpus(training_request const& request, progress_bar& bar) {
    stopwatch const counting;
    counted_corpus corpus;
    if (request.counts.empty()) {
        corpus.name = name_of(request.line.inputs());
        text_source source(request.line.inputs_or_stdin(), request.text.for_blocks());
        auto const count_by = [&](auto const& pretokenizer) {
            return count_pretokens(source, pretokenizer, tbb_executor(request.line.common().threads),
                                   {.progress = &bar, .total_bytes = source.total_bytes()}, request.normalizer);
        };
        corpus.counts = std::visit(
            [&]<class Split>(Split const& split) {
                if constexpr (std::is_same_v<Split, std::monostate>) {
                    return count_by(request.pretokenizer);
                } else {
                    return count_by(split);
                }
            },
            request.split);
        corpus.bytes = source.bytes_read();
    } else {
        corpus.name = request.counts;
        corpus.counts = read_count_table_file(request.counts);
    }
    corpus.seconds = counting.seconds();
    if (corpus.counts.size() == 0) {
        throw error(error_kind::empty_input, corpus.name, "has no text to train on", "give files that are not empty");
    }
    return corpus;
}

void check_output(std::string const& out, bool force) {
    if (out.ends_with('/')) {
        check_writable_in(out, {"vocab.json", "merges.txt"}, force);
    } else {
        check_writable(out, force);
    }
}

void save_trained(any_tokenizer const& tokenizer, std::string const& out, training_request const& request) {
    std::vector<std::string> notes;
    {
        uninterrupted const guard;
        notes = save_tokenizer(tokenizer, out, request.force);
    }
    if (request.line.common().quiet) return;
    for (std::string const& note : notes) write_to_stderr("tessera train: note: " + one_line(note));
}

void warn_if_small(training_request const& request, std::string const& corpus, std::size_t n_tokens,
                   stop_reason stopped) {
    if (stopped == stop_reason::vocab_size_reached || request.line.common().quiet) return;
    write_to_stderr("tessera train: warning: " + one_line(corpus) + ": the vocabulary has " + std::to_string(n_tokens) +
                    " tokens, not " + std::to_string(request.options.vocab_size) + ", because " + reason(stopped) +
                    "; give more text, or ask for fewer tokens");
}

void describe_result(json_writer& w, any_tokenizer const& tokenizer, std::string const& out,
                     training_request const& request) {
    std::vector<added_token> const& added = tokenizer.specials().tokens();
    auto const n_special = static_cast<std::size_t>(
        std::count_if(added.begin(), added.end(), [](added_token const& token) { return token.special; }));
    w.member("output", out)
        .member("model", request.model)
        .member("pretokenizer", tokenizer.pretokenizer().name())
        .member("normalizer", tokenizer.normalizer().name())
        .member("vocab_size", tokenizer.vocab().size())
        .member("n_merges", bpe_of(tokenizer, "training").merges().size())
        .member("n_special_tokens", n_special)
        .member("n_custom_tokens", added.size() - n_special);
}

}  // namespace tessera::cli
