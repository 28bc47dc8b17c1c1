// Decoders against recorded texts of Hugging Face's library, which tools/make_decode_golden.py makes.
#include <doctest/doctest.h>

#include <cstddef>
#include <fstream>
#include <string>
#include <vector>

#include "../component_cases.hpp"
#include "../support.hpp"

namespace golden_test {

using namespace component_cases;

TEST_CASE("tokens are decoded as Hugging Face's library decodes them") {
    std::ifstream file(support::data("golden/decode/decoders.txt"), std::ios::binary);
    REQUIRE(file.is_open());
    std::size_t n_checked = 0;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) continue;
        auto const f = fields_of(line);
        REQUIRE(f.size() == 3);
        any_decoder const d = decoder(f[0]);
        CHECK_MESSAGE(d.decode(from_json<std::vector<std::string>>(f[1])) == from_json<std::string>(f[2]), line);
        CHECK_MESSAGE(decoder(to_json(d)) == d, line);
        ++n_checked;
    }
    CHECK(n_checked > 400);
}

}  // namespace golden_test
