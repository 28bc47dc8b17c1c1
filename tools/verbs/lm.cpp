// tessera lm: n-gram language models over the tokens of a tokenizer; train one, and see what texts cost under it.
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/io/document_reader.hpp>
#include <tessera/io/map_documents.hpp>
#include <tessera/io/mapped_file.hpp>
#include <tessera/io/read_special_roles.hpp>
#include <tessera/lm/ngram_file.hpp>
#include <tessera/lm/ngram_trainer.hpp>
#include <tessera/lm/sequence_score.hpp>
#include <tessera/lm/vocabulary_hash.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include "../cli/html_report.hpp"
#include "../cli/inputs.hpp"
#include "../cli/json_writer.hpp"
#include "../cli/output.hpp"
#include "../cli/progress_bar.hpp"
#include "../cli/suggest.hpp"
#include "../cli/text_table.hpp"
#include "end_token.hpp"
#include "verbs.hpp"

namespace tessera::cli {

namespace {

namespace model = tessera::lm;

// What the two verbs have in common.
struct lm_input {
    tokenizer_options which;
    text_options text;
    std::string allowed = "all";

    void add_to(command& line) {
        which.add_to(line);
        text.add_to(line, "file, one document each");
        line.choice("--allowed-special", {"all", "none", "raise"}, allowed,
                    "added tokens in the text are recognised (all, the default), ordinary text (none), or an error "
                    "(raise)");
    }
    [[nodiscard]] special_rules rules() const {
        return allowed == "all"    ? special_action::recognise
               : allowed == "none" ? special_action::ordinary
                                   : special_action::refuse;
    }
};

// What one thread makes of a stretch of documents.
struct encoded_documents {
    std::vector<token_id> ids;
    std::vector<std::size_t> ends;  // of the documents, in ids
    std::uint64_t n_bytes = 0;
    void clear() {
        ids.clear();
        ends.clear();
        n_bytes = 0;
    }
};

int train_lm(arguments const& args) {
    command line(
        "lm train", "-t TOKENIZER -o MODEL [OPTION...] [INPUT...]",
        "Trains an n-gram model on the tokens of documents: interpolated modified Kneser-Ney smoothing, in which "
        "no token is impossible. The same file for any number of threads.",
        {"tessera lm train -t tokenizer.json -o english.lm corpus/",
         "tessera lm train -t tokenizer.json -o small.lm --order 3 --documents line lines.txt",
         parquet_example("lm train -t tokenizer.json -o corpus.lm")});
    lm_input in;
    std::string out;
    std::string end;
    std::string limit;
    std::uint64_t order = 4;
    bool force = false;
    in.add_to(line);
    line.option("-o,--output", "MODEL", out, "where the model goes");
    line.option("--order", "N", order, "tokens of the longest n-grams, 1 to 8 (default: 4)", 1);
    line.option("--end-token", "TOKEN|none", end,
                "what follows each document (default: the token that the tokenizer's files say ends a text; else "
                "<|endoftext|>, <|end_of_text|>, </s> or <eos> if it is special; else none)");
    line.option("--memory-limit", "SIZE", limit,
                "stop when n-grams would take more than this, roughly (such as 500M or 4GiB; default: no limit)");
    line.flag("-f,--force", force, "overwrite MODEL");
    line.note(
        "--json prints {\"output\",\"order\",\"end_token\",\"documents\",\"tokens\",\"bytes\",\"n_grams\"}: of tokens, "
        "each document's end is one, and n_grams has how many different ones there are of each length.");
    line.note(inputs_note);
    if (!line.parse(args)) return 0;
    line.require("--output", "where does the model go?");
    if (means_stdout(out)) throw usage_error("--output: the model is no text; name a file");
    if (order > model::max_ngram_order)
        throw usage_error("--order: " + std::to_string(order) + " is more than " +
                          std::to_string(model::max_ngram_order));
    std::uint64_t const memory_limit =
        limit.empty() ? 0 : std::max<std::uint64_t>(parse_size("--memory-limit", limit), 1);
    line.require("--tokenizer", "which tokenizer?");
    loaded_tokenizer const loaded = load_with_notes(line.verb(), in.which.path, in.which.pattern, line.common().quiet);
    any_tokenizer const& tokenizer = loaded.tokenizer;
    token_id const end_id = find_end_token(tokenizer, read_special_roles(loaded), end);

    special_rules const rules = in.rules();
    output destination(out, force);
    progress_bar bar(line.common());
    tbb_executor const executor(line.common().threads);
    model::ngram_trainer trainer({.order = static_cast<std::size_t>(order),
                                  .vocab_size = tokenizer.vocab().size(),
                                  .end = end_id,
                                  .vocabulary = model::vocabulary_hash(tokenizer.vocab()),
                                  .memory_limit = memory_limit},
                                 executor);
    document_reader reader(line.inputs_or_stdin(), in.text.for_documents(document_kind::file));
    std::uint64_t n_bytes = 0;
    map_documents<any_tokenizer::scratch, encoded_documents>(
        reader, executor,
        [&](std::uint64_t, std::string_view document, any_tokenizer::scratch& scratch, encoded_documents& batch) {
            tokenizer.encode(document, rules, scratch, [&](token_id id) { batch.ids.push_back(id); });
            batch.ends.push_back(batch.ids.size());
            batch.n_bytes += document.size();
        },
        [&](encoded_documents const& batch) {
            std::size_t begin = 0;
            for (std::size_t const to : batch.ends) {
                trainer.add(std::span(batch.ids).subspan(begin, to - begin));
                begin = to;
            }
            n_bytes += batch.n_bytes;
        },
        {.progress = &bar, .stage = "counting", .total_bytes = reader.total_bytes()});
    std::uint64_t const n_documents = trainer.n_texts();
    std::uint64_t const n_tokens = trainer.n_tokens();
    model::ngram_model const made = std::move(trainer).finish();
    model::write_ngram_model(made, destination);
    destination.commit();
    bar.clear();
    if (line.common().json) {
        json_writer w;
        w.begin_object().member("output", out).member("order", order).key("end_token");
        end_id == no_token ? w.null() : w.value(end_id);
        w.member("documents", n_documents).member("tokens", n_tokens).member("bytes", n_bytes);
        w.key("n_grams").begin_array();
        for (model::ngram_level const& level : made.data().levels) w.value(level.successors.size());
        write_to_stdout(w.end_array().end_object().text() + "\n");
    } else if (!line.common().quiet) {
        write_to_stderr("tessera lm train: " + std::to_string(n_documents) + " documents of " +
                        with_prefix(static_cast<double>(n_tokens)) + " tokens, " +
                        with_prefix(static_cast<double>(made.data().levels.back().successors.size())) + " different " +
                        std::to_string(order) + "-grams; " +
                        (end_id == no_token ? "no token ends a document"
                                            : "token " + std::to_string(end_id) + ", " +
                                                  printable(tokenizer.vocab().bytes(end_id)) + ", ends a document"));
    }
    return 0;
}

// What texts cost.
struct scored {
    std::uint64_t n_documents = 0;
    std::uint64_t n_bytes = 0;
    model::sequence_score score;

