#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include <tessera/io/tiktoken.hpp>
#include <tessera/model/bpe_from_ranks.hpp>

#include "support.hpp"

namespace tiktoken_test {

namespace {

using namespace tessera;

/// The 256 bytes as ranks 0 .. 255, then `more`.
std::string ranks(std::string const& more = {}) {
    std::string text;
    for (int b = 0; b < 256; ++b) {
        char const byte = static_cast<char>(b);
        detail::append_to_base64({&byte, 1}, text);
        text += ' ' + std::to_string(b) + '\n';
    }
    return text + more;
}

void check_fails(std::string const& text, error_kind kind, std::string const& what) {
    try {
        (void)read_tiktoken(text);
        FAIL_CHECK("no error");
    } catch (error const& e) {
        CAPTURE(e.what());
        CHECK(e.kind() == kind);
        CHECK(std::string(e.what()).find(what) != std::string::npos);
    }
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("ranks are ids") {
        vocabulary const v = read_tiktoken(ranks("YWI= 256\nYWJj 300\n"));
        CHECK(v.size() == 301);
        CHECK(v.bytes(256) == "ab");
        CHECK(v.find("abc") == 300);
        CHECK(v.kind(299) == token_kind::unused);
        CHECK(v.kind('a') == token_kind::byte);
    }

    TEST_CASE("line ends") {
        CHECK(read_tiktoken(ranks("YWI= 256")).size() == 257);
        CHECK(read_tiktoken(ranks("YWI= 256\r\n")).size() == 257);
        CHECK(read_tiktoken(ranks("YWI= 256\n\n\n")).size() == 257);
        check_fails(ranks("\nYWI= 256\n"), error_kind::syntax, "line 257: expected a token in base64");
    }

    TEST_CASE("a token of no bytes is a gap") {
        vocabulary const vocab = read_tiktoken(ranks("= 256\nYWI= 257\n"));
        CHECK(vocab.size() == 258);
        CHECK(vocab.kind(256) == token_kind::unused);
        CHECK(vocab.bytes(257) == "ab");
        CHECK(read_tiktoken(ranks("= 256\n")).size() == 256);
        check_fails(ranks("= x\n"), error_kind::bad_token, "line 257: the rank \"x\" is not a number");
    }

    TEST_CASE("base64 is strict") {
        for (std::string const bad :
             {"YWI 256", "YWI== 256", "Y=I= 256", "Y*I= 256", "YWJ= 256", "==== 256", "YQ==YQ== 256"}) {
            CAPTURE(bad);
            check_fails(ranks(bad + "\n"), error_kind::syntax, "line 257: ");
        }
    }

    TEST_CASE("bad ranks") {
        check_fails(ranks("YWI= -1\n"), error_kind::bad_token, "line 257: the rank \"-1\"");
        check_fails(ranks("YWI= 16777216\n"), error_kind::bad_token, "line 257: the rank \"16777216\"");
        check_fails(ranks("YWI= 16777215\n"), error_kind::bad_token, "too wide a gap");
        check_fails(ranks("YWI= 99999999999999999999999\n"), error_kind::bad_token, "line 257: the rank");
        check_fails(ranks("YWI= 25x\n"), error_kind::bad_token, "line 257: the rank \"25x\"");
        check_fails(ranks("YWI=\n"), error_kind::syntax, "line 257: ");
        check_fails(ranks(" 256\n"), error_kind::syntax, "line 257: ");
    }

    TEST_CASE("duplicates name both lines") {
        check_fails(ranks("YWI= 7\n"), error_kind::bad_token, "line 257: the rank 7 is in line 8 already");
        check_fails(ranks("YWI= 256\nYWI= 257\n"), error_kind::bad_token,
                    "line 258: the token \"ab\" is in line 257 already");
    }

    TEST_CASE("all bytes must be there") {
        std::string text = ranks();
        check_fails(text.substr(text.find('\n') + 1), error_kind::bad_token, "the byte 0 is not among the tokens");
        check_fails("", error_kind::empty_input, "no tokens");
        check_fails("\n", error_kind::empty_input, "no tokens");
    }
}

TEST_SUITE("property") {
    TEST_CASE("writing gives what was read") {
        support::random_source random(7);
        std::string more;
        for (int i = 256; i < 600; ++i) {
            std::string token = std::to_string(i) + random.bytes(random.below(9));
            detail::append_to_base64(token, more);
            more += ' ' + std::to_string(i + i / 100) + '\n';
        }
        std::string const text = ranks(more);
        CHECK(write_tiktoken(read_tiktoken(text)) == text);
    }

    TEST_CASE("base64 of all lengths there and back") {
        support::random_source random(8);
        for (std::size_t n = 0; n < 100; ++n) {
            std::string const bytes = random.bytes(n);
            std::string text;
            std::string back;
            detail::append_to_base64(bytes, text);
            CHECK(detail::append_from_base64(text, back) == nullptr);
            CHECK(back == bytes);
        }
    }

    TEST_CASE("any bytes are read or refused") {
        support::random_source random(9);
        std::string const good = ranks("YWI= 256\n");
        for (int i = 0; i < 2000; ++i) {
            std::string text = good;
            text[random.below(text.size())] = static_cast<char>(random.below(256));
            try {
                (void)read_tiktoken(text);
            } catch (error const&) {
            }
        }
    }
}

}  // namespace tiktoken_test
