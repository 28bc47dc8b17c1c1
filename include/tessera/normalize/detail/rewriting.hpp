// How normalizers write to an edit: runs that stay, and characters with Hugging Face's own account of what they
// replace.
#pragma once

#include <cstddef>
#include <string_view>

#include <tessera/core/utf8.hpp>

namespace tessera::inline v0 {
namespace detail {

// One character as UTF-8, without an allocation. What is beyond U+10FFFF is 0x110000 + an ill-formed byte.
class encoded_character {
public:
    explicit constexpr encoded_character(char32_t c) noexcept {
        if (c < 0x80) {
            add(c);
        } else if (c < 0x800) {
            add(0xC0 | c >> 6);
            add(0x80 | (c & 0x3F));
        } else if (c < 0x10000) {
            add(0xE0 | c >> 12);
            add(0x80 | (c >> 6 & 0x3F));
            add(0x80 | (c & 0x3F));
        } else if (c < ill_formed) {
            add(0xF0 | c >> 18);
            add(0x80 | (c >> 12 & 0x3F));
            add(0x80 | (c >> 6 & 0x3F));
            add(0x80 | (c & 0x3F));
        } else {
            add(c - ill_formed);
        }
    }

    static constexpr char32_t ill_formed = 0x110000;

    [[nodiscard]] constexpr std::string_view view() const noexcept { return {bytes_, size_}; }

private:
    constexpr void add(char32_t byte) noexcept {
        bytes_[size_++] = static_cast<char>(static_cast<unsigned char>(byte));
    }

    char bytes_[4]{};
    std::size_t size_ = 0;
};

// Where the places stop to matter to an edit.
template <class Edit>
[[nodiscard]] constexpr std::size_t places_until([[maybe_unused]] Edit const& edit) noexcept {
    if constexpr (Edit::is_plain) {
        return 0;
    } else if constexpr (requires { edit.places_until(); }) {
        return edit.places_until();
    } else {
        return static_cast<std::size_t>(-1);
    }
}

// Keeps what is between the replaced parts. Parts come from left to right.
template <class Edit>
class run_writer {
public:
    run_writer(std::string_view text, Edit& edit, std::size_t from = 0) : text_(text), edit_(edit), from_(from) {}

    void replace(std::size_t begin, std::size_t end, std::string_view bytes) {
        keep_until(begin);
        edit_.put(bytes, begin);
        from_ = end;
    }
    void remove(std::size_t begin, std::size_t end) {
        keep_until(begin);
        from_ = end;
    }
    void finish() { keep_until(text_.size()); }

private:
    void keep_until(std::size_t begin) {
        if (from_ < begin) edit_.keep(from_, begin);
    }

    std::string_view text_;
    Edit& edit_;
    std::size_t from_;
};

// Writes characters with the `change` that NormalizedString::transform takes (tokenizers/src/tokenizer/normalizer.rs):
// 1 is a new character, beside the one before it; 0 replaces the next old one; -n also removes n more after that.
template <class Edit>
class change_writer {
public:
    change_writer(std::string_view text, Edit& edit) : text_(text), edit_(edit) {}

    void put(std::string_view bytes, std::ptrdiff_t change) {
        std::size_t at = last_;
        if (change <= 0) {
            at = next_;
            for (; change <= 0 && next_ < text_.size(); ++change) {
                last_ = next_;
                next_ += decode_utf8(text_, next_).length;
            }
        }
        edit_.put(bytes, at);
    }

    // The place of the next replacement.
    [[nodiscard]] std::size_t next() const noexcept { return next_; }

private:
    std::string_view text_;
    Edit& edit_;
    std::size_t next_ = 0;  // the first old character that is not replaced yet
    std::size_t last_ = 0;  // the one before it
};

}  // namespace detail
}  // namespace tessera::inline v0
