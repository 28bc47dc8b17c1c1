// The scanners against recorded splits of tiktoken and tokenizers; data/golden/pretokenize/ says which versions, and
// tools/make_pretokenize_golden.py makes it. A peer that changes its Unicode version changes this data.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/utf8.hpp>
#include <tessera/pretokenize/any_pretokenizer.hpp>
#include <tessera/pretokenize/cl100k.hpp>
#include <tessera/pretokenize/gpt2.hpp>
#include <tessera/pretokenize/llama3.hpp>
#include <tessera/pretokenize/o200k.hpp>
#include <tessera/pretokenize/whitespace.hpp>

#include "../recorded.hpp"

namespace golden_test {

using namespace tessera;

namespace {

std::string data_path(std::string const& name) {
    char const* const data = std::getenv("TESSERA_DATA");
    return std::string(data != nullptr ? data : "data") + "/golden/pretokenize/" + name;
}

using pieces = std::vector<std::string_view>;
using splitter = void (*)(std::string_view, pieces&);

template <class P>
void split_with(std::string_view text, pieces& out) {
    out.clear();
    P{}.for_each(text, [&](std::string_view pretoken) { out.push_back(pretoken); });
}

template <char Generation, bool Words>
void split_as_superbpe(std::string_view text, pieces& out) {
    static any_pretokenizer const p =
        any_pretokenizer::by_name(std::string("superbpe-") + Generation + (Words ? "-words" : ""));
    out.clear();
    p.for_each(text, [&](std::string_view pretoken) { out.push_back(pretoken); });
}

std::map<std::string, splitter> const splitters = {
    {"gpt2", split_with<gpt2_pretokenizer<>>},     {"cl100k", split_with<cl100k_pretokenizer<>>},
    {"o200k", split_with<o200k_pretokenizer<>>},   {"llama3", split_with<llama3_pretokenizer<>>},
    {"qwen2", split_with<qwen2_pretokenizer<>>},   {"whitespace", split_with<whitespace_pretokenizer<>>},
    {"superbpe-1", split_as_superbpe<'1', false>}, {"superbpe-1-words", split_as_superbpe<'1', true>},
    {"superbpe-2", split_as_superbpe<'2', false>}, {"superbpe-2-words", split_as_superbpe<'2', true>},
};

std::vector<std::string> lines_of(std::string const& name) {
    std::ifstream file(data_path(name), std::ios::binary);
    REQUIRE_MESSAGE(file.is_open(), name);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with('#')) lines.push_back(line);
    }
    return lines;
}

std::vector<std::string> fields_of(std::string const& line, char separator) {
    std::vector<std::string> fields(1);
    for (char const c : line) {
        if (c == separator) {
            fields.emplace_back();
        } else {
            fields.back() += c;
        }
    }
    return fields;
}

// The contexts of make_pretokenize_golden.py.
constexpr std::string_view contexts[] = {"@",   "a@b",  "A@B", "1@2", " @ ", "!@?", "\n@\n",
                                         "@@a", "  @a", "'@e", "'l@", "'r@", "a'@", "@'s"};

constexpr std::string_view digit_contexts[] = {"12@4", "!123@", "@123"};

std::uint32_t crc_of_block(std::string const& name, char32_t block) {
    splitter const split = splitters.at(name);
    std::vector<std::string_view> all(std::begin(contexts), std::end(contexts));
    if (name.starts_with("superbpe")) all.insert(all.end(), std::begin(digit_contexts), std::end(digit_contexts));
    std::uint32_t crc = 0;
    std::string text, offsets;
    pieces out;
    for (char32_t c = block << 8; c < (block + 1) << 8; ++c) {
        for (std::string_view const context : all) {
            text.clear();
            for (char const x : context) {
                if (x == '@') {
                    encode_utf8(c, text);
                } else {
                    text += x;
                }
            }
            split(text, out);
            offsets.clear();
            for (std::string_view const piece : out) {
                offsets += static_cast<char>(piece.data() - text.data());
                offsets += static_cast<char>(static_cast<std::size_t>(piece.data() - text.data()) + piece.size());
            }
            offsets += '\xFF';
            crc = recorded::crc32(offsets, crc);
        }
    }
    return crc;
}

}  // namespace

TEST_SUITE("golden") {
    TEST_CASE("pretokenize: tricky strings split as the peers split them") {
        std::size_t n_checked = 0;
        for (std::string const& line : lines_of("tricky.txt")) {
            auto const fields = fields_of(line, '\t');
            REQUIRE(fields.size() == 4);
            std::string const text = recorded::unescape(fields[2]);
            std::vector<std::string> expected;
            for (std::string const& piece : fields_of(fields[3], '|')) {
                if (!piece.empty()) expected.push_back(recorded::unescape(piece));
            }
            pieces out;
            splitters.at(fields[0])(text, out);
            CHECK_MESSAGE(std::vector<std::string>(out.begin(), out.end()) == expected, line);
            ++n_checked;
        }
        CHECK(n_checked > 4000);
    }

    TEST_CASE("pretokenize: every Unicode scalar value splits, in every context, as the peers split it") {
        std::map<std::string, std::size_t> n_blocks;
        for (std::string const& line : lines_of("scalars.txt")) {
            std::istringstream in(line);
            std::string name, engine;
            char32_t first = 0, last = 0;
            std::uint32_t a = 0, b = 0, crc = 0;
            in >> name >> engine >> std::hex >> a >> b >> crc;
            REQUIRE(!in.fail());
            first = a, last = b;
            for (char32_t block = first; block <= last; ++block) {
                INFO(name, " ", engine, ": a code point in U+", std::hex, static_cast<unsigned>(block), "00 to FF");
                CHECK(crc_of_block(name, block) == crc);
                ++n_blocks[name + ' ' + engine];
            }
        }
        CHECK(n_blocks.size() == 12);
        for (auto const& [key, n] : n_blocks) CHECK_MESSAGE(n == 0x1100 - 8, key);  // all but the surrogates
    }
}

}  // namespace golden_test
