#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/io/safetensors.hpp>

#include "io/hostile.hpp"

namespace safetensors_test {

namespace {

using namespace tessera;
using hostile::check_fails;

std::string length_of(std::uint64_t n) {
    std::string out;
    for (int i = 0; i < 8; ++i) out += static_cast<char>(static_cast<unsigned char>(n >> (8 * i)));
    return out;
}

std::string file(std::string const& header, std::size_t n_data, char byte = '\0') {
    return length_of(header.size()) + header + std::string(n_data, byte);
}

void refuses(std::string const& bytes, error_kind kind, std::string const& what) {
    CAPTURE(bytes);
    check_fails([&] { (void)read_safetensors(bytes); }, kind, what);
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("a file, byte by byte") {
        std::string const bytes(
            "\x90\0\0\0\0\0\0\0"
            R"({"__metadata__":{"format":"pt"},"b":{"dtype":"I8","shape":[],"data_offsets":[8,9]},)"
            R"("a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}      )"
            "\x00\x00\x80\x3F\x00\x00\x00\x40\x07",
            8 + 144 + 9);
        safetensors_header const header = read_safetensors(bytes);
        REQUIRE(header.tensors.size() == 2);
        CHECK(header.tensors[0].name == "a");
        CHECK(header.tensors[0].type == tensor_type::f32);
        CHECK(header.tensors[0].shape == std::vector<std::uint64_t>{1, 2});
        CHECK(header.tensors[0].begin == 152);
        CHECK(header.tensors[0].end == 160);
        CHECK(header.tensors[0].rows() == 1);
        CHECK(header.tensors[0].columns() == 2);
        CHECK(header.tensors[1].name == "b");
        CHECK(header.tensors[1].shape.empty());
        CHECK(header.tensors[1].n_bytes() == 1);
        CHECK(header.metadata == std::vector<std::pair<std::string, std::string>>{{"format", "pt"}});
    }

    TEST_CASE("what is allowed") {
        CHECK(read_safetensors(file("{}", 0)).tensors.empty());
        CHECK(read_safetensors(file("\n {\"__metadata__\":null}\t ", 0)).metadata.empty());
        // Empty tensors lie between others, or at the end.
        auto const header = read_safetensors(file(
            R"({"x":{"dtype":"U8","shape":[3],"data_offsets":[0,3],"more":1},)"
            R"("e":{"dtype":"F64","shape":[0,18446744073709551615,9],"data_offsets":[3,3]},)"
            R"("f":{"dtype":"F4","shape":[2,3],"data_offsets":[3,6]},"g":{"dtype":"BF16","shape":[5,0],"data_offsets":[0,0]}})",
            6));
        CHECK(header.tensors.size() == 4);
        CHECK(header.tensors[3].name == "f");
        CHECK(header.tensors[3].n_bytes() == 3);
    }

    TEST_CASE("every type and its size") {
        std::pair<char const*, double> const types[] = {
            {"BOOL", 1},    {"F4", 0.5},    {"F6_E2M3", 0.75}, {"F6_E3M2", 0.75},  {"U8", 1},          {"I8", 1},
            {"F8_E5M2", 1}, {"F8_E4M3", 1}, {"F8_E8M0", 1},    {"F8_E4M3FNUZ", 1}, {"F8_E5M2FNUZ", 1}, {"I16", 2},
            {"U16", 2},     {"F16", 2},     {"BF16", 2},       {"I32", 4},         {"U32", 4},         {"F32", 4},
            {"C64", 8},     {"F64", 8},     {"I64", 8},        {"U64", 8}};
        for (auto const& [name, size] : types) {
            CAPTURE(name);
            auto const n = static_cast<std::size_t>(8 * size);
            auto const of = [&](std::size_t bytes) {
                return file(R"({"a":{"dtype":")" + std::string(name) + R"(","shape":[8],"data_offsets":[0,)" +
                                std::to_string(bytes) + "]}}",
                            bytes);
            };
            CHECK(name_of(read_safetensors(of(n)).tensors.at(0).type) == name);
            refuses(of(n + 1), error_kind::syntax, "tensor \"a\": its data_offsets are ");
            refuses(of(n - 1), error_kind::syntax, " bytes apart, but shape [8] of ");
        }
        refuses(file(R"({"a":{"dtype":"C128","shape":[1],"data_offsets":[0,16]}})", 16), error_kind::unsupported,
                "tensor \"a\": the dtype \"C128\" is not known");
        refuses(file(R"({"a":{"dtype":"Q8_0","shape":[32],"data_offsets":[0,34]}})", 34), error_kind::unsupported,
                "\"Q8_0\" is not known");
    }

