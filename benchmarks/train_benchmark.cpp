// Training: counting pretokens, and merging. The first is most of the time on large texts, the second on small ones.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/core/text_block.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include <tessera/pretokenize/cl100k.hpp>
#include <tessera/pretokenize/gpt2.hpp>
#include <tessera/train/bpe_trainer.hpp>
#include <tessera/train/count_pretokens.hpp>
#include "../tests/reference/bpe_trainer.hpp"
#include "fixture.hpp"

namespace {

using sizes = std::initializer_list<std::size_t>;

// Hands out lines of a text in memory, in blocks of 64 KiB. One thread.
class lines_of {
public:
    explicit lines_of(std::string_view text) : rest_(text) {}

    bool next(tessera::text_block& block) {
        if (rest_.empty()) return false;
        std::size_t const newline = rest_.find('\n', std::size_t{1} << 16);
        std::size_t const size = newline == std::string_view::npos ? rest_.size() : newline + 1;
        block.bytes.assign(rest_.substr(0, size));
        block.split_lines = true;
        rest_.remove_prefix(size);
        return true;
    }

private:
    std::string_view rest_;
};

template <class Pretokenizer>
tessera::pretoken_counts counts_of(Pretokenizer const& pretokenizer, std::string_view text) {
    lines_of source(text);
    return tessera::count_pretokens(source, pretokenizer, tessera::serial_executor{});
}

template <class Pretokenizer>
std::map<std::string, std::uint64_t> slow_counts_of(Pretokenizer const& pretokenizer, std::string_view text) {
    std::map<std::string, std::uint64_t> counts;
    while (!text.empty()) {
        std::string_view const line = text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1);
        pretokenizer.for_each(line, [&](std::string_view pretoken) { ++counts[std::string(pretoken)]; });
        text.remove_prefix(line.size());
    }
    return counts;
}

template <class Pretokenizer>
void add_counting(Pretokenizer const& pretokenizer, bench::corpora::corpus const& c) {
    std::string const name = "count/" + std::string(pretokenizer.name()) + '/' + c.name;
    tessera::pretoken_counts const counts = counts_of(pretokenizer, c.text);
    auto const expected = slow_counts_of(pretokenizer, c.text);
    auto const got = counts.sorted();
    bench::require(std::equal(got.begin(), got.end(), expected.begin(), expected.end(),
                              [](auto const& a, auto const& b) { return a.first == b.first && a.second == b.second; }),
                   name + ": the counts differ from a std::map's");
    benchmark::RegisterBenchmark(name.c_str(), [&pretokenizer, &c, n = counts.total()](benchmark::State& state) {
        for (auto _ : state) benchmark::DoNotOptimize(counts_of(pretokenizer, c.text).size());
        bench::report(state, c.text.size(), n);
    });
}

// The reference trainer takes minutes on a whole corpus: the beginning of one, and few merges.
void check_against_reference(std::string_view text, std::size_t vocab_size) {
    reference::training_options options{.vocab_size = vocab_size, .special_tokens = {}, .alphabet = {}};
    // The byte alphabet in order of its characters, as ids are given.
    std::vector<std::pair<std::string, std::string>> alphabet;
    for (unsigned b = 0; b < 256; ++b) {
        std::string const byte(1, static_cast<char>(b));
        alphabet.emplace_back(tessera::to_byte_alphabet(byte), byte);
    }
    std::sort(alphabet.begin(), alphabet.end());
    for (auto const& [character, byte] : alphabet) options.alphabet.push_back(byte);
    auto const slow = reference::train_bpe(slow_counts_of(tessera::gpt2_pretokenizer<>{}, text), options);
    auto const fast =
        tessera::bpe_trainer({.vocab_size = vocab_size}).train(counts_of(tessera::gpt2_pretokenizer<>{}, text));
    std::vector<std::pair<std::string, std::string>> merges;
    for (tessera::merge const& m : fast.merges)
        merges.emplace_back(fast.vocab.bytes(m.left), fast.vocab.bytes(m.right));
    bench::require(merges == slow.merges, "the trainer and the reference trainer differ");
}

void add_merging(bench::corpora::corpus const& c, std::size_t vocab_size) {
    auto counts = counts_of(tessera::gpt2_pretokenizer<>{}, c.text);
    std::string const name = "merge/" + c.name + '/' + std::to_string(vocab_size);
    auto const run = [vocab_size, counts = std::move(counts)](benchmark::State& state) {
        std::size_t n = 0;
        for (auto _ : state) {
            n = tessera::bpe_trainer({.vocab_size = vocab_size}).train(counts).merges.size();
            benchmark::DoNotOptimize(n);
        }
        bench::report(state, 0, n);
    };
    benchmark::RegisterBenchmark(name.c_str(), run)->Unit(benchmark::kMillisecond);
}

}  // namespace

int main(int argc, char** argv) {
    static tessera::gpt2_pretokenizer<> const gpt2;
    static tessera::cl100k_pretokenizer<> const cl100k;
    return bench::main(argc, argv, [](bench::corpora const& data) {
        check_against_reference(std::string_view(data.english()).substr(0, 20'000), 400);
        for (bench::corpora::corpus const& c : data.all()) {
            add_counting(gpt2, c);
            add_counting(cl100k, c);
        }
        for (bench::corpora::corpus const& c : data.all()) {
            for (std::size_t const vocab_size : sizes{1'000, 8'000, 32'000}) add_merging(c, vocab_size);
        }
    });
}
