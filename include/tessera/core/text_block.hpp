// A block of text on its way from a file to whoever counts or encodes it.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::inline v0 {

/// Whole sequences of text, one after another. No pretoken reaches across the end of a sequence.
struct text_block {
    std::string bytes = {};
    /// Each line, with its newline, is a sequence (as Hugging Face's trainers read files); `ends` is not used.
    bool split_lines = false;
    /// Where each sequence ends in `bytes`; the last is bytes.size().
    std::vector<std::size_t> ends = {};

    /// Calls `f(std::string_view)` for each sequence, in order; never with an empty one.
    template <class F>
    void for_each_sequence(F&& f) const {
        std::string_view const all = bytes;
        std::size_t begin = 0;
        if (split_lines) {
            while (begin < all.size()) {
                std::size_t const newline = all.find('\n', begin);
                std::size_t const end = newline == std::string_view::npos ? all.size() : newline + 1;
                f(all.substr(begin, end - begin));
                begin = end;
            }
            return;
        }
        for (std::size_t const end : ends) {
            if (begin < end) f(all.substr(begin, end - begin));
            begin = end;
        }
    }
};

/// Hands out blocks until there are none. `next` may be called from many threads at once.
template <class S>
concept BlockSource = requires(S s, text_block& block) {
    { s.next(block) } -> std::same_as<bool>;
};

/// A text that can be read from its beginning again and again.
template <class C>
concept Corpus = requires(C c) {
    { c.open() };
    requires BlockSource<decltype(c.open())>;
    { c.total_bytes() } -> std::convertible_to<std::uint64_t>;  // 0: unknown
};

}  // namespace tessera::inline v0
