// tessera train: a corpus or a count table -> a tokenizer. The command line; training itself is in train_bpe.cpp and
// train_superbpe.cpp.
#include <algorithm>
#include <string_view>

#include "../cli/output.hpp"
#include "../cli/spooled_inputs.hpp"
#include "train_boundless.hpp"
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

// What the command line says, as it says it.
struct settings {
    std::string out;
    std::string model = "bpe";
    std::string pretokenizer_name;
    std::string superword_pretokenizer_name;
    std::string normalizer_name = "none";
    std::string counts_path;
    std::string alphabet = "bytes";
    std::string ties = "hf";
    std::string transition_point;
    std::string extend;
    std::string pattern;
    std::string limit;
    text_options text;
    bool force = false;
    std::uint64_t vocab_size = 32000;
    std::uint64_t min_frequency = 0;
    std::uint64_t max_token_length = 0;
    std::uint64_t limit_alphabet = 0;
    std::uint64_t max_superword_words = superword_rules{}.max_words;
    bool colon_space = false;
    std::uint64_t supermerges = 0;
    std::string delete_threshold;
    bool blow_up = false;
    bool greedy_split = false;
    std::string superword_words = "simple";
    bpe_trainer_options options = {};

    [[nodiscard]] bool is_superbpe() const { return model == "superbpe"; }
    [[nodiscard]] bool is_boundless() const { return model == "boundless"; }
    [[nodiscard]] bool is_extension() const { return !extend.empty(); }
};

void declare_options(command& line, settings& s) {
    line.option("-o,--output", "OUT", s.out,
                "NAME.json: a Hugging Face tokenizer.json; NAME.tiktoken: ranks; NAME/: a folder with vocab.json and "
                "merges.txt. {} in the name becomes the transition point. boundless: NAME.model");
    line.option("--vocab-size", "N", s.vocab_size, "tokens in all, special ones included (default: 32000)", 1);
    line.choice(
        "--model", {"bpe", "superbpe", "boundless"}, s.model,
        "bpe; superbpe: first inside words, then, from the transition point on, across them; boundless: merges of "
        "whole words beside those inside words (default: bpe)");
    line.option("--pretokenizer", "NAME|REGEX", s.pretokenizer_name,
                "how text is split first (default: gpt2; for superbpe, superbpe-1, which stands for both stages; for "
                "boundless, script-aware): " +
                    pretokenizer_names() + ", or a regular expression");
    line.option("--normalizer", "NAME", s.normalizer_name, "nfc, nfd, nfkc, nfkd or none (default: none)");
    line.option("--counts", "FILE", s.counts_path,
                "train from this table of pretoken counts (tessera count), not from text");
    line.option("--special-token", "T", s.options.special_tokens,
                "a token that is never split; these get the first ids");
    line.option("--min-frequency", "N", s.min_frequency, "stop at pairs that occur less often (default: 0)");
    line.option("--max-token-length", "N", s.max_token_length,
                "tokens stay shorter than N symbols (default: no limit)");
    line.option("--limit-alphabet", "N", s.limit_alphabet, "keep only the N most frequent symbols (default: no limit)");
    line.choice("--initial-alphabet", {"bytes", "corpus"}, s.alphabet,
                "all 256 bytes, or those that occur in the corpus (default: bytes; see below for whitespace)");
    line.choice(
        "--tie-break", {"hf", "sentencepiece", "bytes"}, s.ties,
        "which of equally frequent pairs comes first: the smaller ids; the shorter; the smaller bytes (default: hf)");
    line.option("--extend", "TOKENIZER", s.extend,
                "go on from this byte-level BPE: its merges and ids stay, new ones follow up to --vocab-size; with its "
                "own pretokenizer, or with --model superbpe across words. Ranks (.tiktoken) have no special tokens: "
                "where those have ids of their own, extend a tokenizer.json that names them");
    line.option("--pattern", "NAME|REGEX", s.pattern,
                "--extend: the pretokenizer of a file that carries none (ranks, vocab.json + merges.txt)");
    line.option("--transition-point", "N[,N...]", s.transition_point,
                "superbpe: tokens, special ones and bytes included, at which stage 2 begins; several train a tokenizer "
                "each, and stage 1 once (default: half of --vocab-size)");
    line.option("--superword-pretokenizer", "NAME|REGEX", s.superword_pretokenizer_name,
                "superbpe: how text is split in stage 2, and by whoever encodes (default: by --pretokenizer)");
    line.option("--max-superword-words", "N", s.max_superword_words,
                "superbpe: words of a token at most, counted by spaces; 0: any number (default: 4)");
    line.flag("--colon-space", s.colon_space, "superbpe: a token may have a colon and a space after it");
    line.option(
        "--supermerges", "N", s.supermerges,
        "boundless: merges of words that come to those inside words; 0: they compete with them, by count (default: "
        "0)");
    line.option(
        "--delete-threshold", "X", s.delete_threshold,
        "boundless: a token is deleted when a merge takes this share of it; above 1: none is (default: 1.1; the "
        "paper: 0.9)");
    line.flag("--blow-up", s.blow_up, "boundless: deleted tokens become bytes, not the pair that they were made from");
    line.choice("--merge-pattern", {"simple", "improved", "original"}, s.superword_words,
                "boundless: which words may merge: those with a letter; of letters, spaces, _ and '; of a-z alone "
                "(default: simple)");
    line.flag("--greedy-split", s.greedy_split, "boundless: runs of words are split into frequent n-grams first");
    line.option("--memory-limit", "SIZE", s.limit,
                "superbpe, boundless, --extend: what is held of the text, roughly (such as 500M or 4GiB; default: what "
                "is fastest); a low limit costs more readings of it; the result is the same");
    s.text.add_to(line, "file, in which each line with its newline is a training sequence");
    line.flag("-f,--force", s.force, "overwrite OUT");
    line.note(
        "--pretokenizer whitespace trains on characters instead of bytes, as Hugging Face's Whitespace without "
        "ByteLevel does, with the alphabet of the corpus; --initial-alphabet bytes makes it byte-level.");
    line.note(
        "superbpe, boundless and --extend read the text three times or more; what can be read only once is written to "
        "a temporary file beside OUT first. superbpe-1 and superbpe-2 are the two generations of SuperBPE's patterns; "
        "superbpe-1-words and superbpe-2-words those of stage 1 alone.");
    line.note(inputs_note);
}

