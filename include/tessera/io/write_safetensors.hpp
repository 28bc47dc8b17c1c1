// Writes a model's tensors as safetensors: one file, or several and an index, under the names that Hugging Face's
// libraries look for. Within a file, tensors are in the order of the official writer.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/core/utf8.hpp>
#include <tessera/io/detail/shown.hpp>
#include <tessera/io/file.hpp>
#include <tessera/io/json.hpp>
#include <tessera/io/safetensors.hpp>
#include <tessera/io/tensor_source.hpp>

namespace tessera::inline v0 {

struct safetensors_options {
    /// Of the tensors in a file; a larger tensor gets a file of its own. Hugging Face's default.
    std::uint64_t max_file_bytes = 5'000'000'000;
    /// Strings for every header. Libraries look for "format".
    std::map<std::string, std::string> metadata = {{"format", "pt"}};
    bool overwrite = false;  ///< replace files of the same names
};

namespace detail {

/// A tensor and its size, and the shards as places in a list of these.
struct sized_tensor {
    tensor_source const* tensor;
    std::uint64_t size;
};

inline void check_safetensors_sources(std::span<tensor_source const> tensors) {
    std::set<std::string_view> names;
    for (tensor_source const& tensor : tensors) {
        auto const fail = [&](char const* why, error_kind kind = error_kind::bad_option) {
            throw error(kind, "tensor " + shown(tensor.name), why);
        };
        if (!is_safetensors_type(tensor.type)) {
            throw error(error_kind::unsupported, "tensor " + shown(tensor.name),
                        "safetensors has no type " + std::string(name_of(tensor.type)),
                        "write it as F16 or BF16, or write a GGUF file");
        }
        if (tensor.name.empty() || tensor.name == "__metadata__") fail("a tensor cannot be called so");
        if (!is_valid_utf8(tensor.name)) fail("its name is not UTF-8");
        if (!names.insert(tensor.name).second) fail("there are two of this name");
    }
}

/// Files are filled in the order of the tensors.
inline std::vector<std::vector<sized_tensor>> split_into_files(std::span<tensor_source const> tensors,
                                                               std::uint64_t max_bytes) {
    std::vector<std::vector<sized_tensor>> files(1);
    std::uint64_t filled = 0;
    for (tensor_source const& tensor : tensors) {
        std::uint64_t const size = size_of(tensor);
        if (!files.back().empty() && (filled > max_bytes || size > max_bytes - filled)) {
            files.emplace_back();
            filled = 0;
        }
        files.back().push_back({&tensor, size});
        filled += size;
    }
    return files;
}

/// The eight bytes and the header. @pre tensors are in their order
inline std::string safetensors_header_bytes(std::span<sized_tensor const> tensors,
                                            std::map<std::string, std::string> const& metadata) {
    std::string out(8, '\0');
    out += '{';
    if (!metadata.empty()) {
        out += "\"__metadata__\":{";
        for (auto const& [key, value] : metadata) {
            if (!is_valid_utf8(key) || !is_valid_utf8(value))
                throw error(error_kind::bad_option, "metadata " + shown(key), "it is not UTF-8");
            append_json_string(key, out);
            out += ':';
            append_json_string(value, out);
            out += ',';
        }
        out.back() = '}';
        out += ',';
    }
    std::uint64_t at = 0;
    for (auto const& [tensor, size] : tensors) {
        append_json_string(tensor->name, out);
        out += ":{\"dtype\":\"" + std::string(name_of(tensor->type)) + "\",\"shape\":[";
        for (std::size_t i = 0; i < tensor->shape.size(); ++i)
            out += (i == 0 ? "" : ",") + std::to_string(tensor->shape[i]);
        out += "],\"data_offsets\":[" + std::to_string(at) + ',' + std::to_string(at + size) + "]},";
        at += size;
    }
    if (out.back() == ',') out.pop_back();
    out += '}';
    out.resize((out.size() + 7) / 8 * 8, ' ');
    std::uint64_t const length = out.size() - 8;
    if (length > max_safetensors_header)
        throw error(error_kind::limit, "header", "it would have " + std::to_string(length) + " bytes");
    for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<char>(static_cast<unsigned char>(length >> (8 * i)));
    return out;
}

/// "model-00002-of-00003.safetensors"
inline std::string safetensors_file_name(std::size_t i, std::size_t n) {
    if (n == 1) return "model.safetensors";
    char name[64];
    std::snprintf(name, sizeof(name), "model-%05zu-of-%05zu.safetensors", i + 1, n);
    return name;
}

/// As Python's json.dumps(index, indent=2, sort_keys=True) lays it out.
inline std::string safetensors_index(std::span<std::vector<sized_tensor> const> files) {
    std::map<std::string_view, std::size_t> file_of;
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < files.size(); ++i) {
        for (auto const& [tensor, size] : files[i]) {
            file_of.emplace(tensor->name, i);
            total += size;
        }
    }
    std::string out =
        "{\n  \"metadata\": {\n    \"total_size\": " + std::to_string(total) + "\n  },\n  \"weight_map\": {";
    char const* comma = "\n    ";
    for (auto const& [name, file] : file_of) {
        out += std::exchange(comma, ",\n    ");
        append_json_string(name, out);
        out += ": \"" + safetensors_file_name(file, files.size()) + '"';
    }
    return out += "\n  }\n}\n";
}

}  // namespace detail

/// Writes tensors into a folder that is there: `model.safetensors`, or, if they do not fit into one file,
/// `model-00001-of-0000N.safetensors` and so on, and `model.safetensors.index.json`.
/// Files are filled in the given order; in a file, tensors of wider types come first, then it goes by name.
/// No file appears before all are complete, and none if anything throws.
/// @return        the names of the files, the index last
/// @throws error  io; bad_option, unsupported, limit: a tensor cannot be written, at `tensor "NAME"`; what a tensor's
///                function throws
/// @complexity    O(bytes); memory for the headers and what the tensors' functions need
inline std::vector<std::string> write_safetensors(std::filesystem::path const& folder,
                                                  std::span<tensor_source const> tensors,
                                                  safetensors_options const& options = {}) {
    detail::check_safetensors_sources(tensors);
    auto files = detail::split_into_files(tensors, options.max_file_bytes);
    std::deque<output_file> written;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < files.size(); ++i) {
        std::sort(files[i].begin(), files[i].end(), [](auto const& a, auto const& b) {
            return a.tensor->type != b.tensor->type ? a.tensor->type > b.tensor->type : a.tensor->name < b.tensor->name;
        });
        names.push_back(detail::safetensors_file_name(i, files.size()));
        output_file& out = written.emplace_back(folder / names.back(), options.overwrite);
        out.write(detail::safetensors_header_bytes(files[i], options.metadata));
        for (auto const& [tensor, size] : files[i])
            detail::write_tensor(*tensor, size, [&](std::string_view bytes) { out.write(bytes); });
    }
    if (files.size() > 1) {
        names.emplace_back("model.safetensors.index.json");
        written.emplace_back(folder / names.back(), options.overwrite).write(detail::safetensors_index(files));
    }
    for (output_file& out : written) out.commit();
    return names;
}

}  // namespace tessera::inline v0
