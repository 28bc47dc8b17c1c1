// The normalizers against recorded answers of Hugging Face's tokenizers and of SentencePiece; data/golden/normalize/
// says which versions, and tools/make_normalize_golden.py makes it.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/utf8.hpp>

#include "normalize/golden.hpp"
#include "normalize/stages.hpp"

namespace golden_test {

using namespace tessera;
using namespace golden;

namespace {

std::map<std::string, std::string> const& maps() {
    static std::map<std::string, std::string> const all = [] {
        std::map<std::string, std::string> m;
        for (std::string const& line : lines_of("maps.txt")) {
            auto const fields = stages::split(line, ' ');
            m[fields.at(0)] = fields.at(1);
        }
        return m;
    }();
    return all;
}

// The contexts of make_normalize_golden.py.
std::vector<std::string> const contexts{"@ ", "a@\xCC\x81 ", "\xCD\x85@\xCC\xA7\xCC\x81 "};
std::vector<std::string> const clusters{"a@\n",
                                        "@a\n",
                                        "@\xCC\x81\n",
                                        "@\xE2\x80\x8D\xC2\xA9\xCC\x81\n",
                                        "\xC2\xA9@\xE2\x80\x8D\xC2\xA9\xCC\x81\n",
                                        "\xE0\xA4\x95\xE0\xA5\x8D@\xCC\x81\n",
                                        "\xE0\xA4\x95@\xE0\xA4\x95\xCC\x81\n",
                                        "\xE0\xA4\x95@\xE0\xA5\x8D\xE0\xA4\x95\xCC\x81\n",
                                        "@\xE0\xA5\x8D\xE0\xA4\x95\xCC\x81\n",
                                        "@\xE1\x85\xA1\xCC\x81\n",
                                        "@\xE1\x86\xA8\xCC\x81\n",
                                        "\xE1\x84\x80@\xCC\x81\n",
                                        "\xE1\x85\xA1@\xCC\x81\n",
                                        "\xE1\x86\xA8@\xCC\x81\n",
                                        "\xEA\xB0\x80@\xCC\x81\n",
                                        "\xEA\xB0\x81@\xCC\x81\n",
                                        "\xD8\x80@\n",
                                        "\r@",
                                        "@\n"};

std::uint32_t crc_of_block(std::string const& spec, stages::pipeline& normalizers, char32_t block) {
    bool const one_by_one = spec.starts_with("Strip,");
    std::uint32_t crc = 0;
    std::string text;
    for (char32_t c = block << 12; c < (block + 1) << 12; ++c) {
        if (c >= 0xD800 && c < 0xE000) continue;
        std::string character;
        encode_utf8(c, character);
        if (one_by_one) {
            crc = recorded::crc32(normalizers.plain(character + "x" + character) + "\xFF", crc);
            continue;
        }
        for (std::string const& context : spec == "Precompiled,bytes" ? clusters : contexts) {
            std::size_t const at = context.find('@');
            text.append(context, 0, at).append(character).append(context, at + 1);
        }
    }
    return one_by_one ? crc : recorded::crc32(normalizers.plain(text) + "\xFF", 0);
}

}  // namespace

TEST_SUITE("golden") {
    TEST_CASE("every Unicode scalar value through every normalizer") {
        std::map<std::string, stages::pipeline> pipelines;
        std::size_t n = 0;
        for (std::string const& line : lines_of("scalars.txt")) {
            auto const fields = stages::split(line, ' ');
            auto found = pipelines.find(fields.at(0));
            if (found == pipelines.end()) {
                found = pipelines.emplace(fields.at(0), stages::pipeline(fields.at(0), maps())).first;
            }
            CAPTURE(line);
            auto const block = static_cast<char32_t>(std::stoul(fields.at(1), nullptr, 16));
            CHECK(crc_of_block(fields.at(0), found->second, block) == std::stoul(fields.at(2), nullptr, 16));
            ++n;
        }
        CHECK(n == 15 * 272);
    }

    TEST_CASE("texts and places as Hugging Face's library has them") {
        std::size_t n = 0;
        for (std::string const& line : lines_of("texts.txt")) {
            CAPTURE(line);
            auto const fields = stages::split(line, '\t');
            stages::pipeline normalizers(fields.at(0), maps());
            std::string const text = recorded::unescape(fields.at(1));
            std::string const expected = recorded::unescape(fields.at(2));
            CHECK(normalizers.plain(text) == expected);
            auto const [placed, places] = normalizers.places(text);
            CHECK(placed == expected);
            std::string written;
            for (std::size_t const place : places) written += (written.empty() ? "" : ",") + std::to_string(place);
            CHECK(written == fields.at(3));
            auto const [started, from_start] = normalizers.start(text);
            CHECK(started == expected);
            std::size_t const first = text.empty() ? 0 : decode_utf8(text, 0).length;
            std::size_t expected_from_start = 0;
            while (expected_from_start < places.size() && places[expected_from_start] < first) ++expected_from_start;
            CHECK(from_start == expected_from_start);
            ++n;
        }
        CHECK(n >= 800);
    }

    TEST_CASE("texts as SentencePiece has them") {
        std::size_t n = 0;
        for (std::string const& line : lines_of("sentencepiece.txt")) {
            CAPTURE(line);
            auto const fields = stages::split(line, '\t');
            stages::pipeline normalizers(fields.at(0), maps());
            std::string const text = recorded::unescape(fields.at(1));
            std::string const expected = recorded::unescape(fields.at(2));
            CHECK(normalizers.plain(text) == expected);
            CHECK(normalizers.places(text).first == expected);
            CHECK(normalizers.start(text).first == expected);
            ++n;
        }
        CHECK(n >= 500);
    }
}

}  // namespace golden_test
