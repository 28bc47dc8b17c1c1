// How long the linear program of a merge list takes: replay, cutting planes, and Clp's simplex method.
//   mixture_speed [--merges T] [--pattern NAME] [--no-simplex] [--write FOLDER] TOKENIZER FILE...
// One text file for each category. --write leaves the program as arrays, for mixture_highs.py to solve.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/any_tokenizer.hpp>
#include <tessera/core/error.hpp>
#include <tessera/io/file.hpp>
#include <tessera/io/merges_txt.hpp>
#include <tessera/io/npy_file.hpp>
#include <tessera/io/tokenizer_file.hpp>
#include <tessera/mixture/clp_solver.hpp>
#include <tessera/mixture/mixture_program.hpp>
#include <tessera/mixture/pair_history.hpp>
#include <tessera/mixture/slack_program.hpp>
#include <tessera/mixture/training_merges.hpp>
#include <tessera/mixture/training_splitter.hpp>
#include <tessera/mixture/training_symbols.hpp>
#include <tessera/mixture/violation_scan.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include <tessera/pattern/icu_pattern.hpp>
#include <tessera/pretokenize/any_pretokenizer.hpp>
#include <tessera/train/pretoken_counts.hpp>

namespace {

using namespace tessera;
using clock_type = std::chrono::steady_clock;

double seconds_since(clock_type::time_point start) {
    return std::chrono::duration<double>(clock_type::now() - start).count();
}

// A merge list alone is no tokenizer file: it does not say how text is split.
any_tokenizer load(std::filesystem::path const& path, load_options const& options) {
    if (path.extension() != ".txt") return load_tokenizer(path, options).tokenizer;
    return any_tokenizer(
        read_merges_txt(read_file(path)),
        any_pretokenizer::by_name_or_pattern(options.pattern.empty() ? "gpt2" : options.pattern, &icu_pattern::make));
}

std::vector<replay_part> words_of(std::string const& text, training_splitter const& splitter,
                                  training_symbols const& symbols, std::span<merge const> merges) {
    pretoken_counts counts;
    splitter.for_each(text, [&](std::string_view pretoken) { counts.add(pretoken); });
    merge_replay replay(merges);
    training_symbols::scratch scratch;
    counts.for_each([&](std::string_view pretoken, std::uint64_t n) {
        symbols.for_each_run(pretoken, scratch, [&](std::span<token_id const> run) { replay.add_word(run, n); });
    });
    std::vector<replay_part> parts;
    parts.push_back({0, std::move(replay)});
    return parts;
}

template <class T>
void write_array(std::filesystem::path const& path, std::vector<T> const& elements,
                 std::vector<std::uint64_t> const& shape) {
    npy_output out(path.string(), npy_type_of<T>);
    out.write(std::span<T const>(elements));
    out.finish(shape);
}

// Changes of counts in order of pairs, and of time for each of them; pair t is that of merge t.
void write_instance(std::filesystem::path const& folder, pair_history const& history,
                    std::vector<std::uint8_t> const& used, std::vector<std::int64_t> const& n_bytes) {
    std::filesystem::create_directories(folder);
    std::vector<std::int64_t> own, totals, by;
    std::vector<std::int32_t> pair, from, category;
    for (std::size_t t = 0; t < history.n_merges(); ++t)
        own.insert(own.end(), history.own(t).begin(), history.own(t).end());
    for (std::size_t i = 0; i < history.n_categories(); ++i) {
        totals.push_back(static_cast<std::int64_t>(history.total(i)));
    }
    for (std::size_t p = 0; p < history.n_pairs(); ++p) {
        for (auto const& c : history.changes(static_cast<pair_history::pair_index>(p))) {
            pair.push_back(static_cast<std::int32_t>(p));
            from.push_back(static_cast<std::int32_t>(c.from));
            category.push_back(static_cast<std::int32_t>(c.category));
            by.push_back(c.by);
        }
    }
    write_array(folder / "own.npy", own, {history.n_merges(), history.n_categories()});
    write_array(folder / "totals.npy", totals, {totals.size()});
    write_array(folder / "bytes.npy", n_bytes, {n_bytes.size()});
    write_array(folder / "used.npy", used, {used.size()});
    write_array(folder / "pair.npy", pair, {pair.size()});
    write_array(folder / "from.npy", from, {from.size()});
    write_array(folder / "category.npy", category, {category.size()});
    write_array(folder / "by.npy", by, {by.size()});
}

void print(char const* solver, mixture_solution const& solution, double seconds, std::span<std::string const> names,
           std::vector<double> const& bytes_a_pair) {
    std::printf("%-16s %8.2f s  objective %.12g  gap %.2g  %zu rows  %zu planes\n", solver, seconds, solution.objective,
                solution.gap, solution.n_rows, solution.n_planes);
    double sum = 0;
    for (std::size_t i = 0; i < names.size(); ++i) sum += solution.mixture[i] * bytes_a_pair[i];
    for (std::size_t i = 0; i < names.size(); ++i) {
        std::printf("  %s %.6f", names[i].c_str(), solution.mixture[i] * bytes_a_pair[i] / sum);
    }
    std::printf("\n");
    std::fflush(stdout);
}

int usage() {
    std::fprintf(stderr,
                 "usage: mixture_speed [--merges T] [--pattern NAME] [--no-simplex] [--write FOLDER] TOKENIZER "
                 "FILE...\n");
    return 2;
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t n_merges = 3000;
    bool with_simplex = true;
    std::string folder;
    load_options options;
    int i = 1;
    for (; i < argc && std::string_view(argv[i]).starts_with("--"); ++i) {
        std::string_view const option = argv[i];
        if (option == "--no-simplex") {
            with_simplex = false;
            continue;
        }
        if (++i == argc) return usage();
        if (option == "--merges") {
            n_merges = std::strtoull(argv[i], nullptr, 10);
        } else if (option == "--pattern") {
            options.pattern = argv[i];
        } else if (option == "--write") {
            folder = argv[i];
        } else {
            return usage();
        }
    }
    if (argc - i < 3) return usage();
    try {
        any_tokenizer const tokenizer = load(argv[i++], options);
        training_merges const all = merges_of_trainer(tokenizer);
        training_splitter const splitter = splitter_of_trainer(tokenizer, all);
        training_symbols const symbols(all);
        std::span<merge const> const merges = std::span(all.merges).first(std::min(n_merges, all.merges.size()));
        std::vector<std::string> names, texts;
        std::vector<std::int64_t> n_bytes;
        for (; i < argc; ++i) {
            names.push_back(std::filesystem::path(argv[i]).stem().string());
            texts.push_back(read_file(argv[i]));
            n_bytes.push_back(static_cast<std::int64_t>(texts.back().size()));
        }
        tbb_executor const executor;
        auto start = clock_type::now();
        std::vector<std::vector<replay_part>> words(texts.size());
        executor.for_each_index(texts.size(),
                                [&](std::size_t k) { words[k] = words_of(texts[k], splitter, symbols, merges); });
        pair_history const history(merges, std::move(words), executor);
        std::printf("%zu merges, %zu categories, %zu pairs; split and replayed in %.2f s\n", merges.size(),
                    texts.size(), history.n_pairs(), seconds_since(start));
        std::vector<std::uint8_t> used = merges_seen(history);
        for (std::size_t t = 0; t < used.size(); ++t) used[t] &= all.is_learnt[t];
        std::vector<double> bytes_a_pair;
        for (std::size_t k = 0; k < names.size(); ++k) {
            if (history.total(k) == 0) throw error(error_kind::empty_input, names[k], "it has no pairs");
            bytes_a_pair.push_back(static_cast<double>(n_bytes[k]) / static_cast<double>(history.total(k)));
        }
        if (!folder.empty()) write_instance(folder, history, used, n_bytes);
        start = clock_type::now();
        mixture_solution const planes = solve_mixture_program<clp_solver>(history, used, executor);
        print("cutting planes", planes, seconds_since(start), names, bytes_a_pair);
        if (!with_simplex) return 0;
        start = clock_type::now();
        mixture_solution const simplex = solve_slack_program<clp_solver>(history, used, executor);
        print("simplex method", simplex, seconds_since(start), names, bytes_a_pair);
    } catch (error const& e) {
        return std::fprintf(stderr, "%s\n", e.what()), 1;
    }
}
