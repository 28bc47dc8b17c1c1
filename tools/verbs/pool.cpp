// tessera pool: text -> words and their units, as arrays for NumPy.
#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include <tessera/core/function_ref.hpp>
#include <tessera/io/document_reader.hpp>
#include <tessera/io/pool_description.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include <tessera/pool/paper_words.hpp>
#include <tessera/word_pool.hpp>
#include "../cli/inputs.hpp"
#include "../cli/json_writer.hpp"
#include "../cli/output.hpp"
#include "../cli/output_folder.hpp"
#include "../cli/progress_bar.hpp"
#include "../cli/spooled_inputs.hpp"
#include "../cli/version.hpp"
#include "pool_files.hpp"
#include "pool_units.hpp"
#include "training.hpp"
#include "verbs.hpp"

namespace tessera::cli {

namespace {

constexpr char const* description_name = "description.json";
constexpr std::size_t batch_bytes = std::size_t{16} << 20;

// A pretokenizer whose code is there once, not once for each kind of units.
class named_words {
public:
    static constexpr bool lossless = false;
    using scratch = any_pretokenizer::scratch;

    explicit named_words(any_pretokenizer pretokenizer) : pretokenizer_(std::move(pretokenizer)) {}
    [[nodiscard]] std::string name() const { return pretokenizer_.name(); }
    [[nodiscard]] bool is_lossless() const { return pretokenizer_.is_lossless(); }
    [[nodiscard]] bool is_in_place() const { return pretokenizer_.is_in_place(); }
    [[nodiscard]] bool asks_for_start() const { return pretokenizer_.asks_for_start(); }
    template <class Sink>
    void for_each(text_piece text, scratch& s, Sink&& sink) const {
        split(text, s, sink);
    }
    template <class Sink>
    void for_each(std::string_view text, Sink&& sink) const {
        scratch s;
        split({text, 0}, s, sink);
    }

private:
    void split(text_piece text, scratch& s, function_ref<void(std::string_view)> sink) const {
        pretokenizer_.for_each(text, s, sink);
    }
    any_pretokenizer pretokenizer_;
};
static_assert(PoolWords<named_words>);

// The command line, read and checked.
struct request {
    command const& line;
    text_options const& text;
    std::vector<std::string> inputs;
    std::string out;
    std::string words;
    std::string units;
    std::string tokenizer_path;
    any_tokenizer const* tokenizer = nullptr;
    bool is_padded = false;
    std::size_t block_words = 0;
    bool statistics = false;
    bool force = false;
    pool_options options;
    std::vector<std::int32_t> characters = {};
};

document_reader_options reading(request const& r) { return r.text.for_documents(document_kind::file); }

// Calls f(texts, ends) for batches of documents, in order. Where words allow it, a long document comes in parts: then
// there is one text, `ends` says whether it is the last part, and f returns how many bytes of it are done (for none, it
// gets a longer part).
template <bool Cuts, class Words, class Scratch, class F>
void for_each_batch(request const& r, Words const& words, std::string_view stage, progress_bar& bar, Scratch& s,
                    F&& f) {
    document_reader reader(r.inputs, reading(r));
    std::vector<std::string> documents;
    std::vector<std::string_view> texts;
    std::size_t n_before = 0;
    std::uint64_t bytes_before = 0;
    for (bool more = true; more;) {
        std::size_t n = 0;
        std::size_t bytes = 0;
        texts.clear();
        while (bytes < batch_bytes) {
            if (n == documents.size()) documents.emplace_back();
            if (!reader.next(documents[n])) {
                more = false;
                break;
            }
            bytes += documents[n++].size() + 64;
        }
        for (std::size_t i = 0; i < n;) {
            std::string_view const document = documents[i];
            s.starts_at(n_before + i, 0);
            if constexpr (Cuts) {
                if (document.size() > batch_bytes) {
                    std::size_t part_bytes = batch_bytes;
                    for (std::size_t begin = 0; begin < document.size();) {
                        std::string_view part = document.substr(begin);
                        part = part.substr(0, words.cut(part, std::min(part_bytes, part.size())));
                        bool const ends = begin + part.size() == document.size();
                        s.starts_at(n_before + i, begin);
                        std::size_t const done = f(std::span(&part, 1), ends);
                        if (done == 0) part_bytes *= 2;
                        begin += done;
                        bar.report(stage, bytes_before + begin, reader.total_bytes());
                    }
                    bytes_before += document.size();
                    ++i;
                    continue;
                }
            }
            texts.clear();
            for (; i < n && !(Cuts && documents[i].size() > batch_bytes); ++i) {
                texts.push_back(documents[i]);
                bytes_before += documents[i].size();
            }
            (void)f(std::span<std::string_view const>(texts), true);
            bar.report(stage, bytes_before, reader.total_bytes());
        }
        n_before += n;
    }
}

void describe(json_writer& w, unit_statistics const& found, std::size_t canvas) {
    w.member("words", found.n_words()).member("units", found.n_units()).member("units_per_word", found.mean());
    w.member("longest", found.longest()).key("canvases").begin_array();
    auto const row = [&](std::size_t length, std::optional<double> share) {
        w.begin_object();
        if (share) w.member("share", *share);
        w.member("canvas", length).member("cut", found.cut(length)).member("waste", found.waste(length)).end_object();
    };
    for (double const share : {0.99, 0.999, 1.0}) row(found.canvas_for(share), share);
    if (canvas != 0) row(canvas, std::nullopt);
    w.end_array();
}

std::string table_of(unit_statistics const& found, std::size_t canvas) {
    std::string out = with_commas(found.n_words()) + " words of " + with_decimals(found.mean(), 2) +
                      " units; the longest has " + with_commas(found.longest()) +
                      "\n     share     canvas    words cut    slots empty\n";
    auto const row = [&](std::string const& share, std::size_t length) {
        for (auto const& [text, width] :
             {std::pair(share, std::size_t{10}), std::pair(std::to_string(length), std::size_t{11}),
              std::pair(with_decimals(100 * found.cut(length), 3) + " %", std::size_t{13}),
              std::pair(with_decimals(100 * found.waste(length), 1) + " %", std::size_t{15})}) {
            out.append(width > text.size() ? width - text.size() : 1, ' ');
            out += text;
        }
        out += '\n';
    };
    for (double const share : {0.99, 0.999, 1.0}) row(with_decimals(100 * share, 1) + " %", found.canvas_for(share));
    if (canvas != 0) row("--canvas", canvas);
    return out;
}

// What has to be known before anything is written.
struct survey {
    unit_statistics statistics;
    std::size_t longest = 0;     // units of a word
    std::size_t most_words = 0;  // of a document
};

template <class Pool>
class pooling {
public:
    pooling(request const& r, Pool const& pool) : r_(r), pool_(pool), executor_(r.line.common().threads) {}

