// What tokens do for the simplest language model: the loss of a unigram model over tokens against the entropy rate of a
// switching source, by tokenizer and vocabulary size. After arXiv:2404.08335; docs/markov_source.md shows the result.
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/evaluate/switching_source.hpp>
#include <tessera/evaluate/unigram_loss.hpp>
#include <tessera/model/bpe_model.hpp>
#include <tessera/model/greedy_model.hpp>
#include <tessera/train/bpe_trainer.hpp>
#include <tessera/train/lzw_trainer.hpp>
#include <tessera/train/pretoken_counts.hpp>

template <class Model>
std::vector<std::uint64_t> count(Model const& model, std::string_view text) {
    std::vector<std::uint64_t> counts(model.vocab().size());
    typename Model::scratch scratch;
    model.encode(text, scratch, [&](tessera::token_id id) { ++counts[id]; });
    return counts;
}

template <class Model>
void print_loss(char const* name, Model const& model, std::string_view train, std::string_view test) {
    auto const counts = count(model, test);
    double const best = tessera::evaluate::unigram_loss(counts, counts, test.size());
    double const fitted = tessera::evaluate::unigram_loss(count(model, train), counts, test.size(), 0.5);
    std::printf("  %-10s %6zu %9.5f %9.5f\n", name, model.vocab().size(), best, fitted);
}

int main() {
    std::puts("bits a character; `best`: the unigram model fitted on the test text, `fitted`: on the training text");
    std::size_t const n = std::size_t{1} << 18;
    using source = tessera::evaluate::switching_source;
    for (source const& s : {source{1, 0.1, 0.1}, source{2, 0.8, 0.8}, source{2, 0.9, 0.9}, source{4, 0.9, 0.9}}) {
        std::string const train = s.text(n, 1);
        std::string const test = s.text(n, 2);
        std::printf("k=%zu p=%g q=%g: entropy rate %.5f\n", s.order, s.zero_to_one, s.one_to_zero, s.entropy_rate());
        std::printf("  %-10s %6s %9s %9s\n", "tokenizer", "tokens", "best", "fitted");
        tessera::pretoken_counts counts;
        counts.add(train);  // the whole text is one pretoken
        for (std::size_t const size : std::vector<std::size_t>{2, 16, 64, 256, 1024, 4096}) {
            auto lzw = tessera::lzw_trainer({.vocab_size = size}).train(train);
            print_loss(size == 2 ? "characters" : "LZW", tessera::greedy_model(std::move(lzw.vocab)), train, test);
        }
        for (std::size_t const size : std::vector<std::size_t>{4, 16, 64, 256}) {
            auto bpe = tessera::bpe_trainer({.vocab_size = size, .alphabet = tessera::initial_alphabet::corpus});
            auto trained = bpe.train(counts);
            print_loss("BPE", tessera::bpe_model(std::move(trained.vocab), std::move(trained.merges)), train, test);
        }
    }
}
