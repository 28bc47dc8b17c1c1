// Reading a whole file, and writing one so that it appears complete or not at all. POSIX.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tessera/core/error.hpp>
#include <tessera/core/huge_pages.hpp>

namespace tessera::inline v0 {

namespace detail {

[[noreturn]] inline void throw_io(std::string place, int code, std::string remedy = {}) {
    throw error(error_kind::io, std::move(place), std::strerror(code), std::move(remedy));
}

/// An open file descriptor; closes it.
class descriptor {
public:
    descriptor() = default;
    explicit descriptor(int fd) noexcept : fd_(fd) {}
    descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    descriptor& operator=(descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~descriptor() { close(); }

    [[nodiscard]] int get() const noexcept { return fd_; }
    /// 0 or the error number.
    int close() noexcept {
        int const fd = std::exchange(fd_, -1);
        return fd > 2 && ::close(fd) != 0 ? errno : 0;  // the standard streams stay open
    }

private:
    int fd_ = -1;
};

inline descriptor open_to_read(std::string const& path) {
    int const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) throw_io(path, errno, errno == ENOENT ? "check the path" : "");
    descriptor file(fd);
    struct stat info {};
    if (::fstat(fd, &info) != 0) throw_io(path, errno);
    if (S_ISDIR(info.st_mode)) throw error(error_kind::io, path, "is a directory", "name a file");
    return file;
}

/// Reads what there is, up to `size` bytes; 0 only at the end.
inline std::size_t read_some(int fd, char* to, std::size_t size, std::string const& path) {
    for (;;) {
        ssize_t const n = ::read(fd, to, size);
        if (n >= 0) return static_cast<std::size_t>(n);
        if (errno != EINTR) throw_io(path, errno);
    }
}

/// Reads up to `size` bytes, fewer only at the end of the file.
inline std::size_t read_fully(int fd, char* to, std::size_t size, std::string const& path) {
    std::size_t done = 0;
    while (done < size) {
        std::size_t const n = read_some(fd, to + done, size - done, path);
        if (n == 0) break;
        done += n;
    }
    return done;
}

}  // namespace detail

/// The whole content of a file, in a string that has room for 64 more bytes: parsers read on beyond the end.
/// @throws error  io: it cannot be read; limit: it has more than `max_bytes` bytes
[[nodiscard]] inline std::string read_file(std::filesystem::path const& path,
                                           std::uint64_t max_bytes = std::uint64_t{4} << 30) {
    std::string const name = path.string();
    detail::descriptor const file = detail::open_to_read(name);
    struct stat info {};
    if (::fstat(file.get(), &info) != 0) detail::throw_io(name, errno);
    std::size_t const expected = info.st_size > 0 ? static_cast<std::size_t>(info.st_size) : 0;
    std::string content;
    if (expected < max_bytes) {
        content.reserve(expected + 1 + 64);
        populate_pages(content.data(), content.capacity());
    }
    // A pipe has no size, and a file may grow meanwhile: read until the end. In blocks, for the zeros that a string
    // begins with to be still in the cache when the file's bytes replace them.
    for (;;) {
        std::size_t const have = content.size();
        std::size_t room = std::size_t{1} << 18;
        if (have <= expected && expected + 1 - have < room) room = expected + 1 - have;
        if (room > max_bytes + 1 - have) room = static_cast<std::size_t>(max_bytes + 1 - have);
        content.resize(have + room);
        std::size_t const n = detail::read_fully(file.get(), content.data() + have, room, name);
        content.resize(have + n);
        if (content.size() > max_bytes) {
            throw error(error_kind::limit, name, "has more than " + std::to_string(max_bytes) + " bytes");
        }
        if (n < room) return content;
    }
}

/// Whether `path` is there and neither a file nor a folder: a device or a pipe, which is written to, not replaced.
[[nodiscard]] inline bool is_device(std::filesystem::path const& path) {
    std::error_code code;
    std::filesystem::file_status const status = std::filesystem::status(path, code);
    return std::filesystem::is_other(status);
}

/// A file being written under a temporary name beside its final one. Without `commit` nothing remains. A device or a
/// pipe is written to at once.
class output_file {
public:
    /// @param overwrite  whether an existing file may be replaced
    /// @throws error     io: it exists, is a folder, or its folder cannot be written to
    explicit output_file(std::filesystem::path path, bool overwrite = false)
        : path_(std::move(path)), name_(path_.string()), overwrite_(overwrite) {
        if (is_device(path_)) {
            int const device = ::open(name_.c_str(), O_WRONLY | O_CLOEXEC);
            if (device < 0) detail::throw_io(name_, errno);
            file_ = detail::descriptor(device);
            return;
        }
        refuse_existing();
        int fd = -1;
        for (unsigned attempt = 0; fd < 0; ++attempt) {
            temporary_ = name_ + ".tmp" + std::to_string(attempt);
            fd = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
            if (fd < 0 && (errno != EEXIST || attempt == 1000)) {
                int const code = errno;
                temporary_.clear();
                detail::throw_io(name_, code, "check that the folder exists and can be written to");
            }
        }
        file_ = detail::descriptor(fd);
        buffer_.reserve(buffer_bytes);
    }
    output_file(output_file const&) = delete;
    output_file& operator=(output_file const&) = delete;
    ~output_file() {
        if (!temporary_.empty()) ::unlink(temporary_.c_str());
    }

    [[nodiscard]] std::filesystem::path const& path() const noexcept { return path_; }
    /// Where the bytes are until `commit`: what a signal handler should remove. Empty for a device.
    [[nodiscard]] std::string const& temporary_path() const noexcept { return temporary_; }

    /// @throws error  io
    void write(std::string_view bytes) {
        if (buffer_.size() + bytes.size() > buffer_bytes) {
            flush(buffer_);
            buffer_.clear();
            if (bytes.size() > buffer_bytes) {
                flush(bytes);
                return;
            }
        }
        buffer_ += bytes;
    }

    /// Gives the file its name. @throws error  io
    void commit() {
        flush(buffer_);
        buffer_.clear();
        if (::fsync(file_.get()) != 0 && errno != EINVAL && errno != EROFS) detail::throw_io(name_, errno);
        if (int const code = file_.close(); code != 0) detail::throw_io(name_, code);
        if (temporary_.empty()) return;
        refuse_existing();
        if (::rename(temporary_.c_str(), name_.c_str()) != 0) detail::throw_io(name_, errno);
        temporary_.clear();
    }

private:
    static constexpr std::size_t buffer_bytes = std::size_t{1} << 18;

    // A link is never written through, so one to nothing is there as much as a file is.
    void refuse_existing() const {
        struct stat info {};
        if (::stat(name_.c_str(), &info) != 0 && ::lstat(name_.c_str(), &info) != 0) return;
        if (S_ISDIR(info.st_mode)) throw error(error_kind::io, name_, "is a directory", "name a file");
        if (!overwrite_) throw error(error_kind::io, name_, "exists", "pass --force to overwrite it");
    }

    void flush(std::string_view bytes) {
        while (!bytes.empty()) {
            ssize_t const n = ::write(file_.get(), bytes.data(), bytes.size());
            if (n < 0) {
                if (errno == EINTR) continue;
                detail::throw_io(name_, errno);
            }
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
    }

    std::filesystem::path path_;
    std::string name_;
    std::string temporary_;  // empty once it is gone
    detail::descriptor file_;
    std::string buffer_;
    bool overwrite_;
};

}  // namespace tessera::inline v0
