// Splitting allocates nothing once the scratch memory has grown. An executable of its own, see
// counted_allocations.hpp.
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "../../counted_allocations.hpp"
#include "../components.hpp"

TEST_SUITE("property") {
    TEST_CASE("splitting allocates nothing in the steady state") {
        std::array<std::string, 4> const texts = {
            std::string(5000, 'a') + std::string(5000, ' '), "Well, it's 12345 things\n\n  \u4f60\u597d, isn't it?",
            "\xFF\xFE\x80 broken \xC3 a", "\u2581\u2581 a \u3042\u30a2 b\u0430\u0301"};
        for (std::string_view const specification :
             {"BertPreTokenizer", "ByteLevel:0:0", "ByteLevel:1:1", "CharDelimiterSplit:a", "Digits:0", "Digits:1",
              "FixedLength:3", "Metaspace:\\u{2581}:always:1", "Metaspace:\\u{2581}:first:0", "Punctuation:Contiguous",
              "Punctuation:MergedWithPrevious", "Split:String: :MergedWithNext:0",
              "Split:Regex:'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| "
              "?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+:Isolated:0",
              "UnicodeScripts", "Whitespace", "WhitespaceSplit",
              "WhitespaceSplit;Digits:1;Punctuation:Isolated;Metaspace:_:first:1;ByteLevel:1:1"}) {
            components::chain run(specification);
            auto const split_all = [&] {
                std::size_t n = 0;
                for (std::string const& text : texts) run(text, [&](std::string_view piece) { n += piece.size(); });
                return n;
            };
            std::size_t const first = split_all();
            std::size_t const before = n_allocations;
            std::size_t const second = split_all();
            std::size_t const after = n_allocations;
            CHECK_MESSAGE(after == before, specification);
            CHECK(first == second);
            CHECK(first > 1000);
        }
    }
}
