#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <tessera/core/half.hpp>

namespace half_test {

namespace {

using namespace tessera;

std::uint32_t bits_of(float value) { return std::bit_cast<std::uint32_t>(value); }
bool is_nan16(unsigned half) { return (half & 0x7C00U) == 0x7C00U && (half & 0x3FFU) != 0; }

// What the definition of binary16 says, without NaN.
double value_of_float16(unsigned half) {
    int const exponent = static_cast<int>(half >> 10 & 31U);
    double const fraction = half & 0x3FFU;
    double value = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(fraction + 1024, exponent - 25);
    if (exponent == 31) value = std::numeric_limits<double>::infinity();
    return (half & 0x8000U) != 0 ? -value : value;
}

// The nearest 16-bit number, of two the even one. Numbers of one sign are in order of their bits; infinity comes after
// the largest, where the next power of two would be.
template <class Value>
std::uint16_t nearest(float value, Value value_of) {
    unsigned const sign = std::signbit(value) ? 0x8000U : 0;
    double const magnitude = std::fabs(static_cast<double>(value));
    unsigned low = 0;
    unsigned high = 0x7FFF;
    while (high - low > 1) {  // value_of(low) <= magnitude
        unsigned const middle = (low + high) / 2;
        (value_of(middle) <= magnitude ? low : high) = middle;
    }
    double const below = magnitude - value_of(low);
    double const above = value_of(low + 1) - magnitude;
    bool const up = above < below || (above == below && low % 2 == 1);
    return static_cast<std::uint16_t>(sign | (low + (up ? 1U : 0U)));
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("known numbers") {
        CHECK(float_from_float16(0x3C00) == 1.0F);
        CHECK(float_from_float16(0xC000) == -2.0F);
        CHECK(float_from_float16(0x7BFF) == 65504.0F);
        CHECK(float_from_float16(0x0001) == 0x1p-24F);
        CHECK(float_from_float16(0x7C00) == std::numeric_limits<float>::infinity());
        CHECK(bits_of(float_from_float16(0x8000)) == 0x8000'0000U);
        CHECK(float_from_bfloat16(0x3F80) == 1.0F);
        CHECK(float16_from_float(0.1F) == 0x2E66);
        CHECK(float16_from_float(65519.99F) == 0x7BFF);
        CHECK(float16_from_float(65520.0F) == 0x7C00);
        CHECK(float16_from_float(-1e30F) == 0xFC00);
        CHECK(float16_from_float(0x1p-25F) == 0);  // a tie
        CHECK(float16_from_float(0x1.000002p-25F) == 1);
        CHECK(float16_from_float(0x1.FFEp-15F) == 0x0400);  // a subnormal number rounds up to a normal one
        CHECK(bfloat16_from_float(0x1.01p0F) == 0x3F80);    // ties
        CHECK(bfloat16_from_float(0x1.03p0F) == 0x3F82);
        CHECK(bfloat16_from_float(std::numeric_limits<float>::max()) == 0x7F80);
    }

    TEST_CASE("NaN stays NaN") {
        for (std::uint32_t const bits : {0x7F80'0001U, 0xFF80'0001U, 0x7FFF'FFFFU, 0xFFFF'FFFFU, 0x7FC0'0000U}) {
            auto const value = std::bit_cast<float>(bits);
            CHECK(is_nan16(float16_from_float(value)));
            CHECK(std::isnan(float_from_bfloat16(bfloat16_from_float(value))));
            CHECK((float16_from_float(value) >> 15) == bits >> 31);
            CHECK((bfloat16_from_float(value) >> 15) == bits >> 31);
        }
    }

    TEST_CASE("loops at any address") {
        std::string bytes(1, 'x');
        std::vector<float> const values = {1.0F, -2.5F, 0.1F, 1e-7F, 7.0F, 3.0F, -0.0F, 1e9F, 2.0F};
        bytes.resize(1 + 2 * values.size());
        std::vector<float> back(values.size());
        float16_from_floats(values, std::span(bytes).subspan(1));
        floats_from_float16(std::string_view(bytes).substr(1), back);
        for (std::size_t i = 0; i < values.size(); ++i)
            CHECK(bits_of(back[i]) == bits_of(float_from_float16(float16_from_float(values[i]))));
        bfloat16_from_floats(values, std::span(bytes).subspan(1));
        floats_from_bfloat16(std::string_view(bytes).substr(1), back);
        for (std::size_t i = 0; i < values.size(); ++i)
            CHECK(bits_of(back[i]) == bits_of(float_from_bfloat16(bfloat16_from_float(values[i]))));
        CHECK(bytes[0] == 'x');
    }
}

TEST_SUITE("oracle") {
    TEST_CASE("every 16-bit number, and back") {
        for (unsigned half = 0; half < 0x1'0000; ++half) {
            auto const bits = static_cast<std::uint16_t>(half);
            float const value = float_from_float16(bits);
            if (is_nan16(half)) {
                REQUIRE(std::isnan(value));
            } else {
                REQUIRE(static_cast<double>(value) == value_of_float16(half));
                REQUIRE(float16_from_float(value) == bits);
            }
            float const wide = float_from_bfloat16(bits);
            REQUIRE(bits_of(wide) == std::uint32_t{half} << 16);
            if (!std::isnan(wide)) REQUIRE(bfloat16_from_float(wide) == bits);
        }
    }

    TEST_CASE("rounding is that of the definition") {
        auto const float16 = [](unsigned half) { return half == 0x7C00 ? 65536.0 : value_of_float16(half); };
        auto const bfloat16 = [](unsigned half) {
            return half == 0x7F80 ? 0x1p128
                                  : static_cast<double>(float_from_bfloat16(static_cast<std::uint16_t>(half)));
        };
        for (std::uint64_t i = 0; i < 0x1'0000'0000; i += 40'009) {  // floats of all sizes; the step is prime
            auto const value = std::bit_cast<float>(static_cast<std::uint32_t>(i));
            if (!std::isfinite(value)) continue;
            CAPTURE(value);
            if (std::fabs(value) < 65536.0F) REQUIRE(float16_from_float(value) == nearest(value, float16));
            REQUIRE(bfloat16_from_float(value) == nearest(value, bfloat16));
        }
    }
}

}  // namespace half_test