    void run() {
        progress_bar bar(r_.line.common());
        if (r_.out.empty()) {
            survey const found = look(bar, false);
            bar.clear();
            print(found);
            return;
        }
        output_folder folder(r_.out, description_name, r_.force);
        if (r_.is_padded) {
            pool_options options = r_.options;
            std::size_t per_row = r_.block_words;
            survey found;
            bool const needs_sizes = options.canvas == 0 || per_row == 0;
            if (needs_sizes || r_.statistics) found = look(bar, needs_sizes);
            if (per_row == 0) per_row = std::max<std::size_t>(found.most_words, 1);
            if (options.canvas == 0) {
                options.canvas = std::max<std::size_t>(found.longest, options.end_of_word ? 2 : 1);
            }
            Pool const pool(pool_.words(), pool_.units(), options);
            padded_files files(folder, per_row, options.n_prefix + options.canvas);
            write(pool, per_row, bar, files);
            finish(pool, files, found, per_row, folder, bar);
        } else {
            survey found;
            if (r_.statistics) found = look(bar, false);
            ragged_files files(folder, r_.options.word_index);
            write(pool_, 0, bar, files);
            finish(pool_, files, found, 0, folder, bar);
        }
    }

private:
    using words_type = std::remove_cvref_t<decltype(std::declval<Pool const&>().words())>;
    using units_type = std::remove_cvref_t<decltype(std::declval<Pool const&>().units())>;
    static constexpr bool cuts = CuttableWords<words_type>;

    // Reads the text once.
    survey look(progress_bar& bar, bool sizes) {
        survey found;
        typename Pool::scratch s;
        ragged_words words;
        pool_options options = r_.options;
        options.word_index = false;
        Pool const pool(pool_.words(), pool_.units(), options);
        std::size_t in_document = 0;  // words before this part
        for_each_batch<cuts>(r_, pool.words(), "measuring", bar, s, [&](auto texts, bool ends) {
            if (r_.statistics || r_.out.empty()) found.statistics.add(pool.statistics(texts, executor_, s));
            if (sizes) {
                pool.pool_ragged(texts, executor_, s, words);
                for (std::size_t w = 0; w < words.n_words(); ++w) {
                    found.longest = std::max(
                        found.longest, static_cast<std::size_t>(words.word_offsets[w + 1] - words.word_offsets[w]));
                }
                for (std::size_t d = 0; d < words.n_documents(); ++d) {
                    in_document += static_cast<std::size_t>(words.document_offsets[d + 1] - words.document_offsets[d]);
                    found.most_words = std::max(found.most_words, in_document);
                    if (ends) in_document = 0;
                }
            }
            return total_size(texts);
        });
        return found;
    }

