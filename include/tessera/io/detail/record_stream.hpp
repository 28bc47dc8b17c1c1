// Files one after another, in blocks that end where a record ends. text_source and document_reader stand on it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include <tessera/core/error.hpp>
#include <tessera/io/compressed_input.hpp>
#include <tessera/io/input_list.hpp>
#include <tessera/io/json.hpp>

namespace tessera::inline v0 {

/// What one document of an input is.
enum class document_kind : std::uint8_t {
    automatic,  ///< jsonl for names in .jsonl, .jsonl.gz and .jsonl.zst; else what the reader says
    line,       ///< a line, without its newline
    file,       ///< a file
    jsonl,      ///< a field of a JSON object; one object a line
    nul,        ///< what ends in a NUL byte
};

namespace detail {

/// Where a block comes from.
struct block_origin {
    std::string path;
    document_kind kind = document_kind::file;
    std::size_t first_line = 1;  ///< counted for jsonl only
};

/// Not thread-safe.
class record_stream {
public:
    /// @param otherwise    what `automatic` means for a name that says nothing
    /// @param whole_files  a block of kind `file` is a whole file; else it ends at a newline like any other
    record_stream(std::vector<std::string> const& inputs, document_kind kind, document_kind otherwise, bool whole_files,
                  std::size_t block_bytes)
        : paths_(expand_inputs(inputs)),
          kind_(kind),
          otherwise_(otherwise),
          whole_files_(whole_files),
          block_bytes_(std::max<std::size_t>(block_bytes, 1)) {}

    /// Bytes of all files, 0 if that is unknown before reading them.
    [[nodiscard]] std::uint64_t total_bytes() const {
        std::uint64_t total = 0;
        for (std::string const& path : paths_) {
            struct stat info {};
            bool const packed = path.ends_with(".gz") || path.ends_with(".zst");
            if (path == "-" || packed || ::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return 0;
            total += static_cast<std::uint64_t>(info.st_size);
        }
        return total;
    }

    /// Replaces `bytes` by the next block. False at the end. A file that is empty gives no block, but for whole files.
    bool next(std::string& bytes, block_origin& origin) {
        for (;;) {
            bool const opened = !stream_.has_value();
            if (opened && !open_next()) return false;
            bool const whole = whole_files_ && kind_now_ == document_kind::file;
            bool const at_end = read_block(bytes, whole);
            origin.path = stream_->path();
            origin.kind = kind_now_;
            origin.first_line = line_;
            if (kind_now_ == document_kind::jsonl)
                line_ += static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), '\n'));
            if (at_end) stream_.reset();
            if (!bytes.empty() || whole) return true;
        }
    }

private:
    bool open_next() {
        if (next_path_ == paths_.size()) return false;
        std::string const& path = paths_[next_path_++];
        stream_.emplace(path);
        line_ = 1;
        carry_.clear();
        kind_now_ = kind_;
        if (kind_ == document_kind::automatic) {
            bool const json = path.ends_with(".jsonl") || path.ends_with(".jsonl.gz") || path.ends_with(".jsonl.zst");
            kind_now_ = json ? document_kind::jsonl : otherwise_;
        }
        return true;
    }

    // True at the end of the file.
    bool read_block(std::string& bytes, bool whole) {
        char const delimiter = kind_now_ == document_kind::nul ? '\0' : '\n';
        std::size_t have = carry_.size();
        grow(bytes, have);
        std::memcpy(bytes.data(), carry_.data(), have);
        carry_.clear();
        for (std::size_t step = block_bytes_;; step = std::max(step, have)) {
            grow(bytes, have + step);
            std::size_t const n = stream_->read(bytes.data() + have, step);
            std::size_t const searched = have;
            have += n;
            if (n == 0) {
                bytes.resize(have);
                return true;
            }
            if (whole) continue;
            std::size_t const found = std::string_view(bytes.data() + searched, n).rfind(delimiter);
            if (found == std::string_view::npos) continue;  // a line longer than the block
            std::size_t const cut = searched + found + 1;
            carry_.assign(bytes, cut, have - cut);
            bytes.resize(cut);
            return false;
        }
    }

    // A block keeps its size from one use to the next as far as it can: growing a string writes zeros.
    static void grow(std::string& bytes, std::size_t size) {
        if (bytes.capacity() < size + simdjson::SIMDJSON_PADDING) bytes.reserve(size + simdjson::SIMDJSON_PADDING);
        if (bytes.size() < size) bytes.resize(size);
    }

    std::vector<std::string> paths_;
    std::size_t next_path_ = 0;
    document_kind kind_;
    document_kind otherwise_;
    bool whole_files_;
    std::size_t block_bytes_;

    std::optional<input_stream> stream_;
    document_kind kind_now_ = document_kind::file;
    std::size_t line_ = 1;
    std::string carry_;  // of the open file: what follows the last block
};

/// Calls `f(std::string_view text)` for each line of a block of JSON lines. Lines without anything are skipped.
/// @throws error  syntax, at path:line
template <class F>
void for_each_jsonl_text(std::string& bytes, block_origin const& origin, std::string_view field, F&& f) {
    bytes.reserve(bytes.size() + simdjson::SIMDJSON_PADDING);  // the parser reads, and ignores, that much after a line
    simdjson::dom::parser parser;
    std::size_t line = origin.first_line;
    for (std::size_t begin = 0; begin < bytes.size(); ++line) {
        std::size_t const end = std::min(bytes.find('\n', begin), bytes.size());
        std::string_view const text(bytes.data() + begin, end - begin);
        begin = end + 1;
        if (text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        auto const fail = [&](std::string message, std::string remedy) {
            throw error(error_kind::syntax, origin.path + ':' + std::to_string(line), std::move(message),
                        std::move(remedy));
        };
        simdjson::dom::element root;
        if (simdjson::error_code const code = parser.parse(text.data(), text.size(), false).get(root)) {
            json_fault const fault = find_json_fault(text);
            fail("it is not JSON: " + (fault.message.empty()
                                           ? std::string(simdjson::error_message(code))
                                           : fault.message + ", column " + std::to_string(fault.byte + 1)),
                 "each line must be one JSON object");
        }
        simdjson::dom::object object;
        if (root.get(object) != simdjson::SUCCESS) fail("expected an object", "each line must be one JSON object");
        simdjson::dom::element value;
        if (object.at_key(field).get(value) != simdjson::SUCCESS) {
            fail("there is no field \"" + std::string(field) + "\"", "name the field that has the text (--text-field)");
        }
        std::string_view content;
        if (value.get(content) != simdjson::SUCCESS)
            fail("the field \"" + std::string(field) + "\" is not a string", "");
        f(content);
    }
}

}  // namespace detail

}  // namespace tessera::inline v0
