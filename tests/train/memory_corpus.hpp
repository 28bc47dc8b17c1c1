// A corpus in memory, in blocks of lines.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <tessera/core/concepts.hpp>
#include <tessera/core/text_block.hpp>
#include <tessera/train/count_pretokens.hpp>
#include <tessera/train/pretoken_counts.hpp>

/// Each line, with its newline, is a sequence. Models Corpus.
class memory_corpus {
public:
    explicit memory_corpus(std::string text, std::size_t block_bytes = std::size_t{1} << 20)
        : text_(std::move(text)), block_bytes_(block_bytes) {}

    class source {
    public:
        source(std::string_view text, std::size_t block_bytes) : rest_(text), block_bytes_(block_bytes) {}
        bool next(tessera::text_block& block) {
            std::lock_guard const lock(mutex_);
            if (rest_.empty()) return false;
            std::size_t const newline = rest_.find('\n', std::min(block_bytes_, rest_.size()) - 1);
            std::size_t const n = newline == std::string_view::npos ? rest_.size() : newline + 1;
            block.bytes.assign(rest_.substr(0, n));
            block.split_lines = true;
            rest_.remove_prefix(n);
            return true;
        }

    private:
        std::string_view rest_;
        std::size_t block_bytes_;
        std::mutex mutex_;
    };

    [[nodiscard]] source open() const { return {text_, block_bytes_}; }
    [[nodiscard]] std::uint64_t total_bytes() const { return text_.size(); }

    template <class F>
    void for_each_line(F&& f) const {
        tessera::text_block block;
        source all = open();
        while (all.next(block)) block.for_each_sequence(f);
    }

private:
    std::string text_;
    std::size_t block_bytes_;
};

template <tessera::Pretokenizer P>
tessera::pretoken_counts count_of(std::string const& text, P const& pretokenizer) {
    memory_corpus const corpus(text);
    auto all = corpus.open();
    return tessera::count_pretokens(all, pretokenizer, tessera::serial_executor{});
}
