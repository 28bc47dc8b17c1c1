// tessera dynamic: text -> batches of tokens, merged for each batch anew.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tessera/dynamic/texts.hpp>
#include <tessera/io/document_reader.hpp>
#include <tessera/io/id_lines.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include "../cli/inputs.hpp"
#include "../cli/json_writer.hpp"
#include "../cli/output.hpp"
#include "../cli/pieces.hpp"
#include "../cli/progress_bar.hpp"
#include "verbs.hpp"

namespace tessera::cli {

namespace {

namespace dyn = tessera::dynamic;

enum class id_format : std::uint8_t { ids, pieces, json };
enum class layout : std::uint8_t { text, pair, words };

struct batch_settings {
    std::size_t max_merges = dyn::all_merges;
    id_format as = id_format::ids;
    layout of_documents = layout::text;
    bool framed = false;
    bool word_level = false;  // pretokens instead of merges
};

// What is said of all batches together.
struct merging_totals {
    std::uint64_t n_documents = 0;
    std::uint64_t n_batches = 0;
    std::uint64_t n_bytes = 0;
    std::uint64_t n_tokens_before = 0;
    std::uint64_t n_tokens = 0;
    std::uint64_t n_merges = 0;
    std::vector<std::uint64_t> taken_away;  // tokens, by the first merges of the batches, the second ones, ...
    std::vector<std::pair<std::string, std::uint64_t>> new_tokens;  // and in how many batches each was made
    std::unordered_map<std::string, std::size_t> place;             // in new_tokens

    void add(dyn::merged_batch const& merged) {
        ++n_batches;
        n_documents += merged.batch.size();
        n_tokens_before += merged.n_tokens_before;
        n_tokens += merged.batch.ids.size();
        n_merges += merged.merges.size();
        if (taken_away.size() < merged.merges.size()) taken_away.resize(merged.merges.size());
        for (std::size_t i = 0; i < merged.merges.size(); ++i) {
            taken_away[i] += merged.n_tokens(i) - merged.n_tokens(i + 1);
        }
        for (std::size_t i = 0; i < merged.new_tokens.size(); ++i) {
            std::string bytes(merged.new_tokens.bytes(static_cast<token_id>(merged.new_tokens.first_id() + i)));
            auto const [at, is_new] = place.try_emplace(bytes, new_tokens.size());
            if (is_new) new_tokens.emplace_back(std::move(bytes), 0);
            ++new_tokens[at->second].second;
        }
    }
};

// Tokenizes and merges one batch after another. One per thread.
class worker {
public:
    worker(any_tokenizer const& tokenizer, dyn::batch_merger<any_pretokenizer> merger, batch_settings settings,
           std::vector<std::string> const& pieces)
        : tokenizer_(tokenizer), merger_(std::move(merger)), settings_(settings), pieces_(pieces) {}

    dyn::merged_batch run(std::vector<std::string> const& documents, std::size_t begin, std::size_t end,
                          std::string& text) {
        dyn::merged_batch merged = settings_.word_level
                                       ? pretokens(documents, begin, end)
                                       : merger_.merge(read(documents, begin, end), settings_.max_merges);
        if (settings_.as == id_format::json) {
            write_json(merged, text);
        } else {
            write_lines(merged, text);
        }
        return merged;
    }

