#include <doctest/doctest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include <tessera/io/model_tensors.hpp>

#include "io/hostile.hpp"
#include "io/temporary_folder.hpp"

namespace model_tensors_test {

namespace {

namespace fs = std::filesystem;
using namespace tessera;
using hostile::check_fails;

std::string safetensors(std::string const& header, std::string const& data) {
    std::string out;
    for (int i = 0; i < 8; ++i) out += static_cast<char>(static_cast<unsigned char>(header.size() >> (8 * i)));
    return out + header + data;
}
/// One tensor of bfloat16, 2 rows of 2: 1, -2, 3, 4.
std::string one(std::string const& name) {
    return safetensors(R"({")" + name + R"(":{"dtype":"BF16","shape":[2,2],"data_offsets":[0,8]}})",
                       std::string("\x80\x3F\x00\xC0\x40\x40\x80\x40", 8));
}
constexpr char const* index_name = "model.safetensors.index.json";

void refuses(fs::path const& path, error_kind kind, std::string const& what) {
    check_fails([&] { model_tensors const m(path); }, kind, what);
}

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("one file") {
        temporary_folder const f;
        fs::path const file = f.write("model.safetensors", one("embed.weight"));
        for (fs::path const& path : {f.path, file}) {
            model_tensors const m(path);
            CHECK(m.format() == tensor_format::safetensors);
            CHECK(m.gguf() == nullptr);
            REQUIRE(m.entries().size() == 1);
            CHECK(m.find("lm_head.weight") == nullptr);
            tensor_entry const& e = m.at("embed.weight");
            CHECK(m.bytes(e) == std::string_view("\x80\x3F\x00\xC0\x40\x40\x80\x40", 8));
            std::vector<float> row(2);
            m.read_rows(e, 1, 1, row);
            CHECK(row == std::vector<float>{3.0F, 4.0F});
            m.read_rows(e, 2, 0, {});
            check_fails([&] { m.read_rows(e, 1, 2, row); }, error_kind::bad_option, "of 2");
            check_fails([&] { m.read_rows(e, ~std::uint64_t{0}, 2, row); }, error_kind::bad_option, "of 2");
            check_fails([&] { (void)m.at("lm_head.weight"); }, error_kind::unsupported,
                        "model.safetensors: there is no tensor \"lm_head.weight\"");
        }
        model_tensors moved = model_tensors(file);
        model_tensors const other = std::move(moved);
        CHECK(other.bytes(other.entries()[0]).size() == 8);
    }

    TEST_CASE("what cannot be read as rows") {
        temporary_folder const f;
        f.write("model.safetensors", safetensors(R"({"i":{"dtype":"I64","shape":[1,1],"data_offsets":[0,8]},)"
                                                 R"("v":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},)"
                                                 R"("n":{"dtype":"F16","shape":[3,1],"data_offsets":[16,22]},)"
                                                 R"("e":{"dtype":"F16","shape":[0,4],"data_offsets":[22,22]}})",
                                                 std::string(16, '\0') + std::string("\x00\x3C\x00\x7E\x00\x3C", 6)));
        model_tensors const m(f.path);
        std::vector<float> out(3);
        check_fails([&] { m.read_rows(m.at("i"), 0, 1, out); }, error_kind::unsupported,
                    "model.safetensors: tensor \"i\": I64 cannot be read as numbers");
        check_fails([&] { m.read_rows(m.at("v"), 0, 1, out); }, error_kind::unsupported,
                    "tensor \"v\": its shape is [2], and a matrix is needed");
        m.read_rows(m.at("e"), 0, 0, {});
        m.read_rows(m.at("n"), 0, 3, out);
        CHECK(out[2] == 1.0F);
        check_fails([&] { m.read_finite_rows(m.at("n"), 0, 3, out); }, error_kind::syntax,
                    "model.safetensors: tensor \"n\", row 1: it has a value that is infinite or no number");
        check_fails([&] { m.read_finite_rows(m.at("n"), 1, 2, std::span(out).first(2)); }, error_kind::syntax, "row 1");
        m.read_finite_rows(m.at("n"), 2, 1, std::span(out).first(1));
    }

    TEST_CASE("shards") {
        temporary_folder const f;
        f.write("b.safetensors", one("x"));
        f.write("a.safetensors", one("y"));
        fs::path const index = f.write(
            index_name, R"({"metadata":{"total_size":16.0},"weight_map":{"x":"b.safetensors","y":"a.safetensors"}})");
        for (fs::path const& path : {f.path, index}) {
            model_tensors const m(path);
            REQUIRE(m.entries().size() == 2);
            CHECK(m.n_files() == 2);
            CHECK(m.path(m.at("x").file).filename() == "b.safetensors");
            CHECK(m.bytes(m.at("x")) == m.bytes(m.at("y")));
        }
        // Where there is model.safetensors, the index does not count.
        f.write("model.safetensors", one("z"));
        CHECK(model_tensors(f.path).entries().size() == 1);
        CHECK(model_tensors(index).entries().size() == 2);
    }