    static std::size_t total_size(std::span<std::string_view const> texts) {
        std::size_t n = 0;
        for (std::string_view const text : texts) n += text.size();
        return n;
    }

    void write(Pool const& pool, std::size_t, progress_bar& bar, ragged_files& files) const {
        typename Pool::scratch s;
        ragged_words words;
        for_each_batch<cuts>(r_, pool.words(), "pooling", bar, s, [&](auto texts, bool ends) {
            pool.pool_ragged(texts, executor_, s, words);
            files.add(words, ends);
            return total_size(texts);
        });
        files.finish();
    }
    void write(Pool const& pool, std::size_t per_row, progress_bar& bar, padded_files& files) const {
        typename Pool::scratch s;
        padded_words words;
        // A part ends with a row, perhaps inside a word that is split; tokens cannot go on from there.
        constexpr bool cuts_rows = cuts && CountableUnits<units_type>;
        for_each_batch<cuts_rows>(r_, pool.words(), "pooling", bar, s, [&](auto texts, bool ends) {
            pool.pool_padded(texts, per_row, executor_, s, words);
            if (files.add(words, ends)) return total_size(texts);
            std::size_t const last_row = (words.n_rows - 1) * per_row;
            return static_cast<std::size_t>(words.byte_begin[last_row] - words.byte_begin[0]);
        });
        files.finish();
    }

    template <class Files>
    void finish(Pool const& pool, Files const& files, survey const& found, std::size_t per_row, output_folder& folder,
                progress_bar& bar) const {
        json_writer w;
        w.begin_object().member("format", pool_description::format).member("version", pool_description::version);
        w.member("made_by", std::string("tessera ") + version).member("layout", r_.is_padded ? "padded" : "ragged");
        w.key("sources").begin_object().array("inputs", r_.line.inputs_or_stdin());
        w.member("documents", r_.text.documents.empty() ? "file; jsonl for .jsonl" : r_.text.documents);
        w.member("text_field", r_.text.text_field).end_object();
        w.key("words").begin_object().member("name", r_.words).end_object();
        w.key("units").begin_object().member("name", r_.units).member("size", pool.units().size());
        if (r_.tokenizer != nullptr) {
            w.member("tokenizer", r_.tokenizer_path).member("vocabulary", hash_of_vocabulary(*r_.tokenizer));
        }
        if constexpr (requires { pool.units().characters(); }) w.array("characters", pool.units().characters());
        w.end_object();
        w.key("ids").begin_object().member("pad", pool.ids().pad_id());
        if (auto const end = pool.ids().end_of_word_id()) w.member("end_of_word", *end);
        w.member("n_prefix", pool.options().n_prefix).array("prefix", pool.ids().prefix_ids());
        w.member("size", pool.ids().n_ids()).end_object();
        w.member("canvas", pool.options().canvas);
        static constexpr std::array<char const*, 3> overlong{"error", "truncate", "split"};
        w.member("overlong", overlong[static_cast<std::size_t>(pool.options().overlong)]);
        if (r_.is_padded) w.member("block_words", per_row);
        w.member("lossless", pool.is_lossless()).member("joiner", pool.ids().joiner());
        w.member("document_end", document_end());
        w.member("n_documents", files.totals().n_documents).member("n_words", files.totals().n_words);
        w.member("n_units", files.totals().n_units);
        w.key("arrays").begin_array();
        files.describe(w);
        w.end_array();
        if (r_.statistics) {
            w.key("statistics").begin_object();
            describe(w, found.statistics, r_.options.canvas);
            w.end_object();
        }
        w.end_object();
        {
            output_file description(folder.file(description_name));
            description.write(w.text() + "\n");
            description.commit();
        }
        folder.commit();
        bar.clear();
        if (r_.line.common().json) {
            json_writer summary;
            summary.begin_object()
                .member("output", r_.out)
                .member("documents", files.totals().n_documents)
                .member("words", files.totals().n_words)
                .member("units", files.totals().n_units);
            if (r_.statistics) {
                summary.key("statistics").begin_object();
                describe(summary, found.statistics, r_.options.canvas);
                summary.end_object();
            }
            write_to_stdout(summary.end_object().text() + "\n");
        } else if (r_.statistics) {
            write_to_stdout(table_of(found.statistics, r_.options.canvas));
        } else if (!r_.line.common().quiet) {
            write_to_stderr("tessera pool: " + with_commas(files.totals().n_words) + " words of " +
                            with_commas(files.totals().n_units) + " units in " +
                            with_commas(files.totals().n_documents) + " documents");
        }
    }

