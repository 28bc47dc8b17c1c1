// A tensor that is still to be written: what it is called, and where its bytes come from.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/function_ref.hpp>
#include <tessera/io/detail/shown.hpp>
#include <tessera/io/tensor_entry.hpp>
#include <tessera/io/tensor_type.hpp>

namespace tessera::inline v0 {

/// Takes the next bytes of a tensor.
using byte_sink = function_ref<void(std::string_view)>;

/// One tensor. Its bytes are asked for once, when it is its turn, so that none needs to be in memory with others.
struct tensor_source {
    std::string name;
    tensor_type type = tensor_type::f32;
    std::vector<std::uint64_t> shape;      ///< slowest dimension first, as in NumPy
    std::function<void(byte_sink)> write;  ///< gives all bytes, in order, in pieces of any size; may throw
};

/// A tensor as it lies in memory or in a mapped file, which must outlive the writing.
[[nodiscard]] inline tensor_source copied_tensor(tensor_entry const& entry, std::string_view bytes) {
    return {entry.name, entry.type, entry.shape, [bytes](byte_sink sink) { sink(bytes); }};
}

namespace detail {

/// Its bytes. @throws error  limit: the shape has too many values; bad_option: they do not fill whole blocks
inline std::uint64_t size_of(tensor_source const& tensor) {
    auto const fail = [&](error_kind kind, char const* why) {
        throw error(kind, "tensor " + shown(tensor.name), "its shape " + shown_shape(tensor.shape) + why);
    };
    auto const n = n_values(tensor.shape);
    if (!n || !product(*n, row_of(tensor.type).block_bits)) fail(error_kind::limit, " has too many values");
    std::uint64_t const row = tensor.shape.empty() ? 1 : tensor.shape.back();
    auto const size = bytes_of(tensor.type, *n);
    if (!size || row % values_in_block(tensor.type) != 0) fail(error_kind::bad_option, " does not fill whole blocks");
    return *size;
}

/// Passes the bytes on.
/// @throws error  bad_option: there are more or fewer than `size`; and what the tensor's own function throws
template <class Write>
void write_tensor(tensor_source const& tensor, std::uint64_t size, Write&& write) {
    std::uint64_t left = size;
    auto const fail = [&](std::uint64_t n) {
        throw error(error_kind::bad_option, "tensor " + shown(tensor.name),
                    std::to_string(n) + " bytes were to be written, and its shape takes " + std::to_string(size));
    };
    auto sink = [&](std::string_view bytes) {
        if (bytes.size() > left) fail(size - left + bytes.size());
        left -= bytes.size();
        write(bytes);
    };
    tensor.write(byte_sink(sink));
    if (left > 0) fail(size - left);
}

}  // namespace detail

}  // namespace tessera::inline v0
