// What inputs on a command line stand for: files, folders, globs, standard input.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tessera/core/error.hpp>
#include <tessera/io/file.hpp>

namespace tessera::inline v0 {

namespace detail {

/// Adds the files below a folder, sorted by the bytes of their paths. Links to folders are not followed.
inline void append_folder(std::string const& folder, std::vector<std::string>& files) {
    namespace fs = std::filesystem;
    std::vector<std::string> found;
    std::error_code code;
    fs::recursive_directory_iterator at(folder, code);
    for (; !code && at != fs::recursive_directory_iterator(); at.increment(code)) {
        std::error_code gone;
        if (at->is_regular_file(gone)) found.push_back(at->path().string());
    }
    if (code) throw error(error_kind::io, folder, code.message(), "check the permissions");
    if (found.empty()) throw error(error_kind::empty_input, folder, "the folder has no files", "check the path");
    std::sort(found.begin(), found.end());
    files.insert(files.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
}

inline void append_path(std::string const& path, std::vector<std::string>& files) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) throw_io(path, errno, "check the path");
    if (S_ISDIR(info.st_mode)) {
        append_folder(path, files);
    } else if (::access(path.c_str(), R_OK) != 0) {
        throw_io(path, errno, "check the permissions");
    } else {
        files.push_back(path);
    }
}

}  // namespace detail

/// The files that `inputs` stand for, in order: a file is itself, a folder all files below it, sorted by path, a glob
/// what it matches, sorted, and `-` standard input. No inputs at all are standard input.
/// @throws error  io: there is no such file, or it cannot be read; empty_input: a folder without files
[[nodiscard]] inline std::vector<std::string> expand_inputs(std::vector<std::string> const& inputs) {
    if (inputs.empty()) return {"-"};
    std::vector<std::string> files;
    for (std::string const& input : inputs) {
        struct stat info {};
        if (input == "-") {
            files.push_back(input);
        } else if (::stat(input.c_str(), &info) == 0 || input.find_first_of("*?[") == std::string::npos) {
            detail::append_path(input, files);
        } else {
            ::glob_t matches{};
            int const code = ::glob(input.c_str(), GLOB_NOSORT, nullptr, &matches);
            std::vector<std::string> paths;
            if (code == 0) paths.assign(matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
            ::globfree(&matches);
            if (paths.empty())
                throw error(error_kind::io, input, "no file matches", "check the pattern, and quote it in a shell");
            std::sort(paths.begin(), paths.end());
            for (std::string const& path : paths) detail::append_path(path, files);
        }
    }
    return files;
}

}  // namespace tessera::inline v0
