// tessera compare: how well several tokenizers compress several corpora.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>

#include <tessera/evaluate/compare.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include "../cli/html_report.hpp"
#include "../cli/inputs.hpp"
#include "../cli/json_writer.hpp"
#include "../cli/output.hpp"
#include "../cli/progress_bar.hpp"
#include "../cli/text_table.hpp"
#include "verbs.hpp"

namespace tessera::cli {

namespace {

struct named {
    std::string name;
    std::string path;
};

// Names from paths: the last part, without extension; of tokenizer.json, and where two are the same, more of the path.
void name_by_path(std::vector<named>& all) {
    namespace fs = std::filesystem;
    std::map<std::string, int> uses;
    auto const normal = [](std::string const& path) {
        fs::path p = fs::path(path).lexically_normal();
        return p.has_filename() ? p : p.parent_path();
    };
    for (named& n : all) {
        if (n.name.empty()) {
            fs::path const p = normal(n.path);
            std::error_code ignored;
            bool const generic = p.filename() == "tokenizer.json" && p.has_parent_path();
            n.name = generic                        ? p.parent_path().filename().string()
                     : fs::is_directory(p, ignored) ? p.filename().string()
                                                    : p.stem().string();
            if (n.path == "-") n.name = "standard input";
            if (n.name.empty()) n.name = n.path;
        }
        ++uses[n.name];
    }
    for (named& n : all) {
        if (uses[n.name] > 1) n.name = normal(n.path).string();
    }
    uses.clear();
    for (named& n : all) {
        int const earlier = uses[n.name]++;
        if (earlier > 0) n.name += " (" + std::to_string(earlier + 1) + ")";
    }
}

}  // namespace

int compare(arguments const& args) {
    command line(
        "compare", "-t A [-t B ...] [--corpus NAME=PATH ...] [OPTION...] [INPUT...]",
        "Encodes every corpus with every tokenizer and shows how well they compress. Each INPUT is one corpus, "
        "named after its path.",
        {"tessera compare -t mine.json -t gpt2/ --corpus english=en.txt --corpus code=src/",
         "tessera compare -t mine.json -t cl100k_base.tiktoken --pattern cl100k --html report.html data/*.txt",
         parquet_example("compare -t mine.json")});
    std::vector<std::string> paths;
    std::vector<std::string> corpora_given;
    std::string pattern;
    std::string html;
    text_options text;
    bool force = false;
    line.option("-t,--tokenizer", "[NAME=]PATH", paths,
                "a tokenizer file of any format, or a folder with one, as for tessera encode -t");
    line.option("--pattern", "NAME|REGEX", pattern,
                "the pretokenizer of files that carry none (ranks, vocab.json + merges.txt): " + pretokenizer_names());
    line.option("--corpus", "NAME=PATH", corpora_given, "a corpus with a name of its own");
    line.option("--html", "REPORT.html", html, "write a report as one HTML file as well");
    text.add_to(line, "file, encoded whole");
    line.flag("-f,--force", force, "overwrite REPORT.html");
    line.note(
        "All figures are ratios of sums over a corpus; special tokens are neither added nor recognised; other added "
        "tokens are recognised. Fertility: "
        "tokens per word, words being what stands between whitespace. vocab used: share of the ids that occur.");
    line.note(inputs_note);
    if (!line.parse(args)) return 0;
    line.require("--tokenizer", "which tokenizers?");
    std::vector<named> corpora;
    for (std::string const& given : corpora_given) {
        std::size_t const equals = given.find('=');
        if (equals == std::string::npos || equals == 0 || equals + 1 == given.size()) {
            throw usage_error("--corpus: " + printable(given) + " is not NAME=PATH");
        }
        corpora.push_back({given.substr(0, equals), given.substr(equals + 1)});
    }
    for (std::string const& input : line.inputs()) corpora.push_back({"", input});
    if (corpora.empty()) corpora.push_back({"", "-"});
    name_by_path(corpora);
    if (!html.empty()) check_writable(html, force);

    std::vector<named> names;
    std::vector<any_tokenizer> tokenizers;
    for (std::string const& given : paths) {
        std::error_code ignored;
        std::size_t const equals = std::filesystem::exists(given, ignored) ? std::string::npos : given.find('=');
        names.push_back(equals == std::string::npos || equals == 0
                            ? named{"", given}
                            : named{given.substr(0, equals), given.substr(equals + 1)});
        tokenizers.push_back(load_with_notes(line.verb(), names.back().path, pattern, line.common().quiet).tokenizer);
    }
    name_by_path(names);
    std::vector<any_tokenizer const*> pointers;
    for (any_tokenizer const& tokenizer : tokenizers) pointers.push_back(&tokenizer);

    progress_bar bar(line.common());
    tbb_executor const executor(line.common().threads);
    std::vector<evaluate::corpus_comparison> results;
    for (named const& corpus : corpora) {
        document_reader reader({corpus.path}, text.for_documents(document_kind::file));
        try {
            results.push_back(evaluate::compare<any_tokenizer>(pointers, reader, executor, &bar, reader.total_bytes()));
        } catch (error const& e) {
            if (e.kind() == error_kind::empty_input) {
                throw error(e.kind(), name_of({corpus.path}), e.message(), e.remedy());
            }
            throw;
        }
    }
    bar.clear();

    report page;
    for (named const& n : names) page.tokenizers.push_back(n.name);
    for (named const& n : corpora) page.corpora.push_back(n.name);
    std::vector<std::vector<std::string>> rows{
        {"corpus", "tokenizer", "bytes/token", "chars/token", "fertility", "tokens", "vocab used"}};
    json_writer w;
    w.begin_object().key("tokenizers").begin_array();
    for (std::size_t t = 0; t < names.size(); ++t) {
        w.begin_object()
            .member("name", names[t].name)
            .member("vocab_size", tokenizers[t].vocab().size())
            .member("path", names[t].path)
            .end_object();
    }
    w.end_array().key("corpora").begin_array();
    for (std::size_t c = 0; c < corpora.size(); ++c) {
        w.begin_object()
            .member("name", corpora[c].name)
            .member("bytes", results[c].text.bytes)
            .member("code_points", results[c].text.code_points)
            .member("words", results[c].text.words)
            .member("documents", results[c].text.documents)
            .member("path", corpora[c].path)
            .end_object();
    }
    w.end_array().key("results").begin_array();
    for (std::size_t c = 0; c < corpora.size(); ++c) {
        page.cells.emplace_back();
        for (std::size_t t = 0; t < names.size(); ++t) {
            evaluate::efficiency const& e = results[c].results[t];
            w.begin_object()
                .member("tokenizer", names[t].name)
                .member("corpus", corpora[c].name)
                .member("tokens", e.tokens)
                .member("bytes_per_token", e.bytes_per_token)
                .member("code_points_per_token", e.code_points_per_token)
                .member("fertility", e.fertility)
                .member("distinct_tokens", e.distinct_tokens)
                .member("vocabulary_utilisation", e.vocabulary_utilisation)
                .member("entropy", e.entropy)
                .member("renyi_efficiency", e.renyi_efficiency)
                .end_object();
            rows.push_back({corpora[c].name, names[t].name, decimals(e.bytes_per_token, 3),
                            decimals(e.code_points_per_token, 3), decimals(e.fertility, 3), std::to_string(e.tokens),
                            decimals(100 * e.vocabulary_utilisation, 1) + "%"});
            page.cells.back().push_back(
                {e.bytes_per_token, e.fertility, std::to_string(e.tokens), decimals(e.code_points_per_token, 3)});
        }
    }
    w.end_array().end_object();
    if (!html.empty()) {
        output file(html, force);
        file.write(html_of(page));
        file.commit();
    }
    if (line.common().json) {
        write_to_stdout(w.text() + "\n");
        return 0;
    }
    std::string out;
    if (names.size() > 1) {  // side by side what most come for, then everything
        std::vector<std::vector<std::string>> bytes_per_token{{"bytes/token"}};
        for (named const& n : names) bytes_per_token[0].push_back(n.name);
        for (std::size_t c = 0; c < corpora.size(); ++c) {
            bytes_per_token.push_back({corpora[c].name});
            for (evaluate::efficiency const& e : results[c].results) {
                bytes_per_token.back().push_back(decimals(e.bytes_per_token, 3));
            }
        }
        out = table_of(bytes_per_token, 1) + "\n";
    }
    write_to_stdout(out + table_of(rows, 2));
    return 0;
}

}  // namespace tessera::cli