    TEST_CASE("the header's length") {
        refuses("", error_kind::syntax, "byte 0: the file ends inside the header's length");
        refuses("\2\0\0\0\0\0\0", error_kind::syntax, "byte 0: ");
        refuses(length_of(3) + "{}", error_kind::syntax, "byte 8: the header has 3 bytes, but only 2 follow");
        refuses(length_of(0), error_kind::syntax, "byte 8: the header is not a JSON object");
        refuses(length_of(100'000'001) + "{}", error_kind::limit,
                "byte 0: a header of 100000001 bytes is not accepted");
        refuses(length_of(~std::uint64_t{0}) + "{}", error_kind::limit, "18446744073709551615");
        refuses(length_of(~std::uint64_t{0} - 7) + "{}", error_kind::limit, "byte 0");
        // The largest that is accepted.
        std::string large = file("{}", 0);
        large.resize(8 + 100'000'000, ' ');
        large.replace(0, 8, length_of(100'000'000));
        CHECK(read_safetensors(large).tensors.empty());
    }

    TEST_CASE("the header is JSON of the right kind") {
        refuses(file("[]", 0), error_kind::syntax, "byte 8: the header is not a JSON object");
        refuses(file("\xEF\xBB\xBF{}", 0), error_kind::syntax, "byte 8: the header is not a JSON object");
        refuses(file("{", 0), error_kind::syntax, "header: 1:2: it is not JSON");
        refuses(file("{\"\xFF\":1}", 0), error_kind::syntax, "header: 1:3: it is not JSON: a byte is not UTF-8");
        refuses(file("{}x", 0), error_kind::syntax, "header: 1:3: ");
        refuses(file(R"({"a":1})", 0), error_kind::syntax, "header: a: expected an object");
        refuses(file(R"({"a":{}})", 0), error_kind::syntax, "header: a.dtype: it is missing");
        refuses(file(R"({"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", 4), error_kind::syntax,
                "header: a.shape[0]: expected a whole number from 0, found a fraction");
        refuses(file(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4), error_kind::syntax,
                "header: a.shape[0]: expected a whole number from 0, found -1");
        refuses(file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", 4), error_kind::syntax,
                "header: a.data_offsets: expected two numbers, found 1");
        refuses(file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}})", 4), error_kind::syntax, "found 3");
        refuses(file(R"({"__metadata__":{"a":1}})", 0), error_kind::syntax,
                "header: __metadata__.a: expected a string");
        refuses(file(R"({"__metadata__":[]})", 0), error_kind::syntax, "header: __metadata__: expected an object");
        std::string many = "1";
        for (int i = 0; i < 64; ++i) many += ",1";
        refuses(file(R"({"a":{"dtype":"U8","shape":[)" + many + R"(],"data_offsets":[0,1]}})", 1), error_kind::limit,
                "header: a.shape: a list of 65 is not accepted");
    }

    TEST_CASE("nothing occurs twice") {
        std::string const a = R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
        refuses(file("{" + a + "," + a + "}", 1), error_kind::syntax, "header: a: the key occurs twice");
        refuses(file(R"({"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1), error_kind::syntax,
                "header: a.dtype: the key occurs twice");
        refuses(file(R"({"__metadata__":{"k":"1","k":"2"}})", 0), error_kind::syntax, "__metadata__.k: the key occurs");
    }

    TEST_CASE("tensors fill the file, one after another") {
        auto const two = [](std::string const& a, std::string const& b, std::size_t n) {
            return file(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[)" + a +
                            R"(]},"b":{"dtype":"U8","shape":[4],"data_offsets":[)" + b + "]}}",
                        n);
        };
        CHECK(read_safetensors(two("4,8", "0,4", 8)).tensors.at(0).name == "b");
        refuses(two("0,4", "0,4", 8), error_kind::syntax,
                "tensor \"b\": it begins at byte 0 of the tensors, inside the one");
        refuses(two("0,4", "3,7", 7), error_kind::syntax,
                "tensor \"b\": it begins at byte 3 of the tensors, inside the one");
        refuses(two("0,4", "5,9", 9), error_kind::syntax,
                "tensor \"b\": it begins at byte 5 of the tensors, not behind");
        refuses(two("1,5", "5,9", 9), error_kind::syntax,
                "tensor \"a\": it begins at byte 1 of the tensors, not behind");
        refuses(two("0,4", "4,8", 7), error_kind::syntax, ", but the file ends");
        refuses(two("0,4", "4,8", 9), error_kind::syntax, ": 1 bytes follow the last tensor");
        refuses(two("4,0", "4,8", 8), error_kind::syntax, "tensor \"a\": its data_offsets are not a range");
        refuses(two("0,4", "18446744073709551612,18446744073709551615", 8), error_kind::syntax, "tensor \"b\"");
        refuses(two("0,4", "4,18446744073709551615", 8), error_kind::syntax,
                "tensor \"b\": its data_offsets are not a range");
        refuses(two("0,4", "4,9223372036854775807", 8), error_kind::syntax, "tensor \"b\"");
    }

    TEST_CASE("shapes that overflow") {
        auto const of = [](std::string const& shape, std::string const& type, std::uint64_t end) {
            return file(R"({"a":{"dtype":")" + type + R"(","shape":[)" + shape + R"(],"data_offsets":[0,)" +
                            std::to_string(end) + "]}}",
                        4);
        };
        refuses(of("4294967296,4294967296", "F32", 0), error_kind::limit,
                "tensor \"a\": its shape [4294967296, 4294967296] has too many values");
        refuses(of("18446744073709551615,2,0", "F32", 0), error_kind::limit, "has too many values");
        refuses(of("4611686018427387905", "F32", 4), error_kind::limit, "has too many values");  // times 4: 4
        refuses(of("576460752303423489", "F32", 4), error_kind::limit, "has too many values");   // times 32 bits: 32
        refuses(of("2305843009213693953", "U64", 8), error_kind::limit, "has too many values");
        refuses(of("1,2,3,4,5,6,7,8,9,18446744073709551615", "U8", 4), error_kind::limit,
                "[1, 2, 3, 4, 5, 6, 7, 8, ...]");
        refuses(of("18446744073709551616", "U8", 4), error_kind::syntax, "header: ");
        refuses(of("1", "F4", 0), error_kind::syntax, "tensor \"a\": its values do not fill whole bytes");
    }

    TEST_CASE("cut off anywhere, and changed anywhere") {
        std::string const bytes =
            file(R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F16","shape":[2,3],"data_offsets":[0,12]},)"
                 R"("b":{"dtype":"U8","shape":[4],"data_offsets":[12,16]}})",
                 16, 'x');
        hostile::run(bytes, [](std::string_view text) {
            for (tensor_entry const& entry : read_safetensors(text).tensors) {
                CHECK(entry.begin <= entry.end);
                CHECK(entry.end <= text.size());
                CHECK(bytes_of(entry.type, n_values(entry.shape).value()) == entry.n_bytes());
            }
        });
    }
}

}  // namespace safetensors_test
