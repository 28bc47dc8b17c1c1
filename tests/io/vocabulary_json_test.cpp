// The formats in JSON beside tokenizer.json: Mistral's tekken.json, ranks of JavaScript's tiktoken.
#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include <tessera/io/tekken.hpp>
#include <tessera/io/tiktoken_json.hpp>

#include "hostile.hpp"

namespace vocabulary_json_test {

namespace {

using namespace tessera;
using hostile::check_fails;

std::string base64(std::string_view bytes) {
    std::string out;
    detail::append_to_base64(bytes, out);
    return out;
}
std::string tekken_row(std::size_t rank, std::string_view bytes) {
    return "{\"rank\":" + std::to_string(rank) + ",\"token_bytes\":\"" + base64(bytes) + "\",\"token_str\":null}";
}
std::string tekken_rows(std::vector<std::string> const& more = {}) {
    std::string rows;
    std::size_t rank = 0;
    for (; rank < 256; ++rank) {
        char const byte = static_cast<char>(static_cast<unsigned char>(rank));
        rows += (rank > 0 ? "," : "") + tekken_row(rank, {&byte, 1});
    }
    for (std::string const& token : more) rows += "," + tekken_row(rank++, token);
    return rows;
}
std::string tekken_json(std::string const& config, std::string const& rows, std::string const& more = {}) {
    return "{\"config\":{\"pattern\":\"a+\"," + config + "},\"vocab\":[" + rows + "]" + more + "}";
}
std::string sizes(int all, int specials, std::string const& version = "v3") {
    return "\"default_vocab_size\":" + std::to_string(all) +
           ",\"default_num_special_tokens\":" + std::to_string(specials) + ",\"version\":\"" + version + "\"";
}
auto tekken(std::string text) {
    return [text = std::move(text)] { (void)read_tekken(text); };
}

std::string byte_ranks() {
    std::string words;
    for (int b = 0; b < 256; ++b) {
        char const byte = static_cast<char>(static_cast<unsigned char>(b));
        words += ' ' + base64({&byte, 1});
    }
    return words;
}
std::string ranks_json(std::string const& ranks, std::string const& specials = "{\"<EOT>\":0}") {
    return R"({"explicit_n_vocab":7,"pat_str":"\\s+","special_tokens":)" + specials + R"(,"bpe_ranks":")" + ranks +
           "\"}";
}
auto tiktoken(std::string text) {
    return [text = std::move(text)] { (void)read_tiktoken_json(text); };
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("tekken: special tokens come first") {
        tekken_file const f = read_tekken(tekken_json(sizes(280, 23), tekken_rows({"ab", "abc", "abcd"})));
        CHECK(f.pattern == "a+");
        CHECK(f.version == "v3");
        REQUIRE(f.specials.size() == 23);
        CHECK(f.specials[0].content == "<unk>");
        CHECK(f.specials[1].content == "<s>");
        CHECK(f.specials[19].content == "[TOOL_CONTENT]");
        CHECK(f.specials[22].content == "<SPECIAL_22>");
        // 280 - 23 of the 259 ranks are used; the rest is thrown away.
        REQUIRE(f.tokens.size() == 257);
        CHECK(f.tokens['a'] == "a");
        CHECK(f.tokens[256] == "ab");
    }

    TEST_CASE("tekken: special tokens of the file") {
        std::string const listed =
            R"(,"special_tokens":[{"rank":0,"token_str":"<unk>","is_control":true},{"rank":1,"token_str":"x","is_control":false}])";
        tekken_file const f = read_tekken(tekken_json(sizes(259, 3, "v11"), tekken_rows(), listed));
        CHECK(f.specials == std::vector<tekken_special>{{"<unk>", true}, {"x", false}, {"<SPECIAL_2>", true}});
        check_fails(tekken(tekken_json(sizes(257, 1, "v11"), tekken_rows(), listed)), error_kind::bad_token,
                    "special_tokens: there are 2 special tokens, and room for 1");
        check_fails(tekken(tekken_json(sizes(259, 3, "v11"), tekken_rows())), error_kind::syntax,
                    "version v11 needs it");
        check_fails(
            tekken(tekken_json(sizes(259, 3), tekken_rows(), R"(,"special_tokens":[{"rank":1,"token_str":"a"}])")),
            error_kind::bad_token, "special_tokens[0]: its rank is 1");
        check_fails(tekken(tekken_json(sizes(259, 3), tekken_rows(),
                                       R"(,"special_tokens":[{"rank":0,"token_str":"a"},{"rank":1,"token_str":"a"}])")),
                    error_kind::bad_token, "\"a\" is there twice");
        check_fails(tekken(tekken_json(sizes(259, 3), tekken_rows(),
                                       R"(,"special_tokens":[{"rank":0,"token_str":"<SPECIAL_2>"}])")),
                    error_kind::bad_token, "is there twice");
    }

    TEST_CASE("tekken: what is refused") {
        check_fails(tekken("{"), error_kind::syntax, "1:2");
        check_fails(tekken("{}"), error_kind::syntax, "config: it is missing");
        check_fails(tekken(tekken_json(sizes(100, 20), tekken_rows())), error_kind::bad_token,
                    "no room for the 256 bytes");
        check_fails(tekken(tekken_json(sizes(10, 20), tekken_rows())), error_kind::bad_token, "default_vocab_size");
        check_fails(tekken(tekken_json(sizes(277, 20), tekken_rows())), error_kind::bad_token,
                    "277 tokens cannot be made");
        check_fails(tekken(tekken_json(sizes(270, 14), tekken_rows())), error_kind::bad_token,
                    "less than the usual 20");
        check_fails(tekken(tekken_json(sizes(100'000'256, 100'000'000), tekken_rows())), error_kind::limit,
                    "more than 65536 special tokens");
        check_fails(tekken(tekken_json(sizes(276, 20, "3"), tekken_rows())), error_kind::unsupported, "config.version");
        check_fails(tekken(tekken_json(sizes(276, 20, ""), tekken_rows())), error_kind::unsupported, "config.version");
        check_fails(tekken(tekken_json(sizes(276, 20, "v"), tekken_rows())), error_kind::unsupported, "config.version");
        check_fails(tekken(tekken_json(R"("default_vocab_size":-5,"version":"v3")", tekken_rows())), error_kind::syntax,
                    "-5");
        check_fails(tekken(tekken_json(sizes(277, 20), tekken_rows() + "," + tekken_row(7, "ab"))),
                    error_kind::bad_token, "vocab[256]: its rank is 7");
        check_fails(tekken(tekken_json(sizes(277, 20), tekken_rows({"a"}))), error_kind::bad_token,
                    "\"a\" is vocab[97] already");
        check_fails(tekken(tekken_json(sizes(277, 20), tekken_rows({""}))), error_kind::bad_token,
                    "vocab[256].token_bytes: the token is empty");
        check_fails(tekken(tekken_json(sizes(277, 20), tekken_rows() + R"(,{"rank":256,"token_bytes":"YW"})")),
                    error_kind::syntax, "vocab[256].token_bytes: the base64");
        std::string rows = tekken_rows();
        rows.replace(rows.find("YQ=="), 4, "YWE=");
        check_fails(tekken(tekken_json(sizes(276, 20), rows)), error_kind::bad_token,
                    "the first 256 tokens must be the bytes");
    }

    TEST_CASE("ranks in JSON") {
        tiktoken_json const f = read_tiktoken_json(ranks_json("! 5" + byte_ranks() + "\\n! 300 YWI= YWJj"));
        CHECK(f.pattern == "\\s+");
        CHECK(f.explicit_n_vocab == 7U);
        REQUIRE(f.tokens.size() == 302);
        CHECK(f.tokens[4].empty());
        CHECK(f.tokens[5] == std::string(1, '\0'));
        CHECK(f.tokens[301] == "abc");
        REQUIRE(f.specials.size() == 1);
        CHECK(f.specials[0].content == "<EOT>");
        CHECK(f.specials[0].id == 0);

        std::string const all = "! 5" + byte_ranks();
        check_fails(tiktoken(ranks_json("! 5 YQ==")), error_kind::bad_token, "the byte 0 is not among the tokens");
        check_fails(tiktoken(ranks_json(all + " YQ==")), error_kind::bad_token, "bpe_ranks: line 1: the token \"a\"");
        check_fails(tiktoken(ranks_json(all + "\\n! 5 YWI=")), error_kind::bad_token,
                    "bpe_ranks: line 2: the id 5 is taken");
        check_fails(tiktoken(ranks_json(all + "\\n! x YWI=")), error_kind::syntax,
                    "bpe_ranks: line 2: expected a mark");
        check_fails(tiktoken(ranks_json(all + "\\n!")), error_kind::syntax, "expected a mark");
        check_fails(tiktoken(ranks_json(all + "\\n! 300 YW")), error_kind::syntax, "the base64");
        check_fails(tiktoken(ranks_json(all + " ")), error_kind::bad_token, "the token is empty");
        check_fails(tiktoken(ranks_json(all + "\\n! 18446744073709551615 YWI= YWJj")), error_kind::bad_token,
                    "is not from 0");
        check_fails(tiktoken(ranks_json(all, R"({"a":5})")), error_kind::bad_token, "special_tokens.a: the id 5");
        check_fails(tiktoken(ranks_json(all, R"({"a":0,"b":0})")), error_kind::bad_token, "two tokens have the id 0");
        check_fails(tiktoken(ranks_json(all, R"({"a":-1})")), error_kind::syntax, "special_tokens.a");
        check_fails(tiktoken(ranks_json(all, R"({"a":16777215})")), error_kind::bad_token, "too wide a gap");
        check_fails(tiktoken(ranks_json(all, R"({"":1})")), error_kind::bad_token, "the token is empty");
        check_fails(tiktoken("[]"), error_kind::syntax, "expected an object");
    }

    TEST_CASE("hostile JSON") {
        hostile::run(ranks_json("! 5" + byte_ranks() + "\\n! 300 YWI= YWJj"),
                     [](std::string_view text) { return read_tiktoken_json(text); });
        std::string const deep = "{\"config\":" + std::string(100'000, '[');
        check_fails(tekken(deep), error_kind::syntax, "");
        // Of a tekken.json, a part: it has 15,000 bytes, and is read for each change.
        std::string const whole =
            tekken_json(sizes(278, 21), tekken_rows({"ab"}),
                        R"(,"special_tokens":[{"rank":0,"token_str":"<unk>","is_control":true}])");
        support::random_source random(3);
        for (int i = 0; i < 3000; ++i) {
            std::string changed = whole;
            std::size_t const at = random.below(2) == 0 ? random.below(200) : random.below(whole.size());
            changed[at] = static_cast<char>(random.below(256));
            hostile::accepts(changed, [](std::string_view text) { return read_tekken(text); });
        }
    }
}

}  // namespace vocabulary_json_test