void check_what_goes_together(command const& line, settings const& s) {
    if (!s.counts_path.empty()) {
        if (!line.inputs().empty()) {
            throw usage_error("--counts " + s.counts_path + " and " + line.inputs()[0] +
                              ": give a table or text, not both");
        }
        if (s.is_superbpe() || s.is_boundless() || s.is_extension()) {
            throw usage_error("--counts " + s.counts_path + ": " +
                              (!s.is_extension() ? "superwords are" : "an extension is") +
                              " learnt from text, not from counts of pretokens; give the text");
        }
    }
    if (!s.is_superbpe()) {
        for (char const* const name :
             {"--transition-point", "--superword-pretokenizer", "--max-superword-words", "--colon-space"}) {
            if (line.given(name)) throw usage_error(std::string(name) + ": is for --model superbpe");
        }
        if (line.given("--memory-limit") && !s.is_extension() && !s.is_boundless()) {
            throw usage_error(
                "--memory-limit: is for --model superbpe and boundless and --extend; to count pretokens in bounded "
                "memory, use tessera count, then train --counts");
        }
    }
    if (!s.is_boundless()) {
        for (char const* const name :
             {"--supermerges", "--delete-threshold", "--blow-up", "--merge-pattern", "--greedy-split"}) {
            if (line.given(name)) throw usage_error(std::string(name) + ": is for --model boundless");
        }
    } else {
        for (char const* const name : {"--extend", "--normalizer", "--min-frequency", "--max-token-length",
                                       "--limit-alphabet", "--initial-alphabet", "--tie-break"}) {
            if (line.given(name)) throw usage_error(std::string(name) + ": is not for --model boundless");
        }
    }
    if (s.is_extension()) {
        for (char const* const name :
             {"--special-token", "--initial-alphabet", "--limit-alphabet", "--transition-point"}) {
            if (line.given(name))
                throw usage_error(std::string(name) + ": what --extend goes on from has that already");
        }
    }
    if (!s.is_extension() && !s.pattern.empty()) throw usage_error("--pattern: is for --extend");
    for (std::string const& token : s.options.special_tokens) {
        if (token.empty()) throw usage_error("--special-token: a token cannot be empty");
    }
}

