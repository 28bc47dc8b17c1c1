// Truncation, post-processors and padding against recorded encodings of Hugging Face's library, which
// tools/make_decode_golden.py makes.
#include <doctest/doctest.h>

#include <cstddef>
#include <fstream>
#include <string>

#include "../component_cases.hpp"
#include "../support.hpp"

namespace golden_test {

using namespace component_cases;

TEST_CASE("encodings become what Hugging Face's library makes of them") {
    std::ifstream file(support::data("golden/decode/post_processors.txt"), std::ios::binary);
    REQUIRE(file.is_open());
    std::size_t n_checked = 0;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) continue;
        auto const f = fields_of(line);
        REQUIRE(f.size() == 3);
        CHECK_MESSAGE(processed(processing(f[0]), f[1]) == f[2], line);
        ++n_checked;
    }
    CHECK(n_checked > 200);
}

}  // namespace golden_test
