// Files that are written, byte by byte, and what is left of those that fail: nothing.
#include <doctest/doctest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/io/model_tensors.hpp>
#include <tessera/io/write_gguf.hpp>
#include <tessera/io/write_safetensors.hpp>

#include "io/hostile.hpp"
#include "io/temporary_folder.hpp"
#include "support.hpp"

namespace write_tensors_test {

namespace {

namespace fs = std::filesystem;
using namespace tessera;
using hostile::check_fails;

tensor_source source(std::string name, tensor_type type, std::vector<std::uint64_t> shape, std::string bytes) {
    return {std::move(name), type, std::move(shape), [bytes = std::move(bytes)](byte_sink sink) {
                for (std::size_t i = 0; i < bytes.size(); i += 3) sink(std::string_view(bytes).substr(i, 3));
            }};
}
tensor_source four(std::string name) { return source(std::move(name), tensor_type::u8, {4}, "1234"); }
tensor_source failing(std::string name) {
    return {std::move(name), tensor_type::u8, {4}, [](byte_sink sink) {
                sink("12");
                throw error(error_kind::io, "somewhere", "it broke");
            }};
}

std::string read(fs::path const& path) { return support::read(path.string()); }

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("safetensors, byte by byte") {
        temporary_folder const f;
        std::vector<tensor_source> const tensors = {
            source("b", tensor_type::u8, {3}, "xyz"), source("c", tensor_type::bf16, {1, 2}, "abcd"),
            source("a", tensor_type::u8, {}, "-"), source("e", tensor_type::f64, {0}, "")};
        CHECK(write_safetensors(f.path, tensors) == std::vector<std::string>{"model.safetensors"});
        std::string const header =
            R"({"__metadata__":{"format":"pt"},"e":{"dtype":"F64","shape":[0],"data_offsets":[0,0]},)"
            R"("c":{"dtype":"BF16","shape":[1,2],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[],"data_offsets":[4,5]},)"
            R"("b":{"dtype":"U8","shape":[3],"data_offsets":[5,8]}})";
        std::string const bytes = read(f.path / "model.safetensors");
        std::size_t const padded = (header.size() + 7) / 8 * 8;
        CHECK(bytes.substr(8) == header + std::string(padded - header.size(), ' ') + "abcd-xyz");
        CHECK(bytes.substr(0, 8) ==
              std::string({static_cast<char>(padded & 255), static_cast<char>(padded >> 8), 0, 0, 0, 0, 0, 0}));
        CHECK(f.size() == 1);
        check_fails([&] { write_safetensors(f.path, tensors); }, error_kind::io, "model.safetensors: exists");
        write_safetensors(f.path, std::vector<tensor_source>{}, {.metadata = {}, .overwrite = true});
        CHECK(read(f.path / "model.safetensors") == std::string("\x08\0\0\0\0\0\0\0{}      ", 16));
    }

    TEST_CASE("files are filled in order, and a large tensor has one of its own") {
        temporary_folder const f;
        std::vector<tensor_source> const tensors = {
            four("d"), four("c"), source("large", tensor_type::u8, {9}, "123456789"), four("b"), four("a")};
        auto const names = write_safetensors(f.path, tensors, {.max_file_bytes = 8});
        CHECK(names == std::vector<std::string>{"model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors",
                                                "model-00003-of-00003.safetensors", "model.safetensors.index.json"});
        CHECK(read(f.path / names.back()) == R"({
  "metadata": {
    "total_size": 25
  },
  "weight_map": {
    "a": "model-00003-of-00003.safetensors",
    "b": "model-00003-of-00003.safetensors",
    "c": "model-00001-of-00003.safetensors",
    "d": "model-00001-of-00003.safetensors",
    "large": "model-00002-of-00003.safetensors"
  }
}
)");
        model_tensors const m(f.path);
        CHECK(m.bytes(m.at("large")) == "123456789");
        CHECK(m.bytes(m.at("a")) == "1234");
    }