// Names of pretokenizers, with what is meant where none is given.
struct pretokenizer_choice {
    std::string words;       // of stage 1, or the only one
    std::string superwords;  // of stage 2
};

pretokenizer_choice choose_pretokenizers(settings const& s) {
    pretokenizer_choice choice{s.pretokenizer_name, s.superword_pretokenizer_name};
    if (choice.words.empty())
        choice.words = s.is_superbpe() ? "superbpe-1" : s.is_boundless() ? "script-aware" : "gpt2";
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

std::vector<std::size_t> choose_transition_points(settings const& s) {
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

bpe_trainer_options trainer_options_of(settings const& s, bool on_characters) {
    bpe_trainer_options options = s.options;
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

int run_boundless(command const& line, settings const& s, any_pretokenizer const& pretokenizer,
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
                 "BoundlessBPE, whose tokens reach across words; or goes on training from a tokenizer that there is.",
                 {"tessera train -o mine.json --vocab-size 16000 --special-token '<|endoftext|>' corpus.txt",
                  "tessera train -o super.json --model superbpe --vocab-size 32000 --transition-point 16000 corpus/",
                  "tessera train -o 'super-{}.json' --model superbpe --transition-point 8000,16000,24000 corpus.txt",
                  "tessera train -o words.model --model boundless --vocab-size 131072 corpus.jsonl",
                  "tessera train -o more.json --extend gpt2/tokenizer.json --vocab-size 60000 corpus.txt",
                  "zcat dump.jsonl.gz | tessera train -o mine.json --documents jsonl --pretokenizer o200k -",
                  "tessera train -o mine.json --counts counts.tsv", parquet_example("train -o mine.json")});
    settings s;
    declare_options(line, s);
    if (!line.parse(args)) return 0;
    line.require("--output", "where does the tokenizer go?");
    check_what_goes_together(line, s);
    pretokenizer_choice const names = choose_pretokenizers(s);
    any_pretokenizer const pretokenizer = pretokenizer_from_option("--pretokenizer", names.words);
    std::uint64_t const memory_limit =
        s.limit.empty() ? 0 : std::max<std::uint64_t>(parse_size("--memory-limit", s.limit), 1);
    if (s.is_boundless()) return run_boundless(line, s, pretokenizer, memory_limit);

    any_pretokenizer const encoding =
        s.is_superbpe() ? pretokenizer_from_option("--superword-pretokenizer", names.superwords) : pretokenizer;
    if (s.out.ends_with(".json") && encoding.name().starts_with("script-aware")) {
        throw usage_error("--pretokenizer " + encoding.name() +
                          ": a tokenizer.json cannot say it; write ranks (.tiktoken) or a folder (/)");
    }
    bool const on_characters =
        pretokenizer.name() == "whitespace" && !(line.given("--initial-alphabet") && s.alphabet == "bytes");
    if (s.is_superbpe() && on_characters) {
        throw usage_error("--pretokenizer whitespace: superbpe merges bytes; give --initial-alphabet bytes");
    }
    check_format(s.out, on_characters && !s.is_extension());
    training_request const request{.line = line,
                                   .text = s.text,
                                   .out = s.out,
                                   .force = s.force,
                                   .model = s.model,
                                   .counts = s.counts_path,
                                   .pretokenizer = pretokenizer,
                                   .normalizer = normalizer_from_option("--normalizer", s.normalizer_name),
                                   .options = trainer_options_of(s, on_characters),
                                   .pattern = s.pattern,
                                   .extend = s.extend,
                                   .superword_pretokenizer = encoding,
                                   .transition_points = choose_transition_points(s),
                                   .rules = {.max_words = s.max_superword_words, .colon_space = s.colon_space},
                                   .memory_limit = memory_limit};
    if (s.is_extension()) return extend_tokenizer(request);
    return s.is_superbpe() ? train_superbpe(request) : train_bpe(request);
}

}  // namespace tessera::cli
