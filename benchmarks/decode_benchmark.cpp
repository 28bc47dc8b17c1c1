// Decoding: GPT-2's ids, whose bytes are joined, and each kind of decoder on the tokens of the same text, spelled as
// the vocabularies that come with it spell theirs.
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/decode/any_decoder.hpp>
#include <tessera/io/tokenizer_file.hpp>
#include "../tests/reference/decode.hpp"
#include "fixture.hpp"

namespace {

using namespace tessera;

/// Tokens with a space in front begin a word.
std::vector<std::string> spelled(std::vector<std::string_view> const& tokens, std::string_view begins_word,
                                 std::string_view continues_word) {
    std::vector<std::string> out;
    for (std::string_view token : tokens) {
        bool const begins = token.starts_with(' ') || out.empty();
        if (token.starts_with(' ')) token.remove_prefix(1);
        out.emplace_back(begins ? begins_word : continues_word).append(token);
    }
    return out;
}

void add_decoder(char const* name, std::vector<any_decoder::step> steps, std::vector<std::string> const& tokens,
                 std::string const& input) {
    any_decoder const decoder(std::move(steps));
    bench::require(decoder.decode(tokens) == reference::decoded(decoder, tokens),
                   std::string(name) + " and the reference differ on " + input);
    std::string const full = "decode/" + std::string(name) + '/' + input;
    benchmark::RegisterBenchmark(full.c_str(), [decoder, tokens](benchmark::State& state) {
        any_decoder::scratch scratch;
        std::string out;
        for (auto _ : state) {
            out.clear();
            decoder.decode(
                [&](token_sink sink) {
                    for (std::string const& token : tokens) sink(token);
                },
                scratch, out);
            benchmark::DoNotOptimize(out.data());
        }
        bench::report(state, out.size(), tokens.size());
    });
}

void add_tokenizer(any_tokenizer const& tokenizer, std::vector<token_id> const& ids, std::string const& text,
                   std::string const& input) {
    bench::require(tokenizer.decode(ids) == text, input + " does not come back");
    benchmark::RegisterBenchmark(("decode/any_tokenizer/" + input).c_str(), [&tokenizer, ids](benchmark::State& state) {
        any_tokenizer::scratch scratch;
        std::string out;
        for (auto _ : state) {
            out.clear();
            tokenizer.decode(ids, out, scratch);
            benchmark::DoNotOptimize(out.data());
        }
        bench::report(state, out.size(), ids.size());
    });
}

}  // namespace

int main(int argc, char** argv) {
    static std::vector<any_tokenizer> tokenizers;  // outlives the benchmarks, which run inside bench::main
    return bench::main(argc, argv, [](bench::corpora const& data) {
        tokenizers.push_back(load_tokenizer(data.folder() / "gpt2").tokenizer);
        any_tokenizer const& gpt2 = tokenizers.back();
        for (std::size_t const n : {std::size_t{1'000}, std::size_t{1'000'000}}) {
            std::string const text = data.english(n);
            std::string const input = "english/" + std::to_string(n);
            std::vector<token_id> const ids = gpt2.encode_ordinary(text);
            std::vector<std::string_view> bytes;
            for (token_id const id : ids) bytes.push_back(gpt2.vocab().bytes(id));
            std::vector<std::string> const spaces = spelled(bytes, "\u2581", "");
            std::vector<std::string> in_alphabet;
            for (std::string_view const token : bytes) in_alphabet.push_back(to_byte_alphabet(token));

            add_tokenizer(gpt2, ids, text, input);
            add_decoder("byte_level", {byte_level_decoder()}, in_alphabet, input);
            add_decoder("llama",
                        {replace_decoder({.pattern = {"\u2581", false}, .content = " "}), byte_fallback_decoder(),
                         fuse_decoder(), strip_decoder({.content = U' ', .start = 1, .stop = 0})},
                        spaces, input);
            add_decoder("metaspace", {metaspace_decoder()}, spaces, input);
            add_decoder("sentencepiece",
                        {sentencepiece_decoder(
                            {.control_pieces = {"<s>", "</s>"}, .unknown_piece = "<unk>", .byte_fallback = true})},
                        spaces, input);
            add_decoder("word_piece", {word_piece_decoder()}, spelled(bytes, "", "##"), input);
        }
    });
}
