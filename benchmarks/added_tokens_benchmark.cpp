// Cutting a text at added tokens, and nothing else: text that has none of them, text that has many, and text for which
// walking the trie from each place would take quadratic time.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/special_tokens.hpp>
#include "../tests/reference/added_tokens.hpp"
#include "fixture.hpp"

namespace {

using namespace tessera;

struct input {
    std::string name;
    std::string text;
};

special_tokens make(std::vector<std::string> contents) {
    std::sort(contents.begin(), contents.end());
    contents.erase(std::unique(contents.begin(), contents.end()), contents.end());
    std::vector<added_token> tokens;
    for (std::string& content : contents) {
        tokens.push_back({.id = static_cast<token_id>(tokens.size()), .content = std::move(content)});
    }
    return special_tokens(std::move(tokens));
}

std::string cut(special_tokens const& tokens, std::string_view text) {
    std::string out;
    tokens.split(
        text, false, {}, [&](std::string_view s) { out.append("(").append(s).append(")"); },
        [&](added_token const& t) { out.append("[").append(t.content).append("]"); });
    return out;
}

void add(std::string const& name, special_tokens const& tokens, input const& in) {
    std::string_view const beginning = std::string_view(in.text).substr(0, 2000);
    bench::require(cut(tokens, beginning) == reference::cut(tokens.tokens(), beginning, {}),
                   name + " and the reference differ on " + in.name);
    std::string const full = "added_tokens/" + name + '/' + in.name + '/' + std::to_string(in.text.size());
    benchmark::RegisterBenchmark(full.c_str(), [&tokens, in](benchmark::State& state) {
        std::size_t n = 0;
        for (auto _ : state) {
            n = 0;
            tokens.split(
                in.text, false, {}, [&](std::string_view stretch) { n += stretch.empty() ? 0U : 1U; },
                [&](added_token const&) { ++n; });
            benchmark::DoNotOptimize(n);
        }
        bench::report(state, in.text.size(), n);
    });
}

std::vector<std::string> random_words(std::size_t n, std::size_t longest) {
    std::mt19937_64 random(1);
    std::vector<std::string> words;
    while (words.size() < n) {
        std::string word(4 + random() % (longest - 3), ' ');
        for (char& c : word) c = "abcdefghijklmnopqrstuvwxyz "[random() % 27];
        words.push_back(std::move(word));
    }
    return words;
}

// As KL3M-001-32k has them: runs of white space, numbers, marks of HTML.
std::vector<std::string> blanks_and_numbers() {
    std::vector<std::string> tokens{
        "<|end|>", "http://", "<div", "<p", "</p>", " class=", " id=", "(a)", "(b)", "(i)", "1."};
    for (std::size_t n = 2; n <= 555; ++n) {
        tokens.emplace_back(n, ' ');
        tokens.emplace_back(n, '\n');
    }
    for (int year = 1776; year < 2030; ++year) tokens.push_back(std::to_string(year));
    return tokens;
}

}  // namespace

int main(int argc, char** argv) {
    static std::vector<special_tokens> sets;  // outlive the benchmarks, which run inside bench::main
    return bench::main(argc, argv, [](bench::corpora const& data) {
        sets.reserve(8);
        auto const set = [](std::vector<std::string> contents) -> special_tokens const& {
            sets.push_back(make(std::move(contents)));
            return sets.back();
        };
        input const english{"english", data.english(1'000'000)};
        input code{"code", {}};
        for (bench::corpora::corpus const& c : data.all()) {
            if (c.name == "code") code.text = c.text;
        }
        std::vector<std::string> reserved;
        for (int i = 0; i < 256; ++i) reserved.push_back("<|reserved_special_token_" + std::to_string(i) + "|>");
        special_tokens const& one = set({"<|endoftext|>"});
        special_tokens const& some = set(std::move(reserved));
        special_tokens const& blanks = set(blanks_and_numbers());
        special_tokens const& many = set(random_words(50'000, 20));
        special_tokens const& longer = set(random_words(20'000, 1000));
        for (input const& in : {english, code}) {
            add("one", one, in);
            add("256", some, in);
            add("blanks_and_numbers", blanks, in);
            add("50000", many, in);
            add("20000_long", longer, in);
        }

        std::string const a(1000, 'a');
        input const letter{"a", std::string(1'000'000, 'a')};
        add("a_and_1000a_b", set({"a", a + "b"}), letter);
        std::vector<std::string> nested{"a"};
        for (std::size_t n = 1; n < a.size(); ++n) nested.push_back(a.substr(0, n) + "b");
        add("a_and_each_ab", set(std::move(nested)), letter);
        // At each place of the text a token begins that is not there in the end.
        std::string const unit = bench::random_letters(20'000);
        std::vector<std::string> pieces;
        for (std::size_t i = 0; i + 1000 <= unit.size(); i += 10) pieces.push_back(unit.substr(i, 1000) + ".");
        input text{"pieces_of_the_text", {}};
        while (text.text.size() < 1'000'000) text.text += unit;
        add("pieces_with_another_end", set(std::move(pieces)), text);
    });
}
