// tessera mixture: what a tokenizer was trained on.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <set>

#include <tessera/io/count_table.hpp>
#include <tessera/io/document_reader.hpp>
#include <tessera/io/file.hpp>
#include <tessera/io/merges_txt.hpp>
#include <tessera/io/sentencepiece_file.hpp>
#include <tessera/mixture/category_text.hpp>
#include <tessera/mixture/clp_solver.hpp>
#include <tessera/mixture/infer_mixture.hpp>
#include <tessera/mixture/inherited_merges.hpp>
#include <tessera/mixture/search_file.hpp>
#include <tessera/mixture/splitter_guess.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include "../cli/inputs.hpp"
#include "../cli/output.hpp"
#include "../cli/progress_bar.hpp"
#include "mixture_report.hpp"
#include "verbs.hpp"

namespace tessera::cli {

namespace {

struct trainer {
    any_tokenizer tokenizer;
    bool says_how_to_split = true;
    std::optional<sentencepiece_rules> rules = std::nullopt;
};

bool is_bare_merge_list(std::string const& path, std::string_view content) {
    std::string const name = std::filesystem::path(path).filename().string();
    return content.starts_with("#version") || name.ends_with("merges.txt") || name.ends_with(".bpe");
}

trainer load_trainer(command const& line, std::string const& path, std::string const& pattern) {
    std::error_code ignored;
    if (std::filesystem::is_regular_file(path, ignored)) {
        std::string const content = read_file(path);
        if (is_bare_merge_list(path, content)) {
            try {
                return {any_tokenizer(read_merges_txt(content), any_pretokenizer::by_name("bytes")), false};
            } catch (error const& e) {
                throw error(e.kind(), path + ": " + e.where(), e.message(), e.remedy());
            }
        }
        bool const is_ranks = path.ends_with(".tiktoken") && pattern.empty();
        if (is_ranks) return {load_with_notes(line.verb(), path, "bytes", true).tokenizer, false};
        loaded_tokenizer loaded = load_with_notes(line.verb(), path, pattern, line.common().quiet);
        trainer out{std::move(loaded.tokenizer)};
        if (path.ends_with(".model") && loaded.format.find("entence") != std::string::npos) {
            out.rules = rules_of(read_sentencepiece_file(content));
        }
        return out;
    }
    return {load_with_notes(line.verb(), path, pattern, line.common().quiet).tokenizer};
}

struct named_input {
    std::string name;
    std::string path;
};

std::vector<named_input> categories_from(command const& line, std::vector<std::string> const& given) {
    std::vector<named_input> out;
    std::set<std::string> names;
    auto const add = [&](std::string name, std::string path) {
        if (!names.insert(name).second) throw usage_error("--category: " + printable(name) + " is there twice");
        out.push_back({std::move(name), std::move(path)});
    };
    for (std::string const& one : given) {
        std::size_t const equals = one.find('=');
        if (equals == std::string::npos || equals == 0 || equals + 1 == one.size()) {
            throw usage_error("--category: " + printable(one) + " is not NAME=PATH");
        }
        add(one.substr(0, equals), one.substr(equals + 1));
    }
    for (std::string const& path : line.inputs()) {
        std::filesystem::path const p = std::filesystem::path(path).lexically_normal();
        add((p.has_filename() ? p : p.parent_path()).stem().string(), path);
    }
    if (out.empty()) throw usage_error("name the texts to look for: --category NAME=PATH, at least two");
    return out;
}

// Documents, and of long ones parts of some lines: what is dealt to groups.
category_text read_category(named_input const& input, trainer_splitters const& splitters,
                            document_reader_options const& options, std::size_t n_groups) {
    if (input.path.ends_with(".tsv")) return {input.name, read_count_table_file(input.path), n_groups};
    constexpr std::size_t least_part = 1024;
    constexpr std::size_t longest_document = 64 * 1024;
    category_text out(input.name, n_groups);
    category_text::scratch scratch;
    document_reader reader({input.path}, options);
    std::string document;
    while (reader.next(document)) {
        std::string_view const text = document;
        bool const is_long = text.size() > longest_document;
        for (std::size_t at = 0; at < text.size();) {
            std::size_t end = text.size();
            if (is_long && text.size() - at > least_part) {
                end = text.find('\n', at + least_part);
                // Not between newlines, which may be one token.
                end = end == std::string_view::npos ? text.size()
                                                    : std::min(text.find_first_not_of("\r\n", end), text.size());
            }
            out.add(text.substr(at, end - at), splitters, scratch);
            at = end;
        }
    }
    if (out.n_bytes() == 0) {
        throw error(error_kind::empty_input, input.path, "category " + printable(input.name) + " has no text",
                    "give it some, or leave it out");
    }
    if (out.n_ill_formed() * 50 > out.n_bytes()) {
        throw error(error_kind::syntax, input.path,
                    "category " + printable(input.name) + " is not UTF-8: " + std::to_string(out.n_ill_formed()) +
                        " of " + std::to_string(out.n_bytes()) + " bytes are ill-formed",
                    "convert it, for instance with iconv -f LATIN1 -t UTF-8");
    }
    return out;
}

}  // namespace

int mixture(arguments const& args) {
    command line(
        "mixture", "-t TOKENIZER --category NAME=PATH [--category NAME=PATH ...] [OPTION...]",
        "Infers what a tokenizer was trained on: the shares of given categories of text in its training data, from the "
        "order of its merges. Byte-pair encoding always merges the most frequent pair, so each merge says which pairs "
        "were more frequent than which.",
        {"tessera mixture -t tokenizer.json --category english=en.txt --category german=de.txt --category code=src/",
         "tessera mixture -t merges.txt --category en=en.tsv --category de=de.tsv --json",
         "tessera mixture -t llama3/ --inherited cl100k_base.tiktoken --category en=en/ --category fr=fr/ --html "
         "report.html"});
    std::string path, pattern, splitter_name, inherited, html, resume;
    std::vector<std::string> given;
    std::uint64_t n_merges = 0;
    std::uint64_t transition_point = 0;
    std::uint64_t n_groups = 10;
    std::string method = "auto";
    std::string solver = "cutting-planes";
    text_options text;
    bool force = false;
    bool keep_inserted = false;
    line.option("-t,--tokenizer", "PATH", path,
                "a BPE tokenizer of any format, as for tessera encode -t, or a bare merges.txt");
    line.option(
        "--category", "NAME=PATH", given,
        "a kind of text to look for: a file, a folder or a glob, or a table of tessera count (.tsv); each INPUT is "
        "one more, named after its file");
    line.option("--merges", "N", n_merges, "read only the first N merges (default: all)", 1);
    line.option("--pattern", "NAME|REGEX", pattern,
                "the pretokenizer of files that carry none: " + pretokenizer_names());
    line.option("--pretokenizer", "NAME|REGEX", splitter_name,
                "how the trainer split its text (default: as the tokenizer does; where that is not known, guessed from "
                "the tokens)");
    line.option("--transition-point", "N", transition_point,
                "SuperBPE: merges from the Nth on reach across words (default: guessed from the tokens)", 1);
    line.option("--inherited", "TOKENIZER", inherited,
                "what the merge list begins with of this tokenizer's is replayed, but says nothing");
    line.flag("--keep-inserted", keep_inserted,
              "take runs of white space at the front of the list for merges, not for tokens put in by hand");
    line.choice("--method", {"auto", "linear-program", "merge-order"}, method,
                "linear-program: the least sum of violations, as published; merge-order: a regression that weighs its "
                "noise; auto: the first where a mixture explains every merge, else the second (default: auto)");
    line.choice("--solver", {"cutting-planes", "simplex"}, solver,
                "of the linear program; simplex is for some thousand merges (default: cutting-planes)");
    line.option("--groups", "N", n_groups,
                "documents are dealt to so many groups, whose differences give the intervals (default: 10)", 2);
    line.option("--resume", "FILE", resume,
                "keep the search for the linear program's answer in this file, and go on from it if it is there");
    line.option("--html", "REPORT.html", html, "write a page with bars and intervals as well");
    text.add_to(line, "file; long ones are dealt to groups in parts");
    line.flag("-f,--force", force, "overwrite REPORT.html");
    line.note(
        "share: of the bytes of the training text, from .. to: an interval that held the truth for about 98 of 100 "
        "shares in experiments "
        "where the texts were of the trainer's kind. residual: what part of the category's pairs the training text "
        "seems "
        "not to have. A category that is missing makes the others' shares wrong; what no category explains is listed.");
    if (!line.parse(args)) return 0;
    line.require("--tokenizer", "which tokenizer?");
    std::vector<named_input> const inputs = categories_from(line, given);
    if (!html.empty()) check_writable(html, force);

    trainer const source = load_trainer(line, path, pattern);
    training_merges merges = [&] {
        try {
            return merges_of_trainer(source.tokenizer, {.find_inserted = !keep_inserted});
        } catch (error const& e) {
            throw error(e.kind(), path, e.message(), e.remedy());
        }
    }();
    mixture_report about{.tokenizer = path,
                         .splitter = {},
                         .remarks = {},
                         .n_merges = merges.merges.size(),
                         .n_redundant = merges.n_redundant,
                         .n_inherited = 0,
                         .n_inserted = merges.n_inserted_merges};
    if (!inherited.empty()) {
        trainer const base = load_trainer(line, inherited, "");
        about.n_inherited = mark_inherited(merges, merges_of_trainer(base.tokenizer));
        about.remarks.push_back(std::to_string(about.n_inherited) + " merges are inherited from " + inherited);
    }
    if (merges.n_redundant > 0) {
        about.remarks.push_back(std::to_string(merges.n_redundant) + " of " + std::to_string(merges.n_listed) +
                                " merges are redundant and left out");
    }
    if (merges.n_inserted_merges > 0) {
        about.remarks.push_back(std::to_string(merges.n_inserted_merges) + " merges of white space (" +
                                std::to_string(merges.n_inserted_tokens) +
                                " tokens) were put in by hand and say nothing");
    }

    auto const splitters = [&]() -> trainer_splitters {
        any_normalizer const& normalizer = source.tokenizer.normalizer();
        if (!splitter_name.empty()) {
            return {normalizer, splitter_of_trainer(pretokenizer_from_option("--pretokenizer", splitter_name), merges)};
        }
        bool const is_sentencepiece = merges.is_sentencepiece;
        if (!is_sentencepiece) {
            splitter_guess const guess = guess_splitter(merges);
            std::size_t const point =
                transition_point != 0 ? static_cast<std::size_t>(transition_point) : guess.transition_point;
            if (guess.superwords && point < merges.merges.size()) {
                merges.transition_point = point;
                about.remarks.push_back("SuperBPE: words by " + guess.name() + ", from merge " + std::to_string(point) +
                                        " on superwords by " + guess.evidence[*guess.superwords].name);
                return {normalizer, splitter_of_trainer(guess.evidence[guess.chosen].pretokenizer, merges),
                        splitter_of_trainer(source.says_how_to_split ? source.tokenizer.pretokenizer()
                                                                     : guess.evidence[*guess.superwords].pretokenizer,
                                            merges)};
            }
            if (!source.says_how_to_split) {
                std::string why;
                for (splitter_evidence const& e : guess.evidence) {
                    if (!why.empty()) why += ", ";
                    why += e.name + " " + std::to_string(e.n_cut);
                }
                about.remarks.push_back("pretokenizer guessed from the tokens: " + guess.name() +
                                        " (tokens that each would cut: " + why + ")");
                return {normalizer, splitter_of_trainer(guess.evidence[guess.chosen].pretokenizer, merges)};
            }
        }
        return {normalizer, splitter_of_trainer(source.tokenizer, merges, source.rules)};
    }();
    about.splitter = splitters.words.name();
    if (n_merges != 0) merges.keep_first(static_cast<std::size_t>(n_merges));

    progress_bar bar(line.common());
    tbb_executor const executor(line.common().threads);
    std::vector<std::optional<category_text>> read(inputs.size());
    std::mutex reporting;
    std::size_t n_read = 0;
    document_reader_options const options = text.for_documents(document_kind::file);
    executor.for_each_index(inputs.size(), [&](std::size_t i) {
        read[i] = read_category(inputs[i], splitters, options, static_cast<std::size_t>(n_groups));
        std::lock_guard const lock(reporting);
        bar.report("reading categories", ++n_read, inputs.size());
    });
    std::vector<category_text> categories;
    std::vector<mixture_category> described;
    for (std::optional<category_text>& category : read) {
        described.push_back({category->name(), category->n_bytes(), category->n_groups()});
        categories.push_back(std::move(*category));
    }

    mixture_options inference;
    inference.method = method == "linear-program" ? mixture_method::linear_program
                       : method == "merge-order"  ? mixture_method::merge_order
                                                  : mixture_method::automatic;
    inference.solver = solver == "simplex" ? program_solver::simplex : program_solver::cutting_planes;
    inference.progress = &bar;
    mixture_search begun;
    auto saved = std::chrono::steady_clock::now();
    if (!resume.empty()) {
        std::error_code ignored;
        if (std::filesystem::exists(resume, ignored)) {
            try {
                begun = read_search(read_file(resume));
            } catch (error const& e) {
                throw error(e.kind(), resume + ": " + e.where(), e.message(), e.remedy());
            }
            inference.program.resume = &begun;
        } else {
            check_writable(resume, false);
        }
        inference.program.save = [&](mixture_search const& search) {
            auto const now = std::chrono::steady_clock::now();
            if (now - saved < std::chrono::seconds(5)) return;
            saved = now;
            output file(resume, true);
            file.write(write_search(search));
            file.commit();
        };
    }
    mixture_result const result = infer_mixture<clp_solver>(
        merges.merges, merges.is_learnt, described, category_words(merges, splitters, categories), executor, inference);
    bar.clear();

    if (!html.empty()) {
        output file(html, force);
        file.write(mixture_html(result, about, merges));
        file.commit();
    }
    write_to_stdout(line.common().json ? mixture_json(result, about, merges) + "\n"
                                       : mixture_table(result, about, merges));
    return 0;
}

}  // namespace tessera::cli