    TEST_CASE("an index and its files") {
        temporary_folder const f;
        f.write("a.safetensors", one("x"));
        f.write("b.safetensors", one("x"));
        auto const index = [&](std::string const& map) { f.write(index_name, R"({"weight_map":{)" + map + "}}"); };
        index(R"("x":"a.safetensors","y":"c.safetensors")");
        refuses(f.path, error_kind::io, "c.safetensors: no such file; fetch the model again");
        index(R"("x":"a.safetensors","y":"b.safetensors")");
        refuses(f.path, error_kind::syntax,
                "b.safetensors: tensor \"x\": the file has it, but not by model.safetensors.index");
        index(R"("x":"a.safetensors","y":"a.safetensors")");
        refuses(f.path, error_kind::syntax, "weight_map.y: there is no such tensor in \"a.safetensors\"");
        index("");
        refuses(f.path, error_kind::empty_input, "index.json: weight_map: it is empty");
        index(R"("x":1)");
        refuses(f.path, error_kind::syntax, "weight_map.x: expected a string");
        index(R"("x":"a.safetensors","x":"a.safetensors")");
        refuses(f.path, error_kind::syntax, "weight_map.x: the key occurs twice");
        f.write(index_name, "{");
        refuses(f.path, error_kind::syntax, "index.json: 1:2: it is not JSON");
        for (std::string const name :
             {"../a.safetensors", "/etc/passwd", "..", ".", "", "sub/a.safetensors", "a\\u0000b"}) {
            index(R"("x":")" + name + "\"");
            refuses(f.path, error_kind::syntax,
                    " is not the name of a file in this folder; only plain names are followed");
        }
    }

    TEST_CASE("links") {
        temporary_folder const outside;
        fs::path const secret = outside.write("secret", one("x"));
        temporary_folder const f;
        f.write("here", one("x"));
        f.link("model.safetensors", "here");
        CHECK(model_tensors(f.path).entries().size() == 1);
        auto const relink = [&](fs::path const& target) {
            fs::remove(f.path / "model.safetensors");
            f.link("model.safetensors", target);
        };
        relink(secret);
        refuses(f.path, error_kind::io, "model.safetensors: is a link to a file outside the folder, ");
        relink("../" + outside.path.filename().string() + "/secret");
        refuses(f.path, error_kind::io, "is a link to a file outside the folder, ");
        relink("nothing");
        refuses(f.path, error_kind::io, "model.safetensors: is a link to nothing");
        relink("model.safetensors");
        refuses(f.path, error_kind::io, "model.safetensors: is a link that leads in a circle");
        // A link that the user names is followed.
        f.link("mine", secret);
        CHECK(model_tensors(f.path / "mine").entries().size() == 1);
        // The cache of Hugging Face's libraries.
        temporary_folder const cache;
        cache.write("models--x/blobs/0123", one("x"));
        fs::create_directories(cache.path / "models--x/snapshots/rev");
        cache.link("models--x/snapshots/rev/model.safetensors", "../../blobs/0123");
        CHECK(model_tensors(cache.path / "models--x/snapshots/rev").entries().size() == 1);
        cache.link("models--x/snapshots/rev/other", "../../refs/main");
        cache.write("models--x/refs/main", "x");
        check_fails([&] { (void)file_in_folder(cache.path / "models--x/snapshots/rev", "other"); }, error_kind::io,
                    "outside the folder");
    }

    TEST_CASE("no model") {
        temporary_folder const f;
        refuses(f.path / "none", error_kind::io, "none: No such file");
        refuses(f.path, error_kind::io, "there is neither model.safetensors nor");
        f.write("pytorch_model.bin", "x");
        refuses(f.path, error_kind::io, "can run programs and is not read; save it as safetensors");
        REQUIRE(::mkfifo((f.path / "pipe").c_str(), 0600) == 0);
        refuses(f.path / "pipe", error_kind::io, "pipe: is not a regular file");
        fs::create_directory(f.path / "model.safetensors");
        refuses(f.path, error_kind::io, "model.safetensors: is a directory");
        refuses(f.write("empty", ""), error_kind::syntax, "empty: byte 0: the file ends");
    }

    TEST_CASE("GGUF") {
        // Q8_0: one row, the scale 0.5 and the values 0, 1 .. 31.
        std::string bytes("GGUF\3\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24);
        bytes +=
            std::string("\1\0\0\0\0\0\0\0a\2\0\0\0\x20\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\10\0\0\0\0\0\0\0\0\0\0\0", 41);
        bytes.resize(96, '\0');
        bytes += std::string("\x00\x38", 2);
        for (char c = 0; c < 32; ++c) bytes += c;
        temporary_folder const f;
        f.write("any.gguf", bytes);
        model_tensors const m(f.path);
        CHECK(m.format() == tensor_format::gguf);
        REQUIRE(m.gguf() != nullptr);
        CHECK(m.gguf()->version() == 3);
        std::vector<float> row(32);
        m.read_rows(m.at("a"), 0, 1, row);
        CHECK(row[31] == 15.5F);
        CHECK(row[1] == 0.5F);
        f.write("other.gguf", bytes);
        refuses(f.path, error_kind::io, "there are 2 .gguf files; name one of them");
        refuses(f.write("cut.gguf", bytes.substr(0, 120)), error_kind::syntax,
                "cut.gguf: tensor \"a\": it has 34 bytes");
        refuses(f.write("short.gguf", bytes.substr(0, 30)), error_kind::syntax,
                "the file ends inside the list of tensors");
    }
}

}  // namespace model_tensors_test
