// The metadata of GGUF files, versions 1 to 3: key-value pairs in front of the tensors. Values are found and checked,
// not copied; tensors are not looked at. Source: ggml's specification gguf.md, and for what is refused
// ggml/src/gguf.cpp. Next to read: gguf_file.hpp, the tokenizer in them.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/io/detail/shown.hpp>

namespace tessera::inline v0 {

/// Type numbers of the format.
enum class gguf_type : std::uint8_t {
    uint8 = 0,
    int8 = 1,
    uint16 = 2,
    int16 = 3,
    uint32 = 4,
    int32 = 5,
    float32 = 6,
    boolean = 7,
    string = 8,
    array = 9,
    uint64 = 10,
    int64 = 11,
    float64 = 12,
};

/// Thrown where the bytes end before the metadata does; a caller who has more of the file may try again with more.
class gguf_cut_off : public error {
public:
    using error::error;
};

namespace detail {

/// Bytes a value takes; 0 for strings and arrays, whose values say so themselves.
[[nodiscard]] constexpr std::size_t gguf_width(gguf_type type) noexcept {
    constexpr std::array<std::uint8_t, 13> width = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    return width[static_cast<std::size_t>(type)];
}

/// Little-endian. @pre bytes.size() <= 8
[[nodiscard]] inline std::uint64_t gguf_unsigned(std::string_view bytes) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        value |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    return value;
}

}  // namespace detail

/// One value, or an array of them: checked, still in the file's bytes.
class gguf_value {
public:
    gguf_value(std::string_view key, gguf_type type, bool is_array, std::uint64_t size, std::string_view bytes,
               std::size_t length_width) noexcept
        : key_(key), bytes_(bytes), size_(size), length_width_(length_width), type_(type), is_array_(is_array) {}

    [[nodiscard]] std::string_view key() const noexcept { return key_; }
    /// Of the value, or of the values of an array.
    [[nodiscard]] gguf_type type() const noexcept { return type_; }
    [[nodiscard]] bool is_array() const noexcept { return is_array_; }
    /// Values in the array; 1 for a single value.
    [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(size_); }
    /// An array of numbers as it lies in the file, little-endian.
    [[nodiscard]] std::string_view raw() const noexcept { return bytes_; }

    // Each throws `syntax` if the value is of another kind.
    [[nodiscard]] std::string_view string() const {
        if (is_array_ || type_ != gguf_type::string) fail("is not a string");
        return bytes_.substr(length_width_);
    }
    [[nodiscard]] bool boolean() const {
        if (is_array_ || type_ != gguf_type::boolean) fail("is not true or false");
        return bytes_[0] != 0;
    }
    /// Of any whole type; none if it is negative.
    [[nodiscard]] std::optional<std::uint64_t> unsigned_integer() const {
        using enum gguf_type;
        bool const is_signed = type_ == int8 || type_ == int16 || type_ == int32 || type_ == int64;
        bool const is_unsigned = type_ == uint8 || type_ == uint16 || type_ == uint32 || type_ == uint64;
        if (is_array_ || !(is_signed || is_unsigned)) fail("is not a whole number");
        std::uint64_t const value = detail::gguf_unsigned(bytes_);
        if (is_signed && (value >> (8 * bytes_.size() - 1) & 1) != 0) return std::nullopt;
        return value;
    }
    /// Calls f(string) for each string of an array.
    template <class F>
    void for_each_string(F&& f) const {
        if (!is_array_ || type_ != gguf_type::string) fail("is not an array of strings");
        for (std::size_t at = 0; at < bytes_.size();) {
            auto const length = static_cast<std::size_t>(detail::gguf_unsigned(bytes_.substr(at, length_width_)));
            f(bytes_.substr(at + length_width_, length));
            at += length_width_ + length;
        }
    }
    /// The i-th of an array of float32 or int32. @pre i < size()
    [[nodiscard]] float float_at(std::size_t i) const {
        if (!is_array_ || (type_ != gguf_type::float32 && type_ != gguf_type::int32))
            fail("is not an array of numbers");
        auto const bits = static_cast<std::uint32_t>(detail::gguf_unsigned(bytes_.substr(4 * i, 4)));
        return type_ == gguf_type::float32 ? std::bit_cast<float>(bits)
                                           : static_cast<float>(std::bit_cast<std::int32_t>(bits));
    }
    /// The i-th of an array of int32 or uint32. @pre i < size()
    [[nodiscard]] std::int32_t int32_at(std::size_t i) const {
        if (!is_array_ || (type_ != gguf_type::int32 && type_ != gguf_type::uint32))
            fail("is not an array of whole numbers");
        return std::bit_cast<std::int32_t>(static_cast<std::uint32_t>(detail::gguf_unsigned(bytes_.substr(4 * i, 4))));
    }

    [[noreturn]] void fail(std::string message, error_kind kind = error_kind::syntax) const {
        throw error(kind, std::string(key_), std::move(message));
    }

private:
    std::string_view key_;
    std::string_view bytes_;
    std::uint64_t size_;
    std::size_t length_width_;  // of a string's length: 4 bytes in version 1, else 8
    gguf_type type_;
    bool is_array_;
};

