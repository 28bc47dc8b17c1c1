// One document after another, in order, from the same inputs as text_source.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/io/detail/record_stream.hpp>

namespace tessera::inline v0 {

struct document_reader_options {
    document_kind documents = document_kind::automatic;  ///< automatic: jsonl where the name says so, else `otherwise`
    document_kind otherwise = document_kind::line;
    std::string text_field = "text";                 ///< of JSON lines
    std::size_t block_bytes = std::size_t{1} << 20;  ///< read at a time; a longer document makes a longer block
};

/// Reads documents. Not thread-safe; memory is one block, or the longest document.
class document_reader {
public:
    /// @throws error  io: an input does not exist
    explicit document_reader(std::vector<std::string> const& inputs, document_reader_options options = {})
        : options_(std::move(options)),
          records_(inputs, options_.documents, options_.otherwise, true, options_.block_bytes) {}

    /// Replaces `document` by the next one; false at the end. An empty line, or an empty file, is a document.
    /// @throws error  io, syntax
    bool next(std::string& document) {
        for (;;) {
            if (next_text_ < texts_.size()) {
                document.swap(texts_[next_text_++]);
                return true;
            }
            if (at_ < block_.size()) {
                char const delimiter = origin_.kind == document_kind::nul ? '\0' : '\n';
                std::size_t const end = std::min(block_.find(delimiter, at_), block_.size());
                document.assign(block_, at_, end - at_);
                at_ = end + 1;
                return true;
            }
            if (!records_.next(block_, origin_)) return false;
            at_ = 0;
            bytes_read_ += block_.size();
            if (origin_.kind == document_kind::file) {
                at_ = block_.size();
                document.assign(block_);
                return true;
            }
            if (origin_.kind == document_kind::jsonl) {
                at_ = block_.size();
                texts_.clear();
                next_text_ = 0;
                detail::for_each_jsonl_text(block_, origin_, options_.text_field,
                                            [&](std::string_view text) { texts_.emplace_back(text); });
            }
        }
    }

    /// Bytes of all inputs; 0 if that is not known before the end (standard input, compressed files).
    [[nodiscard]] std::uint64_t total_bytes() const { return records_.total_bytes(); }
    /// Bytes read so far, after decompression.
    [[nodiscard]] std::uint64_t bytes_read() const noexcept { return bytes_read_; }

private:
    document_reader_options options_;
    detail::record_stream records_;
    std::string block_;
    detail::block_origin origin_;
    std::size_t at_ = 0;              // of the block, where the next document begins
    std::vector<std::string> texts_;  // of a block of JSON lines
    std::size_t next_text_ = 0;
    std::uint64_t bytes_read_ = 0;
};

}  // namespace tessera::inline v0
