#include "output.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <unistd.h>

#include <tessera/core/error.hpp>

namespace tessera::cli {

namespace {

// Control characters would break the line, or the terminal.
void append_escaped(std::string& out, std::string_view text) {
    static constexpr char hex[] = "0123456789abcdef";
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else if (c == '\r') {
            out += "\\r";
        } else if (byte < 0x20 || byte == 0x7F) {
            out += "\\x";
            out += hex[byte >> 4];
            out += hex[byte & 15];
        } else {
            out += c;
        }
    }
}

}  // namespace

std::string printable(std::string_view text) {
    static constexpr std::size_t longest = 80;
    bool const cut = text.size() > longest;
    std::string out = "\"";
    append_escaped(out, text.substr(0, longest));
    out += cut ? "...\"" : "\"";
    return out;
}

std::string one_line(std::string_view text) {
    std::string out;
    append_escaped(out, text);
    return out;
}

void write_to_stdout(std::string_view bytes) {
    while (!bytes.empty()) {
        ssize_t const n = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
        if (n >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(n));
            continue;
        }
        if (errno == EINTR) continue;
        if (errno == EPIPE) throw broken_pipe{};
        throw error(error_kind::io, "standard output", std::strerror(errno), "make room, or write elsewhere");
    }
}

void write_to_stderr(std::string_view line) {
    std::string text(line);
    text += '\n';
    std::string_view rest = text;
    while (!rest.empty()) {
        ssize_t const n = ::write(STDERR_FILENO, rest.data(), rest.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return;  // nobody is left to be told
        rest.remove_prefix(static_cast<std::size_t>(n));
    }
}

output::output(std::string const& path, bool force) {
    if (means_stdout(path)) return;
    check_writable(path, force);
    uninterrupted const guard;
    file_.emplace(path, force);
    if (!file_->temporary_path().empty()) temporary_.emplace(file_->temporary_path());
}

void output::flush() {
    if (file_) {
        file_->write(buffer_);
    } else {
        write_to_stdout(buffer_);
    }
    buffer_.clear();
}

void output::commit() {
    flush();
    if (!file_) return;
    uninterrupted const guard;
    file_->commit();
    temporary_.reset();
}

namespace {

namespace fs = std::filesystem;

void check_parent(fs::path const& target, std::string const& path) {
    fs::path const parent = target.has_parent_path() ? target.parent_path() : fs::path(".");
    std::error_code code;
    if (!fs::is_directory(parent, code)) {
        throw error(error_kind::io, path, "there is no folder " + parent.string(), "make it first");
    }
    if (::access(parent.c_str(), W_OK | X_OK) != 0) {
        throw error(error_kind::io, path, "cannot write in " + parent.string() + ": " + std::strerror(errno),
                    "write elsewhere");
    }
}

}  // namespace

void check_writable(std::string const& path, bool force) {
    std::error_code code;
    fs::file_status const status = fs::status(path, code);
    if (fs::is_directory(status)) throw error(error_kind::io, path, "is a directory", "name a file");
    if (fs::is_other(status)) return;  // a device or a pipe: written to, not replaced
    if (!force && fs::exists(fs::symlink_status(path, code))) {  // a link to nothing too: it would be replaced
        throw error(error_kind::io, path, "exists", "pass --force to overwrite it, or give another name");
    }
    check_parent(path, path);
}

void check_writable_in(std::string const& path, std::initializer_list<char const*> names, bool force) {
    fs::path folder(path);
    if (!folder.has_filename()) folder = folder.parent_path();  // "name/"
    std::error_code code;
    fs::file_status const status = fs::status(folder, code);
    if (!fs::exists(status)) {
        check_parent(folder, path);
    } else if (!fs::is_directory(status)) {
        throw error(error_kind::io, path, "is a file, not a folder", "give another name");
    } else {
        for (char const* const name : names) check_writable((folder / name).string(), force);
    }
}

}  // namespace tessera::cli
