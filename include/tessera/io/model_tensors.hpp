// The tensors of a model, in one file or several: safetensors, alone or in shards with an index, or GGUF. Files are
// mapped, so that opening a model of 100 GB takes no longer than reading its headers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/io/detail/shown.hpp>
#include <tessera/io/file.hpp>
#include <tessera/io/folder_file.hpp>
#include <tessera/io/gguf.hpp>
#include <tessera/io/gguf_tensors.hpp>
#include <tessera/io/json.hpp>
#include <tessera/io/mapped_file.hpp>
#include <tessera/io/safetensors.hpp>
#include <tessera/io/tensor_entry.hpp>
#include <tessera/io/tensor_values.hpp>

namespace tessera::inline v0 {

/// What files a model's tensors are in.
enum class tensor_format : std::uint8_t { safetensors, gguf };

/// The tensors of a model, all headers read and checked, all files open. `const` members may be called from many
/// threads.
class model_tensors {
public:
    /// @param path    a folder with model.safetensors, with model.safetensors.index.json and the files it names, or
    /// with a
    ///                single .gguf file; or one such file
    /// @throws error  io: a file is missing, or a link leads out of the folder (folder_file.hpp); syntax, limit,
    ///                unsupported: a file is damaged, or the index and the files do not agree. `where()` begins with a
    ///                path
    explicit model_tensors(std::filesystem::path const& path) {
        namespace fs = std::filesystem;
        std::error_code code;
        if (fs::is_directory(path, code)) {
            open_folder(path);
        } else if (path.string().ends_with(".index.json")) {
            open_index(path.has_parent_path() ? path.parent_path() : fs::path("."), path);
        } else {
            open_file(path);
        }
        order_.resize(entries_.size());
        for (std::size_t i = 0; i < order_.size(); ++i) order_[i] = i;
        std::sort(order_.begin(), order_.end(),
                  [this](std::size_t a, std::size_t b) { return entries_[a].name < entries_[b].name; });
        for (std::size_t i = 1; i < order_.size(); ++i) {
            tensor_entry const& entry = entries_[order_[i]];
            if (entry.name != entries_[order_[i - 1]].name) continue;
            throw error(error_kind::syntax, path.string() + ": tensor " + detail::shown(entry.name),
                        "there are two of this name");
        }
    }

    [[nodiscard]] tensor_format format() const noexcept { return format_; }
    /// All, in the order of the files and of their bytes there.
    [[nodiscard]] std::span<tensor_entry const> entries() const noexcept { return entries_; }

    /// @return  null if there is none of this name
    [[nodiscard]] tensor_entry const* find(std::string_view name) const noexcept {
        auto const at = std::lower_bound(order_.begin(), order_.end(), name,
                                         [this](std::size_t i, std::string_view n) { return entries_[i].name < n; });
        return at != order_.end() && entries_[*at].name == name ? &entries_[*at] : nullptr;
    }

    /// @throws error  unsupported: there is none of this name
    [[nodiscard]] tensor_entry const& at(std::string_view name) const {
        if (tensor_entry const* const entry = find(name)) return *entry;
        throw error(error_kind::unsupported, files_.front().path.string(), "there is no tensor " + detail::shown(name),
                    "name another, of the " + std::to_string(entries_.size()) + " that are there");
    }

    /// As they lie in the file; aligned to nothing. Valid as long as this object. @pre entry is one of entries()
    [[nodiscard]] std::string_view bytes(tensor_entry const& entry) const noexcept {
        return files_[entry.file].map.bytes().substr(static_cast<std::size_t>(entry.begin),
                                                     static_cast<std::size_t>(entry.n_bytes()));
    }

    /// `PATH: tensor "NAME"`, for errors.
    [[nodiscard]] std::string where(tensor_entry const& entry) const {
        return files_[entry.file].path.string() + ": tensor " + detail::shown(entry.name);
    }

    /// @throws error  unsupported: it is no matrix of numbers that can be read as floats
    void check_matrix(tensor_entry const& entry) const {
        if (entry.shape.size() != 2) {
            throw error(error_kind::unsupported, where(entry),
                        "its shape is " + shown_shape(entry.shape) + ", and a matrix is needed");
        }
        if (!has_floats(entry.type)) {
            throw error(error_kind::unsupported, where(entry),
                        std::string(name_of(entry.type)) + " cannot be read as numbers",
                        "it can from F16, BF16, F32, F64, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0 and Q2_K to Q6_K");
        }
    }

    /// Rows of a matrix as floats: widened, dequantised, or, of F64, rounded.
    /// @param out     (n_rows, entry.columns()), row-major
    /// @pre           entry is one of entries(); out.size() is n_rows * columns
    /// @throws error  unsupported: see check_matrix; bad_option: there are fewer rows
    /// @complexity    O(n_rows * columns); of the file, only these rows are read
    void read_rows(tensor_entry const& entry, std::uint64_t first_row, std::uint64_t n_rows,
                   std::span<float> out) const {
        check_matrix(entry);
        if (first_row > entry.rows() || n_rows > entry.rows() - first_row) {
            throw error(error_kind::bad_option, where(entry),
                        "rows " + std::to_string(first_row) + " and " + std::to_string(n_rows) +
                            " from there are asked for, of " + std::to_string(entry.rows()));
        }
        if (entry.columns() == 0) return;
        // The whole tensor is inside the file, so nothing here overflows.
        std::uint64_t const row_bytes = entry.rows() == 0 ? 0 : entry.n_bytes() / entry.rows();
        floats_from(entry.type,
                    bytes(entry).substr(static_cast<std::size_t>(first_row * row_bytes),
                                        static_cast<std::size_t>(n_rows * row_bytes)),
                    out);
    }

