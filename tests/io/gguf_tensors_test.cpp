#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/io/gguf_tensors.hpp>

#include "io/hostile.hpp"

namespace gguf_tensors_test {

namespace {

using namespace tessera;
using hostile::check_fails;

std::string little(std::uint64_t value, int n_bytes) {
    std::string out;
    for (int i = 0; i < n_bytes; ++i) out += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
    return out;
}

/// A file without metadata but the alignment, where that is not 0.
struct file {
    std::uint32_t version = 3;
    std::uint32_t alignment = 0;
    std::uint64_t n = 0;
    std::string list = {};

    int width() const { return version == 1 ? 4 : 8; }
    file& add(std::string const& name, std::vector<std::uint64_t> const& dimensions, std::uint32_t type,
              std::uint64_t offset) {
        list += little(name.size(), width()) + name + little(dimensions.size(), 4);
        for (std::uint64_t const d : dimensions) list += little(d, width());
        list += little(type, 4) + little(offset, 8);
        ++n;
        return *this;
    }
    /// With zeros up to the first tensor, and `n_data` bytes.
    std::string str(std::size_t n_data) const {
        std::string out = "GGUF" + little(version, 4) + little(n, width()) + little(alignment != 0 ? 1 : 0, width());
        if (alignment != 0) out += little(17, width()) + "general.alignment" + little(4, 4) + little(alignment, 4);
        out += list;
        std::size_t const multiple = alignment == 0 ? 32 : alignment;
        out.resize((out.size() + multiple - 1) / multiple * multiple, '\0');
        return out + std::string(n_data, 'x');
    }
};

std::vector<tensor_entry> read(std::string_view bytes) { return read_gguf_tensors(bytes, gguf_metadata(bytes)); }
void refuses(std::string const& bytes, error_kind kind, std::string const& what) {
    check_fails([&] { (void)read(bytes); }, kind, what);
}

constexpr std::uint32_t f32 = 0;
constexpr std::uint32_t q8_0 = 8;
constexpr std::uint32_t q4_k = 12;

}  // namespace

TEST_SUITE("unit") {
    TEST_CASE("lists of all versions") {
        for (std::uint32_t const version : {1U, 2U, 3U}) {
            CAPTURE(version);
            std::string const bytes = file{.version = version}
                                          .add("a", {2, 3}, f32, 0)
                                          .add("b", {64, 1}, q8_0, 32)
                                          .add("c", {}, f32, 128)
                                          .str(132);
            auto const tensors = read(bytes);
            REQUIRE(tensors.size() == 3);
            std::uint64_t const data = bytes.size() - 132;
            CHECK(tensors[0].shape == std::vector<std::uint64_t>{3, 2});
            CHECK(tensors[0].begin == data);
            CHECK(tensors[0].n_bytes() == 24);
            CHECK(tensors[1].type == tensor_type::q8_0);
            CHECK(tensors[1].begin == data + 32);
            CHECK(tensors[1].n_bytes() == 68);
            CHECK(tensors[2].n_bytes() == 4);
            CHECK(tensors[2].end == bytes.size());
        }
    }

    TEST_CASE("alignment") {
        auto const tensors = read(file{.alignment = 8}.add("a", {1}, f32, 0).add("b", {1}, f32, 8).str(12));
        CHECK(tensors[1].begin % 8 == 0);
        refuses(file{.alignment = 64}.add("a", {1}, f32, 32).str(64), error_kind::syntax,
                "tensor \"a\": its offset 32 is not a multiple of 64");
        refuses(file{.alignment = 24}.str(0), error_kind::syntax, "general.alignment: an alignment of 24");
        std::string bytes = file{.alignment = 8}.str(0);
        bytes.replace(24 + 8 + 17 + 4, 4, little(0, 4));
        refuses(bytes, error_kind::syntax, "general.alignment: an alignment of 0");
    }

    TEST_CASE("names and dimensions") {
        CHECK(read(file{}.add(std::string(64, 'n'), {1}, f32, 0).str(4)).size() == 1);
        refuses(file{}.add(std::string(65, 'n'), {1}, f32, 0).str(4), error_kind::limit,
                "byte 24: a name of 65 bytes is not accepted, 64 are the most");
        refuses(file{}.add("a", {1}, f32, 0).add("b", {1}, f32, 32).add("a", {1}, f32, 64).str(68), error_kind::syntax,
                "tensor \"a\": there are two of this name");
        CHECK(read(file{}.add("a", {1, 1, 1, 1}, f32, 0).str(4)).size() == 1);
        refuses(file{}.add("a", {1, 1, 1, 1, 1}, f32, 0).str(4), error_kind::limit,
                "tensor \"a\": it has 5 dimensions");
        refuses(file{}.add("a", {std::uint64_t{1} << 32, std::uint64_t{1} << 32}, f32, 0).str(4), error_kind::limit,
                "tensor \"a\": its shape [4294967296, 4294967296] has too many values");
        refuses(file{}.add("a", {(std::uint64_t{1} << 62) + 1}, f32, 0).str(4), error_kind::limit,
                "has too many values");
        refuses(file{}.add("a", {32, std::uint64_t{1} << 60}, q8_0, 0).str(4), error_kind::limit,
                "has too many values");
    }

    TEST_CASE("types") {
        refuses(file{}.add("a", {1}, 4, 0).str(64), error_kind::unsupported, "tensor \"a\": the type 4 is not known");
        refuses(file{}.add("a", {1}, 0xFFFF'FFFF, 0).str(64), error_kind::unsupported, "type 4294967295 is not known");
        refuses(file{}.add("a", {48, 2}, q8_0, 0).str(102), error_kind::syntax,
                "tensor \"a\": its rows of 48 values are no whole blocks of Q8_0");
        refuses(file{}.add("a", {128, 2}, q4_k, 0).str(144), error_kind::syntax, "no whole blocks of Q4_K");
        CHECK(read(file{}.add("a", {256, 2}, q4_k, 0).str(288)).at(0).n_bytes() == 288);
    }

    TEST_CASE("bytes inside the file, and of one tensor each") {
        refuses(file{}.add("a", {2}, f32, 0).str(7), error_kind::syntax,
                "tensor \"a\": it has 8 bytes at offset 0, and the file ends before");
        refuses(file{}.add("a", {2}, f32, ~std::uint64_t{31}).str(64), error_kind::syntax, "and the file ends before");
        refuses(file{}.add("a", {9}, f32, 0).add("b", {9}, f32, 32).str(96), error_kind::syntax,
                "tensor \"b\": its bytes are also those of tensor \"a\"");
        refuses(file{}.add("a", {9}, f32, 32).add("b", {9}, f32, 32).str(96), error_kind::syntax,
                "are also those of tensor");
        CHECK(read(file{}.add("a", {8}, f32, 64).add("b", {8}, f32, 0).str(96)).size() == 2);  // a gap, another order
        file const one = file{}.add("a", {1}, f32, 0);
        for (std::size_t cut = 24; cut < 24 + one.list.size(); ++cut)
            refuses(one.str(4).substr(0, cut), error_kind::syntax, ": the file ends inside the list of tensors");
        file many = one;
        many.n = ~std::uint64_t{0};
        refuses(many.str(4), error_kind::limit, "byte ");  // what follows is read as a name
    }

    TEST_CASE("cut off anywhere, and changed anywhere") {
        std::string const bytes =
            file{.alignment = 8}.add("token_embd.weight", {32, 2}, q8_0, 0).add("b", {3}, f32, 72).str(84);
        hostile::run(bytes, [](std::string_view text) {
            for (tensor_entry const& entry : read(text)) {
                CHECK(entry.begin <= entry.end);
                CHECK(entry.end <= text.size());
                CHECK(bytes_of(entry.type, n_values(entry.shape).value()) == entry.n_bytes());
            }
        });
    }
}

}  // namespace gguf_tensors_test
