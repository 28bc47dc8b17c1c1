// NumPy's file format for arrays: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <tessera/core/error.hpp>

namespace tessera::inline v0 {

/// The types of elements, little-endian; `uint32`, for ids of tokens, is written only.
enum class npy_type : std::uint8_t { uint8, int32, int64, uint32 };

[[nodiscard]] constexpr std::size_t bytes_of(npy_type type) noexcept {
    return type == npy_type::uint8 ? 1 : type == npy_type::int64 ? 8 : 4;
}
/// As NumPy writes it: "<i4".
[[nodiscard]] constexpr std::string_view descr_of(npy_type type) noexcept {
    constexpr std::string_view names[] = {"|u1", "<i4", "<i8", "<u4"};
    return names[static_cast<std::size_t>(type)];
}
/// "int32"
[[nodiscard]] constexpr std::string_view name_of(npy_type type) noexcept {
    constexpr std::string_view names[] = {"uint8", "int32", "int64", "uint32"};
    return names[static_cast<std::size_t>(type)];
}

/// What stands before the elements, in C order.
struct npy_header {
    npy_type type = npy_type::int32;
    std::vector<std::uint64_t> shape;
    std::size_t header_bytes = 0;  ///< where the elements begin
};

/// Enough to read any header that this library writes, and any of NumPy's for a few dimensions.
inline constexpr std::size_t npy_header_bytes = 256;

/// A header of always the same length, so that it can be written before the shape is known, and again at the end.
/// @pre shape has at most 4 dimensions
[[nodiscard]] inline std::string write_npy_header(npy_type type, std::span<std::uint64_t const> shape) {
    std::string dict = "{'descr': '" + std::string(descr_of(type)) + "', 'fortran_order': False, 'shape': (";
    for (std::uint64_t const n : shape) dict += std::to_string(n) + (shape.size() == 1 ? "," : ", ");
    if (shape.size() > 1) dict.resize(dict.size() - 2);
    dict += "), }";
    dict.resize(npy_header_bytes - 11, ' ');
    dict += '\n';
    std::string header("\x93NUMPY\x01\x00", 8);
    header += static_cast<char>(dict.size() & 0xFF);
    header += static_cast<char>(dict.size() >> 8);
    return header + dict;
}

namespace detail {

/// Reads the dictionary of a header: three keys, in any order.
class npy_dict_reader {
public:
    explicit npy_dict_reader(std::string_view text) noexcept : rest_(text) {}

    npy_header read() {
        npy_header header;
        std::array<bool, 3> seen{};
        expect('{');
        while (!accept('}')) {
            std::string_view const key = quoted();
            expect(':');
            std::size_t const which = key == "descr" ? 0 : key == "fortran_order" ? 1 : key == "shape" ? 2 : 3;
            if (which == 3 || seen[which]) fail("a key is unknown, or occurs twice");
            seen[which] = true;
            if (which == 0) {
                header.type = type(quoted());
            } else if (which == 1) {
                if (!accept("False")) fail("only arrays in C order are read");
            } else {
                header.shape = shape();
            }
            if (!accept(',')) {
                expect('}');
                break;
            }
        }
        if (!seen[0] || !seen[1] || !seen[2]) fail("a key is missing");
        skip_spaces();
        if (!rest_.empty()) fail("something follows the dictionary");
        return header;
    }

    [[noreturn]] static void fail(std::string message) {
        throw error(error_kind::syntax, "", "it is no array of NumPy's that is read here: " + message,
                    "the file may be damaged or cut off");
    }

private:
    void skip_spaces() noexcept {
        while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\n')) rest_.remove_prefix(1);
    }
    bool accept(std::string_view text) noexcept {
        skip_spaces();
        if (!rest_.starts_with(text)) return false;
        rest_.remove_prefix(text.size());
        return true;
    }
    bool accept(char c) noexcept { return accept(std::string_view(&c, 1)); }
    void expect(char c) {
        if (!accept(c)) fail(std::string("there is no ") + c);
    }
    std::string_view quoted() {
        skip_spaces();
        char const quote = rest_.empty() ? ' ' : rest_.front();
        if (quote != '\'' && quote != '"') fail("a string is missing");
        std::size_t const end = rest_.find(quote, 1);
        if (end == std::string_view::npos) fail("a string does not end");
        std::string_view const text = rest_.substr(1, end - 1);
        rest_.remove_prefix(end + 1);
        return text;
    }
    static npy_type type(std::string_view descr) {
        for (npy_type const t : {npy_type::uint8, npy_type::int32, npy_type::int64}) {
            if (descr == descr_of(t)) return t;
        }
        fail("its type is not uint8, int32 or int64");
    }
    std::vector<std::uint64_t> shape() {
        std::vector<std::uint64_t> out;
        expect('(');
        while (!accept(')')) {
            skip_spaces();
            std::uint64_t n = 0;
            auto const [stopped, code] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), n);
            if (code != std::errc() || out.size() == 4) fail("the shape is not at most four whole numbers");
            rest_.remove_prefix(static_cast<std::size_t>(stopped - rest_.data()));
            out.push_back(n);
            if (!accept(',')) {
                expect(')');
                break;
            }
        }
        return out;
    }

    std::string_view rest_;
};

}  // namespace detail

/// @param begin  the beginning of a file: all of the header, and perhaps more
/// @throws error  syntax
[[nodiscard]] inline npy_header read_npy_header(std::string_view begin) {
    auto const byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(begin[i])); };
    if (begin.size() < 12 || !begin.starts_with("\x93NUMPY"))
        detail::npy_dict_reader::fail("it does not begin like one");
    bool const is_long = byte(6) != 1;  // versions 2.0 and 3.0 have a length of four bytes
    if (byte(6) < 1 || byte(6) > 3 || byte(7) != 0) detail::npy_dict_reader::fail("its version is unknown");
    std::size_t const at = is_long ? 12 : 10;
    std::size_t length = byte(8) | byte(9) << 8;
    if (is_long) length |= byte(10) << 16 | byte(11) << 24;
    if (length > begin.size() - at) detail::npy_dict_reader::fail("its header is cut off, or too long");
    npy_header header = detail::npy_dict_reader(begin.substr(at, length)).read();
    header.header_bytes = at + length;
    return header;
}

/// How many elements there are.
/// @throws error  limit: more than fit into 2^63 bytes
[[nodiscard]] inline std::uint64_t n_elements(npy_header const& header) {
    std::uint64_t n = 1;
    bool is_empty = false;
    for (std::uint64_t const length : header.shape) is_empty = is_empty || length == 0;
    if (is_empty) return 0;
    for (std::uint64_t const length : header.shape) {
        if (length > (std::uint64_t{1} << 60) / n) throw error(error_kind::limit, "", "the shape is too large");
        n *= length;
    }
    return n;
}

}  // namespace tessera::inline v0
