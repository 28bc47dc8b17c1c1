#include "training.hpp"

#include <cstdio>

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
    w.member("output", out)
        .member("model", request.model)
        .member("pretokenizer", tokenizer.pretokenizer().name())
        .member("normalizer", tokenizer.normalizer().name())
        .member("vocab_size", tokenizer.vocab().size())
        .member("n_merges", bpe_of(tokenizer, "training").merges().size())
        .member("n_special_tokens", tokenizer.specials().tokens().size());
}

}  // namespace tessera::cli
