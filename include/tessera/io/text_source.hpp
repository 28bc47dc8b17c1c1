// Corpora as blocks of text for many threads: files, folders, globs, standard input; plain, .gz, .zst, JSON lines.
// Next to read: document_reader.hpp, one document at a time.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/text_block.hpp>
#include <tessera/io/detail/record_stream.hpp>
#include <tessera/io/document_reader.hpp>  // IWYU pragma: export

namespace tessera::inline v0 {

struct text_source_options {
    document_kind documents = document_kind::automatic;  ///< automatic: `file`, where the name does not say jsonl
    std::string text_field = "text";                     ///< of JSON lines
    /// Of documents of kind `file`: each line, with its newline, is a sequence, as Hugging Face's trainers read files.
    bool lines_are_sequences = true;
    std::size_t block_bytes = std::size_t{1} << 20;  ///< read at a time; a longer line or document makes a longer block
};

/// Hands out the text of its inputs in blocks. Models BlockSource. Files are read in order, one `read` at a time, and
/// not mapped: memory is a block a thread, whatever the size of the files.
class text_source {
public:
    /// @throws error  io: an input does not exist
    explicit text_source(std::vector<std::string> const& inputs, text_source_options options = {})
        : options_(std::move(options)),
          records_(inputs, options_.documents, document_kind::file, !options_.lines_are_sequences,
                   options_.block_bytes) {}

    /// The next block; false at the end. Several threads may call it; which gets which block is open, so what is done
    /// with blocks must not depend on their order.
    /// @throws error  io, syntax
    bool next(text_block& block) {
        detail::block_origin origin;
        {
            std::lock_guard const lock(mutex_);
            if (!records_.next(block.bytes, origin)) return false;
        }
        bytes_read_ += block.bytes.size();
        block.ends.clear();
        block.split_lines = false;
        switch (origin.kind) {
            case document_kind::jsonl:
                parse_lines(block, origin);
                break;
            case document_kind::line:
                cut_at(block, '\n');
                break;
            case document_kind::nul:
                cut_at(block, '\0');
                break;
            default:
                block.split_lines = options_.lines_are_sequences;
                if (!block.split_lines) block.ends.push_back(block.bytes.size());
        }
        return true;
    }

    /// Bytes of all inputs; 0 if that is not known before the end (standard input, compressed files).
    [[nodiscard]] std::uint64_t total_bytes() const { return records_.total_bytes(); }
    /// Bytes handed out so far, after decompression.
    [[nodiscard]] std::uint64_t bytes_read() const noexcept { return bytes_read_; }

private:
    void parse_lines(text_block& block, detail::block_origin const& origin) const {
        std::string texts;
        texts.reserve(block.bytes.size());
        detail::for_each_jsonl_text(block.bytes, origin, options_.text_field, [&](std::string_view text) {
            texts += text;
            block.ends.push_back(texts.size());
        });
        block.bytes.swap(texts);
    }

    // Removes the delimiters, in place.
    static void cut_at(text_block& block, char delimiter) {
        std::string& bytes = block.bytes;
        std::size_t kept = 0;
        for (std::size_t begin = 0; begin < bytes.size();) {
            std::size_t const end = std::min(bytes.find(delimiter, begin), bytes.size());
            std::memmove(bytes.data() + kept, bytes.data() + begin, end - begin);
            kept += end - begin;
            block.ends.push_back(kept);
            begin = end + 1;
        }
        bytes.resize(kept);
    }

    text_source_options options_;
    std::mutex mutex_;
    detail::record_stream records_;
    std::atomic<std::uint64_t> bytes_read_ = 0;
};

static_assert(BlockSource<text_source>);

/// Inputs that are read several times: no pipes. Models Corpus.
class text_corpus {
public:
    explicit text_corpus(std::vector<std::string> inputs, text_source_options options = {})
        : inputs_(std::move(inputs)), options_(std::move(options)) {}

    /// @throws error  io: an input does not exist
    [[nodiscard]] text_source open() const { return text_source(inputs_, options_); }
    /// Bytes of all inputs; 0 if that is not known before the end (compressed files).
    [[nodiscard]] std::uint64_t total_bytes() const { return text_source(inputs_, options_).total_bytes(); }

private:
    std::vector<std::string> inputs_;
    text_source_options options_;
};

static_assert(Corpus<text_corpus>);

}  // namespace tessera::inline v0
