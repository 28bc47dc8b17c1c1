// The class tables against what the engines of tiktoken and tokenizers match, code point by code point.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <tessera/core/unicode_class.hpp>

namespace unicode_class_test {

using namespace tessera;

namespace {

std::string data_path(std::string const& name) {
    char const* const data = std::getenv("TESSERA_DATA");
    return std::string(data != nullptr ? data : "data") + "/golden/pretokenize/" + name;
}

unsigned mask_of(std::string const& name) {
    if (name == "L") return unicode_class::letter;
    if (name == "Ll") return unicode_class::lower;
    if (name == "M") return unicode_class::mark;
    if (name == "N") return unicode_class::number;
    if (name == "s") return unicode_class::space;
    if (name == "w") return unicode_class::word;
    return name == "Lu" || name == "Lt" ? unicode_class::upper
                                        : unicode_class::other_letter;  // the table keeps two in one
}

struct class_line {
    std::string engines, name;
    std::vector<bool> member = std::vector<bool>(0x110000);
};

std::vector<class_line> golden_classes() {
    std::ifstream file(data_path("classes.txt"));
    REQUIRE(file.is_open());
    std::vector<class_line> out;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) continue;
        std::istringstream in(line);
        class_line item;
        in >> item.engines >> item.name;
        for (std::string range; in >> range;) {
            std::size_t const dash = range.find('-');
            std::size_t const first = std::stoul(range, nullptr, 16);
            std::size_t const last =
                dash == std::string::npos ? first : std::stoul(range.substr(dash + 1), nullptr, 16);
            for (std::size_t c = first; c <= last; ++c) item.member[c] = true;
        }
        out.push_back(item);
    }
    return out;
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("one code point of each class") {
        using c = unicode_class;
        CHECK(unicode_16_0::class_of(U'A') == (c::upper | c::word));
        CHECK(unicode_16_0::class_of(0x01C5) == (c::upper | c::word));  // titlecase
        CHECK(unicode_16_0::class_of(0x00DF) == (c::lower | c::word));
        CHECK(unicode_16_0::class_of(0x4E2D) == (c::other_letter | c::word));
        CHECK(unicode_16_0::class_of(0x02B0) == (c::other_letter | c::word));  // modifier letter
        CHECK(unicode_16_0::class_of(0x0301) == (c::mark | c::word));
        CHECK(unicode_16_0::class_of(U'7') == (c::number | c::word));
        CHECK(unicode_16_0::class_of(0x2165) == (c::number | c::word));  // Roman numeral, Nl
        CHECK(unicode_16_0::class_of(0x00BD) == c::number);              // one half, No
        CHECK(unicode_16_0::class_of(U'_') == c::word);
        CHECK(unicode_16_0::class_of(0x24B6) == c::word);  // circled letter, So
        CHECK(unicode_16_0::class_of(0x200D) == c::word);  // joiner
        CHECK(unicode_16_0::class_of(0x00A0) == c::space);
        CHECK(unicode_16_0::class_of(0x200B) == 0);  // zero-width space is not White_Space
        CHECK(unicode_16_0::class_of(0xFFFD) == 0);
        CHECK(unicode_16_0::class_of(0xD800) == 0);
        CHECK(unicode_16_0::class_of(0x10FFFF) == 0);
        CHECK(unicode_16_0::class_of(0x110000) == 0);
        CHECK(unicode_16_0::class_of(0xFFFFFFFF) == 0);
    }
}

TEST_SUITE("golden") {
    TEST_CASE("every scalar value has the classes that the peers' engines give it") {
        auto const lines = golden_classes();
        CHECK(lines.size() == 11);  // ten classes; \w has a line for each engine
        for (class_line const& line : lines) {
            INFO(line.engines, " ", line.name);
            // Two categories share a flag: together they are the flag, alone each is within it.
            bool const partial = line.name == "Lu" || line.name == "Lt" || line.name == "Lm" || line.name == "Lo";
            std::size_t n_wrong = 0, n_oniguruma_word = 0;
            for (std::size_t c = 0; c < 0x110000; ++c) {
                bool const ours = (unicode_16_0::class_of(static_cast<char32_t>(c)) & mask_of(line.name)) != 0;
                if (partial ? line.member[c] && !ours : line.member[c] != ours) ++n_wrong;
                if (ours != line.member[c] && (c == 0x200C || c == 0x200D || (c >= 0xB2 && c <= 0xBE)))
                    ++n_oniguruma_word;
            }
            if (line.engines == "oniguruma") {
                CHECK(line.name == "w");  // the one class where the engines differ: eight code points
                CHECK(n_wrong == 8);
                CHECK(n_oniguruma_word == 8);
            } else {
                CHECK(n_wrong == 0);
            }
        }
        for (std::size_t c = 0; c < 0x110000; ++c) {
            unsigned n_parts = 0;
            bool letter = false;
            for (class_line const& line : lines) {
                if (line.name.size() == 2 && line.name[0] == 'L' && line.member[c]) ++n_parts;
                if (line.name == "L") letter = line.member[c];
            }
            if (n_parts != (letter ? 1U : 0U)) FAIL(c);
        }
    }
}

}  // namespace unicode_class_test
