// Dynamic tokenization: merging batches of GPT-2's tokens, incrementally and as the authors' code does, which counts
// all pairs anew for each merge. Items are tokens of the batch. The recounting is that of the tests, on strings, and so
// slow for that reason as well; how time grows with merges and with the batch is what to compare.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/dynamic/texts.hpp>
#include <tessera/io/tokenizer_file.hpp>
#include "../tests/reference/dynamic.hpp"
#include "fixture.hpp"

namespace {

using namespace tessera;

std::vector<std::string_view> lines_of(std::string_view text, std::size_t n) {
    std::vector<std::string_view> lines;
    while (!text.empty() && lines.size() < n) {
        std::size_t const end = std::min(text.find('\n'), text.size() - 1);
        if (end > 0) lines.push_back(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    return lines;
}

struct batch_case {
    dynamic::token_batch batch;
    reference::spelled_batch spelled;
    reference::word_batch words;
    std::vector<std::string_view> lines;

    batch_case(any_tokenizer const& tokenizer, std::string_view text, std::size_t n) : lines(lines_of(text, n)) {
        for (std::string_view const line : lines) {
            auto const ids = tokenizer.encode(line);
            batch.add(ids);
            spelled.emplace_back();
            for (token_id const id : ids) spelled.back().push_back(to_byte_alphabet(tokenizer.vocab().bytes(id)));
            words.emplace_back(ids.size(), std::nullopt);
        }
    }
};

reference::dynamic_bpe recounting(any_tokenizer const& tokenizer) {
    reference::dynamic_bpe twin;
    twin.count_pretokens = [&tokenizer](std::string const& text) {
        std::size_t n = 0;
        tokenizer.pretokenizer().for_each(text, [&](std::string_view) { ++n; });
        return n;
    };
    return twin;
}

void add(any_tokenizer const& tokenizer, bench::corpora::corpus const& corpus, std::size_t n_lines,
         std::size_t n_merges, bool recount) {
    batch_case const input(tokenizer, corpus.text, n_lines);
    std::string const name = corpus.name + '/' + std::to_string(n_lines) + "_lines/" +
                             (n_merges == dynamic::all_merges ? "all" : std::to_string(n_merges)) + "_merges";
    if (recount) {
        auto const merged = dynamic::merger_of(tokenizer).merge(input.batch, n_merges);
        auto spelled = input.spelled;
        auto words = input.words;
        static_cast<void>(recounting(tokenizer)(spelled, words, n_merges));
        reference::spelled_batch found;
        for (std::size_t i = 0; i < merged.batch.size(); ++i) {
            found.emplace_back();
            for (token_id const id : merged.batch.sequence(i)) {
                found.back().push_back(to_byte_alphabet(
                    id < merged.new_tokens.first_id() ? tokenizer.vocab().bytes(id) : merged.new_tokens.bytes(id)));
            }
        }
        bench::require(found == spelled, name + ": incremental and recounting merges differ");
        benchmark::RegisterBenchmark(("dynamic/recounting/" + name).c_str(), [=, &tokenizer](benchmark::State& state) {
            auto const twin = recounting(tokenizer);
            for (auto _ : state) {
                auto again = input.spelled;
                auto of_tokens = input.words;
                benchmark::DoNotOptimize(twin(again, of_tokens, n_merges).size());
            }
            bench::report(state, 0, input.batch.ids.size());
        });
    }
    benchmark::RegisterBenchmark(("dynamic/incremental/" + name).c_str(), [=, &tokenizer](benchmark::State& state) {
        auto merger = dynamic::merger_of(tokenizer);
        for (auto _ : state) benchmark::DoNotOptimize(merger.merge(input.batch, n_merges).merges.size());
        bench::report(state, 0, input.batch.ids.size());
    });
}

}  // namespace

int main(int argc, char** argv) {
    static std::optional<any_tokenizer> gpt2;
    return bench::main(argc, argv, [](bench::corpora const& data) {
        gpt2.emplace(load_tokenizer((data.folder() / "gpt2").string()).tokenizer);
        for (bench::corpora::corpus const& corpus : data.all()) {
            for (std::size_t const n_merges :
                 {std::size_t{1}, std::size_t{10}, std::size_t{100}, dynamic::all_merges}) {
                add(*gpt2, corpus, 32, n_merges, n_merges <= 10);
            }
            add(*gpt2, corpus, 10'000, 100, false);
            add(*gpt2, corpus, 10'000, dynamic::all_merges, false);
        }
    });
}
