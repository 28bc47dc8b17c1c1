// llama.cpp's normalizer for BERT: against what the program itself makes of texts (tools/make_llama_cpp_golden.py), and
// against its slow twin.
#include <doctest/doctest.h>

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/utf8.hpp>
#include <tessera/normalize/edit.hpp>
#include <tessera/normalize/llama_cpp_bert_normalizer.hpp>

#include "normalize/golden.hpp"
#include "normalize/stages.hpp"
#include "reference/llama_cpp_words.hpp"
#include "support.hpp"

namespace llama_cpp_bert_test {

namespace {

using namespace tessera;
using normalizer = llama_cpp_bert_normalizer;

constexpr std::string_view context = "a@b @ ";  // that of make_llama_cpp_golden.py

std::string run(normalizer const& n, std::string_view text) {
    normalizer::scratch s;
    std::string out;
    plain_edit edit(text, out);
    n.rewrite(text, s, edit);
    return out;
}

// Golden data has the words without what parts them.
std::string letters(std::string words) {
    std::erase(words, ' ');
    return words;
}

normalizer of(std::string_view options) { return normalizer({options.at(0) == '1', options.at(2) == '1'}); }

std::string text_of_block(char32_t block) {
    std::string text;
    for (char32_t c = block << 12; c < (block + 1) << 12; ++c) {
        if (c >= 0xD800 && c < 0xE000) continue;
        for (char const in_context : context) {
            if (in_context == '@') {
                encode_utf8(c, text);
            } else {
                text += in_context;
            }
        }
    }
    return text;
}

std::string twin(std::string_view text, bool strip_accents, bool lowercase) {
    std::string out;
    for (std::string const& word : reference::llama_cpp_words(text, strip_accents, lowercase)) {
        out.append(out.empty() ? "" : " ").append("\xE2\x96\x81").append(word);
    }
    return out;
}

void check_against_twin(std::string_view text) {
    for (bool const strip : {false, true}) {
        for (bool const lower : {false, true}) {
            CAPTURE(strip);
            CAPTURE(lower);
            CHECK(run(normalizer({strip, lower}), text) == twin(text, strip, lower));
        }
    }
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("words between spaces, and places") {
        normalizer const n;
        CHECK(run(n, "") == "");
        CHECK(run(n, " \t") == "");
        CHECK(run(n, " A,b\n") ==
              "\xE2\x96\x81"
              "a \xE2\x96\x81, \xE2\x96\x81"
              "b");
        auto stage = stages::make_stage(n);
        std::string out;
        // Of the first character, with what is put in front of it; that of one that goes is nothing.
        CHECK(stage.start("Ab", 1, out) == 4);
        CHECK(stage.start(" b", 1, out) == 0);
        std::vector<std::size_t> places;
        stage.places("A ,b", {0, 1, 2, 3}, out, places);
        CHECK(places == std::vector<std::size_t>{0, 0, 0, 0, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3});
    }

    TEST_CASE("ill-formed bytes go") {
        CHECK(run(normalizer(),
                  "a\xFF"
                  "b\xC3 \xED\xA0\x80x\xC1\x81") ==
              "\xE2\x96\x81"
              "ab \xE2\x96\x81x");
    }
}

TEST_SUITE("golden") {
    TEST_CASE("every Unicode scalar value as llama.cpp has it") {
        std::size_t n = 0;
        for (std::string const& line : golden::lines_of("llama_cpp_scalars.txt")) {
            CAPTURE(line);
            auto const fields = stages::split(line, ' ');
            std::string const text = text_of_block(static_cast<char32_t>(std::stoul(fields.at(1), nullptr, 16)));
            CHECK(recorded::crc32(letters(run(of(fields.at(0)), text)), 0) == std::stoul(fields.at(2), nullptr, 16));
            ++n;
        }
        CHECK(n == 4 * 272);
    }

    TEST_CASE("texts as llama.cpp has them") {
        std::size_t n = 0;
        for (std::string const& line : golden::lines_of("llama_cpp_texts.txt")) {
            CAPTURE(line);
            auto const fields = stages::split(line, '\t');
            std::string const text = recorded::unescape(fields.at(1));
            CHECK(letters(run(of(fields.at(0)), text)) == recorded::unescape(fields.at(2)));
            ++n;
        }
        CHECK(n >= 350);
    }
}

TEST_SUITE("reference") {
    TEST_CASE("llama.cpp's words: as the slow twin") {
        if (!reference::icu_is_of_unicode_15) {
            MESSAGE("SKIPPED: ICU's Unicode is " << U_UNICODE_VERSION);
            return;
        }
        for (char32_t block = 0; block < 272; ++block) {
            CAPTURE(static_cast<unsigned>(block));
            check_against_twin(text_of_block(block));
        }
        support::random_source random(11);
        std::vector<std::string> const parts{"a",
                                             "B",
                                             " ",
                                             ".",
                                             "\xCC\x81",
                                             "\xC3\x89",
                                             "\xED\x95\x9C",
                                             "\xE4\xB8\xAD",
                                             std::string(1, '\0'),
                                             "$",
                                             "\xE2\x80",
                                             "\xE3\x80\x80",
                                             "\xFF",
                                             "\xE2\x96\x81",
                                             "\xC2\xAD",
                                             "\xE0\xA4\xBF"};
        for (int i = 0; i < 2000; ++i) {
            std::string text;
            for (std::size_t k = random.below(12); k > 0; --k) text += parts[random.below(parts.size())];
            CAPTURE(text);
            check_against_twin(text);
        }
    }
}

}  // namespace llama_cpp_bert_test
