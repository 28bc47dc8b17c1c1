// A stream of bytes from a file or standard input, decompressed where the file is .gz or .zst.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <zlib.h>
#include <zstd.h>

#include <tessera/core/error.hpp>
#include <tessera/io/file.hpp>

namespace tessera::inline v0 {

namespace detail {

struct zlib_closer {
    void operator()(z_stream* stream) const noexcept {
        ::inflateEnd(stream);
        delete stream;
    }
};
struct zstd_closer {
    void operator()(ZSTD_DStream* stream) const noexcept { ::ZSTD_freeDStream(stream); }
};

}  // namespace detail

/// Reads one input. A name that ends in `.gz` or `.zst` must hold data of that kind (checked by its first bytes);
/// several members or frames one after another are one stream. `-` is standard input, taken as it is.
class input_stream {
public:
    /// @throws error  io: cannot be opened; syntax: the name says compressed, the content is not
    explicit input_stream(std::string path) : path_(std::move(path)) {
        if (path_ == "-") {
            file_ = detail::descriptor(0);
            path_ = "standard input";
            return;
        }
        file_ = detail::open_to_read(path_);
        if (path_.ends_with(".gz")) {
            open_packed("\x1F\x8B", "gzip");
            inflate_.reset(new z_stream{});
            if (::inflateInit2(inflate_.get(), 15 + 16) != Z_OK)
                throw error(error_kind::io, path_, "zlib does not start");
        } else if (path_.ends_with(".zst")) {
            open_packed("\x28\xB5\x2F\xFD", "zstd");
            zstd_.reset(::ZSTD_createDStream());
            if (zstd_ == nullptr) throw error(error_kind::io, path_, "zstd does not start");
        }
    }

    [[nodiscard]] std::string const& path() const noexcept { return path_; }
    /// Bytes taken from the file so far, before decompression.
    [[nodiscard]] std::uint64_t bytes_read() const noexcept { return bytes_read_; }

    /// Reads some bytes, up to `size`; 0 only at the end. A pipe gives what it has.
    /// @throws error  io; syntax: the compressed data is damaged or ends early
    [[nodiscard]] std::size_t read(char* to, std::size_t size) {
        if (inflate_ != nullptr) return read_gzip(to, size);
        if (zstd_ != nullptr) return read_zstd(to, size);
        std::size_t const n = detail::read_some(file_.get(), to, size, path_);
        bytes_read_ += n;
        return n;
    }

private:
    void open_packed(std::string_view magic, std::string_view kind) {
        packed_.resize(std::size_t{1} << 17);
        refill();
        if (!std::string_view(packed_.data(), packed_size_).starts_with(magic)) {
            throw error(error_kind::syntax, path_, "is not " + std::string(kind) + " data", "rename or recompress it");
        }
    }

    // Replaces the compressed bytes, all used; false at the end of the file.
    bool refill() {
        packed_used_ = 0;
        packed_size_ = detail::read_fully(file_.get(), packed_.data(), packed_.size(), path_);
        bytes_read_ += packed_size_;
        return packed_size_ > 0;
    }

    [[noreturn]] void throw_damaged(std::string_view what) const {
        throw error(error_kind::syntax, path_ + ": byte " + std::to_string(bytes_read_ - packed_size_ + packed_used_),
                    std::string(what), "the file is damaged or cut off; fetch it again");
    }

    std::size_t read_gzip(char* to, std::size_t size) {
        std::size_t done = 0;
        while (done < size) {
            if (packed_used_ == packed_size_ && !refill()) {
                if (inside_) throw_damaged("the gzip data ends early");
                break;
            }
            z_stream& z = *inflate_;
            std::size_t const room = std::min<std::size_t>(size - done, std::size_t{1} << 30);
            z.next_in = reinterpret_cast<Bytef*>(packed_.data() + packed_used_);
            z.avail_in = static_cast<uInt>(packed_size_ - packed_used_);
            z.next_out = reinterpret_cast<Bytef*>(to + done);
            z.avail_out = static_cast<uInt>(room);
            inside_ = true;
            int const code = ::inflate(&z, Z_NO_FLUSH);
            packed_used_ = packed_size_ - z.avail_in;
            done += room - z.avail_out;
            if (code == Z_STREAM_END) {
                inside_ = false;
                ::inflateReset(&z);
            } else if (code != Z_OK && code != Z_BUF_ERROR) {
                throw_damaged("the gzip data is damaged");
            }
        }
        return done;
    }

    std::size_t read_zstd(char* to, std::size_t size) {
        std::size_t done = 0;
        while (done < size) {
            if (packed_used_ == packed_size_ && !refill()) {
                // What the decoder still holds comes out without more input.
                std::size_t const n = step_zstd(to + done, size - done);
                done += n;
                if (n > 0) continue;
                if (inside_) throw_damaged("the zstd data ends early");
                break;
            }
            done += step_zstd(to + done, size - done);
        }
        return done;
    }

    std::size_t step_zstd(char* to, std::size_t room) {
        ZSTD_inBuffer in{packed_.data(), packed_size_, packed_used_};
        ZSTD_outBuffer out{to, room, 0};
        if (in.pos == in.size && !inside_) return 0;
        std::size_t const code = ::ZSTD_decompressStream(zstd_.get(), &out, &in);
        packed_used_ = in.pos;
        if (::ZSTD_isError(code) != 0) throw_damaged("the zstd data is damaged");
        inside_ = code != 0;
        return out.pos;
    }

    std::string path_;
    detail::descriptor file_;
    std::vector<char> packed_;
    std::size_t packed_used_ = 0;
    std::size_t packed_size_ = 0;
    bool inside_ = false;  // within a member or frame
    std::unique_ptr<z_stream, detail::zlib_closer> inflate_;
    std::unique_ptr<ZSTD_DStream, detail::zstd_closer> zstd_;
    std::uint64_t bytes_read_ = 0;
};

}  // namespace tessera::inline v0
