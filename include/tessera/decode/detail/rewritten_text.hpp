// Replacing strings in a token, again and again, as Rust's str::replace does it.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include <tessera/core/utf8.hpp>

namespace tessera::inline v0 {
namespace detail {

/// The text it was started with, which is not copied, until something changes it.
class rewritten_text {
public:
    /// @param text  must outlive what is done to it
    void start(std::string_view text) noexcept {
        text_ = text;
        room_ = 0;
    }
    [[nodiscard]] std::string_view view() const noexcept { return text_; }

    /// Replaces each occurrence of `from`, from left to right. An empty one occurs before each character and at the
    /// end.
    /// @complexity  O(n)
    void replace_all(std::string_view from, std::string_view to) {
        if (from.empty()) {
            if (!to.empty()) put_between_characters(to);
            return;
        }
        std::size_t found = text_.find(from);
        if (found == std::string_view::npos) return;
        std::string& out = other_room();
        std::size_t begin = 0;
        for (; found != std::string_view::npos; found = text_.find(from, begin)) {
            out += text_.substr(begin, found - begin);
            out += to;
            begin = found + from.size();
        }
        out += text_.substr(begin);
        text_ = out;
    }

    void put_in_front(char c) {
        std::string& out = other_room();
        out += c;
        out += text_;
        text_ = out;
    }

private:
    void put_between_characters(std::string_view added) {
        std::string& out = other_room();
        for (std::size_t at = 0; at < text_.size();) {
            std::size_t const length = decode_utf8(text_, at).length;
            out += added;
            out += text_.substr(at, length);
            at += length;
        }
        out += added;
        text_ = out;
    }

    // The one that the text does not lie in.
    [[nodiscard]] std::string& other_room() noexcept {
        room_ = 1 - room_;
        rooms_[room_].clear();
        return rooms_[room_];
    }

    std::string_view text_;
    std::array<std::string, 2> rooms_;
    std::size_t room_ = 0;
};

}  // namespace detail
}  // namespace tessera::inline v0