    // What the reader took off each document.
    [[nodiscard]] std::string_view document_end() const {
        if (r_.text.documents == "nul") return std::string_view("\0", 1);
        if (r_.text.documents == "line" || r_.text.documents == "jsonl") return "\n";
        if (!r_.text.documents.empty()) return "";
        auto const is_jsonl = [](std::string const& path) {
            return path.ends_with(".jsonl") || path.ends_with(".jsonl.gz") || path.ends_with(".jsonl.zst");
        };
        return std::any_of(r_.inputs.begin(), r_.inputs.end(), is_jsonl) ? "\n" : "";
    }

    void print(survey const& found) const {
        if (!r_.line.common().json) {
            write_to_stdout(table_of(found.statistics, r_.options.canvas));
            return;
        }
        json_writer w;
        w.begin_object();
        describe(w, found.statistics, r_.options.canvas);
        write_to_stdout(w.end_object().text() + "\n");
    }

    request const& r_;
    Pool const& pool_;
    tbb_executor executor_;
};

template <class Words, class Units>
void pool_with(request const& r, Words const& words, Units const& units) {
    std::optional<word_pool<Words, Units>> pool;
    try {
        pool.emplace(words, units, r.options);
    } catch (error const& e) {
        throw usage_error(e.what());
    }
    pooling<word_pool<Words, Units>>(r, *pool).run();
}

void pool_inputs(request& r) {
    if (r.units == "characters") {
        character_set seen;
        document_reader reader(r.inputs, reading(r));
        for (std::string document; reader.next(document);) seen.add(document);
        r.characters = seen.characters();
    }
    with_units(r.units, r.characters, r.tokenizer, [&](auto const& units) {
        if (r.words == "whitespace") {
            pool_with(r, white_space_words(), units);
        } else if (r.words == "paper") {
            pool_with(r, paper_words(), units);
        } else {
            pool_with(r, named_words(pretokenizer_from_option("--words", r.words)), units);
        }
    });
}

void run(request r) {
    // Where the text is read twice, what can be read once only is kept.
    bool const twice =
        r.units == "characters" ||
        (!r.out.empty() && (r.statistics || (r.is_padded && (r.options.canvas == 0 || r.block_words == 0))));
    if (r.inputs.empty()) r.inputs = {"-"};
    std::string beside = r.out;
    while (beside.ends_with('/')) beside.pop_back();
    if (twice && !r.out.empty()) output_folder const check(r.out, description_name, r.force);  // before reading
    spooled_inputs const inputs(twice ? r.inputs : std::vector<std::string>{}, beside);
    if (twice) r.inputs = inputs.paths();
    inputs.reading([&] {
        try {
            pool_inputs(r);
        } catch (error const& e) {  // of a document: whose?
            if (!e.where().starts_with("document ")) throw;
            throw e.within(name_of(r.line.inputs()));
        }
    });
}

std::size_t size_option(std::string const& name, std::uint64_t value) {
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int32_t>::max())) {
        throw usage_error(name + ": " + std::to_string(value) + " is more than 2^31 - 1");
    }
    return static_cast<std::size_t>(value);
}

}  // namespace

