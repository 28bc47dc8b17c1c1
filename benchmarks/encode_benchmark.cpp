// Encoding: the two merge engines on one pretoken of growing length, and whole tokenizers on text. Worst cases at the
// end of each: one letter, and random letters, a megabyte without a place to split.
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/io/tokenizer_file.hpp>
#include <tessera/model/merge_blocks.hpp>
#include <tessera/model/merge_buckets.hpp>
#include <tessera/model/merge_scan.hpp>
#include <tessera/pretokenize/gpt2.hpp>
#include <tessera/tokenizer.hpp>
#include "../tests/reference/bpe.hpp"
#include "fixture.hpp"

namespace {

using sizes = std::initializer_list<std::size_t>;

using tessera::token_id;

struct input {
    std::string name;
    std::string text;
};

std::vector<token_id> bytes_as_ids(tessera::vocabulary const& vocab, std::string_view text) {
    std::vector<token_id> ids;
    for (char const& byte : text) ids.push_back(vocab.find({&byte, 1}));
    return ids;
}

template <class Engine>
std::vector<token_id> merged(tessera::pair_table const& pairs, std::vector<token_id> ids) {
    Engine engine;
    ids.resize(engine.apply(pairs, std::span(ids)));
    return ids;
}

std::vector<token_id> merged_by_reference(tessera::bpe_model const& model, std::string_view text) {
    auto const& vocab = model.vocab();
    reference::rank_of_pair ranks;
    for (tessera::merge const& m : model.merges()) {
        ranks[{std::string(vocab.bytes(m.left)), std::string(vocab.bytes(m.right))}] = m.rank;
    }
    std::vector<token_id> ids;
    for (std::string const& token : reference::merge_by_list(reference::bytes_of(text), ranks)) {
        ids.push_back(vocab.find(token));
    }
    return ids;
}

template <class Engine>
void add_engine(char const* name, tessera::bpe_model const& model, input const& in) {
    std::vector<token_id> const start = bytes_as_ids(model.vocab(), in.text);
    bench::require(in.text.size() > 1000 || merged<Engine>(model.pairs(), start) == merged_by_reference(model, in.text),
                   std::string(name) + " and the reference differ on " + in.name);
    std::string const full = "encode/" + std::string(name) + '/' + in.name + '/' + std::to_string(in.text.size());
    benchmark::RegisterBenchmark(full.c_str(), [&model, start](benchmark::State& state) {
        Engine engine;
        std::vector<token_id> ids(start.size());
        std::size_t n = 0;
        for (auto _ : state) {
            ids = start;  // the engine works in place
            n = engine.apply(model.pairs(), std::span(ids));
            benchmark::DoNotOptimize(ids.data());
        }
        bench::report(state, start.size(), n);
    });
}

template <class Tokenizer>
void add_tokenizer(char const* name, Tokenizer const& tokenizer, input const& in) {
    std::vector<token_id> const expected = tokenizer.encode_ordinary(in.text);
    bench::require(tokenizer.decode(expected) == in.text, std::string(name) + ": " + in.name + " does not come back");
    std::string const full = "encode/" + std::string(name) + '/' + in.name + '/' + std::to_string(in.text.size());
    benchmark::RegisterBenchmark(full.c_str(), [&tokenizer, in, n = expected.size()](benchmark::State& state) {
        typename Tokenizer::scratch scratch;
        std::vector<token_id> ids(n);
        for (auto _ : state) {
            benchmark::DoNotOptimize(tokenizer.encode_into(in.text, ids, scratch, tessera::special_action::ordinary));
            benchmark::ClobberMemory();
        }
        bench::report(state, in.text.size(), n);
    });
}

}  // namespace

int main(int argc, char** argv) {
    // Outlives the benchmarks, which run inside bench::main.
    static std::vector<tessera::any_tokenizer> tokenizers;
    static std::vector<tessera::tokenizer<tessera::gpt2_pretokenizer<>>> static_tokenizers;
    return bench::main(argc, argv, [](bench::corpora const& data) {
        tokenizers.push_back(tessera::load_tokenizer(data.folder() / "gpt2").tokenizer);
        tessera::any_tokenizer const& any = tokenizers.back();
        static_tokenizers.emplace_back(tessera::bpe_of(any, "this benchmark"));
        auto const& fixed = static_tokenizers.back();
        tessera::bpe_model const& model = tessera::bpe_of(any, "this benchmark");

        input const x{"x", std::string(1'000'000, 'x')};
        input const letters{"random_letters", bench::random_letters(1'000'000)};
        for (std::size_t const n : sizes{10, 48}) {
            add_engine<tessera::merge_scan>("merge_scan", model, {"english", data.english(n)});
        }
        for (std::size_t const n : sizes{10, 48, 100, 1'000, 10'000, 1'000'000}) {
            add_engine<tessera::merge_buckets>("merge_buckets", model, {"english", data.english(n)});
        }
        add_engine<tessera::merge_buckets>("merge_buckets", model, x);
        add_engine<tessera::merge_buckets>("merge_buckets", model, letters);
        add_engine<tessera::merge_blocks<>>("merge_blocks", model, {"english", data.english(1'000'000)});
        add_engine<tessera::merge_blocks<>>("merge_blocks", model, x);
        add_engine<tessera::merge_blocks<>>("merge_blocks", model, letters);

        for (std::size_t const n : sizes{10, 100, 1'000, 10'000, 1'000'000}) {
            input const english{"english", data.english(n)};
            bench::require(any.encode_ordinary(english.text) == fixed.encode_ordinary(english.text),
                           "any_tokenizer and the static tokenizer differ");
            add_tokenizer("tokenizer", fixed, english);
            add_tokenizer("any_tokenizer", any, english);
        }
        for (bench::corpora::corpus const& c : data.all()) {
            if (c.name != "english") add_tokenizer("tokenizer", fixed, {c.name, c.text});
        }
        // One letter after another is one pretoken, so the tokenizer must give what the engine gives.
        bench::require(fixed.encode_ordinary(letters.text) ==
                           merged<tessera::merge_buckets>(model.pairs(), bytes_as_ids(model.vocab(), letters.text)),
                       "the tokenizer and merge_buckets differ on random letters");
        add_tokenizer("tokenizer", fixed, x);
        add_tokenizer("tokenizer", fixed, letters);
    });
}
