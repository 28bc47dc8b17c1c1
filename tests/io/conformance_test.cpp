// Ids of the original libraries (Hugging Face's and OpenAI's) for some 4,000 texts, in many languages and kinds of
// code. The data is not part of this project: TESSERA_SHARED_DATA names the folder it was unpacked to. Without it the
// tests are skipped and say so.
#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/io/compressed_input.hpp>
#include <tessera/io/json.hpp>
#include <tessera/io/tokenizer_file.hpp>

namespace conformance_test {

namespace {

using namespace tessera;
namespace fs = std::filesystem;

/// One tokenizer of the data, and what its ids were made by.
struct oracle {
    char const* name;     // of the file of ids
    char const* path;     // of the tokenizer
    char const* pattern;  // for ranks
    bool recognise;       // added tokens in the text are recognised
};

constexpr oracle oracles[] = {
    {"hf_json__gpt2", "hf_json/gpt2.json", "", true},
    {"hf_json__gpt_neox", "hf_json/gpt_neox.json", "", true},
    {"kl3m__kl3m-001-32k", "kl3m/kl3m-001-32k", "", true},
    {"kl3m__kl3m-004-char-4k-cased", "kl3m/kl3m-004-char-4k-cased", "", true},
    {"kl3m__kl3m-005-multi-word-example-32k", "kl3m/kl3m-005-multi-word-example-32k", "", true},
    {"lenml_claude", "lenml_claude/tokenizer.json", "", true},
    {"lenml_llama3_1", "lenml_llama3_1/tokenizer.json", "", true},
    {"lenml_qwen3", "lenml_qwen3/tokenizer.json", "", true},
    {"spm__llama2", "sentencepiece/llama2.model", "", false},
    {"spm__mistral01", "sentencepiece/mistral01.model", "", false},
    {"spm__nai-t5", "sentencepiece/nai-t5.model", "", false},
    {"spm__spm_test_model_en", "sentencepiece/spm_test_model_en.model", "", false},
    {"spm__xlnet_base_cased", "sentencepiece/xlnet_base_cased.model", "", false},
    {"tiktoken__r50k_base", "gpt2", "r50k", false},
    {"tiktoken__p50k_base", "tiktoken_ranks/p50k_base.tiktoken", "p50k", false},
    {"tiktoken__cl100k_base", "tiktoken_ranks/cl100k_base.tiktoken", "cl100k", false},
    {"tiktoken__o200k_base", "tiktoken_ranks/o200k_base.tiktoken", "o200k", false},
};

std::string read_all(fs::path const& path) {
    input_stream stream(path.string());
    std::string all;
    char buffer[1 << 16];
    while (std::size_t const n = stream.read(buffer, sizeof buffer)) all.append(buffer, n);
    return all;
}

/// Calls f(object) for each line of JSON.
template <class F>
void for_each_json_line(std::string const& text, F&& f) {
    for (std::size_t at = 0; at < text.size();) {
        std::size_t const end = text.find('\n', at);
        json_document const document(std::string_view(text).substr(at, end - at));
        f(document.root().object());
        if (end == std::string::npos) break;
        at = end + 1;
    }
}

// OpenAI's two files of GPT-2 have other names than Hugging Face's.
any_tokenizer load(fs::path const& path, char const* pattern) {
    if (fs::exists(path / "encoder.json")) {
        return read_vocab_merges(read_file(path / "encoder.json"), read_file(path / "vocab.bpe"),
                                 any_pretokenizer::by_name(pattern));
    }
    return load_tokenizer(path, {.pattern = pattern, .specials = {}}).tokenizer;
}

}  // namespace

TEST_SUITE("golden") {
    TEST_CASE("ids of the original libraries") {
        char const* const folder = std::getenv("TESSERA_SHARED_DATA");
        if (folder == nullptr) {
            std::cout << "SKIPPED: ids of the original libraries (TESSERA_SHARED_DATA is not set)" << std::endl;
            MESSAGE("skipped: TESSERA_SHARED_DATA is not set");
            return;
        }
        fs::path const ids_folder = fs::path(folder) / "conformance" / "hf_oracle";
        std::vector<std::string> texts;
        for_each_json_line(read_all(ids_folder / "inputs_dev.jsonl"),
                           [&](json_object const& line) { texts.emplace_back(line.at("text").string()); });
        REQUIRE(texts.size() > 1000);

        for (oracle const& o : oracles) {
            CAPTURE(std::string(o.name));
            auto const begin = std::chrono::steady_clock::now();
            any_tokenizer const tokenizer = load(fs::path(folder) / "tokenizers" / o.path, o.pattern);
            std::chrono::duration<double, std::milli> const loading = std::chrono::steady_clock::now() - begin;
            special_rules const rules(o.recognise ? special_action::recognise : special_action::ordinary);
            any_tokenizer::scratch scratch;
            std::size_t n_lines = 0;
            std::size_t n_wrong = 0;
            std::size_t n_not_restored = 0;
            for_each_json_line(read_all(ids_folder / (std::string(o.name) + ".dev.jsonl.gz")),
                               [&](json_object const& line) {
                                   std::string const& text = texts.at(line.at("id").unsigned_integer());
                                   std::vector<token_id> expected;
                                   for (auto const id : line.at("ids").raw_array())
                                       expected.push_back(static_cast<token_id>(std::uint64_t(id)));
                                   std::vector<token_id> ids;
                                   tokenizer.encode(text, rules, scratch, [&](token_id id) { ids.push_back(id); });
                                   ++n_lines;
                                   if (ids != expected && ++n_wrong == 1) {
                                       CAPTURE(text);
                                       CHECK(ids == expected);
                                   }
                                   // BPE over characters drops what its alphabet lacks.
                                   if (!is_byte_level(tokenizer)) return;
                                   std::string normalized;
                                   tokenizer.normalizer().normalize(text, normalized);
                                   if (tokenizer.decode(ids) != normalized && ++n_not_restored == 1)
                                       CHECK(tokenizer.decode(ids) == normalized);
                               });
            MESSAGE(std::string(o.name) << ": " << n_lines << " texts, " << n_wrong << " with other ids, "
                                        << n_not_restored << " not restored; loaded in " << loading.count() << " ms");
            CHECK(n_lines + 1 >= texts.size());  // one was not recorded for SentencePiece
            CHECK(n_wrong == 0);
            CHECK(n_not_restored == 0);
        }
    }
}

}  // namespace conformance_test
