// Word pooling: text into words and their units, on one thread, into arrays that are used again. Items are words.
// Nothing is timed before the text has come back, where it can.
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/io/tokenizer_file.hpp>
#include <tessera/pool/code_point_units.hpp>
#include <tessera/pool/paper_words.hpp>
#include <tessera/pool/tokenizer_units.hpp>
#include <tessera/pretokenize/gpt2.hpp>
#include <tessera/word_pool.hpp>
#include "fixture.hpp"

namespace {

using namespace tessera;

template <class Words, class Units>
void add_pool(Words words, Units units, bench::corpora const& data) {
    pool_options padding;
    padding.canvas = 16;
    padding.overlong = overlong_words::split;
    padding.n_prefix = 1;
    word_pool<Words, Units> const ragged(words, units);
    word_pool<Words, Units> const padded(words, units, padding);
    std::string const kind = std::string(words.name()) + '/' + std::string(units.name()) + '/';
    for (bench::corpora::corpus const& c : data.all()) {
        std::vector<std::string_view> const documents{c.text};
        typename word_pool<Words, Units>::scratch check;
        ragged_words all;
        padded_words rows;
        ragged.pool_ragged(documents, serial_executor{}, check, all);
        padded.pool_padded(documents, 192, serial_executor{}, check, rows);
        if (ragged.is_lossless()) {
            bench::require(ragged.ids().decode(all, 0) == c.text, kind + c.name + ": ragged words do not come back");
            bench::require(padded.ids().decode(rows, 0) == c.text, kind + c.name + ": padded words do not come back");
        }
        std::size_t const n_words = all.n_words();
        benchmark::RegisterBenchmark(("pool/ragged/" + kind + c.name).c_str(),
                                     [ragged, &c, n_words](benchmark::State& state) {
                                         std::vector<std::string_view> const texts{c.text};
                                         typename word_pool<Words, Units>::scratch s;
                                         ragged_words out;
                                         for (auto _ : state) {
                                             ragged.pool_ragged(texts, serial_executor{}, s, out);
                                             benchmark::DoNotOptimize(out.ids.data());
                                         }
                                         bench::report(state, c.text.size(), n_words);
                                     });
        benchmark::RegisterBenchmark(("pool/padded/" + kind + c.name).c_str(),
                                     [padded, &c, n_words](benchmark::State& state) {
                                         std::vector<std::string_view> const texts{c.text};
                                         typename word_pool<Words, Units>::scratch s;
                                         padded_words out;
                                         for (auto _ : state) {
                                             padded.pool_padded(texts, 192, serial_executor{}, s, out);
                                             benchmark::DoNotOptimize(out.ids.data());
                                         }
                                         bench::report(state, c.text.size(), n_words);
                                     });
    }
}

}  // namespace

int main(int argc, char** argv) {
    static std::vector<any_tokenizer> tokenizers;  // outlives the benchmarks, which run inside bench::main
    return bench::main(argc, argv, [](bench::corpora const& data) {
        tokenizers.push_back(load_tokenizer(data.folder() / "gpt2").tokenizer);
        add_pool(white_space_words(), byte_units(), data);
        add_pool(white_space_words(), code_point_units(), data);
        add_pool(white_space_words(), tokenizer_units<any_tokenizer>(tokenizers.back()), data);
        add_pool(gpt2_pretokenizer<>(), byte_units(), data);
        add_pool(paper_words(), byt5_units(), data);
    });
}
