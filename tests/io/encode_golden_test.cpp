// GPT-2's ids, on which tiktoken and Hugging Face's library agree (tools/make_encode_golden.py), for what ships; and
// llama.cpp's for models of BERT (tools/make_llama_cpp_golden.py), with vocabularies that the data has.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include <tessera/io/gguf_tokenizer.hpp>
#include <tessera/io/tokenizer_file.hpp>

#include "support.hpp"

namespace encode_golden_test {

using namespace tessera;

namespace {

std::vector<token_id> ids_of(simdjson::dom::element line) {
    std::vector<token_id> ids;
    for (std::uint64_t const id : simdjson::dom::array(line["ids"])) ids.push_back(static_cast<token_id>(id));
    return ids;
}

any_tokenizer bert_of(simdjson::dom::element line) {
    gguf_vocabulary v;
    v.model = gguf_model::bert;
    v.unk = 1, v.bos = 2, v.sep = 3;
    v.strip_accents = bool(line["strip_accents"]);
    v.lowercase = bool(line["lowercase"]);
    for (std::string_view const token : simdjson::dom::array(line["tokens"])) v.tokens.push_back({std::string(token)});
    std::size_t at = 0;
    for (std::uint64_t const type : simdjson::dom::array(line["types"])) {
        v.tokens.at(at++).type = static_cast<gguf_token_type>(type);
    }
    std::vector<std::string> notes;
    return gguf_tokenizer(v, notes);
}

std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    }
    return bytes;
}

}  // namespace

TEST_SUITE("golden") {
    TEST_CASE("GPT-2's ids, and back") {
        any_tokenizer const gpt2 = load_tokenizer(support::data("gpt2")).tokenizer;
        simdjson::dom::parser parser;
        std::size_t n = 0;
        for (simdjson::dom::element const line : parser.load_many(support::data("golden/encode/gpt2.jsonl"))) {
            std::string_view const text = line["text"];
            INFO(text);
            std::vector<token_id> const expected = ids_of(line);
            REQUIRE(gpt2.encode(text) == expected);
            REQUIRE(gpt2.decode(expected) == text);
            ++n;
        }
        CHECK(n >= 400);
    }

    TEST_CASE("llama.cpp's ids for models of BERT") {
        std::optional<any_tokenizer> bert;
        simdjson::dom::parser parser;
        std::size_t n = 0;
        for (simdjson::dom::element const line :
             parser.load_many(support::data("golden/encode/llama_cpp_bert.jsonl"))) {
            std::string_view hex;
            if (line["hex"].get(hex) != simdjson::SUCCESS) {
                bert = bert_of(line);
                continue;
            }
            std::string const text = from_hex(hex);
            INFO(text);
            CHECK(bert->encode(text) == ids_of(line));
            ++n;
        }
        CHECK(n >= 600);
    }
}

}  // namespace encode_golden_test
