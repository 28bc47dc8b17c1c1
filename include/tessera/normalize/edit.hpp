// What a normalizer writes to: the new text from left to right, and for each part of it the place in the old text that
// it stands for. Most callers only want the text; Metaspace's `first` must know what came from the start of the input.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace tessera::inline v0 {

/// Takes the text alone.
class plain_edit {
public:
    static constexpr bool is_plain = true;  ///< places are ignored: a normalizer may give several characters at once

    /// @param out  replaced; must not hold `text`
    plain_edit(std::string_view text, std::string& out) : text_(text), out_(out) { out_.clear(); }

    /// The old text from `begin` to `end`, as it is.
    void keep(std::size_t begin, std::size_t end) { out_.append(text_.substr(begin, end - begin)); }
    /// New bytes that stand for the character at `at` of the old text.
    void put(std::string_view bytes, std::size_t /*at*/) { out_.append(bytes); }

private:
    std::string_view text_;
    std::string& out_;
};

/// Takes the text, and how much of it stands for the first character of the input.
class start_edit {
public:
    static constexpr bool is_plain = false;

    /// @param from_start  leading bytes of `text` that stand for the first character of the input
    start_edit(std::string_view text, std::size_t from_start, std::string& out)
        : text_(text), old_from_start_(from_start), out_(out) {
        out_.clear();
    }

    void keep(std::size_t begin, std::size_t end) {
        if (begin < old_from_start_) new_from_start_ = out_.size() + std::min(end, old_from_start_) - begin;
        out_.append(text_.substr(begin, end - begin));
    }
    void put(std::string_view bytes, std::size_t at) {
        out_.append(bytes);
        if (at < old_from_start_) new_from_start_ = out_.size();
    }

    /// Places from here on make no difference: a normalizer may give what stands for them as it does to a plain edit.
    [[nodiscard]] std::size_t places_until() const noexcept { return old_from_start_; }

    /// Leading bytes of the new text that stand for the first character of the input.
    [[nodiscard]] std::size_t from_start() const noexcept { return new_from_start_; }

private:
    std::string_view text_;
    std::size_t old_from_start_;
    std::size_t new_from_start_ = 0;
    std::string& out_;
};

}  // namespace tessera::inline v0
