// The list of tensors of a GGUF file, which follows the metadata. Source: ggml's specification gguf.md, and for what is
// refused ggml/src/gguf.cpp. Every size is checked before it is used; tensors are not looked at.
// Next to read: gguf.hpp, the metadata; write_gguf.hpp.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/io/detail/shown.hpp>
#include <tessera/io/gguf.hpp>
#include <tessera/io/tensor_entry.hpp>

namespace tessera::inline v0 {

/// Where a file says nothing else, tensors begin at multiples of this.
inline constexpr std::uint64_t default_gguf_alignment = 32;

namespace detail {

/// What `general.alignment` says. @throws error  syntax: it is no power of two, or above 2^20
[[nodiscard]] inline std::uint64_t gguf_alignment(gguf_metadata const& metadata) {
    gguf_value const* const value = metadata.find("general.alignment");
    if (value == nullptr) return default_gguf_alignment;
    std::uint64_t const alignment = value->unsigned_integer().value_or(0);
    if (!std::has_single_bit(alignment) || alignment > std::uint64_t{1} << 20)
        value->fail("an alignment of " + std::to_string(alignment) + " is not accepted");
    return alignment;
}

class gguf_tensor_reader {
public:
    gguf_tensor_reader(std::string_view file, gguf_metadata const& metadata)
        : file_(file), metadata_(metadata), at_(metadata.n_bytes()), width_(metadata.version() == 1 ? 4 : 8) {}

    std::vector<tensor_entry> run() {
        std::uint64_t const alignment = gguf_alignment(metadata_);
        std::vector<tensor_entry> tensors;
        // A count larger than the file could hold is found out by the reading: nothing is reserved for it.
        for (std::uint64_t i = 0; i < metadata_.n_tensors(); ++i) tensors.push_back(read_entry(alignment));
        std::uint64_t const data = (at_ + alignment - 1) / alignment * alignment;
        for (tensor_entry& entry : tensors) place(entry, data);
        check_names(tensors);
        check_overlap(tensors);
        return tensors;
    }

private:
    [[noreturn]] static void fail(std::string_view tensor, std::string message, error_kind kind = error_kind::syntax) {
        throw error(kind, "tensor " + shown(tensor), std::move(message), "the file may be damaged; fetch it again");
    }

    std::string_view take(std::uint64_t n) {
        if (n > file_.size() - at_) {
            throw gguf_cut_off(error_kind::syntax, "byte " + std::to_string(at_),
                               "the file ends inside the list of tensors",
                               "the file may be damaged or cut off; fetch it again");
        }
        std::string_view const bytes = file_.substr(static_cast<std::size_t>(at_), static_cast<std::size_t>(n));
        at_ += n;
        return bytes;
    }
    std::uint64_t number(std::size_t width) { return gguf_unsigned(take(width)); }

    tensor_entry read_entry(std::uint64_t alignment) {
        tensor_entry entry;
        std::uint64_t const name_at = at_;
        std::uint64_t const length = number(width_);
        if (length > 64) {
            throw error(error_kind::limit, "byte " + std::to_string(name_at),
                        "a name of " + std::to_string(length) + " bytes is not accepted, 64 are the most",
                        "the file may be damaged; fetch it again");
        }
        entry.name = take(length);
        std::uint64_t const n_dimensions = number(4);
        if (n_dimensions > 4)
            fail(entry.name, "it has " + std::to_string(n_dimensions) + " dimensions, 4 are the most",
                 error_kind::limit);
        for (std::uint64_t i = 0; i < n_dimensions; ++i) entry.shape.push_back(number(width_));
        std::reverse(entry.shape.begin(), entry.shape.end());
        std::uint64_t const type = number(4);
        auto const known = ggml_type(type);
        if (!known) fail(entry.name, "the type " + std::to_string(type) + " is not known", error_kind::unsupported);
        entry.type = *known;
        auto const n = n_values(entry.shape);
        if (!n || !product(*n, row_of(entry.type).block_bits))
            fail(entry.name, "its shape " + shown_shape(entry.shape) + " has too many values", error_kind::limit);
        if (std::uint64_t const row = entry.shape.empty() ? 1 : entry.shape.back();
            row % values_in_block(entry.type) != 0) {
            fail(entry.name, "its rows of " + std::to_string(row) + " values are no whole blocks of " +
                                 std::string(name_of(entry.type)));
        }
        entry.begin = number(8);  // from the first tensor, so far
        if (entry.begin % alignment != 0)
            fail(entry.name,
                 "its offset " + std::to_string(entry.begin) + " is not a multiple of " + std::to_string(alignment));
        entry.end = *bytes_of(entry.type, *n);  // its size, so far
        return entry;
    }

    void place(tensor_entry& entry, std::uint64_t data) const {
        std::uint64_t const offset = entry.begin;
        std::uint64_t const size = entry.end;
        if (data > file_.size() || offset > file_.size() - data || size > file_.size() - data - offset) {
            if (size == 0) {  // nowhere: the last of a file that is not padded
                entry.begin = entry.end = file_.size();
                return;
            }
            fail(entry.name, "it has " + std::to_string(size) + " bytes at offset " + std::to_string(offset) +
                                 ", and the file ends before");
        }
        entry.begin = data + offset;
        entry.end = entry.begin + size;
    }

    static void check_names(std::vector<tensor_entry> const& tensors) {
        std::vector<std::string_view> names;
        for (tensor_entry const& entry : tensors) names.push_back(entry.name);
        std::sort(names.begin(), names.end());
        auto const twice = std::adjacent_find(names.begin(), names.end());
        if (twice != names.end()) fail(*twice, "there are two of this name");
    }

    static void check_overlap(std::vector<tensor_entry> const& tensors) {
        std::vector<tensor_entry const*> sorted;
        for (tensor_entry const& entry : tensors) sorted.push_back(&entry);
        std::sort(sorted.begin(), sorted.end(), [](auto const* a, auto const* b) {
            return std::pair(a->begin, a->end) < std::pair(b->begin, b->end);
        });
        for (std::size_t i = 1; i < sorted.size(); ++i) {
            if (sorted[i]->begin < sorted[i - 1]->end)
                fail(sorted[i]->name, "its bytes are also those of tensor " + shown(sorted[i - 1]->name));
        }
    }

    std::string_view file_;
    gguf_metadata const& metadata_;
    std::uint64_t at_;
    std::size_t width_;  // of lengths and dimensions: 4 bytes in version 1, else 8
};

}  // namespace detail

/// Reads and checks the list of tensors: names of at most 64 bytes, none twice; at most 4 dimensions; rows of whole
/// blocks; offsets that are multiples of `general.alignment`; bytes inside the file, and no byte of two tensors. There
/// may be gaps between tensors.
/// @param file      all its bytes; none of the tensors' is read
/// @param metadata  of the same bytes
/// @return          in the file's order
/// @throws error    syntax, limit, unsupported (a type of numbers), at `byte N`, `tensor "NAME"` or a key;
///                  gguf_cut_off: the file ends inside the list
/// @complexity      O(n log n), n = number of tensors
[[nodiscard]] inline std::vector<tensor_entry> read_gguf_tensors(std::string_view file, gguf_metadata const& metadata) {
    return detail::gguf_tensor_reader(file, metadata).run();
}

}  // namespace tessera::inline v0
