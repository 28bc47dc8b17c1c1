// Real files of each format, checked against each other: the same tokenizer published twice, in two formats, must be
// read as the same tokens. The data is not part of this project: TESSERA_SHARED_DATA names the folder it was unpacked
// to.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/byte_alphabet.hpp>
#include <tessera/io/file.hpp>
#include <tessera/io/gguf_file.hpp>
#include <tessera/io/json.hpp>
#include <tessera/io/rwkv_vocab.hpp>
#include <tessera/io/sentencepiece_file.hpp>
#include <tessera/io/tekken.hpp>
#include <tessera/io/tiktoken_json.hpp>
#include <tessera/io/tokenizer_config.hpp>

namespace vocabulary_files_golden_test {

namespace {

using namespace tessera;
namespace fs = std::filesystem;

/// The folder, or empty after saying that the test is skipped.
fs::path shared_data(char const* test) {
    char const* const folder = std::getenv("TESSERA_SHARED_DATA");
    if (folder != nullptr) return folder;
    std::cout << "SKIPPED: " << test << " (TESSERA_SHARED_DATA is not set)" << std::endl;
    MESSAGE("skipped: TESSERA_SHARED_DATA is not set");
    return {};
}

/// "vocab" of a tokenizer.json that has an object there: spelling -> id.
std::map<std::string, std::uint64_t, std::less<>> vocab_of(json_object const& root) {
    std::map<std::string, std::uint64_t, std::less<>> vocab;
    for (auto const& field : root.at("model").object().at("vocab").raw_object())
        vocab.emplace(field.key, std::uint64_t(field.value));
    return vocab;
}

std::vector<std::string_view> split(std::string_view text, char at) {
    std::vector<std::string_view> parts;
    for (std::size_t begin = 0;;) {
        std::size_t const end = std::min(text.find(at, begin), text.size());
        parts.push_back(text.substr(begin, end - begin));
        if (end == text.size()) return parts;
        begin = end + 1;
    }
}

}  // namespace

TEST_SUITE("golden") {
    TEST_CASE("SentencePiece models") {
        fs::path const data = shared_data("SentencePiece models");
        if (data.empty()) return;
        struct expected {
            char const* name;
            std::size_t n_pieces;
            sentencepiece_model_type type;
            bool byte_fallback;
            char const* normalizer;
            std::size_t n_charsmap;
            token_id unk;
            bool dummy_prefix, extra_whitespaces;
        };
        using enum sentencepiece_model_type;
        for (expected const& e :
             {expected{"llama2", 32000, bpe, true, "identity", 0, 0, true, false},
              expected{"mistral01", 32000, bpe, true, "identity", 0, 0, true, false},
              expected{"xlnet_base_cased", 32000, unigram, false, "nmt_nfkc", 237539, 0, true, true},
              expected{"nai-t5", 32100, unigram, false, "nmt_nfkc", 237539, 2, true, true},
              expected{"spm_test_model_en", 1000, unigram, false, "nfkc", 237484, 0, true, true}}) {
            std::string const name = e.name;
            CAPTURE(name);
            sentencepiece_file const m =
                read_sentencepiece_file(read_file(data / "tokenizers" / "sentencepiece" / (name + ".model")));
            CHECK(m.pieces.size() == e.n_pieces);
            CHECK(m.model_type == e.type);
            CHECK(m.byte_fallback == e.byte_fallback);
            CHECK(m.normalizer.name == e.normalizer);
            CHECK(m.normalizer.precompiled_charsmap.size() == e.n_charsmap);
            CHECK(m.normalizer.add_dummy_prefix == e.dummy_prefix);
            CHECK(m.normalizer.remove_extra_whitespaces == e.extra_whitespaces);
            CHECK(m.normalizer.escape_whitespaces);
            CHECK(m.unk_id == e.unk);
            CHECK(m.eos_id.has_value());
            if (e.type != bpe) continue;
            // Hugging Face's conversion has the same ids.
            json_document const document(read_file(data / "tokenizers" / "hf_json" / (name + ".json")));
            auto const vocab = vocab_of(document.root().object());
            CHECK(vocab.size() == m.pieces.size());
            std::size_t n_wrong = 0;
            for (std::size_t id = 0; id < m.pieces.size(); ++id) {
                auto const at = vocab.find(m.pieces[id].piece);
                n_wrong += at == vocab.end() || at->second != id ? 1 : 0;
            }
            CHECK(n_wrong == 0);
        }
    }

    TEST_CASE("GGUF files") {
        fs::path const data = shared_data("GGUF files");
        if (data.empty()) return;
        fs::path const folder = data / "tokenizers" / "ggml_vocab";
        gguf_vocabulary const llama = read_gguf_file(folder / "ggml-vocab-llama-spm.gguf");
        sentencepiece_file const m =
            read_sentencepiece_file(read_file(data / "tokenizers" / "sentencepiece" / "llama2.model"));
        REQUIRE(llama.tokens.size() == m.pieces.size());
        std::size_t n_wrong = 0;
        for (std::size_t id = 0; id < m.pieces.size(); ++id) {
            gguf_token const& t = llama.tokens[id];
            sentencepiece const& p = m.pieces[id];
            n_wrong += t.text != p.piece || t.score != p.score || static_cast<int>(t.type) != static_cast<int>(p.type);
        }
        CHECK(n_wrong == 0);
        CHECK(llama.model == gguf_model::llama);
        CHECK(llama.pre == "default");
        CHECK(llama.add_bos);
        CHECK_FALSE(llama.add_eos);
        CHECK(llama.unk == token_id{0});

        gguf_vocabulary const bert = read_gguf_file(folder / "ggml-vocab-bert-bge.gguf");
        json_document const document(read_file(data / "tokenizers" / "hf_json" / "gte.json"));
        auto const vocab = vocab_of(document.root().object());
        REQUIRE(bert.tokens.size() == vocab.size());
        n_wrong = 0;
        for (std::size_t id = 0; id < bert.tokens.size(); ++id) {
            std::string_view text = bert.tokens[id].text;
            // A word's beginning has U+2581 here and nothing there, the rest nothing here and ## there. The types
            // tell only some of the special ones.
            auto const is = [&](std::string const& spelling) {
                auto const at = vocab.find(spelling);
                return at != vocab.end() && at->second == id;
            };
            bool const begins = text.starts_with("\xE2\x96\x81");
            n_wrong +=
                !(begins ? is(std::string(text.substr(3))) : is("##" + std::string(text)) || is(std::string(text)));
        }
        CHECK(n_wrong == 0);
        CHECK(bert.bos == token_id{101});
        CHECK(bert.sep == token_id{102});
        CHECK(bert.mask == token_id{103});
        CHECK(bert.add_sep);

        gguf_vocabulary const deepseek = read_gguf_file(folder / "ggml-vocab-deepseek-llm.gguf");
        CHECK(deepseek.tokens.size() == 102'400);
        CHECK(deepseek.merges.size() == 99'757);
        CHECK(deepseek.merges[0].left == "\xC4\xA0");
        CHECK(deepseek.merges[3].right == "n");
        CHECK(deepseek.bos == token_id{100'000});
        CHECK(deepseek.pad == token_id{100'001});
        CHECK_FALSE(deepseek.clean_spaces);
    }

    TEST_CASE("the tokens of an RWKV vocabulary") {
        fs::path const data = shared_data("the tokens of an RWKV vocabulary");
        if (data.empty()) return;
        rwkv_vocab const v = read_rwkv_vocab(read_file(data / "tokenizers" / "rwkv" / "rwkv_vocab_v20230424.txt"));
        REQUIRE(v.tokens.size() == 65'530);
        CHECK(v.tokens[0].empty());
        std::size_t n_empty = 0;
        for (std::size_t id = 1; id < v.tokens.size(); ++id) n_empty += v.tokens[id].empty() ? 1 : 0;
        CHECK(n_empty == 0);
        for (std::size_t b = 0; b < 256; ++b)
            CHECK(v.tokens[b + 1] == std::string(1, static_cast<char>(static_cast<unsigned char>(b))));
        CHECK(v.tokens[65'529] == std::string(128, ' '));
    }

    TEST_CASE("Claude's ranks, twice") {
        fs::path const data = shared_data("Claude's ranks, twice");
        if (data.empty()) return;
        tiktoken_json const f = read_tiktoken_json(read_file(data / "tokenizers" / "anthropic_claude" / "claude.json"));
        json_document const document(read_file(data / "tokenizers" / "lenml_claude" / "tokenizer.json"));
        auto const vocab = vocab_of(document.root().object());
        REQUIRE(f.tokens.size() == 65'000);
        CHECK(f.specials.size() == 5);
        std::size_t n_wrong = 0;
        for (std::size_t id = 5; id < f.tokens.size(); ++id) {
            auto const at = vocab.find(to_byte_alphabet(f.tokens[id]));
            n_wrong += at == vocab.end() || at->second != id ? 1 : 0;
        }
        for (added_token const& token : f.specials) {
            auto const at = vocab.find(token.content);
            n_wrong += at == vocab.end() || at->second != token.id ? 1 : 0;
        }
        CHECK(n_wrong == 0);
    }

    TEST_CASE("tekken: recorded ids are 1000 + rank") {
        fs::path const data = shared_data("tekken: recorded ids are 1000 + rank");
        if (data.empty()) return;
        // The published tekken.json was split into its ranks and its configuration; put together again.
        std::string const ranks = read_file(data / "tokenizers" / "tiktoken_ranks" / "mistral_tekken_240718.tiktoken");
        std::string json =
            "{\"config\":" + read_file(data / "tokenizers" / "tiktoken_ranks" / "mistral_tekken_240718.config.json") +
            ",\"vocab\":[";
        for (std::string_view const line : split(ranks, '\n')) {
            std::size_t const space = line.find(' ');
            if (space == std::string_view::npos) continue;
            if (json.back() != '[') json += ',';
            json += "{\"rank\":" + std::string(line.substr(space + 1)) + ",\"token_str\":null,\"token_bytes\":\"" +
                    std::string(line.substr(0, space)) + "\"}";
        }
        tekken_file const f = read_tekken(json + "]}");
        CHECK(f.specials.size() == 1000);
        CHECK(f.tokens.size() == 130'072);
        CHECK(f.version == "v3");
        CHECK(f.pattern == find_gguf_pretokenizer("tekken")->patterns[0]);

        fs::path const kitoken = data / "conformance" / "kitoken";
        std::string const text = read_file(kitoken / "mixed_input.txt");
        std::string const ids = read_file(kitoken / "tekken" / "mixed_tokens_mistral2410.txt");
        auto const lines = split(text, '\n');
        auto const id_lines = split(ids, '\n');
        REQUIRE(lines.size() == id_lines.size());
        std::size_t n_wrong = 0;
        for (std::size_t i = 0; i < lines.size(); ++i) {
            std::string decoded;
            for (std::string_view const word : split(id_lines[i], ',')) {
                if (word.find_first_not_of(' ') == std::string_view::npos) continue;
                std::size_t const id = std::stoul(std::string(word));
                REQUIRE(id >= f.specials.size());
                decoded += f.tokens.at(id - f.specials.size());
            }
            std::string line(lines[i]);
            for (std::size_t at; (at = line.find("\\n")) != std::string::npos;) line.replace(at, 2, "\n");
            n_wrong += decoded != line ? 1 : 0;
        }
        CHECK(n_wrong == 0);
    }

    TEST_CASE("tokenizer_config.json beside tokenizer.json") {
        fs::path const data = shared_data("tokenizer_config.json beside tokenizer.json");
        if (data.empty()) return;
        for (char const* const name : {"lenml_llama3_1", "lenml_qwen3", "lenml_gemma3", "lenml_claude",
                                       "kl3m/kl3m-001-32k", "kl3m/kl3m-004-char-4k-cased"}) {
            CAPTURE(std::string(name));
            fs::path const folder = data / "tokenizers" / name;
            fs::path const map = folder / "special_tokens_map.json";
            tokenizer_config const c = read_tokenizer_config(read_file(folder / "tokenizer_config.json"),
                                                             fs::exists(map) ? read_file(map) : std::string());
            json_document const document(read_file(folder / "tokenizer.json"));
            std::vector<added_token> expected;
            for (json_value const& value : document.root().object().at("added_tokens").array()) {
                expected.push_back(detail::read_added_token(value));
                expected.back().id = static_cast<token_id>(value.object().at("id").unsigned_integer());
            }
            // Claude's configuration does not list them.
            if (!c.added_tokens.empty()) CHECK(c.added_tokens.size() == expected.size());
            std::size_t n_wrong = 0;
            for (std::size_t i = 0; i < c.added_tokens.size() && i < expected.size(); ++i)
                n_wrong += c.added_tokens[i] != expected[i] ? 1 : 0;
            CHECK(n_wrong == 0);
            CHECK(c.eos_token.has_value());
            CHECK(c.model_max_length.has_value());
            std::string_view const pre = name == std::string_view("lenml_llama3_1") ? "llama-bpe"
                                         : name == std::string_view("lenml_qwen3")  ? "qwen2"
                                                                                    : "";
            if (pre.empty()) continue;
            json_object const splits = document.root().object().at("pre_tokenizer").object();
            json_object const first = splits.at("pretokenizers").array().at(0).object();
            CHECK(first.at("pattern").object().at("Regex").string() == find_gguf_pretokenizer(pre)->patterns[0]);
        }
    }
}

}  // namespace vocabulary_files_golden_test
