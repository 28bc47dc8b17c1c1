// tessera train --model characters: bytes, code points or grapheme clusters -> a tokenizer.
#include <utility>

#include <tessera/train/character_trainer.hpp>
#include "../cli/output.hpp"
#include "../cli/progress_bar.hpp"
#include "training.hpp"

namespace tessera::cli {

namespace {

// A table may be of words.
pretoken_counts cut(pretoken_counts const& counts, any_pretokenizer const& pretokenizer) {
    pretoken_counts characters;
    any_pretokenizer::scratch scratch;
    counts.for_each([&](std::string_view pretoken, std::uint64_t n) {
        pretokenizer.for_each(text_piece{pretoken, 0}, scratch,
                              [&](std::string_view character) { characters.add(character, n); });
    });
    return characters;
}

}  // namespace

int train_characters(training_request const& request) {
    common_options const& common = request.line.common();
    check_output(request.out, request.force);
    progress_bar bar(common);
    stopwatch const total;
    counted_corpus corpus;
    std::string const pretokenizer = request.pretokenizer.name();
    character_unit const unit = pretokenizer == "bytes"       ? character_unit::byte
                                : pretokenizer == "graphemes" ? character_unit::grapheme
                                                              : character_unit::code_point;
    auto const train = [&]() -> trained_characters {
        if (request.complete) {
            return all_characters(unit, request.options.special_tokens, request.options.padding);
        }
        corpus = count_corpus(request, bar);
        if (!request.counts.empty()) corpus.counts = cut(corpus.counts, request.pretokenizer);
        return train_characters(corpus.counts, {.unit = unit,
                                                .vocab_size = request.options.vocab_size,
                                                .min_frequency = request.options.min_frequency,
                                                .alphabet = request.options.alphabet,
                                                .special_tokens = request.options.special_tokens,
                                                .padding = request.options.padding});
    };
    trained_characters trained = train();
    any_tokenizer const tokenizer(std::move(trained.model), request.pretokenizer, request.normalizer,
                                  special_tokens(std::move(trained.specials)));
    bar.clear();
    save_trained(tokenizer, request.out, request);
    double const covered = trained.n_characters == 0
                               ? 1
                               : static_cast<double>(trained.n_covered) / static_cast<double>(trained.n_characters);
    if (common.json) {
        json_writer w;
        w.begin_object();
        describe_result(w, tokenizer, request.out, request);
        w.member("n_characters", trained.n_characters)
            .member("characters_covered", covered)
            .member("bytes", corpus.bytes)
            .member("seconds", total.seconds());
        write_to_stdout(w.end_object().text() + "\n");
    } else if (!common.quiet) {
        write_to_stderr(request.out + ": " + std::to_string(tokenizer.vocab().size()) + " tokens" +
                        (request.complete
                             ? ", all there are"
                             : "; " + with_decimals(100 * covered, 3) + " % of " + with_commas(trained.n_characters) +
                                   " characters are one, the others are spelt in bytes"));
    }
    return 0;
}

}  // namespace tessera::cli
