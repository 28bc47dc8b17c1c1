// Where a tensor lies in a file, whatever the file's format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <tessera/io/tensor_type.hpp>

namespace tessera::inline v0 {

/// One tensor of a file, checked: its bytes are inside the file and as many as its shape needs.
struct tensor_entry {
    std::string name;
    tensor_type type = tensor_type::f32;
    std::vector<std::uint64_t> shape;  ///< slowest dimension first, as in NumPy; GGUF's files have it last
    std::uint64_t begin = 0;           ///< first byte, from the beginning of the file
    std::uint64_t end = 0;             ///< behind the last
    std::size_t file = 0;              ///< which of a model's files

    [[nodiscard]] std::uint64_t n_bytes() const noexcept { return end - begin; }
    /// @pre shape.size() == 2
    [[nodiscard]] std::uint64_t rows() const noexcept { return shape[0]; }
    /// @pre shape.size() == 2
    [[nodiscard]] std::uint64_t columns() const noexcept { return shape[1]; }
};

/// "[49152, 576]", for people.
[[nodiscard]] inline std::string shown_shape(std::vector<std::uint64_t> const& shape) {
    std::string out = "[";
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (i == 8) return out += ", ...]";
        if (i > 0) out += ", ";
        out += std::to_string(shape[i]);
    }
    return out += ']';
}

}  // namespace tessera::inline v0