    void add(scored const& other) {
        n_documents += other.n_documents;
        n_bytes += other.n_bytes;
        score.log_probability += other.score.log_probability;
        score.n_tokens += other.score.n_tokens;
    }
    [[nodiscard]] double bits() const { return 0 - score.log_probability / std::log(2.0); }  // never -0
    [[nodiscard]] double bits_per_token() const { return bits() / static_cast<double>(score.n_tokens); }
    [[nodiscard]] double bits_per_byte() const { return bits() / static_cast<double>(n_bytes); }
    void write(json_writer& w) const {
        w.member("tokens", score.n_tokens)
            .member("bytes", n_bytes)
            .member("log_probability", score.log_probability)
            .member("bits_per_token", bits_per_token())
            .member("bits_per_byte", bits_per_byte());
    }
};

struct scored_stretch {
    std::vector<scored> documents;
    void clear() { documents.clear(); }
};

model::ngram_model load_model(std::string const& path, any_tokenizer const& tokenizer) {
    mapped_file const file(path);
    try {
        model::ngram_model loaded = model::read_ngram_model(file.bytes());
        model::require_vocabulary(loaded, tokenizer.vocab());
        return loaded;
    } catch (error const& e) {
        throw e.within(path);
    }
}

std::string number_or_dash(double number) { return std::isfinite(number) ? decimals(number, 4) : "-"; }

std::string table_for_people(scored const& all) {
    return table_of({{"documents", std::to_string(all.n_documents)},
                     {"tokens", std::to_string(all.score.n_tokens)},
                     {"bytes", std::to_string(all.n_bytes)},
                     {"bits per token", number_or_dash(all.bits_per_token())},
                     {"bits per byte", number_or_dash(all.bits_per_byte())}},
                    1);
}

int score_lm(arguments const& args) {
    command line(
        "lm score", "--lm MODEL -t TOKENIZER [OPTION...] [INPUT...]",
        "Shows what documents cost under an n-gram model, in bits per token and per byte: the logarithm of the "
        "probability of the tokens that the tokenizer makes of each, and of its end.",
        {"tessera lm score --lm english.lm -t tokenizer.json held_out.txt",
         "tessera lm score --lm english.lm -t tokenizer.json --each --documents line held_out.txt",
         parquet_example("lm score --lm english.lm -t tokenizer.json")});
    lm_input in;
    std::string path;
    bool each = false;
    bool open = false;
    line.option("--lm", "MODEL", path, "what lm train has written");
    in.add_to(line);
    line.flag("--each", each,
              "a line a document instead of the sums: its tokens, bytes, log-probability (natural logarithm), bits per "
              "token and per byte, with tabs between them; with --json an object a document");
    line.flag("--no-end", open, "documents go on: their end costs nothing and is no token");
    line.note(
        "--json prints {\"documents\",\"tokens\",\"bytes\",\"log_probability\",\"bits_per_token\",\"bits_per_byte\"}; "
        "null where there is nothing to divide by.");
    line.note(inputs_note);
    if (!line.parse(args)) return 0;
    line.require("--lm", "which model?");
    any_tokenizer const tokenizer = in.which.load(line);
    model::ngram_model const language = load_model(path, tokenizer);
    token_id const end = open ? no_token : language.end();

    struct own_scratch {
        any_tokenizer::scratch encoding;
        std::vector<token_id> ids;
    };
    progress_bar bar(line.common());
    document_reader reader(line.inputs_or_stdin(), in.text.for_documents(document_kind::file));
    special_rules const rules = in.rules();
    output destination("", false);
    scored all;
    map_documents<own_scratch, scored_stretch>(
        reader, tbb_executor(line.common().threads),
        [&](std::uint64_t, std::string_view document, own_scratch& s, scored_stretch& out) {
            s.ids.clear();
            tokenizer.encode(document, rules, s.encoding, [&](token_id id) { s.ids.push_back(id); });
            out.documents.push_back({1, document.size(), model::score_sequence(language, s.ids, end)});
        },
        [&](scored_stretch const& out) {
            json_writer w;
            for (scored const& one : out.documents) {
                all.add(one);
                if (!each) continue;
                w.clear();
                if (line.common().json) {
                    w.begin_object();
                    one.write(w);
                    w.end_object();
                    destination.write(w.text() + "\n");
                    continue;
                }
                std::string row = std::to_string(one.score.n_tokens) + '\t' + std::to_string(one.n_bytes);
                w.value(one.score.log_probability);
                row += '\t' + w.text();
                row += '\t' + number_or_dash(one.bits_per_token()) + '\t' + number_or_dash(one.bits_per_byte()) + '\n';
                destination.write(row);
            }
        },
        {.progress = &bar, .stage = "scoring", .total_bytes = reader.total_bytes()});
    bar.clear();
    if (!each && line.common().json) {
        json_writer w;
        w.begin_object().member("documents", all.n_documents);
        all.write(w);
        destination.write(w.end_object().text() + "\n");
    } else if (!each) {
        destination.write(table_for_people(all));
    }
    destination.commit();
    return 0;
}

}  // namespace

int lm(arguments const& args) {
    if (!args.empty() && args[0] == "train") return train_lm({args.begin() + 1, args.end()});
    if (!args.empty() && args[0] == "score") return score_lm({args.begin() + 1, args.end()});
    command line(
        "lm", "train|score [OPTION...] [INPUT...]",
        "n-gram language models over the tokens of a tokenizer: lm train makes one of documents, lm score shows "
        "what documents cost under it. lm train --help and lm score --help have the options of each; these are "
        "common to both:",
        {"tessera lm train -t tokenizer.json -o english.lm corpus/",
         "tessera lm score --lm english.lm -t tokenizer.json held_out.txt"});
    if (!args.empty() && !args[0].starts_with('-')) {
        std::string const meant = nearest(args[0], std::array<std::string_view, 2>{"train", "score"});
        throw usage_error(printable(args[0]) + " is neither train nor score" +
                          (meant.empty() ? "; tessera lm --help shows an example" : "; did you mean " + meant + "?"));
    }
    if (!line.parse(args)) return 0;
    throw usage_error("what shall be done? lm train or lm score");
}

}  // namespace tessera::cli
