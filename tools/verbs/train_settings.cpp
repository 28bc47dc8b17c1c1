#include "train_settings.hpp"

#include <initializer_list>

#include "../cli/preset.hpp"

namespace tessera::cli {

void declare_options(command& line, train_settings& s) {
    line.option("-o,--output", "OUT", s.out,
                "NAME.json: a Hugging Face tokenizer.json; NAME.tiktoken: ranks; NAME/: a folder with vocab.json and "
                "merges.txt. {} in the name becomes the transition point. boundless: NAME.model");
    line.option("--vocab-size", "N", s.vocab_size, "tokens in all, special ones included (default: 32000)", 1);
    std::string presets;
    for (std::string const& name : preset_names()) presets += (presets.empty() ? "; there are " : ", ") + name;
    line.option("--preset", "NAME|FILE", s.preset,
                "take options from a file that is made for a purpose; those given here count instead of its own, or, "
                "where they repeat, besides" +
                    presets);
    line.choice(
        "--model", {"bpe", "superbpe", "boundless", "characters"}, s.model,
        "bpe; superbpe: first inside words, then, from the transition point on, across them; boundless: merges of "
        "whole words beside those inside words; characters: bytes, code points or graphemes, as --pretokenizer says "
        "(default: bpe)");
    line.option("--pretokenizer", "NAME|REGEX", s.pretokenizer_name,
                "how text is split first (default: gpt2; for superbpe, superbpe-1, which stands for both stages; for "
                "boundless, script-aware; for characters, code-points): " +
                    pretokenizer_names() + ", or a regular expression");
    line.option("--max-pretoken-length", "N", s.max_pretoken_length,
                "cut pretokens after each N code points, so that damage to one character moves no boundary further "
                "(default: no limit)",
                1);
    line.option("--normalizer", "NAME", s.normalizer_name,
                "nfc, nfd, nfkc, nfkd, lowercase, ... or several, such as nfkc+lowercase (default: none)");
    line.option("--counts", "FILE", s.counts_path,
                "train from this table of pretoken counts (tessera count), not from text");
    line.option("--special-token", "T", s.options.special_tokens,
                "a token that is never split; these get the first ids");
    line.option("--custom-token", "T", s.options.custom_tokens,
                "a token that is looked for in the text before it is split, but is no special one; gets an id behind "
                "the merges, unless they make it anyway");
    line.option("--custom-tokens", "FILE", s.custom_token_files,
                "custom tokens from a file: one a line, or a JSON list of strings (.json)");
    line.flag("--custom-single-word", s.options.custom_single_word,
              "custom tokens count only where no letter and no digit touches them");
    line.option("--pad-to", "power-of-two|N", s.padding,
                "fill the vocabulary up to that many tokens, with runs of spaces and of newlines (default: none)");
    line.option("--min-frequency", "N", s.min_frequency, "stop at pairs that occur less often (default: 0)");
    line.option("--max-token-length", "N", s.max_token_length,
                "tokens stay shorter than N symbols (default: no limit)");
    line.option("--limit-alphabet", "N", s.limit_alphabet, "keep only the N most frequent symbols (default: no limit)");
    line.choice(
        "--initial-alphabet", {"bytes", "corpus", "complete"}, s.alphabet,
        "all 256 bytes, or those that occur in the corpus (default: bytes; see below for whitespace); complete, "
        "for characters: all code points there are, without a corpus");
    line.option("--random-chunks", "MIN-MAX[:WEIGHT],...", s.chunk_lengths,
                "train on pieces of random length, in code points, wherever they are cut: tokens reach across words, "
                "and the tokenizer takes a text whole");
    line.option("--random-whitespace", "P", s.whitespace_probability,
                "likewise, but cut only behind white space, each time with probability P");
    line.option("--seed", "N", s.seed, "for --random-chunks and --random-whitespace (default: 0)");
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

namespace {

void refuse(command const& line, std::initializer_list<char const*> names, std::string const& why) {
    for (char const* const name : names) {
        if (line.given(name)) throw usage_error(std::string(name) + ": " + why);
    }
}

void check_counts(command const& line, train_settings const& s) {
    if (s.counts_path.empty()) return;
    if (!line.inputs().empty()) {
        throw usage_error("--counts " + s.counts_path + " and " + line.inputs()[0] +
                          ": give a table or text, not both");
    }
    if (s.is_superbpe() || s.is_boundless() || s.is_extension()) {
        throw usage_error("--counts " + s.counts_path + ": " +
                          (!s.is_extension() ? "superwords are" : "an extension is") +
                          " learnt from text, not from counts of pretokens; give the text");
    }
    if (s.splits_at_random()) {
        throw usage_error("--counts " + s.counts_path + ": what is counted is not split again; give the text");
    }
}

void check_random_splits(command const& line, train_settings const& s) {
    if (!s.splits_at_random()) return refuse(line, {"--seed"}, "is for --random-chunks and --random-whitespace");
    if (!s.chunk_lengths.empty() && !s.whitespace_probability.empty()) {
        throw usage_error("--random-chunks and --random-whitespace: give one of them");
    }
    char const* const name = s.chunk_lengths.empty() ? "--random-whitespace" : "--random-chunks";
    if (s.model != "bpe" || s.is_extension()) throw usage_error(std::string(name) + ": is for --model bpe");
    refuse(line, {"--pretokenizer", "--max-pretoken-length"},
           std::string("has no place beside ") + name + ", which splits the text for training, and nothing after that");
}

void check_characters(command const& line, train_settings const& s) {
    if (!s.is_characters()) {
        if (s.alphabet == "complete") throw usage_error("--initial-alphabet complete: is for --model characters");
        return;
    }
    refuse(line,
           {"--extend", "--max-pretoken-length", "--custom-token", "--custom-tokens", "--custom-single-word",
            "--max-token-length", "--limit-alphabet", "--tie-break"},
           "is not for --model characters");
    std::string const& unit = s.pretokenizer_name;
    if (!unit.empty() && unit != "bytes" && unit != "code-points" && unit != "graphemes") {
        throw usage_error("--pretokenizer " + unit + ": characters are bytes, code-points or graphemes");
    }
    if (s.alphabet != "complete") return;
    if (unit == "graphemes") {
        throw usage_error("--initial-alphabet complete: there is no end of grapheme clusters; take them from a corpus");
    }
    refuse(line, {"--vocab-size", "--min-frequency", "--counts"}, "has no place beside --initial-alphabet complete");
    if (!line.inputs().empty()) {
        throw usage_error("--initial-alphabet complete: nothing is read; leave out " + line.inputs()[0]);
    }
}

}  // namespace

void check_what_goes_together(command const& line, train_settings const& s) {
    for (std::string const& token : s.options.special_tokens) {
        if (token.empty()) throw usage_error("--special-token: a token cannot be empty");
    }
    for (std::string const& token : s.options.custom_tokens) {
        if (token.empty()) throw usage_error("--custom-token: a token cannot be empty");
    }
    if (s.options.custom_tokens.empty() && s.custom_token_files.empty()) {
        refuse(line, {"--custom-single-word"}, "is for --custom-token and --custom-tokens");
    }
    check_counts(line, s);
    check_random_splits(line, s);
    check_characters(line, s);
    if (!s.is_superbpe()) {
        refuse(line, {"--transition-point", "--superword-pretokenizer", "--max-superword-words", "--colon-space"},
               "is for --model superbpe");
        if (!s.is_extension() && !s.is_boundless()) {
            refuse(line, {"--memory-limit"},
                   "is for --model superbpe and boundless and --extend; to count pretokens in bounded memory, use "
                   "tessera count, then train --counts");
        }
    }
    if (s.is_superbpe() || s.is_boundless() || s.is_extension()) {
        refuse(line, {"--custom-token", "--custom-tokens", "--custom-single-word", "--pad-to", "--max-pretoken-length"},
               s.is_extension() ? "is not for --extend" : "is not for --model " + s.model);
    }
    if (!s.is_boundless()) {
        refuse(line, {"--supermerges", "--delete-threshold", "--blow-up", "--merge-pattern", "--greedy-split"},
               "is for --model boundless");
    } else {
        refuse(line,
               {"--extend", "--normalizer", "--min-frequency", "--max-token-length", "--limit-alphabet",
                "--initial-alphabet", "--tie-break"},
               "is not for --model boundless");
    }
    if (s.is_extension()) {
        refuse(line, {"--special-token", "--initial-alphabet", "--limit-alphabet", "--transition-point"},
               "what --extend goes on from has that already");
    } else {
        refuse(line, {"--pattern"}, "is for --extend");
    }
}

}  // namespace tessera::cli