int pool(arguments const& args) {
    command line(
        "pool", "[-o FOLDER] [OPTION...] [INPUT...]",
        "Turns text into words and their units, for models that pool the units of each word (Learn Your Tokens, arXiv "
        "2310.11628): a folder of arrays that NumPy opens, and description.json, which says what they are. Without -o, "
        "prints how many units words have. tessera unpool gives the text back.",
        {"tessera pool --statistics corpus.txt",
         "tessera pool -o pooled/ --layout padded --canvas 16 --overlong split --prefix 1 --block-words 192 corpus.txt",
         "tessera pool -o pooled/ -t gpt2/ --words gpt2 corpus/",
         "tessera pool -o pooled/ --words paper --units byt5 --layout padded --prefix 4 corpus.txt",
         parquet_example("pool -o pooled/"), "tessera unpool pooled/ | cmp - corpus.txt"});
    tokenizer_options which;
    text_options text;
    std::string out;
    std::string units;
    std::string words = "whitespace";
    std::string layout = "ragged";
    std::string overlong = "error";
    std::string pad;
    std::uint64_t canvas = 0;
    std::uint64_t n_prefix = 0;
    std::uint64_t block_words = 0;
    bool no_index = false;
    bool end_of_word = false;
    bool statistics = false;
    bool force = false;
    line.option("-o,--output", "FOLDER", out, "where the arrays go: a folder, which is made");
    line.choice(
        "--units", {"bytes", "code-points", "characters", "tokens", "byt5"}, units,
        "what words consist of (default: bytes, with -t tokens); code-points: an id is a code point; characters: "
        "those of the text, numbered; byt5: bytes + 3, padded with 0");
    which.add_to(line);
    line.option(
        "--words", "whitespace|paper|NAME|REGEX", words,
        "whitespace (default): white space belongs to the word it precedes; paper: as the authors' code splits, "
        "which loses text; or a pretokenizer or regular expression that loses none: " +
            pretokenizer_names());
    line.choice("--layout", {"ragged", "padded"}, layout,
                "ragged (default): ids one after another, with offsets; padded: ids[row, word, slot], with masks");
    line.option("--canvas", "N", canvas,
                "most units of a word, its end included (default: no limit, and padded to the longest)", 1);
    line.choice("--overlong", {"error", "truncate", "split"}, overlong,
                "what becomes of a longer word (default: error); split: it becomes several words, nothing is lost");
    line.option("--prefix", "N", n_prefix, "padded: slots before each word, with ids of their own (default: 0)");
    line.option("--block-words", "T", block_words,
                "padded: words of a row; a longer document has several rows (default: the words of the longest)", 1);
    line.flag("--end-of-word", end_of_word, "end each word with an id of its own");
    line.option("--pad-id", "ID", pad,
                "the id of padding, which may be no unit's (default: the first behind the units)");
    line.flag("--no-word-index", no_index, "ragged: leave out word_index.npy");
    line.flag("--statistics", statistics,
              "print how many units words have, and what canvases would cut and waste; with -o, as well");
    text.add_to(line, "file, as it is");
    line.flag("-f,--force", force, "replace FOLDER, if it is such a folder");
    line.note(
        "Text is read and written in batches of 16 MiB; a document is held as a whole, and unless --words is "
        "whitespace, its arrays are too (about 16 bytes a byte ragged, padded as many as its slots). What needs the "
        "text twice (padded without --canvas or --block-words, characters, --statistics with -o) writes standard input "
        "to a "
        "temporary file beside FOLDER.");
    line.note(inputs_note);
    if (!line.parse(args)) return 0;
    if (out.empty() && !statistics && line.given("--output")) throw usage_error("--output: the name is empty");
    if (out.empty() && !statistics) throw usage_error("give -o FOLDER, or --statistics");
    bool const is_padded = layout == "padded";
    for (char const* const name : {"--prefix", "--block-words", "--pad-id"}) {
        if (!is_padded && line.given(name)) throw usage_error(std::string(name) + " is for --layout padded");
    }
    if (is_padded && no_index) throw usage_error("--no-word-index is for --layout ragged");
    if (line.given("--overlong") && !line.given("--canvas")) {
        throw usage_error("--overlong is for --canvas: give it as well");
    }
    if (units.empty()) units = line.given("--tokenizer") ? "tokens" : "bytes";
    if ((units == "tokens") != line.given("--tokenizer")) {
        throw usage_error(units == "tokens" ? "--units tokens: of which tokenizer? give -t as well"
                                            : "-t is for --units tokens, not " + units);
    }
    pool_options options;
    options.canvas = size_option("--canvas", canvas);
    options.overlong = overlong == "truncate" ? overlong_words::truncate
                       : overlong == "split"  ? overlong_words::split
                                              : overlong_words::refuse;
    options.n_prefix = size_option("--prefix", n_prefix);
    options.end_of_word = end_of_word;
    options.word_index = !is_padded && !no_index;
    if (!pad.empty()) {
        options.pad_id = static_cast<std::int32_t>(size_option("--pad-id", parse_whole_number("--pad-id", pad)));
    } else if (units == "byt5") {
        options.pad_id = 0;
    }
    std::optional<any_tokenizer> tokenizer;
    if (units == "tokens") tokenizer = which.load(line);
    run({.line = line,
         .text = text,
         .inputs = line.inputs_or_stdin(),
         .out = out,
         .words = words,
         .units = units,
         .tokenizer_path = which.path,
         .tokenizer = tokenizer ? &*tokenizer : nullptr,
         .is_padded = is_padded,
         .block_words = size_option("--block-words", block_words),
         .statistics = statistics,
         .force = force,
         .options = options});
    return 0;
}

}  // namespace tessera::cli
