// The controlled experiments of Hayase et al. 2024 (arXiv 2407.16607, section 4): tokenizers are trained on random
// mixtures of texts, and the mixtures are inferred from their merges and other lines of the same texts.
//   mixture_experiments [--seed S] [--trials N] [--choose K] [--merges T] [--bytes B] [--vocab-size V] FILE...
// One text file for each category; a line is a document. With --choose each trial has K of the categories, at random.
// The regression reads all merges, the linear program the first T. Prints tab-separated values, a row a trial: how many
// of the shares lay in the intervals of the regression, decimal logarithms of mean squared errors, and seconds, replays
// included. Then the means, and standard deviations of these trials (divided by their number, as in the paper).
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/split_mix.hpp>
#include <tessera/mixture/clp_solver.hpp>
#include <tessera/mixture/infer_mixture.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include <tessera/train/bpe_trainer.hpp>

#include "mixture_baselines.hpp"
#include "mixture_corpus.hpp"

namespace {

using namespace tessera;
using namespace mixture_experiment;
using clock_type = std::chrono::steady_clock;

struct experiment_options {
    std::uint64_t seed = 1;
    std::size_t n_trials = 20;
    std::size_t n_chosen = 0;  // 0: all
    std::size_t n_merges = 3000;
    std::size_t n_bytes = 10'000'000;
    std::size_t vocab_size = 30000;
};

double seconds_since(clock_type::time_point start) {
    return std::chrono::duration<double>(clock_type::now() - start).count();
}

trained_bpe train(pretoken_counts const& text, std::size_t vocab_size) {
    bpe_trainer_options options;
    options.vocab_size = vocab_size;
    options.alphabet = initial_alphabet::corpus;
    return bpe_trainer(options).train(text);
}

bpe_model model_of(trained_bpe const& trained) { return bpe_model(trained.vocab, trained.merges); }

double bytes_a_token(category_text const& category, encoded_counts const& encoded) {
    return static_cast<double>(category.estimation_bytes) / encoded.n_tokens;
}

mixture_result infer(trained_bpe const& trained, std::span<category_text const* const> texts, std::size_t n_merges,
                     mixture_options const& options) {
    std::span<merge const> const merges = std::span(trained.merges).first(std::min(n_merges, trained.merges.size()));
    // Bytes that were not in the trainer's text are symbols all the same: other bytes are their neighbours.
    std::vector<token_id> of_byte(256);
    auto n_symbols = static_cast<token_id>(trained.vocab.size());
    for (std::size_t b = 0; b < 256; ++b) {
        char const byte = static_cast<char>(b);
        of_byte[b] = trained.vocab.find(std::string_view(&byte, 1));
        if (of_byte[b] == no_token) of_byte[b] = n_symbols++;
    }
    std::vector<mixture_category> categories;
    for (category_text const* const text : texts) {
        categories.push_back({text->name, text->estimation_bytes, text->n_groups()});
    }
    auto const words = [&](std::size_t category, std::size_t group, std::span<merge const> replayed) {
        merge_replay replay(replayed);
        std::vector<token_id> word;
        texts[category]->estimation[group].for_each([&](std::string_view pretoken, std::uint64_t n) {
            word.clear();
            for (char const c : pretoken) word.push_back(of_byte[static_cast<unsigned char>(c)]);
            replay.add_word(word, n);
        });
        std::vector<replay_part> parts;
        parts.push_back({0, std::move(replay)});
        return parts;
    };
    std::vector<std::uint8_t> const is_learnt(merges.size(), 1);
    return infer_mixture<clp_solver>(merges, is_learnt, categories, words, tbb_executor(), options);
}

struct trial {
    std::size_t n_bytes = 0;
    double regression = 0, program = 0, random = 0, uniform = 0, efficiency = 0, tokens = 0;  // logarithms of errors
    std::size_t n_inside = 0, n_shares = 0;
    double train_seconds = 0, regression_seconds = 0, program_seconds = 0;
    std::vector<double> columns() const {
        return {regression,         program,        random, uniform, efficiency, tokens, train_seconds,
                regression_seconds, program_seconds};
    }
};

int usage() {
    std::fprintf(stderr,
                 "usage: mixture_experiments [--seed S] [--trials N] [--choose K] [--merges T] [--bytes B] "
                 "[--vocab-size V] FILE...\n");
    return 2;
}

void run(experiment_options const& options, std::span<category_text const> all) {
    std::size_t const n = options.n_chosen == 0 ? all.size() : std::min(options.n_chosen, all.size());
    std::vector<double> best_bytes_a_token;  // of a tokenizer of each category's own
    for (category_text const& category : all) {
        pretoken_counts text;
        for (std::string const& line : category.training) count_pretokens(line, text);
        encoded_counts const encoded(model_of(train(text, options.vocab_size)), category.all_of_estimation());
        best_bytes_a_token.push_back(bytes_a_token(category, encoded));
    }

    split_mix random(options.seed);
    std::vector<trial> trials;
    std::vector<efficiency_trial> efficiencies;
    for (std::size_t t = 0; t < options.n_trials; ++t) {
        std::vector<std::size_t> const chosen = draw_some(all.size(), n, random);
        std::vector<category_text const*> texts;
        for (std::size_t const i : chosen) texts.push_back(&all[i]);
        std::vector<double> const wanted = draw_shares(n, random);
        std::vector<double> const guess = draw_shares(n, random);
        trial out;
        auto start = clock_type::now();
        mixed_text const text = draw_text(texts, wanted, options.n_bytes, random);
        trained_bpe const trained = train(text.counts, options.vocab_size);
        out.train_seconds = seconds_since(start);
        out.n_bytes = text.n_bytes;

        // Each by itself. The regression reads all merges; the program is then left where it begins.
        mixture_options regression, program;
        regression.method = mixture_method::merge_order;
        regression.program.tolerance = 1;
        program.method = mixture_method::linear_program;
        start = clock_type::now();
        mixture_result const found = infer(trained, texts, trained.merges.size(), regression);
        out.regression_seconds = seconds_since(start);
        start = clock_type::now();
        mixture_result const solved = infer(trained, texts, options.n_merges, program);
        out.program_seconds = seconds_since(start);
        std::vector<double> by_regression, by_program;
        for (std::size_t i = 0; i < n; ++i) {
            mixture_result::category const& c = found.categories[i];
            by_regression.push_back(c.share);
            by_program.push_back(solved.categories[i].share);
            out.n_inside += c.low <= text.shares[i] && text.shares[i] <= c.high ? 1 : 0;
        }
        out.n_shares = n;
        out.regression = log_error(by_regression, text.shares);
        out.program = log_error(by_program, text.shares);
        out.random = log_error(guess, text.shares);
        out.uniform = log_error(std::vector<double>(n, 1 / static_cast<double>(n)), text.shares);

        bpe_model const model = model_of(trained);
        std::vector<encoded_counts> encoded;
        efficiency_trial efficiency{{}, text.shares};
        for (std::size_t i = 0; i < n; ++i) {
            encoded.emplace_back(model, texts[i]->all_of_estimation());
            efficiency.efficiency.push_back(bytes_a_token(*texts[i], encoded.back()) / best_bytes_a_token[chosen[i]]);
        }
        out.tokens = log_error(shares_of_tokens(encoded), text.shares);
        efficiencies.push_back(std::move(efficiency));
        trials.push_back(out);
        std::fprintf(stderr, "%zu of %zu: %zu bytes, %.3f, %.3f, %.1f s, %.1f s\n", t + 1, options.n_trials,
                     out.n_bytes, out.regression, out.program, out.regression_seconds, out.program_seconds);
    }

    std::printf(
        "n\tbytes\tinside\tregression\tprogram\trandom\tuniform\tefficiency\ttokens\ttrain_s\tregression_s\tprogram_"
        "s\n");
    std::vector<double> sums(9), squares(9);
    double n_bytes = 0;
    std::size_t n_inside = 0, n_shares = 0;
    for (std::size_t t = 0; t < trials.size(); ++t) {
        trials[t].efficiency = log_error(shares_of_efficiency(efficiencies, t), efficiencies[t].truth);
        std::printf("%zu\t%zu\t%zu/%zu", n, trials[t].n_bytes, trials[t].n_inside, trials[t].n_shares);
        std::vector<double> const columns = trials[t].columns();
        for (std::size_t k = 0; k < columns.size(); ++k) {
            std::printf("\t%.3f", columns[k]);
            sums[k] += columns[k];
            squares[k] += columns[k] * columns[k];
        }
        std::printf("\n");
        n_bytes += static_cast<double>(trials[t].n_bytes);
        n_inside += trials[t].n_inside;
        n_shares += trials[t].n_shares;
    }
    auto const count = static_cast<double>(trials.size());
    std::printf("mean\t%.0f\t%zu/%zu", n_bytes / count, n_inside, n_shares);
    for (double const sum : sums) std::printf("\t%.3f", sum / count);
    std::printf("\ndeviation\t\t");
    for (std::size_t k = 0; k < sums.size(); ++k) {
        double const mean = sums[k] / count;
        std::printf("\t%.3f", std::sqrt(std::max(squares[k] / count - mean * mean, 0.0)));
    }
    std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
    experiment_options options;
    int i = 1;
    for (; i + 1 < argc && std::string_view(argv[i]).starts_with("--"); i += 2) {
        std::string_view const option = argv[i];
        auto const value = static_cast<std::size_t>(std::strtoull(argv[i + 1], nullptr, 10));
        if (option == "--seed") {
            options.seed = value;
        } else if (option == "--trials") {
            options.n_trials = value;
        } else if (option == "--choose") {
            options.n_chosen = value;
        } else if (option == "--merges") {
            options.n_merges = value;
        } else if (option == "--bytes") {
            options.n_bytes = value;
        } else if (option == "--vocab-size") {
            options.vocab_size = value;
        } else {
            return usage();
        }
    }
    if (argc - i < 2 || options.n_trials == 0 || options.n_chosen == 1) return usage();
    try {
        std::vector<category_text> categories;
        for (; i < argc; ++i) categories.push_back(read_category(argv[i], 10));
        run(options, categories);
    } catch (error const& e) {
        return std::fprintf(stderr, "%s\n", e.what()), 1;
    }
}
