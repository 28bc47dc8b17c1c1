// The normalizers against recorded answers of Hugging Face's tokenizers and of SentencePiece; data/golden/normalize/
// says which versions, and tools/make_normalize_golden.py makes it.
#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/utf8.hpp>

#include "normalize/stages.hpp"
#include "support.hpp"

namespace golden_test {

using namespace tessera;

namespace {

std::vector<std::string> lines_of(std::string const& name) {
    std::string const file = support::read(support::data("golden/normalize/" + name));
    REQUIRE_MESSAGE(!file.empty(), name);
    std::vector<std::string> lines;
    for (std::string const& line : stages::split(file, '\n')) {
        if (!line.empty() && line[0] != '#') lines.push_back(line);
    }
    return lines;
}

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

std::string unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        if (!text.substr(i).starts_with("\\u{")) {
            out += text[i++];
            continue;
        }
        std::size_t const close = text.find('}', i);
        encode_utf8(static_cast<char32_t>(std::stoul(std::string(text.substr(i + 3, close - i - 3)), nullptr, 16)),
                    out);
        i = close + 1;
    }
    return out;
}

std::uint32_t crc32(std::string_view bytes, std::uint32_t crc) {  // zlib's
    static std::array<std::uint32_t, 256> const table = [] {
        std::array<std::uint32_t, 256> t{};
        for (std::uint32_t i = 0; i < 256; ++i) {
            t[i] = i;
            for (int k = 0; k < 8; ++k) t[i] = (t[i] >> 1) ^ ((t[i] & 1) != 0 ? 0xEDB88320U : 0U);
        }
        return t;
    }();
    crc = ~crc;
    for (char const b : bytes) crc = (crc >> 8) ^ table[(crc ^ static_cast<unsigned char>(b)) & 0xFF];
    return ~crc;
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
            crc = crc32(normalizers.plain(character + "x" + character) + "\xFF", crc);
            continue;
        }
        for (std::string const& context : spec == "Precompiled,bytes" ? clusters : contexts) {
            std::size_t const at = context.find('@');
            text.append(context, 0, at).append(character).append(context, at + 1);
        }
    }
    return one_by_one ? crc : crc32(normalizers.plain(text) + "\xFF", 0);
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
            std::string const text = unescape(fields.at(1));
            std::string const expected = unescape(fields.at(2));
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
            std::string const text = unescape(fields.at(1));
            std::string const expected = unescape(fields.at(2));
            CHECK(normalizers.plain(text) == expected);
            CHECK(normalizers.places(text).first == expected);
            CHECK(normalizers.start(text).first == expected);
            ++n;
        }
        CHECK(n >= 500);
    }
}

}  // namespace golden_test
