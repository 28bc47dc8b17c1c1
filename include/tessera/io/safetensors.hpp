// safetensors files: 8 bytes with the header's length, a header in JSON, the tensors. Source: safetensors/src/tensor.rs
// of Hugging Face's library 0.8. Every size is checked before it is used; tensors are not looked at.
// Next to read: write_safetensors.hpp; model_tensors.hpp, models in several files.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/io/detail/shown.hpp>
#include <tessera/io/json.hpp>
#include <tessera/io/tensor_entry.hpp>

namespace tessera::inline v0 {

/// The largest header that is accepted, in bytes; Hugging Face's library has the same limit.
inline constexpr std::uint64_t max_safetensors_header = 100'000'000;

/// What a header says, checked.
struct safetensors_header {
    std::vector<tensor_entry> tensors;                          ///< in order of their bytes, without gaps
    std::vector<std::pair<std::string, std::string>> metadata;  ///< in order of keys; `{"format": "pt"}`
};

namespace detail {

[[noreturn]] inline void fail_safetensors(std::string_view tensor, std::string message,
                                          error_kind kind = error_kind::syntax) {
    throw error(kind, "tensor " + shown(tensor), std::move(message), "the file may be damaged; fetch it again");
}

/// A list of at most 64 numbers: no library has tensors of more dimensions.
inline std::vector<std::uint64_t> read_whole_numbers(json_value const& list) {
    simdjson::dom::array const values = list.raw_array();
    if (values.size() > 64)
        list.fail(error_kind::limit, "a list of " + std::to_string(values.size()) + " is not accepted");
    std::vector<std::uint64_t> out;
    for (json_value const& value : list.array()) out.push_back(value.unsigned_integer());
    return out;
}

/// One member of the header. @param data  where the tensors begin in the file
inline tensor_entry read_safetensors_entry(std::string_view name, json_value const& value, std::uint64_t data) {
    tensor_entry entry;
    entry.name = name;
    json_object const info = value.object();
    std::string_view const type = info.at("dtype").string();
    auto const known = safetensors_type(type);
    if (!known) {
        throw error(error_kind::unsupported, "tensor " + shown(name), "the dtype " + shown(type) + " is not known");
    }
    entry.type = *known;
    entry.shape = read_whole_numbers(info.at("shape"));
    json_value const offsets = info.at("data_offsets");
    std::vector<std::uint64_t> const two = read_whole_numbers(offsets);
    if (two.size() != 2) offsets.fail(error_kind::syntax, "expected two numbers, found " + std::to_string(two.size()));
    std::uint64_t const begin = two[0];
    std::uint64_t const end = two[1];
    if (begin > end || end > ~std::uint64_t{0} - data) fail_safetensors(name, "its data_offsets are not a range");
    entry.begin = data + begin;
    entry.end = data + end;

    auto const n = n_values(entry.shape);
    if (!n || !product(*n, row_of(entry.type).block_bits)) {
        fail_safetensors(name, "its shape " + shown_shape(entry.shape) + " has too many values", error_kind::limit);
    }
    auto const n_bytes = bytes_of(entry.type, *n);
    if (!n_bytes) fail_safetensors(name, "its values do not fill whole bytes");
    if (*n_bytes != end - begin) {
        fail_safetensors(name, "its data_offsets are " + std::to_string(end - begin) + " bytes apart, but shape " +
                                   shown_shape(entry.shape) + " of " + std::string(type) + " takes " +
                                   std::to_string(*n_bytes));
    }
    return entry;
}

/// Where the header ends. @throws error
inline std::uint64_t end_of_safetensors_header(std::string_view file) {
    constexpr char const* fetch = "the file may be damaged or cut off; fetch it again";
    if (file.size() < 8) throw error(error_kind::syntax, "byte 0", "the file ends inside the header's length", fetch);
    std::uint64_t n = 0;
    std::memcpy(&n, file.data(), 8);
    if (n > max_safetensors_header) {
        throw error(error_kind::limit, "byte 0", "a header of " + std::to_string(n) + " bytes is not accepted",
                    "check that this is a safetensors file");
    }
    if (n > file.size() - 8) {
        throw error(
            error_kind::syntax, "byte 8",
            "the header has " + std::to_string(n) + " bytes, but only " + std::to_string(file.size() - 8) + " follow",
            fetch);
    }
    return 8 + n;
}

}  // namespace detail

/// Reads and checks the header of a whole file. The tensors lie one after another and fill the rest of the file, so
/// nothing can hide between or behind them. Differs from Hugging Face's library, which takes the last of several
/// tensors of the same name: here that is an error.
/// @param file    all its bytes; none of the tensors' is read
/// @throws error  syntax, limit, unsupported (a dtype), at `byte N`, `header: LINE:COLUMN`, a path in the header, or
///                `tensor "NAME"`
/// @complexity    O(n log n), n = bytes of the header; memory in proportion to it
[[nodiscard]] inline safetensors_header read_safetensors(std::string_view file) {
    std::uint64_t const data = detail::end_of_safetensors_header(file);
    std::string_view const text = file.substr(8, static_cast<std::size_t>(data) - 8);
    std::size_t const first = text.find_first_not_of(" \t\n\r");
    if (first == std::string_view::npos || text[first] != '{') {
        throw error(error_kind::syntax, "byte 8", "the header is not a JSON object",
                    "check that this is a safetensors file");
    }
    safetensors_header header;
    try {
        json_document const json(text);
        for (auto const& [name, value] : json.root().object().members()) {
            if (name != "__metadata__") {
                header.tensors.push_back(detail::read_safetensors_entry(name, value, data));
            } else if (!value.is_null()) {
                for (auto const& [key, item] : value.object().members()) {
                    header.metadata.emplace_back(key, item.string());
                }
            }
        }
    } catch (error const& e) {
        if (e.where().starts_with("tensor ")) throw;
        throw e.within("header");
    }
    std::sort(header.tensors.begin(), header.tensors.end(), [](tensor_entry const& a, tensor_entry const& b) {
        return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
    });
    std::uint64_t at = data;
    for (tensor_entry const& entry : header.tensors) {
        if (entry.begin != at) {
            detail::fail_safetensors(entry.name, "it begins at byte " + std::to_string(entry.begin - data) +
                                                     " of the tensors, " +
                                                     (entry.begin < at ? "inside" : "not behind") +
                                                     " the one before it, which ends at " + std::to_string(at - data));
        }
        at = entry.end;
    }
    if (at != file.size()) {
        throw error(error_kind::syntax, "byte " + std::to_string(std::min<std::uint64_t>(at, file.size())),
                    at > file.size() ? "the tensors go on to byte " + std::to_string(at) + ", but the file ends"
                                     : std::to_string(file.size() - at) + " bytes follow the last tensor",
                    "the file may be damaged or cut off; fetch it again");
    }
    return header;
}

}  // namespace tessera::inline v0
