#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include <tessera/io/tokenizer_config.hpp>

#include "hostile.hpp"

namespace tokenizer_config_test {

namespace {

using namespace tessera;
using hostile::check_fails;

constexpr char const* config_json = R"({
  "add_bos_token": true, "add_prefix_space": false, "legacy": null,
  "added_tokens_decoder": {
    "7": {"content": "<s>", "lstrip": true, "rstrip": false, "normalized": false, "single_word": false, "special": true},
    "3": {"content": "tool", "normalized": true}
  },
  "additional_special_tokens": ["<a>", {"content": "<b>", "rstrip": true}, "<s>"],
  "bos_token": "<s>",
  "eos_token": {"__type": "AddedToken", "content": "</s>", "lstrip": false, "rstrip": true},
  "clean_up_tokenization_spaces": false,
  "model_max_length": 1000000000000000019884624838656,
  "tokenizer_class": "GPT2Tokenizer"
})";

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("tokenizer_config.json") {
        tokenizer_config const c = read_tokenizer_config(config_json);
        CHECK(c.tokenizer_class == "GPT2Tokenizer");
        CHECK(c.add_bos_token == true);
        CHECK(c.add_prefix_space == false);
        CHECK_FALSE(c.add_eos_token.has_value());
        CHECK_FALSE(c.legacy.has_value());
        CHECK(c.clean_up_tokenization_spaces == false);
        CHECK(c.model_max_length > 9e29);
        CHECK(c.bos_token == "<s>");
        CHECK(c.eos_token == "</s>");
        CHECK_FALSE(c.unk_token.has_value());
        CHECK(c.additional_special_tokens == std::vector<std::string>{"<a>", "<b>", "<s>"});
        REQUIRE(c.added_tokens.size() == 2);
        added_token tool;
        tool.id = 3;
        tool.content = "tool";
        tool.special = false;
        tool.normalized = true;
        added_token bos;
        bos.id = 7;
        bos.content = "<s>";
        bos.lstrip = true;
        CHECK(c.added_tokens[0] == tool);
        CHECK(c.added_tokens[1] == bos);
        REQUIRE(c.unnumbered_tokens.size() == 3);
        CHECK(c.unnumbered_tokens[0].content == "</s>");
        CHECK(c.unnumbered_tokens[0].rstrip);
        CHECK(c.unnumbered_tokens[1].content == "<a>");
        CHECK(c.unnumbered_tokens[2].content == "<b>");
        CHECK(c.unnumbered_tokens[2].id == no_token);
    }

    TEST_CASE("what is not said") {
        tokenizer_config const c = read_tokenizer_config(
            R"({"added_tokens_decoder": {"1": {"content": "a"}, "2": {"content": "b", "special": true}},
                "extra_special_tokens": {"image_token": "<i>"}})");
        REQUIRE(c.added_tokens.size() == 2);
        CHECK_FALSE(c.added_tokens[0].special);
        CHECK(c.added_tokens[0].normalized);
        CHECK(c.added_tokens[1].special);
        CHECK_FALSE(c.added_tokens[1].normalized);
        CHECK(c.additional_special_tokens == std::vector<std::string>{"<i>"});
        CHECK(read_tokenizer_config(R"({"extra_special_tokens": ["<j>"]})").unnumbered_tokens.size() == 1);
    }

    TEST_CASE("the other two files") {
        tokenizer_config const c = read_tokenizer_config(
            R"({"bos_token": "<1>"})",
            R"({"bos_token": "<2>", "unk_token": {"content": "<u>", "lstrip": true}, "pad_token": ""})",
            R"({"<u>": 9, "word": 4})");
        CHECK(c.bos_token == "<1>");
        CHECK(c.unk_token == "<u>");
        CHECK_FALSE(c.pad_token.has_value());
        REQUIRE(c.added_tokens.size() == 2);
        CHECK(c.added_tokens[0].content == "word");
        CHECK_FALSE(c.added_tokens[0].special);
        CHECK(c.added_tokens[0].normalized);
        CHECK(c.added_tokens[1].content == "<u>");
        CHECK(c.added_tokens[1].lstrip);
        CHECK(c.added_tokens[1].special);
        REQUIRE(c.unnumbered_tokens.size() == 1);
        CHECK(c.unnumbered_tokens[0].content == "<1>");
        // A list in the configuration counts alone.
        CHECK(read_tokenizer_config(config_json, {}, R"({"other": 99})").added_tokens.size() == 2);
        CHECK(read_tokenizer_config({}).added_tokens.empty());
    }

    TEST_CASE("numbers beyond 64 bits") {
        auto const fixed = [](std::string_view text) { return detail::with_large_integers_as_fractions(text); };
        CHECK(fixed("[1000000000000000019884624838656]") == "[1000000000000000019884624838656e0]");
        CHECK(fixed("[-1000000000000000019884624838656]") == "[-1000000000000000019884624838656e0]");
        CHECK(fixed("[1]") == "[1]");
        for (std::string const same : {R"("1000000000000000019884624838656")", R"("\"1000000000000000019884624838656")",
                                       "1000000000000000019884624838656.5", "1000000000000000019884624838656e5",
                                       "0.1000000000000000019884624838656", "1e1000000000000000019884624838656",
                                       "1e-1000000000000000019884624838656", "\"\\", "\""}) {
            CHECK(fixed(same) == same);
        }
    }

    TEST_CASE("what is refused") {
        auto const config = [](std::string text) {
            return [text = std::move(text)] { (void)read_tokenizer_config(text); };
        };
        check_fails(config("{"), error_kind::syntax, "tokenizer_config.json: 1:2");
        check_fails(config("[]"), error_kind::syntax, "tokenizer_config.json: expected an object");
        check_fails(config(R"({"bos_token": 5})"), error_kind::syntax, "tokenizer_config.json: bos_token");
        check_fails(config(R"({"add_bos_token": "yes"})"), error_kind::syntax, "add_bos_token: expected true or false");
        for (std::string const bad : {"x", "-1", "1x", "", "99999999999999999999"}) {
            CAPTURE(bad);
            check_fails(config("{\"added_tokens_decoder\":{\"" + bad + "\":{\"content\":\"a\"}}}"),
                        error_kind::bad_token, "the key is not a token id");
        }
        check_fails(config(R"({"added_tokens_decoder":{"16777216":{"content":"a"}}})"), error_kind::bad_token,
                    "too large");
        check_fails(config(R"({"added_tokens_decoder":{"1":{"content":""}}})"), error_kind::bad_token,
                    "the token is empty");
        check_fails(config(R"({"added_tokens_decoder":{"1":{}}})"), error_kind::syntax, "content: it is missing");
        check_fails(config(R"({"added_tokens_decoder":{"1":{"content":"a"},"2":{"content":"a"}}})"),
                    error_kind::bad_token, "\"a\"");
        check_fails(config(R"({"added_tokens_decoder":{"1":{"content":"a"},"01":{"content":"b"}}})"),
                    error_kind::bad_token, "token id 1: it is both");
        check_fails([] { (void)read_tokenizer_config({}, {}, R"({"a": -1})"); }, error_kind::syntax,
                    "added_tokens.json: a: ");
        check_fails([] { (void)read_tokenizer_config({}, R"({"bos_token": []})"); }, error_kind::syntax,
                    "special_tokens_map.json");
        std::string many = R"({"additional_special_tokens":["0")";
        for (int i = 1; i < 20'000; ++i) many += ",\"" + std::to_string(i) + "\"";
        check_fails(config(many + "]}"), error_kind::limit, "more than 10,000");
    }

    TEST_CASE("hostile configurations") {
        hostile::run(config_json, [](std::string_view text) { return read_tokenizer_config(text); });
    }
}

}  // namespace tokenizer_config_test
