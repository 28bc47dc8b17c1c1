// tessera train: a corpus or a count table -> a tokenizer. The command line; training itself is in train_bpe.cpp and
// its sisters.
#include <algorithm>
#include <string_view>

#include "../cli/output.hpp"
#include "../cli/preset.hpp"
#include "../cli/spooled_inputs.hpp"
#include "train_boundless.hpp"
#include "train_settings.hpp"
#include "training.hpp"
#include "verbs.hpp"

namespace tessera::cli {

namespace {

// "8000,16000" -> both numbers, sorted, each once.
std::vector<std::size_t> parse_transition_points(std::string_view text) {
    std::vector<std::size_t> points;
    for (std::size_t begin = 0; begin <= text.size();) {
        std::size_t const end = std::min(text.find(',', begin), text.size());
        points.push_back(parse_whole_number("--transition-point", text.substr(begin, end - begin)));
        begin = end + 1;
    }
    std::sort(points.begin(), points.end());
    points.erase(std::unique(points.begin(), points.end()), points.end());
    return points;
}

// Where a name stands for both stages.
bool names_both_stages(std::string_view pretokenizer) {
    return pretokenizer == "superbpe-1" || pretokenizer == "superbpe-2";
}

void check_format(std::string const& out, bool on_characters) {
    bool const to_ranks = out.ends_with(".tiktoken");
    if (!out.ends_with(".json") && !to_ranks && !out.ends_with('/')) {
        throw usage_error("--output " + printable(out) +
                          ": the name does not say the format; end it in .json, .tiktoken or /");
    }
    if (to_ranks && on_characters) {
        throw usage_error("--output " + printable(out) +
                          ": ranks are of bytes; write .json, or give --initial-alphabet bytes");
    }
}

// Names of pretokenizers, with what is meant where none is given.
struct pretokenizer_choice {
    std::string words;       // of stage 1, or the only one
    std::string superwords;  // of stage 2
};

pretokenizer_choice choose_pretokenizers(train_settings const& s) {
    pretokenizer_choice choice{s.pretokenizer_name, s.superword_pretokenizer_name};
    if (choice.words.empty())
        choice.words = s.is_superbpe()        ? "superbpe-1"
                       : s.is_boundless()     ? "script-aware"
                       : s.is_characters()    ? "code-points"
                       : s.splits_at_random() ? "bytes"
                                              : "gpt2";
    if (!s.is_superbpe()) return choice;
    if (names_both_stages(choice.words)) {
        if (choice.superwords.empty()) choice.superwords = choice.words;
        choice.words += "-words";
    } else if (choice.superwords.empty()) {
        throw usage_error("--pretokenizer " + printable(choice.words) +
                          ": is that of stage 1; give --superword-pretokenizer too, or superbpe-1 or superbpe-2, which "
                          "stand for both");
    }
    return choice;
}

std::vector<std::size_t> choose_transition_points(train_settings const& s) {
    std::vector<std::size_t> transition_points{s.vocab_size / 2};
    if (!s.transition_point.empty()) transition_points = parse_transition_points(s.transition_point);
    if (s.is_superbpe() && !s.is_extension() && transition_points.back() > s.vocab_size) {
        throw usage_error("--transition-point " + std::to_string(transition_points.back()) +
                          ": is above --vocab-size " + std::to_string(s.vocab_size));
    }
    constexpr std::size_t n_bytes = 256;
    if (s.is_superbpe() && !s.is_extension() && s.alphabet == "bytes" && s.limit_alphabet == 0 &&
        transition_points.front() < n_bytes) {
        throw usage_error(s.transition_point.empty()
                              ? "--vocab-size " + std::to_string(s.vocab_size) +
                                    ": half of it is the transition point, and less than the 256 bytes that training "
                                    "begins with; give --transition-point"
                              : "--transition-point " + std::to_string(transition_points.front()) +
                                    ": is less than the 256 bytes that training begins with");
    }
    if (transition_points.size() > 1 && s.out.find("{}") == std::string::npos) {
        throw usage_error("--output " + printable(s.out) +
                          ": would be the same for all transition points; put {} where their numbers go");
    }
    return transition_points;
}

// The command line behind the options of its --preset, which are read alone first: a mistake in them is the file's.
arguments with_preset(arguments const& args) {
    preset_options preset = read_preset_of(args);
    if (preset.path.empty()) return args;
    try {
        command line("train", "", "", {});
        train_settings ignored;
        declare_options(line, ignored);
        (void)line.parse(preset.options);
    } catch (usage_error const& e) {
        throw usage_error(printable(preset.path) + ": " + e.what());
    }
    preset.options.insert(preset.options.end(), args.begin(), args.end());
    return std::move(preset.options);
}

vocabulary_padding parse_padding(std::string const& text) {
    if (text == "none") return {};
    if (text == "power-of-two") return {.to = vocabulary_padding::kind::power_of_two};
    return {.to = vocabulary_padding::kind::size, .size = parse_whole_number("--pad-to", text)};
}

// "2-32", or several with weights: "4-5:0.044,6-7:0.091".
std::vector<chunk_lengths> parse_chunk_lengths(std::string_view text) {
    std::vector<chunk_lengths> ranges;
    for (std::size_t begin = 0; begin <= text.size();) {
        std::size_t const end = std::min(text.find(',', begin), text.size());
        std::string_view range = text.substr(begin, end - begin);
        chunk_lengths lengths;
        if (std::size_t const colon = range.find(':'); colon != std::string_view::npos) {
            lengths.weight = parse_number("--random-chunks", range.substr(colon + 1));
            range = range.substr(0, colon);
        }
        std::size_t const hyphen = range.find('-');
        lengths.least = parse_whole_number("--random-chunks", range.substr(0, hyphen));
        lengths.most = hyphen == std::string_view::npos
                           ? lengths.least
                           : parse_whole_number("--random-chunks", range.substr(hyphen + 1));
        ranges.push_back(lengths);
        begin = end + 1;
    }
    return ranges;
}

random_split choose_random_split(train_settings const& s) {
    try {
        if (!s.chunk_lengths.empty()) return random_chunks(parse_chunk_lengths(s.chunk_lengths), s.seed);
        if (!s.whitespace_probability.empty()) {
            return random_whitespace(parse_number("--random-whitespace", s.whitespace_probability), s.seed);
        }
    } catch (error const& e) {
        throw usage_error((s.chunk_lengths.empty() ? "--random-whitespace: " : "--random-chunks: ") +
                          std::string(e.what()));
    }
    return {};
}

bpe_trainer_options trainer_options_of(train_settings const& s, any_normalizer const& normalizer, bool on_characters) {
    bpe_trainer_options options = s.options;
    for (std::string const& path : s.custom_token_files) {
        for (std::string& token : read_token_list(path)) options.custom_tokens.push_back(std::move(token));
    }
    // They are looked for by what the normalizer makes of them. Of several that become the same, Hugging Face's library
    // finds any, by the order of a hash table; so here they are one.
    if (!normalizer.is_identity()) {
        for (std::string& token : options.custom_tokens) {
            std::string const written = token;
            normalizer.normalize(written, token);
            if (token.empty()) {
                throw usage_error("custom token " + printable(written) + ": --normalizer " + s.normalizer_name +
                                  " leaves nothing of it; leave it out");
            }
        }
    }
    options.padding = parse_padding(s.padding);
    for (std::string const run : {"  ", "\n\n"}) {  // Hugging Face's library fails on a token that becomes empty
        std::string normalized;
        normalizer.normalize(run, normalized);
        if (options.padding.to != vocabulary_padding::kind::none && normalized != run) {
            throw usage_error("--pad-to: fills up with runs of white space, which --normalizer " + s.normalizer_name +
                              " does not keep; leave out one of the two");
        }
    }
    options.unit = on_characters ? symbol_unit::code_point : symbol_unit::byte;
    options.alphabet = on_characters || s.alphabet == "corpus" ? initial_alphabet::corpus : initial_alphabet::bytes;
    options.vocab_size = s.vocab_size;
    options.min_frequency = s.min_frequency;
    options.max_token_length = s.max_token_length;
    options.limit_alphabet = s.limit_alphabet;
    options.ties = s.ties == "sentencepiece" ? tie_break::sentencepiece
                   : s.ties == "bytes"       ? tie_break::bytes
                                             : tie_break::hugging_face;
    return options;
}

int run_boundless(command const& line, train_settings const& s, any_pretokenizer const& pretokenizer,
                  std::uint64_t memory_limit) {
    check_boundless_output(s.out);
    check_writable(s.out, s.force);
    double const threshold = s.delete_threshold.empty() ? boundless_train_options{}.delete_threshold
                                                        : parse_number("--delete-threshold", s.delete_threshold);
    spooled_inputs const inputs(line.inputs_or_stdin(), s.out);
    boundless_train_options const how{.output = s.out,
                                      .inputs = inputs.paths(),
                                      .name = name_of(line.inputs()),
                                      .text = s.text.for_blocks(),
                                      .pretokenizer = pretokenizer,
                                      .vocab_size = s.vocab_size,
                                      .supermerges = s.supermerges,
                                      .delete_threshold = threshold,
                                      .blow_up = s.blow_up,
                                      .pattern = s.superword_words == "improved"   ? superword_pattern::improved
                                                 : s.superword_words == "original" ? superword_pattern::original
                                                                                   : superword_pattern::simple,
                                      .greedy_split = s.greedy_split,
                                      .memory_limit = memory_limit,
                                      .special_tokens = s.options.special_tokens,
                                      .force = s.force};
    return inputs.reading([&] { return train_boundless(how, line.common()); });
}

}  // namespace

int train(arguments const& args) {
    command line("train", "-o OUT.json [OPTION...] [INPUT...]",
                 "Trains a byte-pair encoding on text, merge for merge as Hugging Face's trainer does; SuperBPE or "
                 "BoundlessBPE, whose tokens reach across words; characters; or goes on training from a tokenizer that "
                 "there is.",
                 {"tessera train -o mine.json --vocab-size 16000 --special-token '<|endoftext|>' corpus.txt",
                  "tessera train -o super.json --model superbpe --vocab-size 32000 --transition-point 16000 corpus/",
                  "tessera train -o 'super-{}.json' --model superbpe --transition-point 8000,16000,24000 corpus.txt",
                  "tessera train -o words.model --model boundless --vocab-size 131072 corpus.jsonl",
                  "tessera train -o legal.json --preset kl3m-legal corpus.txt",
                  "tessera train -o characters.json --model characters --vocab-size 8000 corpus.txt",
                  "tessera train -o more.json --extend gpt2/tokenizer.json --vocab-size 60000 corpus.txt",
                  "zcat dump.jsonl.gz | tessera train -o mine.json --documents jsonl --pretokenizer o200k -",
                  "tessera train -o mine.json --counts counts.tsv", parquet_example("train -o mine.json")});
    train_settings s;
    declare_options(line, s);
    if (!line.parse(with_preset(args))) return 0;
    line.require("--output", "where does the tokenizer go?");
    check_what_goes_together(line, s);
    pretokenizer_choice const names = choose_pretokenizers(s);
    any_pretokenizer const words = pretokenizer_from_option("--pretokenizer", names.words);
    any_pretokenizer const pretokenizer =
        s.max_pretoken_length == 0 ? words : words.cut_at(static_cast<std::size_t>(s.max_pretoken_length));
    std::uint64_t const memory_limit =
        s.limit.empty() ? 0 : std::max<std::uint64_t>(parse_size("--memory-limit", s.limit), 1);
    if (s.is_boundless()) return run_boundless(line, s, pretokenizer, memory_limit);

    any_pretokenizer const encoding =
        s.is_superbpe() ? pretokenizer_from_option("--superword-pretokenizer", names.superwords) : pretokenizer;
    std::string const& encoding_name = s.is_superbpe() ? names.superwords : names.words;
    if (s.out.ends_with(".json") && encoding_name.starts_with("script-aware")) {
        throw usage_error("--pretokenizer " + encoding_name +
                          ": a tokenizer.json cannot say it; write ranks (.tiktoken) or a folder (/)");
    }
    bool const on_characters =
        words.name() == "whitespace" && !(line.given("--initial-alphabet") && s.alphabet == "bytes");
    if (s.is_superbpe() && on_characters) {
        throw usage_error("--pretokenizer whitespace: superbpe merges bytes; give --initial-alphabet bytes");
    }
    check_format(s.out, on_characters && !s.is_extension());
    any_normalizer const normalizer = normalizer_from_option("--normalizer", s.normalizer_name);
    training_request const request{.line = line,
                                   .text = s.text,
                                   .out = s.out,
                                   .force = s.force,
                                   .model = s.model,
                                   .counts = s.counts_path,
                                   .pretokenizer = pretokenizer,
                                   .normalizer = normalizer,
                                   .options = trainer_options_of(s, normalizer, on_characters),
                                   .split = choose_random_split(s),
                                   .complete = s.alphabet == "complete",
                                   .pattern = s.pattern,
                                   .extend = s.extend,
                                   .superword_pretokenizer = encoding,
                                   .transition_points = choose_transition_points(s),
                                   .rules = {.max_words = s.max_superword_words, .colon_space = s.colon_space},
                                   .memory_limit = memory_limit};
    if (s.is_extension()) return extend_tokenizer(request);
    if (s.is_characters()) return train_characters(request);
    return s.is_superbpe() ? train_superbpe(request) : train_bpe(request);
}

}  // namespace tessera::cli
