// Normalization forms. Expected results are those of Hugging Face's tokenizers 0.23.3.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>

#include <unicode/uchar.h>

#include <tessera/normalize/any_normalizer.hpp>

#include "support.hpp"

namespace unicode_normalizer_test {

namespace {

using namespace tessera;

std::string in_form(char const* name, std::string_view text) {
    std::string out;
    any_normalizer::by_name(name).normalize(text, out);
    return out;
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("the four forms") {
        CHECK(in_form("nfc", "e\xCC\x81") == "\xC3\xA9");
        CHECK(in_form("nfd", "\xC3\xA9") == "e\xCC\x81");
        CHECK(in_form("nfkc", "\xEF\xAC\x81") == "fi");
        CHECK(in_form("nfkd", "\xE2\x91\xA0\xC3\xA9") == "1e\xCC\x81");
        CHECK(in_form("nfc", "\xEF\xAC\x81 plain") == "\xEF\xAC\x81 plain");
        CHECK(in_form("nfc", "").empty());
        CHECK(in_form("nfkc", "plain") == "plain");
    }

    TEST_CASE("characters newer than Unicode 9.0 are left alone") {
        CHECK(in_form("nfkc", "\xE3\x8B\xBF") == "\xE3\x8B\xBF");                   // U+32FF, of 12.1
        CHECK(in_form("nfd", "\xF0\x91\xA4\xB8") == "\xF0\x91\xA4\xB8");            // U+11938, of 13.0
        CHECK(in_form("nfd", "a\xE0\xA3\x94\xCC\xB4") == "a\xCC\xB4\xE0\xA3\x94");  // U+08D4, of 9.0, is reordered
        CHECK(in_form("nfd", "a\xE1\xB7\xB6\xCC\xB4") == "a\xE1\xB7\xB6\xCC\xB4");  // U+1DF6, of 10.0, is not
    }

    TEST_CASE("bytes that are not UTF-8 stay") {
        CHECK(in_form("nfc",
                      "e\xCC\x81\xFF"
                      "e\xCC\x81\xC3") == "\xC3\xA9\xFF\xC3\xA9\xC3");
        CHECK(in_form("nfkc", "\xED\xA0\x80\xC0\xAF") == "\xED\xA0\x80\xC0\xAF");
        CHECK(in_form("nfc", "e\xCC") == "e\xCC");
    }

    TEST_CASE("by name") {
        CHECK(any_normalizer::by_name("NFC").name() == "NFC");
        CHECK(any_normalizer::by_name("nfd+NFKC").name() == "NFD+NFKC");
        CHECK(any_normalizer::by_name("none").is_identity());
        CHECK(any_normalizer::by_name("").is_identity());
        CHECK(any_normalizer::by_name("none") == any_normalizer());
        CHECK(in_form("nfkc+nfd", "\xEF\xAC\x81\xC3\xA9") == "fie\xCC\x81");
        CHECK_THROWS_WITH_AS((void)any_normalizer::by_name("nfx"),
                             "normalizer: there is no normalizer \"nfx\"; the known ones are nfc, nfd, nfkc, nfkd, "
                             "lowercase, strip, strip-accents, nmt, bert and none",
                             error);
    }
}

TEST_SUITE("property") {
    TEST_CASE("any bytes: normalizing twice is normalizing once") {
        support::random_source random(11);
        for (char const* const name : {"nfc", "nfd", "nfkc", "nfkd"}) {
            for (int i = 0; i < 300; ++i) {
                std::string const text = i % 2 == 0 ? random.bytes(random.below(50))
                                                    : random.text(random.below(50), "ae\xCC\x81\xC3\xA9\xEF\xAC ");
                std::string const once = in_form(name, text);
                CAPTURE(text);
                CHECK(in_form(name, once) == once);
            }
        }
    }
}

TEST_SUITE("golden") {
    TEST_CASE("Unicode's NormalizationTest, for characters up to 9.0") {
        char const* const folder = std::getenv("TESSERA_SHARED_DATA");
        if (folder == nullptr) {
            std::cout << "SKIPPED: NormalizationTest.txt (TESSERA_SHARED_DATA is not set)" << std::endl;
            return;
        }
        std::ifstream in(std::string(folder) + "/conformance/unicode15/NormalizationTest.txt");
        std::size_t n = 0;
        for (std::string line; std::getline(in, line);) {
            if (line.empty() || line[0] == '#' || line[0] == '@') continue;
            std::string columns[5];
            bool known = true;
            std::istringstream fields(line);
            for (std::string& column : columns) {
                std::string field;
                std::getline(fields, field, ';');
                std::istringstream numbers(field);
                for (unsigned code_point = 0; numbers >> std::hex >> code_point;) {
                    UVersionInfo age;
                    u_charAge(static_cast<UChar32>(code_point), age);
                    known = known && age[0] <= 9;
                    encode_utf8(code_point, column);
                }
            }
            if (!known) continue;
            ++n;
            CAPTURE(line);
            for (int i = 0; i < 5; ++i) {
                if (i < 3) CHECK(in_form("nfc", columns[i]) == columns[1]);
                if (i < 3) CHECK(in_form("nfd", columns[i]) == columns[2]);
                CHECK(in_form("nfkc", columns[i]) == columns[3]);
                CHECK(in_form("nfkd", columns[i]) == columns[4]);
            }
        }
        CHECK(n > 18'000);
    }
}

}  // namespace unicode_normalizer_test
