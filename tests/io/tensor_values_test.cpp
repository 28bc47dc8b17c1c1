// Blocks of quantised numbers against those of the package gguf: data/golden/tensors/blocks.txt, which
// tools/make_tensor_golden.py makes.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include <tessera/io/tensor_values.hpp>

#include "support.hpp"

namespace tensor_values_test {

namespace {

using namespace tessera;

std::string from_hex(std::string const& text) {
    std::string out;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2)
        out += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
    return out;
}

std::string bytes_of_floats(std::vector<float> const& values) {
    std::string out(4 * values.size(), '\0');
    std::memcpy(out.data(), values.data(), out.size());
    return out;
}

std::vector<float> floats_of(std::string const& bytes) {
    std::vector<float> out(bytes.size() / 4);
    std::memcpy(out.data(), bytes.data(), bytes.size());
    return out;
}

tensor_type type_of(std::string const& name) {
    for (int i = 0; i <= static_cast<int>(tensor_type::nvfp4); ++i) {
        if (name_of(static_cast<tensor_type>(i)) == name) return static_cast<tensor_type>(i);
    }
    FAIL("no such type: " << name);
    return {};
}

}  // namespace

TEST_SUITE("golden") {
    TEST_CASE("blocks are what ggml's are") {
        std::istringstream lines(support::read(support::data("golden/tensors/blocks.txt")));
        std::string name, block, values;
        std::size_t n_read = 0;
        std::size_t n_written = 0;
        while (lines >> name >> block >> values) {
            CAPTURE(name);
            std::string const bytes = from_hex(block);
            std::vector<float> const expected = floats_of(from_hex(values));
            if (name.starts_with("to_")) {
                std::string out = "x";
                append_floats(type_of(name.substr(3)), expected, out);
                CHECK(out == "x" + bytes);
                ++n_written;
            } else {
                tensor_type const type = type_of(name);
                REQUIRE(has_floats(type));
                CHECK(expected.size() == values_in_block(type));
                std::vector<float> out(2 * expected.size());
                floats_from(type, bytes + bytes, out);
                std::vector<float> twice = expected;
                twice.insert(twice.end(), expected.begin(), expected.end());
                CHECK(bytes_of_floats(out) == bytes_of_floats(twice));
                ++n_read;
            }
        }
        CHECK(n_read == 10);
        CHECK(n_written == 6);
    }
}

TEST_SUITE("unit") {
    TEST_CASE("plain numbers") {
        std::vector<float> out(2);
        floats_from(tensor_type::bf16, std::string_view("\x80\x3F\x00\xC0", 4), out);
        CHECK(out == std::vector<float>{1.0F, -2.0F});
        floats_from(tensor_type::f16, std::string_view("\x00\x3C\x00\xC0", 4), out);
        CHECK(out == std::vector<float>{1.0F, -2.0F});
        floats_from(tensor_type::f32, std::string_view("\x00\x00\x80\x3F\x00\x00\x00\xC0", 8), out);
        CHECK(out == std::vector<float>{1.0F, -2.0F});
        floats_from(tensor_type::f64,
                    std::string_view("\x01\x00\x00\x00\x00\x00\xF0\x3F\x00\x00\x00\x00\x00\x00\x00\xC0", 16), out);
        CHECK(out == std::vector<float>{1.0F, -2.0F});
        std::string bytes;
        append_floats(tensor_type::bf16, out, bytes);
        append_floats(tensor_type::f16, out, bytes);
        append_floats(tensor_type::f32, out, bytes);
        append_floats(tensor_type::f64, out, bytes);
        CHECK(bytes ==
              std::string(
                  "\x80\x3F\x00\xC0\x00\x3C\x00\xC0\x00\x00\x80\x3F\x00\x00\x00\xC0\x00\x00\x00\x00\x00\x00\xF0\x3F"
                  "\x00\x00\x00\x00\x00\x00\x00\xC0",
                  32));
    }

    TEST_CASE("which types are read and written") {
        for (char const* const name : {"F16", "BF16", "F32", "F64", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K",
                                       "Q3_K", "Q4_K", "Q5_K", "Q6_K"})
            CHECK(has_floats(type_of(name)));
        for (char const* const name : {"I64", "U8", "BOOL", "F8_E4M3", "F4", "IQ2_XXS", "MXFP4", "Q8_K"}) {
            CHECK_FALSE(has_floats(type_of(name)));
            CHECK_FALSE(is_written(type_of(name)));
        }
        CHECK_FALSE(is_written(tensor_type::q4_k));
    }

    TEST_CASE("values that are not finite are found") {
        std::vector<float> values(100, std::numeric_limits<float>::max());
        CHECK_FALSE(find_not_finite(values).has_value());
        values[77] = std::numeric_limits<float>::infinity();
        CHECK(find_not_finite(values) == 77U);
        values[3] = std::bit_cast<float>(0xFF80'0001U);
        CHECK(find_not_finite(values) == 3U);
        CHECK_FALSE(find_not_finite({}).has_value());
    }
}

}  // namespace tensor_values_test
