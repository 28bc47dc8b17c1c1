#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include <tessera/io/detail/split_merge.hpp>

#include "support.hpp"

namespace split_merge_test {

using tessera::detail::split_merge;

TEST_SUITE("unit") {
    TEST_CASE("a merge is split at its only space") {
        for (std::size_t left = 0; left < 20; ++left) {
            for (std::size_t right = 0; right < 20; ++right) {
                std::string const a(left, 'a');
                std::string const b(right, '!');  // differs from a space in one bit
                std::string const merge = a + ' ' + b;
                auto const parts = split_merge(merge);
                REQUIRE(parts);
                CHECK(parts->first == a);
                CHECK(parts->second == b);
                CHECK_FALSE(split_merge(a + b));
                CHECK_FALSE(split_merge(a + "  " + b));
                CHECK_FALSE(split_merge(' ' + a + ' ' + b));
            }
        }
    }
}

TEST_SUITE("oracle") {
    TEST_CASE("any bytes: as counting spaces says") {
        support::random_source random(3);
        for (int i = 0; i < 20'000; ++i) {
            std::string text = random.bytes(random.below(30));
            for (std::size_t n = random.below(3); n > 0 && !text.empty(); --n) text[random.below(text.size())] = ' ';
            auto const parts = split_merge(text);
            REQUIRE(parts.has_value() == (std::count(text.begin(), text.end(), ' ') == 1));
            if (!parts) continue;
            CHECK(parts->first == text.substr(0, text.find(' ')));
            CHECK(parts->second == text.substr(text.find(' ') + 1));
        }
    }
}

}  // namespace split_merge_test
