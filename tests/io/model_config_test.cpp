#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/io/model_config.hpp>

#include "io/hostile.hpp"
#include "io/temporary_folder.hpp"

namespace model_config_test {

namespace {

using namespace tessera;
using hostile::check_fails;

constexpr std::string_view llama = R"({
  "architectures": [
    "LlamaForCausalLM"
  ],
  "bos_token_id": 1,
  "eos_token_id": [
    2,
    7
  ],
  "rms_norm_eps": 1e-05,
  "big": 1000000000000000019884624838656,
  "scale": [-Infinity, NaN, 0.10],
  "text": "\"vocab_size\": 1, {[",
  "tie_word_embeddings": false,
  "vocab_size": 32000
}
)";

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
    std::string out(text);
    std::size_t const at = out.find(from);
    REQUIRE(at != std::string::npos);
    return out.replace(at, from.size(), to);
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("what it says") {
        model_config const c{std::string(llama)};
        CHECK(c.vocab_size() == 32000U);
        CHECK(c.tie_word_embeddings() == false);
        CHECK(c.ids("bos_token_id") == std::vector<token_id>{1});
        CHECK(c.ids("eos_token_id") == std::vector<token_id>{2, 7});
        CHECK(c.ids("pad_token_id").empty());
        CHECK(c.string("text") == "\"vocab_size\": 1, {[");
        CHECK(c.text() == llama);
        model_config const empty("{}");
        CHECK_FALSE(empty.vocab_size().has_value());
        CHECK_FALSE(empty.tie_word_embeddings().has_value());
        CHECK(model_config(R"({"eos_token_id":null})").ids("eos_token_id").empty());
    }

    TEST_CASE("one value changes and nothing else") {
        model_config c{std::string(llama)};
        c.set_vocab_size(50257);
        std::string expected = replaced(llama, "32000", "50257");
        CHECK(c.text() == expected);
        c.set_ids("eos_token_id", std::vector<token_id>{3});
        expected = replaced(expected, "[\n    2,\n    7\n  ]", "3");
        CHECK(c.text() == expected);
        c.set_ids("bos_token_id", {});
        expected = replaced(expected, "\"bos_token_id\": 1", "\"bos_token_id\": null");
        CHECK(c.text() == expected);
        c.set_tie_word_embeddings(true);
        expected = replaced(expected, "\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true");
        CHECK(c.text() == expected);
        c.set_ids("mask_token_id", {});
        CHECK(c.text() == expected);
        c.set_ids("pad_token_id", std::vector<token_id>{4, 5});
        CHECK(c.text() ==
              replaced(expected, "\"vocab_size\": 50257", "\"vocab_size\": 50257,\n  \"pad_token_id\": [4, 5]"));
        CHECK(c.ids("pad_token_id") == std::vector<token_id>{4, 5});
        model_config const moved = std::move(c);
        CHECK(moved.vocab_size() == 50257U);
    }

    TEST_CASE("other layouts") {
        model_config c(R"({"vocab_size":7,"x":{"vocab_size":8}})");
        c.set_vocab_size(123);
        c.set_tie_word_embeddings(false);
        CHECK(c.text() == R"({"vocab_size":123,"x":{"vocab_size":8}, "tie_word_embeddings": false})");
        model_config empty(" { } ");
        empty.set_ids("eos_token_id", std::vector<token_id>{0});
        CHECK(empty.ids("eos_token_id") == std::vector<token_id>{0});
        CHECK(empty.text() == " {\"eos_token_id\": 0 } ");
        empty.set_string("name", "\"\n");
        CHECK(empty.text() == " {\"eos_token_id\": 0, \"name\": \"\\\"\\n\" } ");
        CHECK(empty.string("name") == "\"\n");
        model_config escaped(R"({"vocab\u005fsize":7})");
        escaped.set_vocab_size(8);
        CHECK(escaped.text() == R"({"vocab\u005fsize":8})");
    }

    TEST_CASE("a part for text") {
        model_config c(
            R"({"eos_token_id": 1, "text_config": {"vocab_size": 5, "pad_token_id": 0}, "vision_config": {"vocab_size": 6}})");
        CHECK(c.vocab_size() == 5U);
        CHECK(c.ids("pad_token_id") == std::vector<token_id>{0});
        c.set_vocab_size(10);
        c.set_ids("eos_token_id", std::vector<token_id>{2});
        c.set_ids("pad_token_id", std::vector<token_id>{3});
        CHECK(
            c.text() ==
            R"({"eos_token_id": 2, "text_config": {"vocab_size": 10, "pad_token_id": 3}, "vision_config": {"vocab_size": 6}})");
        // In both: the part counts, and both are replaced.
        model_config both(R"({"vocab_size": 1, "text_config": {"vocab_size": 2}})");
        CHECK(both.vocab_size() == 2U);
        both.set_vocab_size(30);
        CHECK(both.text() == R"({"vocab_size": 30, "text_config": {"vocab_size": 30}})");
        CHECK(model_config(R"({"vocab_size": 1, "text_config": null})").vocab_size() == 1U);
        model_config hidden(R"({"text\u005fconfig": {"vocab_size": 2}})");
        hidden.set_vocab_size(3);
        CHECK(hidden.vocab_size() == 3U);
    }

    TEST_CASE("what is refused") {
        auto const refuses = [](std::string const& text, error_kind kind, std::string const& what) {
            check_fails(
                [&] {
                    model_config c(text);
                    (void)c.vocab_size();
                    (void)c.ids("eos_token_id");
                    c.set_vocab_size(1);
                },
                kind, what);
        };
        refuses("", error_kind::syntax, "it is not JSON");
        refuses("[]", error_kind::syntax, "expected an object, found an array");
        refuses(R"({"a": nan})", error_kind::syntax, "1:7: it is not JSON");
        refuses(R"({"vocab_size": 1, "vocab_size": 2})", error_kind::syntax, "vocab_size: the key occurs twice");
        refuses(R"({"text_config": {"a": 1, "a": 2}})", error_kind::syntax, "text_config.a: the key occurs twice");
        refuses(R"({"vocab_size": "7"})", error_kind::syntax,
                "vocab_size: expected a whole number from 0, found a string");
        refuses(R"({"vocab_size": -1})", error_kind::syntax, "found -1");
        refuses(R"({"text_config": {"vocab_size": 1.5}})", error_kind::syntax,
                "text_config.vocab_size: expected a whole");
        refuses(R"({"eos_token_id": [1, "2"]})", error_kind::syntax, "eos_token_id[1]: expected a whole number");
        refuses(R"({"eos_token_id": 4294967296})", error_kind::bad_token,
                "eos_token_id: token id 4294967296 is too large");
        refuses("{}", error_kind::unsupported, "vocab_size: the model's configuration has none");
        temporary_folder const f;
        check_fails([&] { (void)model_config::of_file(f.write("config.json", "{")); }, error_kind::syntax,
                    "config.json: 1:2: it is not JSON");
    }

    TEST_CASE("cut off anywhere, and changed anywhere") {
        hostile::run(
            R"({"vocab_size": 5, "eos_token_id": [1, 2], "x": ["}", NaN], "text_config": {"pad_token_id": 0}})",
            [](std::string_view text) {
                model_config c{std::string(text)};
                (void)c.ids("eos_token_id");
                c.set_ids("eos_token_id", std::vector<token_id>{1234});
                CHECK(c.ids("eos_token_id") == std::vector<token_id>{1234});
                c.set_tie_word_embeddings(true);
                CHECK(c.tie_word_embeddings() == true);
                if (c.vocab_size()) {
                    c.set_vocab_size(77);
                    CHECK(c.vocab_size() == 77U);
                }
            });
    }
}

}  // namespace model_config_test
