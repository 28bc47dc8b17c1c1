// The formats that are lines of text: RWKV's vocabulary, BERT's vocab.txt.
#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include <tessera/io/bert_vocab.hpp>
#include <tessera/io/rwkv_vocab.hpp>

#include "hostile.hpp"

namespace vocabulary_text_test {

namespace {

using namespace tessera;
using hostile::check_fails;

auto rwkv(std::string text) {
    return [text = std::move(text)] { (void)read_rwkv_vocab(text); };
}
std::string literal(std::string_view text) {
    std::string out;
    char const* const wrong = detail::append_python_literal(text, out);
    CAPTURE(std::string(text));
    CHECK(wrong == nullptr);
    return out;
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("Python literals") {
        CHECK(literal("'a'") == "a");
        CHECK(literal("\"it's\"") == "it's");
        CHECK(literal("'say \"x\"'") == "say \"x\"");
        CHECK(literal("''").empty());
        CHECK(literal(R"('\t\n\r\\\'\"\a\b\f\v')") == "\t\n\r\\'\"\a\b\f\v");
        CHECK(literal(R"('\x00\x7f')") == std::string("\0\x7F", 2));
        CHECK(literal(R"('\xe9')") == "\xC3\xA9");
        CHECK(literal(R"(b'\xe9')") == "\xE9");
        CHECK(literal(R"('\u2581\U0001F600')") == "\xE2\x96\x81\xF0\x9F\x98\x80");
        CHECK(literal(R"('\101\0')") == std::string("A\0", 2));
        CHECK(literal(R"(b'\3770')") ==
              "\xFF"
              "0");
        CHECK(literal("'\xE2\x96\x81'") == "\xE2\x96\x81");
        for (std::string_view const bad : {"",
                                           "a",
                                           "'",
                                           "b'",
                                           "'a",
                                           "a'",
                                           "'a\"",
                                           "'a'b'",
                                           R"('\')",
                                           R"('\q')",
                                           R"('\x1')",
                                           R"('\xg0')",
                                           R"('\u12')",
                                           R"('\ud800')",
                                           R"('\U00110000')",
                                           R"('\N{DASH}')",
                                           R"(b'\u0041')",
                                           R"(b'\777')",
                                           "'\xFF'",
                                           "b'\xC3\xA9'",
                                           "u'a'",
                                           "'''a'''",
                                           "'a' 'b'",
                                           "'a' + 'b'",
                                           "B'a'",
                                           "rb'a'"}) {
            CAPTURE(std::string(bad));
            std::string out;
            CHECK(detail::append_python_literal(bad, out) != nullptr);
        }
    }

    TEST_CASE("an RWKV vocabulary") {
        rwkv_vocab const v = read_rwkv_vocab("1 '\\x00' 1\n2 b'\\xff' 1\r\n5 ' a b ' 5\n4 \"'\" 1");
        REQUIRE(v.tokens.size() == 6);
        CHECK(v.tokens[0].empty());
        CHECK(v.tokens[1] == std::string(1, '\0'));
        CHECK(v.tokens[2] == "\xFF");
        CHECK(v.tokens[3].empty());
        CHECK(v.tokens[4] == "'");
        CHECK(v.tokens[5] == " a b ");
    }

    TEST_CASE("RWKV: what is refused") {
        check_fails(rwkv(""), error_kind::empty_input, "no tokens");
        check_fails(rwkv("1 'a' 1\n\n2 'b' 1\n"), error_kind::syntax, "line 2: expected an id");
        for (std::string const bad : {"1", "1 'a'", "'a' 1", "x 'a' 1", "1 'a' x", "-1 'a' 1", "1 'a' -1", "1  'a' 1 ",
                                      "1.0 'a' 1", "99999999999999999999999 'a' 1"}) {
            CAPTURE(bad);
            check_fails(rwkv(bad), error_kind::syntax, "line 1: ");
        }
        check_fails(rwkv("1 'a' 2"), error_kind::syntax, "line 1: the token has 1 bytes, not 2");
        check_fails(rwkv("1 '\xC3\xA9' 1"), error_kind::syntax, "has 2 bytes, not 1");
        check_fails(rwkv("1 a 1"), error_kind::syntax, "it is not a string in quotes");
        check_fails(rwkv("1 '' 0"), error_kind::bad_token, "line 1: the token is empty");
        check_fails(rwkv("1 'a' 1\n1 'b' 1"), error_kind::bad_token, "line 2: the id 1 is taken already");
        check_fails(rwkv("1 'a' 1\n2 b'a' 1"), error_kind::bad_token, "line 2: the token \"a\" is in line 1 already");
        check_fails(rwkv("16777216 'a' 1"), error_kind::bad_token, "the id 16777216 is not from 0");
        check_fails(rwkv("16777215 'a' 1"), error_kind::bad_token, "too wide a gap");
    }

    TEST_CASE("a vocab.txt") {
        bert_vocab const v = read_bert_vocab("[PAD]\n[UNK]\r\n##ing\n\nthe \xE3\x80\x80\n\xC2\xA0\n##ing\nlast");
        CHECK(v.tokens == std::vector<std::string>{"[PAD]", "[UNK]", "", "", "the", "", "##ing", "last"});
        CHECK(v.n_repeated == 1);
        CHECK(read_bert_vocab("a\nb\n").tokens.size() == 2);
        check_fails([] { (void)read_bert_vocab(""); }, error_kind::empty_input, "no tokens");
        check_fails([] { (void)read_bert_vocab("\n \n"); }, error_kind::empty_input, "no tokens");
        check_fails([] { (void)read_bert_vocab("a\n\xFF\n"); }, error_kind::syntax, "line 2: it is not UTF-8");
        CHECK(read_bert_vocab(std::string(1'000'000, '\n') + "a").tokens.size() == 1'000'001);
        CHECK(read_bert_vocab(std::string(1'000'000, 'a') + "\n" + std::string(1'000'000, ' ')).tokens[1].empty());
    }

    TEST_CASE("hostile text") {
        hostile::run("1 '\\x00' 1\n2 b'\\xff' 1\r\n5 ' \xE2\x96\x81 b ' 7\n4 \"'\" 1\n",
                     [](std::string_view text) { return read_rwkv_vocab(text); });
        hostile::run("[PAD]\n[UNK]\r\n##ing\n\xE3\x80\x80\n",
                     [](std::string_view text) { return read_bert_vocab(text); });
    }
}

}  // namespace vocabulary_text_test
