#include <doctest/doctest.h>

#include <set>
#include <string>

#include <tessera/core/byte_alphabet.hpp>

#include "support.hpp"

namespace byte_alphabet_test {

using namespace tessera;

TEST_SUITE("unit") {
    TEST_CASE("GPT-2's alphabet") {
        CHECK(byte_to_character('!') == U'!');
        CHECK(byte_to_character(' ') == 0x120);   // the well-known G with a dot
        CHECK(byte_to_character('\n') == 0x10A);  // C with a dot
        CHECK(byte_to_character(0x00) == 0x100);
        CHECK(byte_to_character(0x7F) == 0x121);
        CHECK(byte_to_character(0xA0) == 0x142);
        CHECK(byte_to_character(0xAD) == 0x143);
        CHECK(byte_to_character(0xFF) == 0xFF);
        CHECK(to_byte_alphabet(" a\n") ==
              "\xC4\xA0"
              "a"
              "\xC4\x8A");
    }

    TEST_CASE("characters outside the alphabet stand for no byte") {
        CHECK(character_to_byte(U' ') == -1);
        CHECK(character_to_byte(0x144) == -1);
        CHECK(character_to_byte(0x10FFFF) == -1);
        CHECK(character_to_byte(0xAD) == -1);
        std::string bytes;
        CHECK_FALSE(from_byte_alphabet("a b", bytes));
        CHECK_FALSE(from_byte_alphabet("\xFF", bytes));
    }
}

TEST_SUITE("property") {
    TEST_CASE("the alphabet is a bijection and any bytes survive it") {
        std::set<char32_t> characters;
        for (unsigned b = 0; b < 256; ++b) {
            char32_t const c = byte_to_character(static_cast<std::uint8_t>(b));
            CHECK(character_to_byte(c) == static_cast<int>(b));
            characters.insert(c);
        }
        CHECK(characters.size() == 256);
        support::random_source random(2);
        for (int i = 0; i < 200; ++i) {
            std::string const bytes = random.bytes(random.below(60));
            std::string back;
            REQUIRE(from_byte_alphabet(to_byte_alphabet(bytes), back));
            REQUIRE(back == bytes);
        }
    }
}

}  // namespace byte_alphabet_test