    [[nodiscard]] std::string piece(token_id id, dyn::ephemeral_vocabulary const& new_tokens) const {
        return id < pieces_.size() ? pieces_[id] : new_piece(tokenizer_, new_tokens.bytes(id));
    }
    [[nodiscard]] static std::string new_piece(any_tokenizer const& tokenizer, std::string_view bytes) {
        return printable_piece(bytes, !is_byte_level(tokenizer));
    }

private:
    dyn::token_batch read(std::vector<std::string> const& documents, std::size_t begin, std::size_t end) {
        dyn::token_batch batch;
        for (std::size_t i = begin; i < end; ++i) {
            std::string_view const document = documents[i];
            if (settings_.of_documents == layout::words) {
                add_words(document, batch);
            } else if (settings_.of_documents == layout::text) {
                batch.add(
                    tokenizer_.post_processor().process(encoded(document, 0), std::nullopt, settings_.framed).ids);
            } else {
                std::size_t const tab = document.find('\t');
                if (tab == std::string_view::npos) {
                    throw error(error_kind::syntax, "document " + std::to_string(i - begin + 1) + " of its batch",
                                "there is no tab between two texts", "leave --pairs out, or add it");
                }
                batch.add(tokenizer_.post_processor()
                              .process(encoded(document.substr(0, tab), 0), encoded(document.substr(tab + 1), 1),
                                       settings_.framed)
                              .ids);
            }
        }
        return batch;
    }
    encoding encoded(std::string_view text, std::uint32_t type_id) {
        std::vector<token_id> ids;
        tokenizer_.encode(text, {}, scratch_, [&](token_id id) { ids.push_back(id); });
        return encoding::from_ids(std::move(ids), type_id);
    }
    void add_words(std::string_view document, dyn::token_batch& batch) {
        std::vector<std::string_view> words;
        whitespace_split_pretokenizer::scratch none;
        whitespace_split_pretokenizer().for_each(text_piece{document, 0}, none,
                                                 [&](text_piece word) { words.push_back(word.text); });
        id_frame frame;
        if (settings_.framed) {
            auto const& known = tokenizer_.post_processor().frame();
            if (!known) {
                throw error(error_kind::unsupported, "post_processor",
                            "it does more than to put tokens around a text, so words have no place in it",
                            "leave --add-special-tokens out");
            }
            frame = *known;
        }
        dyn::add_words(tokenizer_, words, frame.before, frame.after, scratch_, batch);
    }
    dyn::merged_batch pretokens(std::vector<std::string> const& documents, std::size_t begin, std::size_t end) {
        std::vector<std::string_view> texts;
        dyn::merged_batch out;
        for (std::size_t i = begin; i < end; ++i) {
            texts.emplace_back(documents[i]);
            out.n_tokens_before += tokenizer_.count(documents[i], scratch_);
        }
        dyn::pretoken_batch whole = dyn::pretokens_of(tokenizer_, texts);
        out.batch = std::move(whole.batch);
        out.new_tokens = std::move(whole.new_tokens);
        return out;
    }

    void write_lines(dyn::merged_batch const& merged, std::string& out) const {
        for (std::size_t i = 0; i < merged.batch.size(); ++i) {
            bool first = true;
            for (token_id const id : merged.batch.sequence(i)) {
                if (!std::exchange(first, false)) out += ' ';
                if (settings_.as == id_format::ids) {
                    append_id(id, out);
                } else {
                    out += piece(id, merged.new_tokens);
                }
            }
            out += '\n';
        }
    }
    void write_json(dyn::merged_batch const& merged, std::string& out) {
        auto const name = [&](token_id id) { return piece(id, merged.new_tokens); };
        json_writer& w = json_;
        w.clear();
        w.begin_object().member("tokens_before", merged.n_tokens_before).member("tokens", merged.batch.ids.size());
        w.key("merges").begin_array();
        for (dyn::batch_merge const& m : merged.merges) {
            w.begin_object()
                .member("left", name(m.left))
                .member("right", name(m.right))
                .member("id", m.result)
                .member("count", m.count)
                .member("tokens", m.n_tokens_left)
                .end_object();
        }
        w.end_array().key("new_tokens").begin_array();
        for (std::size_t i = 0; i < merged.new_tokens.size(); ++i) {
            auto const id = static_cast<token_id>(merged.new_tokens.first_id() + i);
            w.begin_object().member("id", id).member("piece", name(id)).end_object();
        }
        w.end_array().key("documents").begin_array();
        for (std::size_t i = 0; i < merged.batch.size(); ++i) {
            w.begin_object().array("ids", merged.batch.sequence(i));
            w.key("pieces").begin_array();
            for (token_id const id : merged.batch.sequence(i)) w.value(name(id));
            w.end_array();
            if (settings_.of_documents == layout::words) {
                w.key("words").begin_array();
                for (dyn::word_index const word : merged.batch.words_of(i)) {
                    word == dyn::no_word ? w.null() : w.value(word);
                }
                w.end_array();
            }
            w.end_object();
        }
        w.end_array().end_object();
        out += w.text();
        out += '\n';
    }

