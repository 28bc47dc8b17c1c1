// Files of a model's folder. Their names come from files that may be hostile, and so may the folder: a link in it to
// somewhere else would have somebody's private file copied into a model that is then published.
#pragma once

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include <tessera/core/error.hpp>
#include <tessera/io/detail/shown.hpp>

namespace tessera::inline v0 {

namespace detail {

namespace fs = std::filesystem;

/// @pre both are canonical
inline bool is_inside(fs::path const& path, fs::path const& folder) {
    auto at = path.begin();
    for (auto const& part : folder) {
        if (at == path.end() || *at++ != part) return false;
    }
    return at != path.end();
}

// What the download cache of Hugging Face's libraries looks like: MODEL/snapshots/REVISION/NAME links to
// MODEL/blobs/HASH.
inline fs::path blobs_of(fs::path const& folder) {
    fs::path const snapshots = folder.parent_path();
    return snapshots.filename() == "snapshots" ? snapshots.parent_path() / "blobs" : fs::path();
}

}  // namespace detail

/// The path of a file in a folder, by a name that stands in another file.
/// A symbolic link is followed if it stays in the folder, or leads to the `blobs` beside the `snapshots` that the
/// folder is in, which is how a download cache of Hugging Face looks.
/// @param name    may be any bytes
/// @throws error  syntax: the name is not that of a file right in the folder; io: there is no such file, or it is a
/// link
///                that leads nowhere, in a circle, or out of the folder
[[nodiscard]] inline std::filesystem::path file_in_folder(std::filesystem::path const& folder, std::string_view name) {
    namespace fs = std::filesystem;
    if (name.empty() || name == "." || name == ".." || name.find('/') != std::string_view::npos ||
        name.find('\0') != std::string_view::npos || name.size() > 255) {
        throw error(error_kind::syntax, folder.string(),
                    detail::shown(name) + " is not the name of a file in this folder", "only plain names are followed");
    }
    fs::path const path = folder / std::string(name);
    std::error_code code;
    fs::file_status const status = fs::symlink_status(path, code);
    if (!fs::exists(status)) {
        std::string why = code ? code.message() : "no such file";
        throw error(error_kind::io, path.string(), status.type() == fs::file_type::not_found ? "no such file" : why,
                    "fetch the model again, with all its files");
    }
    if (!fs::is_symlink(status)) return path;
    fs::path const target = fs::canonical(path, code);
    if (code) {
        bool const is_circle = code == std::errc::too_many_symbolic_link_levels;
        throw error(error_kind::io, path.string(),
                    is_circle ? "is a link that leads in a circle" : "is a link to nothing: " + code.message(),
                    "fetch the model again, with all its files");
    }
    fs::path const here = fs::canonical(folder, code);
    if (code) throw error(error_kind::io, folder.string(), code.message());
    if (detail::is_inside(target, here)) return path;
    if (fs::path const blobs = detail::blobs_of(here); !blobs.empty() && detail::is_inside(target, blobs)) return path;
    throw error(error_kind::io, path.string(),
                "is a link to a file outside the folder, " + detail::shown(target.string()),
                "replace the link by the file if it belongs to the model");
}

/// The same where the file may be missing: an empty path then. A link to nothing is an error all the same.
[[nodiscard]] inline std::filesystem::path file_in_folder_if_any(std::filesystem::path const& folder,
                                                                 std::string_view name) {
    std::error_code code;
    auto const status = std::filesystem::symlink_status(folder / std::string(name), code);
    if (status.type() == std::filesystem::file_type::not_found) return {};
    return file_in_folder(folder, name);
}

}  // namespace tessera::inline v0