    TEST_CASE("safetensors that cannot be written leave nothing") {
        temporary_folder const f;
        auto const refuses = [&](std::vector<tensor_source> const& tensors, error_kind kind, std::string const& what,
                                 std::uint64_t max = 4) {
            check_fails([&] { write_safetensors(f.path, tensors, {.max_file_bytes = max}); }, kind, what);
            CHECK(f.size() == 0);
        };
        refuses({four("a"), failing("b")}, error_kind::io, "somewhere: it broke");
        refuses({four("a"), failing("b")}, error_kind::io, "somewhere: it broke", 100);
        refuses({four("a"), source("b", tensor_type::u8, {4}, "123")}, error_kind::bad_option,
                "tensor \"b\": 3 bytes were to be written, and its shape takes 4");
        refuses({source("b", tensor_type::u8, {4}, "12345")}, error_kind::bad_option,
                "tensor \"b\": 5 bytes were to be written");
        refuses({four("a"), four("a")}, error_kind::bad_option, "tensor \"a\": there are two of this name");
        refuses({four("")}, error_kind::bad_option, "a tensor cannot be called so");
        refuses({four("__metadata__")}, error_kind::bad_option, "a tensor cannot be called so");
        refuses({four("\xFF")}, error_kind::bad_option, "its name is not UTF-8");
        refuses({source("q", tensor_type::q8_0, {32}, std::string(34, ' '))}, error_kind::unsupported,
                "tensor \"q\": safetensors has no type Q8_0; write it as F16 or BF16");
        refuses({source("n", tensor_type::u8, {std::uint64_t{1} << 62, 8}, "")}, error_kind::limit,
                "has too many values");
        refuses({source("n", tensor_type::f4, {3}, "12")}, error_kind::bad_option,
                "its shape [3] does not fill whole blocks");
        check_fails([&] { write_safetensors(f.path / "none", std::vector{four("a")}); }, error_kind::io,
                    "check that the folder exists");
    }

    TEST_CASE("GGUF, byte by byte") {
        temporary_folder const f;
        gguf_pairs pairs;
        pairs.set_string("s", "x");
        pairs.set_uint32("u", 7);
        pairs.set_bool("b", true);
        pairs.set_float("f", 1.0F);
        pairs.set_strings("t", std::vector<std::string>{"a", ""});
        pairs.set_int32s("i", std::vector<std::int32_t>{-1});
        pairs.set_floats("g", std::vector<float>{2.0F});
        pairs.set_string("s", "yz");  // keeps its place
        pairs.set_uint32("gone", 1);
        pairs.set_uint32("gone.too", 1);
        pairs.erase_all("gone");
        CHECK(pairs.has("s"));
        CHECK_FALSE(pairs.has("gone"));
        std::vector<tensor_source> const tensors = {source("m", tensor_type::f32, {1, 2}, "abcdefgh"),
                                                    source("v", tensor_type::f16, {1}, "xy")};
        write_gguf(f.path / "x.gguf", pairs, tensors);
        using namespace std::string_literals;
        std::string expected =
            "GGUF\3\0\0\0\2\0\0\0\0\0\0\0\7\0\0\0\0\0\0\0"s
            "\1\0\0\0\0\0\0\0s\10\0\0\0\2\0\0\0\0\0\0\0yz"s
            "\1\0\0\0\0\0\0\0u\4\0\0\0\7\0\0\0"s
            "\1\0\0\0\0\0\0\0b\7\0\0\0\1"s
            "\1\0\0\0\0\0\0\0f\6\0\0\0\0\0\x80\x3F"s
            "\1\0\0\0\0\0\0\0t\11\0\0\0\10\0\0\0\2\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0a\0\0\0\0\0\0\0\0"s
            "\1\0\0\0\0\0\0\0i\11\0\0\0\5\0\0\0\1\0\0\0\0\0\0\0\xFF\xFF\xFF\xFF"s
            "\1\0\0\0\0\0\0\0g\11\0\0\0\6\0\0\0\1\0\0\0\0\0\0\0\0\0\0\x40"s
            "\1\0\0\0\0\0\0\0m\2\0\0\0\2\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"s
            "\1\0\0\0\0\0\0\0v\1\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\x20\0\0\0\0\0\0\0"s;
        expected.resize((expected.size() + 31) / 32 * 32, '\0');
        expected += "abcdefgh" + std::string(24, '\0') + "xy" + std::string(30, '\0');
        CHECK(read(f.path / "x.gguf") == expected);

        // All pairs of a file are kept, in its order.
        model_tensors const m(f.path);
        gguf_pairs again(*m.gguf());
        CHECK(again.bytes() == pairs.bytes());
        again.set_uint32("general.alignment", 8);
        std::vector<tensor_source> copies;
        for (tensor_entry const& entry : m.entries()) copies.push_back(copied_tensor(entry, m.bytes(entry)));
        write_gguf(f.path / "y.gguf", again, copies);
        model_tensors const aligned(f.path / "y.gguf");
        CHECK(aligned.at("v").begin - aligned.at("m").begin == 8);
        CHECK(aligned.bytes(aligned.at("v")) == "xy");
        check_fails([&] { write_gguf(f.path / "y.gguf", again, copies); }, error_kind::io, "exists");
    }

