// Splitting alone: each scanner on English, code and nine other languages. Items are pretokens.
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/pretokenize/boundless_letters.hpp>
#include <tessera/pretokenize/bytes.hpp>
#include <tessera/pretokenize/cl100k.hpp>
#include <tessera/pretokenize/digit_groups.hpp>
#include <tessera/pretokenize/gpt2.hpp>
#include <tessera/pretokenize/llama3.hpp>
#include <tessera/pretokenize/o200k.hpp>
#include <tessera/pretokenize/superbpe_1_words.hpp>
#include <tessera/pretokenize/superbpe_2.hpp>
#include <tessera/pretokenize/whitespace.hpp>
#include "../tests/reference/pretokenize.hpp"
#include "fixture.hpp"

namespace {

template <class Scanner>
std::vector<std::string_view> pretokens_of(Scanner const& scanner, std::string_view text) {
    std::vector<std::string_view> pretokens;
    scanner.for_each(text, [&](std::string_view pretoken) { pretokens.push_back(pretoken); });
    return pretokens;
}

template <class Scanner>
void add_scanner(Scanner const& scanner, bench::corpora const& data) {
    for (bench::corpora::corpus const& c : data.all()) {
        std::string const name = std::string(scanner.name()) + '/' + c.name;
        std::size_t const n = pretokens_of(scanner, c.text).size();
        if constexpr (requires { scanner.pattern(); }) {
            // The backtracking twin is slow: the beginning has to do; the tests compare more.
            std::string_view const beginning = std::string_view(c.text).substr(0, 20'000);
            reference::pattern<> const twin(scanner.pattern());
            std::vector<std::string> expected;
            if constexpr (requires { scanner.keeps_gaps; }) {
                expected = twin.pieces(beginning);
            } else {
                for (auto const& [begin, end] : twin.split(beginning)) {
                    expected.emplace_back(beginning.substr(begin, end - begin));
                }
            }
            auto const found = pretokens_of(scanner, beginning);
            bench::require(std::equal(found.begin(), found.end(), expected.begin(), expected.end()),
                           name + ": the scanner and the reference differ");
        }
        benchmark::RegisterBenchmark(("pretokenize/" + name).c_str(), [&scanner, &c, n](benchmark::State& state) {
            for (auto _ : state) {
                std::size_t sum = 0;
                scanner.for_each(c.text, [&](std::string_view pretoken) { sum += pretoken.size(); });
                benchmark::DoNotOptimize(sum);
            }
            bench::report(state, c.text.size(), n);
        });
    }
}

}  // namespace

int main(int argc, char** argv) {
    static tessera::gpt2_pretokenizer<> const gpt2;
    static tessera::cl100k_pretokenizer<> const cl100k;
    static tessera::o200k_pretokenizer<> const o200k;
    static tessera::llama3_pretokenizer<> const llama3;
    static tessera::qwen2_pretokenizer<> const qwen2;
    static tessera::whitespace_pretokenizer<> const whitespace;
    static tessera::digit_groups_pretokenizer const digit_groups;
    static tessera::superbpe_1_words_pretokenizer<> const superbpe_1_words;
    static tessera::superbpe_2_pretokenizer<> const superbpe_2;
    static tessera::superbpe_2_words_pretokenizer<> const superbpe_2_words;
    static tessera::boundless_letters_pretokenizer<> const boundless_letters;
    return bench::main(argc, argv, [](bench::corpora const& data) {
        add_scanner(gpt2, data);
        add_scanner(cl100k, data);
        add_scanner(o200k, data);
        add_scanner(llama3, data);
        add_scanner(qwen2, data);
        add_scanner(whitespace, data);
        add_scanner(digit_groups, data);
        add_scanner(superbpe_1_words, data);
        add_scanner(superbpe_2, data);
        add_scanner(superbpe_2_words, data);
        add_scanner(boundless_letters, data);
    });
}