    /// The same, of numbers only.
    /// @throws error  syntax: a value is infinite or no number; `where()` names the row
    void read_finite_rows(tensor_entry const& entry, std::uint64_t first_row, std::uint64_t n_rows,
                          std::span<float> out) const {
        read_rows(entry, first_row, n_rows, out);
        if (auto const at = find_not_finite(out)) {
            throw error(error_kind::syntax, where(entry) + ", row " + std::to_string(first_row + *at / entry.columns()),
                        "it has a value that is infinite or no number",
                        "the file may be damaged; take another copy of the model");
        }
    }

    /// The metadata of a GGUF file; null for safetensors.
    [[nodiscard]] gguf_metadata const* gguf() const noexcept { return gguf_ ? &*gguf_ : nullptr; }
    [[nodiscard]] std::size_t n_files() const noexcept { return files_.size(); }
    /// @pre file < n_files()
    [[nodiscard]] std::filesystem::path const& path(std::size_t file) const noexcept { return files_[file].path; }

private:
    struct opened {
        std::filesystem::path path;
        mapped_file map;
    };

    void open_folder(std::filesystem::path const& folder) {
        if (auto const one = file_in_folder_if_any(folder, "model.safetensors"); !one.empty()) return open_file(one);
        if (auto const index = file_in_folder_if_any(folder, "model.safetensors.index.json"); !index.empty())
            return open_index(folder, index);
        std::vector<std::string> found;
        bool has_pickle = false;
        std::error_code code;
        for (std::filesystem::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
            std::string name = it->path().filename().string();
            has_pickle |= name.ends_with(".bin") || name.ends_with(".pt") || name.ends_with(".pth");
            if (name.ends_with(".gguf")) found.push_back(std::move(name));
        }
        if (code) throw error(error_kind::io, folder.string(), code.message());
        if (found.size() == 1) return open_file(file_in_folder(folder, found[0]));
        if (found.size() > 1) {
            throw error(error_kind::io, folder.string(), "there are " + std::to_string(found.size()) + " .gguf files",
                        "name one of them");
        }
        throw error(error_kind::io, folder.string(),
                    has_pickle ? "the model is in PyTorch's own format, which can run programs and is not read"
                               : "there is neither model.safetensors nor model.safetensors.index.json nor a .gguf file",
                    has_pickle ? "save it as safetensors" : "name the folder of a model");
    }

    void open_file(std::filesystem::path const& path) {
        mapped_file map(path);
        try {
            std::vector<tensor_entry> tensors;
            if (map.bytes().starts_with("GGUF")) {
                format_ = tensor_format::gguf;
                gguf_.emplace(map.bytes());
                refuse_split(*gguf_);
                tensors = read_gguf_tensors(map.bytes(), *gguf_);
            } else {
                tensors = read_safetensors(map.bytes()).tensors;
            }
            for (tensor_entry& entry : tensors) {
                entry.file = files_.size();
                entries_.push_back(std::move(entry));
            }
        } catch (error const& e) {
            throw e.within(path.string());
        }
        files_.push_back({path, std::move(map)});
    }

    static void refuse_split(gguf_metadata const& metadata) {
        gguf_value const* const count = metadata.find("split.count");
        if (count == nullptr || count->unsigned_integer().value_or(0) <= 1) return;
        count->fail("the model is split into several files, which is not supported", error_kind::unsupported);
    }

    void open_index(std::filesystem::path const& folder, std::filesystem::path const& index) {
        std::string const text = read_file(index, max_index_bytes);
        std::map<std::string, std::map<std::string, bool>, std::less<>>
            shards;  // file -> tensor -> whether it is there
        try {
            json_document const json = json_document::of_file(text);
            for (auto const& [tensor, file] : json.root().object().at("weight_map").object().members()) {
                shards[std::string(file.string())].emplace(tensor, false);
            }
            if (shards.empty()) throw error(error_kind::empty_input, "weight_map", "it is empty");
        } catch (error const& e) {
            throw e.within(index.string());
        }
        for (auto& [name, tensors] : shards) {
            std::size_t const first = entries_.size();
            open_file(file_in_folder(folder, name));
            for (std::size_t i = first; i < entries_.size(); ++i) {
                auto const listed = tensors.find(entries_[i].name);
                if (listed == tensors.end()) {
                    throw error(error_kind::syntax, where(entries_[i]),
                                "the file has it, but not by " + index.filename().string(), disagree);
                }
                listed->second = true;
            }
            for (auto const& [tensor, is_there] : tensors) {
                if (!is_there) {
                    throw error(error_kind::syntax, index.string() + ": weight_map." + tensor.substr(0, 200),
                                "there is no such tensor in " + detail::shown(name), disagree);
                }
            }
        }
        if (format_ != tensor_format::safetensors)
            throw error(error_kind::syntax, index.string(), "it names a file that is not safetensors");
    }

    static constexpr std::uint64_t max_index_bytes = max_safetensors_header;
    static constexpr char const* disagree =
        "the files may be of different versions of the model; fetch all of them again";

    tensor_format format_ = tensor_format::safetensors;
    std::vector<opened> files_;
    std::vector<tensor_entry> entries_;
    std::vector<std::size_t> order_;  // of entries_, by name
    std::optional<gguf_metadata> gguf_;
};

}  // namespace tessera::inline v0
