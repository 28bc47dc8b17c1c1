// The pretokenizers of tokenizer.json against recorded splits of Hugging Face's library, which
// tools/make_pretokenize_component_golden.py makes.
#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/utf8.hpp>

#include "../recorded.hpp"
#include "../support.hpp"
#include "components.hpp"

namespace components_golden_test {

using namespace tessera;

namespace {

template <class F>
void for_each_line(std::string const& name, F&& f) {
    std::ifstream file(support::data("golden/pretokenize/" + name), std::ios::binary);
    REQUIRE_MESSAGE(file.is_open(), name);
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with('#')) f(line);
    }
}

constexpr char32_t block_size = 8192;

// The contexts of make_pretokenize_component_golden.py.
constexpr std::string_view contexts[] = {"@", "a@b1@2 @ !@?@@a@'s\u4e00@\u30a2@ @\u2581@"};

std::uint32_t crc_of_block(components::chain& run, char32_t first) {
    std::string text, pieces;
    for (char32_t c = first; c < first + block_size; ++c) {
        if (c >= 0xD800 && c < 0xE000) continue;
        for (std::string_view const context : contexts) {
            text.clear();
            for (char const x : context) {
                if (x == '@') {
                    encode_utf8(c, text);
                } else {
                    text += x;
                }
            }
            run(text, [&](std::string_view piece) { (pieces += piece) += '\0'; });
            pieces += '\0';
        }
    }
    if (!pieces.empty()) pieces.pop_back();
    return recorded::crc32(pieces, 0);
}

}  // namespace

TEST_SUITE("golden") {
    TEST_CASE("components: tricky texts split as Hugging Face's library splits them") {
        std::map<std::string, components::chain> chains;
        std::size_t n_checked = 0;
        for_each_line("component_texts.txt", [&](std::string const& line) {
            auto const fields = components::fields_of(line, '\t');
            REQUIRE(fields.size() == 3);
            std::vector<std::string> expected;
            for (std::string const& piece : components::fields_of(fields[2], '|')) {
                if (!piece.empty()) expected.push_back(recorded::unescape(piece));
            }
            auto const found = chains.try_emplace(fields[0], fields[0]).first;
            CHECK_MESSAGE(found->second.split(recorded::unescape(fields[1])) == expected, line);
            ++n_checked;
        });
        CHECK(n_checked > 1500);
    }

    TEST_CASE("components: every Unicode scalar value splits as Hugging Face's library splits it") {
        std::map<std::string, std::size_t> n_blocks;
        for_each_line("component_scalars.txt", [&](std::string const& line) {
            auto const fields = components::fields_of(line, '\t');
            REQUIRE(fields.size() == 3);
            components::chain run(fields[0]);
            auto const first = static_cast<char32_t>(std::stoul(fields[1], nullptr, 16));
            CHECK_MESSAGE(crc_of_block(run, first) == std::stoul(fields[2], nullptr, 16), line);
            ++n_blocks[fields[0]];
        });
        CHECK(n_blocks.size() == 14);
        for (auto const& [specification, n] : n_blocks) CHECK_MESSAGE(n == 0x110000 / block_size, specification);
    }
}

}  // namespace components_golden_test
