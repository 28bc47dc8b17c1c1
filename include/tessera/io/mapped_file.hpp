// A file in memory without reading it: pages come when they are looked at. POSIX.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tessera/core/error.hpp>
#include <tessera/io/file.hpp>

namespace tessera::inline v0 {

/// The bytes of a regular file, read-only. They are there as long as this object, which may be moved.
/// Whoever makes the file shorter meanwhile makes the program fail with SIGBUS; replacing it by another is harmless.
class mapped_file {
public:
    /// @throws error  io: it cannot be opened, or is not a regular file (a pipe is not waited for)
    explicit mapped_file(std::filesystem::path const& path) {
        std::string const name = path.string();
        int const fd = ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0) detail::throw_io(name, errno, errno == ENOENT ? "check the path" : "");
        detail::descriptor const file(fd);
        struct stat info{};
        if (::fstat(fd, &info) != 0) detail::throw_io(name, errno);
        if (S_ISDIR(info.st_mode)) throw error(error_kind::io, name, "is a directory", "name a file");
        if (!S_ISREG(info.st_mode)) throw error(error_kind::io, name, "is not a regular file", "copy it to one");
        if (info.st_size == 0) return;
        if (static_cast<std::uint64_t>(info.st_size) > std::numeric_limits<std::size_t>::max())
            throw error(error_kind::limit, name, "is larger than the address space");
        auto const size = static_cast<std::size_t>(info.st_size);
        void* const at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (at == MAP_FAILED) detail::throw_io(name, errno);
        bytes_ = {static_cast<char const*>(at), size};
    }
    mapped_file(mapped_file&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
    mapped_file& operator=(mapped_file&& other) noexcept {
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~mapped_file() {
        if (!bytes_.empty()) ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
    }

    [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }

private:
    std::string_view bytes_;
};

}  // namespace tessera::inline v0
