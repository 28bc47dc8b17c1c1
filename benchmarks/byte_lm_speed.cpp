// What byte_lm costs beside its model: an n-gram model is trained on the beginning of a text, and the rest is read byte
// by byte.
//   byte_lm_speed TOKENIZER TEXT [BYTES [PATTERN]]
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <tessera/bytes/byte_lm.hpp>
#include <tessera/bytes/valid_law.hpp>
#include <tessera/io/file.hpp>
#include <tessera/io/tokenizer_file.hpp>
#include <tessera/lm/ngram_trainer.hpp>

namespace {

using namespace tessera;
using clock_type = std::chrono::steady_clock;

double seconds_since(clock_type::time_point start) {
    return std::chrono::duration<double>(clock_type::now() - start).count();
}

// Notes how long the model takes.
struct timed_model {
    using prefix = lm::ngram_model::prefix;
    lm::ngram_model model;
    double seconds = 0;

    [[nodiscard]] std::size_t vocab_size() const { return model.vocab_size(); }
    [[nodiscard]] std::size_t row_width() const { return model.row_width(); }
    [[nodiscard]] std::size_t max_live() const { return model.max_live(); }
    [[nodiscard]] prefix root() { return model.root(); }
    [[nodiscard]] prefix child(prefix const& p, token_id t) { return model.child(p, t); }
    void release(prefix const& p) { model.release(p); }
    void evaluate(std::span<prefix const> prefixes, std::span<double> rows) {
        auto const start = clock_type::now();
        model.evaluate(prefixes, rows);
        seconds += seconds_since(start);
    }
};

template <class Work>
void report(char const* what, timed_model& model, byte_lm<timed_model, valid_law>& lm, std::size_t n_bytes,
            Work&& work) {
    model.seconds = 0;
    std::uint64_t const before = lm.n_evaluations();
    auto const start = clock_type::now();
    double const log_probability = work();
    double const all = seconds_since(start);
    double const each = 1e6 / static_cast<double>(n_bytes);
    std::printf("%-34s %9.2f %9.2f %9.2f %9.3f %9.4f\n", what, all * each, model.seconds * each,
                (all - model.seconds) * each,
                static_cast<double>(lm.n_evaluations() - before) / static_cast<double>(n_bytes),
                -log_probability / std::log(2.0) / static_cast<double>(n_bytes));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return std::fprintf(stderr, "byte_lm_speed TOKENIZER TEXT [BYTES [PATTERN]]\n"), 2;
    try {
        load_options options;
        if (argc > 4) options.pattern = argv[4];
        any_tokenizer const tokenizer = load_tokenizer(argv[1], options).tokenizer;
        std::string const text = read_file(argv[2]);
        std::size_t const n =
            std::min<std::size_t>(argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 5000, text.size() / 2);
        std::string_view const known = std::string_view(text).substr(0, text.size() - n);
        std::string_view const rest = std::string_view(text).substr(text.size() - n);
        lm::ngram_trainer trainer({.order = 4, .vocab_size = tokenizer.vocab().size()});
        trainer.add(tokenizer.encode_ordinary(known));
        timed_model model{std::move(trainer).finish()};
        auto const start = clock_type::now();
        valid_law law(tokenizer);
        std::printf("%zu tokens; their law made in %.2f s; %zu bytes, microseconds a byte\n\n", law.order().size(),
                    seconds_since(start), rest.size());
        std::printf("%-34s %9s %9s %9s %9s %9s\n", "", "all", "model", "rest", "rows", "bits");
        byte_lm lm(model, law);
        for (char const* const name : {"next byte at each, first time", "next byte at each, second time"}) {
            report(name, model, lm, rest.size(), [&] {
                auto s = lm.start();
                for (char const b : rest) {
                    static_cast<void>(lm.next(s));
                    lm.push(s, static_cast<unsigned char>(b));
                }
                return lm.log_probability(s);
            });
        }
        report("probability of each beginning", model, lm, rest.size(), [&] {
            auto s = lm.start();
            for (char const b : rest) {
                static_cast<void>(lm.log_probability(s));
                lm.push(s, static_cast<unsigned char>(b));
            }
            return lm.log_probability(s);
        });
        report("probability of the whole", model, lm, rest.size(), [&] {
            auto s = lm.start();
            lm.push(s, rest);
            return lm.log_probability(s);
        });
    } catch (error const& e) {
        return std::fprintf(stderr, "%s\n", e.what()), 1;
    }
}