    any_tokenizer const& tokenizer_;
    dyn::batch_merger<any_pretokenizer> merger_;
    batch_settings settings_;
    std::vector<std::string> const& pieces_;
    any_tokenizer::scratch scratch_;
    json_writer json_;
};

std::string summary_of(merging_totals const& all, any_tokenizer const& tokenizer) {
    json_writer w;
    w.begin_object()
        .member("documents", all.n_documents)
        .member("batches", all.n_batches)
        .member("bytes", all.n_bytes)
        .member("tokens_before", all.n_tokens_before)
        .member("tokens", all.n_tokens)
        .member("merges", all.n_merges);
    w.key("average_lengths").begin_array();
    std::uint64_t left = all.n_tokens_before;
    auto const average = [&] { return static_cast<double>(left) / static_cast<double>(all.n_documents); };
    if (all.n_documents > 0) w.value(average());
    for (std::uint64_t const n : all.taken_away) {
        left -= n;
        w.value(average());
    }
    w.end_array().key("new_tokens").begin_array();
    for (auto const& [bytes, n_batches] : all.new_tokens) {
        w.begin_object().member("piece", worker::new_piece(tokenizer, bytes)).member("batches", n_batches).end_object();
    }
    w.end_array().end_object();
    return w.text() + "\n";
}

// Batches are read until they have this much text; then all threads work on them.
constexpr std::size_t group_bytes = std::size_t{16} << 20;

}  // namespace

int dynamic(arguments const& args) {
    command line(
        "dynamic", "-t TOKENIZER [--merges N] [OPTION...] [INPUT...]",
        "Encodes documents in batches, and joins the neighbouring tokens that are most frequent in a batch, again "
        "and again, to tokens of that batch alone (dynamic tokenization). Their ids follow the vocabulary's; "
        "with json, each batch says what they are.",
        {"tessera dynamic -t tokenizer.json --merges 10 --output-format pieces corpus.txt",
         "tessera dynamic -t gpt2/ --batch-size 32 --json -o ids.txt corpus.txt",
         parquet_example("dynamic -t tokenizer.json --merges 20")});
    static constexpr char const* boundaries[] = {"pretokens", "word", "word-hyphen", "sentence"};
    static constexpr char const* formats[] = {"ids", "pieces", "json"};
    tokenizer_options which;
    text_options text;
    batch_settings settings;
    std::string out;
    std::string format_name = "ids";
    std::string boundary_name = "pretokens";
    std::string merges = "all";
    std::string pairs;
    std::uint64_t batch_size = 32;
    bool words = false;
    bool specials_merge = false;
    bool force = false;
    which.add_to(line);
    line.option("-o,--output", "OUT", out, "where the documents go (default: standard output)");
    line.option("--merges", "N|all", merges, "merge at most N times in each batch (default: all there are)");
    line.choice("--boundary", {std::begin(boundaries), std::end(boundaries)}, boundary_name,
                "what no merge reaches across: pretokens, of the tokenizer's own pretokenizer; word, white space; "
                "word-hyphen, also other punctuation than a hyphen behind what is none; sentence, documents and the "
                "spaces that begin tokens (default: pretokens)");
    line.option("--batch-size", "N", batch_size, "documents merged together (default: 32)", 1);
    line.choice(
        "--output-format", {std::begin(formats), std::end(formats)}, format_name,
        "ids, pieces: a line a document (default: ids); json: an object a batch, with its merges, its new tokens "
        "and its documents");
    line.flag("--add-special-tokens", settings.framed,
              "put the tokenizer's own <s>, </s> and the like around each document");
    line.choice(
        "--pairs", {"tab"}, pairs,
        "tab: each document is two texts, parted by its first tab, which are joined as the tokenizer joins two");
    line.flag(
        "--words", words,
        "encode each word between white space by itself, as for the classification of words; with json, \"words\" "
        "has the word of each token, of merged ones that of the left part");
    line.flag("--word-level", settings.word_level,
              "take pretokens as tokens instead of merging: the shortest sequences there are");
    line.flag("--merge-special-tokens", specials_merge,
              "let special tokens merge where the authors' program does: with pieces of characters beside them, and "
              "with what they are one pretoken with");
    text.add_to(line, "line, without its newline");
    line.flag("-f,--force", force, "overwrite OUT");
    line.note(
        "--json is --output-format json; with -o it prints a summary instead: {\"documents\",\"batches\",\"bytes\","
        "\"tokens_before\",\"tokens\",\"merges\",\"average_lengths\",\"new_tokens\"}, where average_lengths[n] is the "
        "number of tokens of a document after n merges in each batch.");
    line.note(inputs_note);
    if (!line.parse(args)) return 0;
    bool const summary = line.common().json && !means_stdout(out);
    if (line.common().json && !summary) {
        if (line.given("--output-format") && format_name != "json") {
            throw usage_error("--json and --output-format " + format_name + ": give one of them, or -o OUT");
        }
        format_name = "json";
    }
    if (merges != "all") settings.max_merges = parse_whole_number("--merges", merges);
    if (words && !pairs.empty()) throw usage_error("--words and --pairs: give one of them");
    if (settings.word_level && (words || !pairs.empty() || settings.framed || line.given("--merges"))) {
        throw usage_error(
            "--word-level takes texts as they are: no --merges, --words, --pairs or --add-special-tokens");
    }
    settings.of_documents = words ? layout::words : pairs.empty() ? layout::text : layout::pair;
    settings.as = static_cast<id_format>(std::find(std::begin(formats), std::end(formats), format_name) - formats);
    auto const where =
        static_cast<dyn::boundary>(std::find(std::begin(boundaries), std::end(boundaries), boundary_name) - boundaries);

    any_tokenizer const tokenizer = which.load(line);
    std::vector<std::string> const pieces = printable_pieces(tokenizer);
    tbb_executor const executor(line.common().threads);
    auto const merger = dyn::merger_of(
        tokenizer, where, specials_merge ? dyn::special_merging::as_reference : dyn::special_merging::never);
    std::vector<worker> workers;
    workers.reserve(std::max<std::size_t>(executor.concurrency(), 1));
    while (workers.size() < workers.capacity()) workers.emplace_back(tokenizer, merger, settings, pieces);

    output destination(out, force);
    progress_bar bar(line.common());
    document_reader reader(line.inputs_or_stdin(), text.for_documents(document_kind::line));
    merging_totals all;
    std::vector<std::string> documents;
    std::vector<std::size_t> ends;  // of batches, in documents
    for (bool more = true; more;) {
        documents.clear();
        ends.clear();
        for (std::size_t bytes = 0; more && bytes < group_bytes;) {
            std::size_t const begin = documents.size();
            std::string document;
            while (documents.size() - begin < batch_size && (more = reader.next(document))) {
                bytes += document.size() + 32;  // so that empty documents fill a group as well
                all.n_bytes += document.size();
                documents.push_back(std::move(document));
            }
            if (documents.size() > begin) ends.push_back(documents.size());
        }
        std::vector<std::string> texts(ends.size());
        std::vector<dyn::merged_batch> merged(ends.size());
        executor.for_each_index(workers.size(), [&](std::size_t w) {
            for (std::size_t i = w; i < ends.size(); i += workers.size()) {
                merged[i] = workers[w].run(documents, i == 0 ? 0 : ends[i - 1], ends[i], texts[i]);
            }
        });
        for (std::size_t i = 0; i < ends.size(); ++i) {
            all.add(merged[i]);
            destination.write(texts[i]);
        }
        bar.report("encoding", all.n_bytes, reader.total_bytes());
    }
    destination.commit();
    bar.clear();
    if (summary) write_to_stdout(summary_of(all, tokenizer));
    return 0;
}

}  // namespace tessera::cli
