// Arrays in files, written and read piece by piece.
#pragma once

#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tessera/core/error.hpp>
#include <tessera/io/file.hpp>
#include <tessera/io/npy.hpp>

namespace tessera::inline v0 {

template <class T>
inline constexpr npy_type npy_type_of = std::is_same_v<T, std::uint8_t>   ? npy_type::uint8
                                        : std::is_same_v<T, std::int32_t> ? npy_type::int32
                                                                          : npy_type::int64;

/// A new file with an array whose length is known at its end.
class npy_output {
public:
    /// @throws error  io: the file exists, or cannot be made
    npy_output(std::string path, npy_type type) : path_(std::move(path)), type_(type) {
        int const fd = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0) detail::throw_io(path_, errno);
        file_ = detail::descriptor(fd);
        if constexpr (std::endian::native != std::endian::little) {
            throw error(error_kind::unsupported, path_, "arrays are written on little-endian machines only");
        }
        put(write_npy_header(type_, {}));
    }

    [[nodiscard]] npy_type type() const noexcept { return type_; }
    [[nodiscard]] std::uint64_t n_elements() const noexcept { return n_elements_; }

    /// Appends elements. @throws error  io
    template <class T>
    void write(std::span<T const> elements) {
        if (npy_type_of<T> != type_) throw error(error_kind::bad_option, path_, "it holds another type of elements");
        put({reinterpret_cast<char const*>(elements.data()), elements.size_bytes()});
        n_elements_ += elements.size();
    }

    /// Writes the header and closes the file. @throws error  io
    void finish(std::span<std::uint64_t const> shape) {
        flush();
        std::string const header = write_npy_header(type_, shape);
        ssize_t const n = ::pwrite(file_.get(), header.data(), header.size(), 0);
        if (n != static_cast<ssize_t>(header.size())) detail::throw_io(path_, n < 0 ? errno : EIO);
        if (::fsync(file_.get()) != 0 && errno != EINVAL && errno != EROFS) detail::throw_io(path_, errno);
        if (int const code = file_.close(); code != 0) detail::throw_io(path_, code);
    }

private:
    static constexpr std::size_t buffer_bytes = std::size_t{1} << 16;

    void put(std::string_view bytes) {
        if (buffer_.size() + bytes.size() > buffer_bytes) flush();
        if (bytes.size() > buffer_bytes) {
            write_all(bytes);
        } else {
            buffer_ += bytes;
        }
    }
    void flush() {
        write_all(buffer_);
        buffer_.clear();
    }
    void write_all(std::string_view bytes) {
        while (!bytes.empty()) {
            ssize_t const n = ::write(file_.get(), bytes.data(), bytes.size());
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) detail::throw_io(path_, errno);
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
    }

    std::string path_;
    npy_type type_;
    detail::descriptor file_;
    std::string buffer_;
    std::uint64_t n_elements_ = 0;
};

/// A file with an array, read from the beginning to the end.
class npy_input {
public:
    /// @throws error  io;  syntax: it is no array of this type and number of dimensions, or has another size than it
    /// says
    npy_input(std::string path, npy_type type, std::size_t n_dimensions) : path_(std::move(path)) {
        file_ = detail::open_to_read(path_);
        struct stat info {};
        if (::fstat(file_.get(), &info) != 0) detail::throw_io(path_, errno);
        std::string begin(npy_header_bytes, '\0');
        begin.resize(detail::read_fully(file_.get(), begin.data(), begin.size(), path_));
        try {
            header_ = read_npy_header(begin);
            if (header_.type != type || header_.shape.size() != n_dimensions) {
                throw error(error_kind::syntax, "",
                            "it has " + std::to_string(header_.shape.size()) + " dimensions of " +
                                std::string(name_of(header_.type)) + ", not " + std::to_string(n_dimensions) + " of " +
                                std::string(name_of(type)));
            }
            left_ = n_elements_ = tessera::n_elements(header_);
            std::uint64_t const bytes = header_.header_bytes + n_elements_ * bytes_of(type);
            if (info.st_size < 0 || static_cast<std::uint64_t>(info.st_size) != bytes) {
                throw error(error_kind::syntax, "",
                            "the file has " + std::to_string(info.st_size) + " bytes, but its header says " +
                                std::to_string(bytes),
                            "it may be damaged or cut off");
            }
        } catch (error const& e) {
            throw e.within(path_);
        }
        if (::lseek(file_.get(), static_cast<off_t>(header_.header_bytes), SEEK_SET) < 0)
            detail::throw_io(path_, errno);
    }

    [[nodiscard]] std::string const& path() const noexcept { return path_; }
    [[nodiscard]] std::vector<std::uint64_t> const& shape() const noexcept { return header_.shape; }
    [[nodiscard]] std::uint64_t n_elements() const noexcept { return n_elements_; }
    [[nodiscard]] std::uint64_t left() const noexcept { return left_; }

    /// Replaces `elements` by the next n. @throws error  io;  syntax: there are fewer
    template <class T>
    void read(std::uint64_t n, std::vector<T>& elements) {
        if (npy_type_of<T> != header_.type || n > left_) {
            throw error(error_kind::syntax, path_, "it has fewer elements than the other arrays ask for");
        }
        elements.resize(n);
        std::size_t const bytes = elements.size() * sizeof(T);
        if (detail::read_fully(file_.get(), reinterpret_cast<char*>(elements.data()), bytes, path_) != bytes) {
            throw error(error_kind::syntax, path_, "it ends early", "it has changed while it was read");
        }
        left_ -= n;
    }

private:
    std::string path_;
    detail::descriptor file_;
    npy_header header_;
    std::uint64_t n_elements_ = 0;
    std::uint64_t left_ = 0;
};

}  // namespace tessera::inline v0