/// All key-value pairs of a file.
class gguf_metadata {
public:
    /// Reads the pairs. Nothing is allocated but 72 bytes for each pair, and a pair takes at least 10 of the file.
    /// @param bytes   the file, or as much of its beginning as holds the metadata; must outlive this object
    /// @throws error  gguf_cut_off: the bytes end before; syntax: "byte N"; unsupported: big-endian, a version above 3,
    ///                arrays of arrays (ggml has none either)
    /// @complexity    O(bytes of the metadata), and sorting the keys
    explicit gguf_metadata(std::string_view bytes) : bytes_(bytes) {
        constexpr char const* whole = "fetch the file again";
        if (std::min<std::size_t>(bytes.size(), 4) < 4 && std::string_view("GGUF").starts_with(bytes))
            throw gguf_cut_off(error_kind::syntax, "byte 0", "the file ends inside its header", whole);
        if (!bytes.starts_with("GGUF"))
            throw error(error_kind::syntax, "byte 0", "it does not begin with GGUF", "check that this is a GGUF file");
        at_ = 4;
        version_ = static_cast<std::uint32_t>(number(4));
        if ((version_ & 0xFFFF) == 0 && version_ != 0)
            throw error(error_kind::unsupported, "byte 4", "the file is big-endian", "convert it to little-endian");
        if (version_ < 1 || version_ > 3)
            throw error(error_kind::unsupported, "byte 4",
                        "GGUF version " + std::to_string(version_) + " is not known");
        length_width_ = version_ == 1 ? 4 : 8;
        n_tensors_ = number(length_width_);
        std::uint64_t const n_pairs = number(length_width_);
        // A count larger than the file could hold is found out by the reading: nothing is reserved for it.
        for (std::uint64_t i = 0; i < n_pairs; ++i) read_pair();
        std::sort(values_.begin(), values_.end(),
                  [](gguf_value const& a, gguf_value const& b) { return a.key() < b.key(); });
        for (std::size_t i = 1; i < values_.size(); ++i) {
            if (values_[i - 1].key() == values_[i].key()) {
                throw error(error_kind::syntax, std::string(values_[i].key()), "the key occurs twice",
                            "keep one of the two");
            }
        }
    }

    [[nodiscard]] std::uint32_t version() const noexcept { return version_; }
    /// As the file says; not checked.
    [[nodiscard]] std::uint64_t n_tensors() const noexcept { return n_tensors_; }
    [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }
    /// All, in order of their keys.
    [[nodiscard]] std::span<gguf_value const> values() const noexcept { return values_; }
    /// Bytes up to the end of the metadata.
    [[nodiscard]] std::size_t n_bytes() const noexcept { return at_; }

    [[nodiscard]] gguf_value const* find(std::string_view key) const noexcept {
        auto const at = std::lower_bound(values_.begin(), values_.end(), key,
                                         [](gguf_value const& v, std::string_view k) { return v.key() < k; });
        return at != values_.end() && at->key() == key ? &*at : nullptr;
    }

private:
    [[noreturn]] void fail(std::size_t at, std::string message, error_kind kind = error_kind::syntax) const {
        throw error(kind, "byte " + std::to_string(at), std::move(message), "the file may be damaged; fetch it again");
    }
    [[nodiscard]] std::size_t left() const noexcept { return bytes_.size() - at_; }

    void need(std::uint64_t n) const {
        if (n <= left()) return;
        throw gguf_cut_off(
            error_kind::syntax, "byte " + std::to_string(at_),
            "what follows takes " + std::to_string(n) + " bytes, but only " + std::to_string(left()) + " are left",
            "the file may be damaged or cut off; fetch it again");
    }

    std::uint64_t number(std::size_t width) {
        need(width);
        std::uint64_t const value = detail::gguf_unsigned(bytes_.substr(at_, width));
        at_ += width;
        return value;
    }

    std::string_view string() {
        std::size_t const begin = at_;
        std::uint64_t const length = number(length_width_);
        if (length >= std::uint64_t{1} << 30)
            fail(begin, "a string of " + std::to_string(length) + " bytes is not accepted", error_kind::limit);
        need(length);
        std::string_view const text = bytes_.substr(at_, static_cast<std::size_t>(length));
        at_ += text.size();
        return text;
    }

    gguf_type type() {
        std::size_t const begin = at_;
        std::uint64_t const value = number(4);
        if (value > 12) fail(begin, "type " + std::to_string(value) + " is unknown");
        return static_cast<gguf_type>(value);
    }

    void read_pair() {
        std::size_t const begin = at_;
        std::string_view const key = string();
        if (key.empty()) fail(begin, "a key is empty");
        if (key.size() > 65'535) fail(begin, "a key is longer than 65,535 bytes", error_kind::limit);
        std::size_t const type_at = at_;
        gguf_type t = type();
        bool const is_array = t == gguf_type::array;
        std::uint64_t size = 1;
        if (is_array) {
            t = type();
            if (t == gguf_type::array)
                fail(type_at, detail::shown(key) + " is an array of arrays", error_kind::unsupported);
            size = number(length_width_);
        }
        std::size_t const value_at = at_;
        if (t == gguf_type::string) {
            // Each takes bytes, so a count that is too large runs into the end and costs no more than the file.
            for (std::uint64_t i = 0; i < size; ++i) string();
        } else {
            std::uint64_t const width = detail::gguf_width(t);
            need(size > ~std::uint64_t{0} / width ? ~std::uint64_t{0} : size * width);
            at_ += static_cast<std::size_t>(size * width);
        }
        values_.emplace_back(key, t, is_array, size, bytes_.substr(value_at, at_ - value_at), length_width_);
    }

    std::string_view bytes_;
    std::size_t at_ = 0;
    std::uint32_t version_ = 0;
    std::size_t length_width_ = 8;
    std::uint64_t n_tensors_ = 0;
    std::vector<gguf_value> values_;
};

}  // namespace tessera::inline v0
