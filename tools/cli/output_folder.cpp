#include "output_folder.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include <tessera/core/error.hpp>

namespace tessera::cli {

namespace fs = std::filesystem;

namespace {

std::string without_slashes(std::string path) {
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    return path;
}

[[noreturn]] void fail(std::string const& path, std::string const& what, std::string remedy = {}) {
    throw error(error_kind::io, path, what, std::move(remedy));
}

// A name beside `path` that no file has.
std::string free_name(std::string const& path, char const* ending, unsigned attempt) {
    return path + ending + std::to_string(attempt);
}

}  // namespace

output_folder::output_folder(std::string path, std::string mark, bool force)
    : path_(without_slashes(std::move(path))), mark_(std::move(mark)), force_(force) {
    if (path_.empty() || path_ == "-") fail("--output", "a folder is written, not standard output", "name a folder");
    check();
    fs::path const parent = fs::path(path_).has_parent_path() ? fs::path(path_).parent_path() : fs::path(".");
    std::error_code code;
    if (!fs::is_directory(parent, code)) fail(path_, "there is no folder " + parent.string(), "make it first");
    uninterrupted const guard;
    for (unsigned attempt = 0; temporary_.empty(); ++attempt) {
        std::string const name = free_name(path_, ".tmp", attempt);
        if (::mkdir(name.c_str(), 0777) == 0) {
            temporary_ = name;
        } else if (errno != EEXIST || attempt == 1000) {
            fail(path_, "cannot write in " + parent.string() + ": " + std::strerror(errno), "write elsewhere");
        }
    }
    doomed_.emplace(temporary_);
}

output_folder::~output_folder() {
    if (temporary_.empty()) return;
    std::error_code ignored;
    fs::remove_all(temporary_, ignored);
}

void output_folder::check() const {
    std::error_code code;
    fs::file_status const status = fs::symlink_status(path_, code);
    if (!fs::exists(status)) return;
    if (!fs::is_directory(status)) fail(path_, "exists and is no folder", "give another name");
    if (fs::is_empty(path_, code)) return;
    if (!force_) fail(path_, "exists", "pass --force to replace it, or give another name");
    if (!fs::exists(fs::path(path_) / mark_, code)) {
        fail(path_, "is not replaced, since it has no " + mark_, "give another name, or remove it first");
    }
}

void output_folder::commit() {
    uninterrupted const guard;
    check();
    std::error_code code;
    std::string old;
    if (fs::exists(path_, code) && !fs::is_empty(path_, code)) {
        for (unsigned attempt = 0; old.empty(); ++attempt) {
            std::string const name = free_name(path_, ".old", attempt);
            if (!fs::exists(fs::symlink_status(name, code))) old = name;
        }
        if (::rename(path_.c_str(), old.c_str()) != 0) fail(path_, std::strerror(errno));
    }
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
        int const why = errno;
        if (!old.empty()) (void)::rename(old.c_str(), path_.c_str());
        fail(path_, std::strerror(why));
    }
    temporary_.clear();
    doomed_.reset();
    if (!old.empty()) fs::remove_all(old, code);
}

}  // namespace tessera::cli
