// GPT-2's ids, on which tiktoken and Hugging Face's library agree (tools/make_encode_golden.py), for what ships.
#include <doctest/doctest.h>

#include <string_view>
#include <vector>

#include <simdjson.h>

#include <tessera/io/tokenizer_file.hpp>

#include "support.hpp"

namespace encode_golden_test {

using namespace tessera;

TEST_SUITE("golden") {
    TEST_CASE("GPT-2's ids, and back") {
        any_tokenizer const gpt2 = load_tokenizer(support::data("gpt2")).tokenizer;
        simdjson::dom::parser parser;
        std::size_t n = 0;
        for (simdjson::dom::element const line : parser.load_many(support::data("golden/encode/gpt2.jsonl"))) {
            std::string_view const text = line["text"];
            INFO(text);
            std::vector<token_id> expected;
            for (std::uint64_t const id : simdjson::dom::array(line["ids"]))
                expected.push_back(static_cast<token_id>(id));
            REQUIRE(gpt2.encode(text) == expected);
            REQUIRE(gpt2.decode(expected) == text);
            ++n;
        }
        CHECK(n >= 400);
    }
}

}  // namespace encode_golden_test
