// Where results go: standard output, or a file that appears whole or not at all.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include <tessera/io/file.hpp>
#include "interruption.hpp"

namespace tessera::cli {

/// `text` in double quotes, on one line: control characters are escaped, and what is longer than a line is cut.
[[nodiscard]] std::string printable(std::string_view text);

/// `text` on one line: control characters are escaped. For messages that carry bytes of files.
[[nodiscard]] std::string one_line(std::string_view text);

/// The reader of standard output has gone away (`| head`): no failure, nothing to say.
struct broken_pipe {};

/// @throws error  io: standard output cannot be written;  broken_pipe
void write_to_stdout(std::string_view bytes);

/// A line on standard error.
void write_to_stderr(std::string_view line);

/// Buffers, then writes to standard output (no path, or "-") or to a file, which exists only after `commit`.
class output {
public:
    /// @throws error  io: the file exists (without `force`), or cannot be made where it should be
    output(std::string const& path, bool force);

    void write(std::string_view bytes) {
        buffer_ += bytes;
        if (buffer_.size() >= flush_bytes) flush();
    }
    /// Writes what is buffered, and gives the file its name.
    void commit();

    [[nodiscard]] bool is_stdout() const noexcept { return !file_.has_value(); }

private:
    static constexpr std::size_t flush_bytes = std::size_t{1} << 18;
    void flush();

    std::string buffer_;
    std::optional<output_file> file_;
    std::optional<doomed_file> temporary_;
};

/// True if `path` stands for standard output.
[[nodiscard]] inline bool means_stdout(std::string_view path) { return path.empty() || path == "-"; }

/// Makes sure, before the work starts, that the file `path` can be written at its end.
/// @throws error  io: it exists (without `force`) or is a folder; its folder is missing or not writable
void check_writable(std::string const& path, bool force);

/// The same for files in the folder `path`, which may have to be made.
void check_writable_in(std::string const& path, std::initializer_list<char const*> names, bool force);

}  // namespace tessera::cli