    TEST_CASE("GGUF that cannot be written leaves nothing") {
        temporary_folder const f;
        gguf_pairs pairs;
        auto const refuses = [&](std::vector<tensor_source> const& tensors, error_kind kind, std::string const& what) {
            check_fails([&] { write_gguf(f.path / "x.gguf", pairs, tensors); }, kind, what);
            CHECK(f.size() == 0);
        };
        auto const i8 = [](std::string name) { return source(std::move(name), tensor_type::i8, {4}, "1234"); };
        write_gguf(f.path / "x.gguf", pairs, std::vector{i8(std::string(63, 'n'))});
        fs::remove(f.path / "x.gguf");
        tensor_source fails = failing("b");
        fails.type = tensor_type::i8;
        refuses({i8("a"), fails}, error_kind::io, "somewhere: it broke");
        refuses({four("a")}, error_kind::unsupported, "tensor \"a\": GGUF has no type U8; write it as F16");
        refuses({i8(std::string(64, 'n'))}, error_kind::bad_option, "a name has 1 to 63 bytes");
        refuses({i8("")}, error_kind::bad_option, "a name has 1 to 63 bytes");
        refuses({i8("a"), i8("a")}, error_kind::bad_option, "there are two of this name");
        refuses({source("a", tensor_type::i8, {1, 1, 1, 1, 4}, "1234")}, error_kind::bad_option,
                "it has more than 4 dimensions");
        refuses({source("a", tensor_type::q8_0, {2, 16}, std::string(34, ' '))}, error_kind::bad_option,
                "its shape [2, 16] does not fill whole blocks");
        pairs.set_uint32("general.alignment", 3);
        refuses({i8("a")}, error_kind::syntax, "general.alignment: an alignment of 3 is not accepted");
        check_fails([&] { pairs.set_bool("", true); }, error_kind::bad_option, "a key has 1 to 65,535 bytes");
    }

    TEST_CASE("metadata of version 1 is written as version 3") {
        using namespace std::string_literals;
        std::string const old =
            "GGUF\1\0\0\0\0\0\0\0\2\0\0\0"
            "\1\0\0\0b\10\0\0\0\2\0\0\0hi"
            "\1\0\0\0a\11\0\0\0\10\0\0\0\1\0\0\0\1\0\0\0x"s;
        CHECK(gguf_pairs(gguf_metadata(old)).bytes() ==
              "\1\0\0\0\0\0\0\0b\10\0\0\0\2\0\0\0\0\0\0\0hi"
              "\1\0\0\0\0\0\0\0a\11\0\0\0\10\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0x"s);
    }
}

}  // namespace write_tensors_test
