// tessera convert: one tokenizer file format -> another.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tessera/dynamic/longest_prefix.hpp>
#include <tessera/io/tokenizer_file.hpp>
#include "../cli/inputs.hpp"
#include "../cli/json_writer.hpp"
#include "../cli/output.hpp"
#include "verbs.hpp"

namespace tessera::cli {

namespace {

// Of a token as the command line spells it.
token_id id_of(any_tokenizer const& tokenizer, std::string const& token) {
    for (added_token const& added : tokenizer.specials().tokens()) {
        if (added.content == token) return added.id;
    }
    token_id const id = tokenizer.model().vocab().find(token);
    if (id == no_token) throw usage_error("--unknown: " + printable(token) + " is not in the vocabulary");
    return id;
}

}  // namespace

int convert(arguments const& args) {
    command line("convert", "-t TOKENIZER -o OUT [OPTION...]",
                 "Writes a tokenizer in another format. What is written gives the same ids as what was read, or is not "
                 "written; what a format has no place for is said.",
                 {"tessera convert -t tokenizer.model -o tokenizer.json",
                  "tessera convert -t spiece.model --nearest -o tokenizer.json",
                  "tessera convert -t cl100k_base.tiktoken --pattern cl100k -o tokenizer.json",
                  "tessera convert -t tokenizer.json --longest-prefix -o longest.json"});
    tokenizer_options which;
    std::string out;
    bool force = false;
    bool nearest = false;
    bool longest_prefix = false;
    std::uint64_t max_word_characters = 0;
    std::string unknown;
    which.add_to(line);
    line.option(
        "-o,--output", "OUT", out,
        "ends in .json (a tokenizer.json), .tiktoken (ranks), / (a folder with vocab.json and merges.txt), or .model "
        "(BoundlessBPE, of such a tokenizer)");
    line.flag("--nearest", nearest,
              "where no tokenizer.json gives the same ids on every text, write the nearest one and say in what they "
              "differ");
    line.flag(
        "--longest-prefix", longest_prefix,
        "instead: write the longest-prefix tokenizer of its vocabulary (BPE, unigram), which takes the longest token "
        "that begins a pretoken, then the longest that begins the rest; a tokenizer.json with a WordPiece");
    line.option("--max-word-chars", "N", max_word_characters,
                "with --longest-prefix: a pretoken of more characters is unknown (Hugging Face's default is 100; here "
                "there is no limit)");
    line.option("--unknown", "TOKEN", unknown,
                "with --longest-prefix: stands for such a pretoken, and for one that tokens do not cover (default: the "
                "model's own)");
    line.flag("-f,--force", force, "overwrite OUT");
    line.note(
        "Ranks, and the scores of SentencePiece's BPE, become a merge list that gives the same ids on any text; a "
        "merge list becomes ranks where these do, and RWKV's vocabulary a WordPiece. SentencePiece's unigram models "
        "and its character maps, and GGUF's bert, have no exact tokenizer.json, and are refused without --nearest, as "
        "is a single piece that stands in the way. The published conversions of such models are of this kind.");
    if (!line.parse(args)) return 0;
    if (!line.inputs().empty()) throw usage_error("convert takes no INPUT; name the tokenizer with -t");
    if (out.empty()) throw usage_error("where to? Give -o OUT");

    if (!longest_prefix && (line.given("--max-word-chars") || line.given("--unknown"))) {
        throw usage_error("--max-word-chars and --unknown are for --longest-prefix: give it as well");
    }

    loaded_tokenizer const loaded =
        load_with_notes(line.verb(), which.path, which.pattern, line.common().quiet || line.common().json);
    std::optional<any_tokenizer> longest;
    if (longest_prefix) {
        dynamic::longest_prefix_options options;
        if (line.given("--max-word-chars")) options.max_word_characters = max_word_characters;
        if (line.given("--unknown")) options.unknown = id_of(loaded.tokenizer, unknown);
        longest = dynamic::longest_prefix_tokenizer(loaded.tokenizer, options);
    }
    any_tokenizer const& tokenizer = longest ? *longest : loaded.tokenizer;
    std::vector<std::string> notes;
    {
        uninterrupted const guard;
        notes = save_tokenizer(tokenizer, out, force, nearest ? conversion::nearest : conversion::exact);
    }
    if (!line.common().quiet) {
        for (std::string const& note : notes) write_to_stderr("tessera convert: note: " + one_line(note));
    }
    if (line.common().json) {
        json_writer w;
        w.begin_object().member("output", out).member("vocab_size", tokenizer.vocab().size());
        w.key("notes").begin_array();
        for (std::string const& note : notes) w.value(note);
        w.end_array();
        write_to_stdout(w.end_object().text() + "\n");
    } else if (!line.common().quiet) {
        write_to_stderr("tessera convert: wrote " + one_line(out) + ", " + std::to_string(tokenizer.vocab().size()) +
                        " tokens");
    }
    return 0;
}

}  // namespace tessera::cli
