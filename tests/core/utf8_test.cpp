// UTF-8: total decoding against the table of the Unicode standard (reference/pretokenize.hpp reads it row by row).
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <tessera/core/utf8.hpp>

#include "../reference/pretokenize.hpp"

namespace utf8_test {

using namespace tessera;

namespace {

void compare(std::string_view text) {
    auto const expected = reference::decode(text);
    std::size_t at = 0, n = 0;
    for (; at < text.size(); ++n) {
        auto const [code_point, length] = decode_utf8(text, at);
        REQUIRE(n < expected.value.size());
        REQUIRE(code_point == expected.value[n]);
        REQUIRE(at == expected.begin[n]);
        at += length;
    }
    REQUIRE(n == expected.value.size());
    REQUIRE(at == text.size());
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("decode_utf8 reads each length") {
        CHECK(decode_utf8("a", 0) == decoded_code_point{U'a', 1});
        CHECK(decode_utf8("\xC3\xA9", 0) == decoded_code_point{0xE9, 2});
        CHECK(decode_utf8("x\xE2\x82\xAC", 1) == decoded_code_point{0x20AC, 3});
        CHECK(decode_utf8("\xF0\x9F\xA6\x99", 0) == decoded_code_point{0x1F999, 4});
        CHECK(decode_utf8("\xEF\xBF\xBD", 0) == decoded_code_point{0xFFFD, 3});  // a real U+FFFD is not ill-formed
    }
    TEST_CASE("each ill-formed byte is a unit of its own") {
        for (std::string_view const bad :
             {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF",
              "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE", "\xFF", "\xC3",
              "\xE2\x82", "\xF0\x9F\xA6"}) {
            CHECK(!is_valid_utf8(bad));
            CHECK(count_code_points(bad) == bad.size());
            for (std::size_t at = 0; at < bad.size(); ++at)
                CHECK(decode_utf8(bad, at) == decoded_code_point{0xFFFD, 1});
        }
    }
    TEST_CASE("what is cut by the end of the text is not read past it") {
        std::string_view const whole = "\xF0\x9F\xA6\x99";
        for (std::size_t n = 1; n < 4; ++n) CHECK(decode_utf8(whole.substr(0, n), 0).length == 1);
    }
    TEST_CASE("encode_utf8 appends, and writes U+FFFD for what has no encoding") {
        std::string out = "a";
        encode_utf8(0x20AC, out);
        CHECK(out == "a\xE2\x82\xAC");
        for (char32_t const bad : {char32_t{0xD800}, char32_t{0xDFFF}, char32_t{0x110000}, char32_t{0xFFFFFFFF}}) {
            out.clear();
            encode_utf8(bad, out);
            CHECK(out == "\xEF\xBF\xBD");
        }
    }
    TEST_CASE("counting and validity") {
        CHECK(is_valid_utf8(""));
        CHECK(count_code_points("") == 0);
        CHECK(is_valid_utf8("na\xC3\xAFve \xF0\x9F\xA6\x99"));
        CHECK(count_code_points("na\xC3\xAFve \xF0\x9F\xA6\x99") == 7);
    }
}

TEST_SUITE("property") {
    TEST_CASE("every scalar value survives encoding and decoding") {
        std::string out;
        for (char32_t c = 0; c < 0x110000; ++c) {
            if (c >= 0xD800 && c < 0xE000) continue;
            out.clear();
            encode_utf8(c, out);
            if (decode_utf8(out, 0) != decoded_code_point{c, out.size()} || !is_valid_utf8(out))
                FAIL(static_cast<unsigned>(c));
        }
    }
}

TEST_SUITE("oracle") {
    TEST_CASE("all one- and two-byte texts, and random bytes, decode as table 3-7 says") {
        for (unsigned a = 0; a < 256; ++a) {
            compare(std::string(1, static_cast<char>(a)));
            for (unsigned b = 0; b < 256; ++b) compare(std::string{static_cast<char>(a), static_cast<char>(b)});
        }
        std::uint64_t state = 20'240'910;
        static constexpr unsigned char edges[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF,
                                                  0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE,
                                                  0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
        for (int round = 0; round < 200'000; ++round) {
            std::string text;
            for (int k = 0; k < 6; ++k) {
                state = state * 6364136223846793005ULL + 1442695040888963407ULL;
                text += static_cast<char>(edges[(state >> 33) % sizeof edges]);
            }
            compare(text);
        }
    }
}

}  // namespace utf8_test
