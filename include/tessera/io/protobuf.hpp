// The wire format of Protocol Buffers, as far as reading needs it: the fields of one message, one after another.
// Nothing is copied and nothing recurses: a message inside is a view, read by a reader of its own. Source:
// protobuf.dev/programming-guides/encoding. Next to read: sentencepiece_file.hpp.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <tessera/core/error.hpp>

namespace tessera::inline v0 {

/// How the value of a field is written.
enum class protobuf_wire : std::uint8_t {
    varint = 0,  ///< integers, enums, true and false
    fixed64 = 1,
    bytes = 2,  ///< strings, bytes, messages, packed numbers
    fixed32 = 5,
};

/// One field of a message. Views are into the bytes the reader was made of.
struct protobuf_field {
    std::uint32_t number = 0;
    protobuf_wire wire = protobuf_wire::varint;
    std::uint64_t value = 0;   ///< of a varint or a fixed number
    std::string_view bytes;    ///< of `protobuf_wire::bytes`
    std::size_t at = 0;        ///< byte of the file where the field begins
    std::size_t bytes_at = 0;  ///< byte of the file where `bytes` begins

    // Each throws `syntax` if the field is written in another way.

    /// A bool: any varint but 0 is true.
    [[nodiscard]] bool boolean() const { return varint() != 0; }
    /// An int32 or enum: the low 32 bits, as protobuf's own parser takes them.
    [[nodiscard]] std::int32_t int32() const { return static_cast<std::int32_t>(static_cast<std::uint32_t>(varint())); }
    [[nodiscard]] float float32() const {
        expect(protobuf_wire::fixed32, "a number of 32 bits");
        return std::bit_cast<float>(static_cast<std::uint32_t>(value));
    }
    [[nodiscard]] std::string_view string() const {
        expect(protobuf_wire::bytes, "a string or message");
        return bytes;
    }

    [[noreturn]] void fail(error_kind kind, std::string message, std::string remedy = {}) const {
        throw error(kind, "byte " + std::to_string(at), std::move(message), std::move(remedy));
    }

private:
    [[nodiscard]] std::uint64_t varint() const {
        expect(protobuf_wire::varint, "a whole number");
        return value;
    }
    void expect(protobuf_wire wanted, char const* what) const {
        if (wire != wanted) fail(error_kind::syntax, "field " + std::to_string(number) + " is not " + what);
    }
};

/// Reads the fields of one message. Groups, which no schema of today has, are skipped whole.
class protobuf_reader {
public:
    /// @param bytes   one message; must outlive the reader and the fields
    /// @param offset  where it begins in the file, for errors
    explicit protobuf_reader(std::string_view bytes, std::size_t offset = 0) noexcept
        : bytes_(bytes), offset_(offset) {}

    /// Reads the next field into `field`; false at the end of the message. Every byte is looked at once.
    /// @throws error  syntax: a number or length runs over the end, a field has no number, or its type is unknown;
    ///                limit: groups nested deeper than 32. The place is the byte.
    [[nodiscard]] bool next(protobuf_field& field) {
        std::array<std::uint32_t, 32> open{};  // numbers of the groups being skipped
        std::size_t n_open = 0;
        for (;;) {
            if (at_ == bytes_.size()) {
                if (n_open > 0) fail(at_, "the data ends inside a group");
                return false;
            }
            std::size_t const begin = at_;
            std::uint64_t const tag = varint();
            if (tag > 0xFFFF'FFFFU || tag >> 3 == 0) fail(begin, "a field has no number");
            field = {};
            field.number = static_cast<std::uint32_t>(tag >> 3);
            field.at = offset_ + begin;
            switch (tag & 7) {
                case 0:
                    field.wire = protobuf_wire::varint;
                    field.value = varint();
                    break;
                case 1:
                    field.wire = protobuf_wire::fixed64;
                    field.value = fixed(8);
                    break;
                case 2: {
                    field.wire = protobuf_wire::bytes;
                    std::uint64_t const length = varint();
                    if (length > bytes_.size() - at_) {
                        fail(begin, "field " + std::to_string(field.number) + " has a length of " +
                                        std::to_string(length) + " bytes, but " + std::to_string(bytes_.size() - at_) +
                                        " are left");
                    }
                    field.bytes_at = offset_ + at_;
                    field.bytes = bytes_.substr(at_, static_cast<std::size_t>(length));
                    at_ += static_cast<std::size_t>(length);
                    break;
                }
                case 3:
                    if (n_open == open.size()) {
                        throw error(error_kind::limit, place(begin), "groups are nested too deep");
                    }
                    open[n_open++] = field.number;
                    continue;
                case 4:
                    if (n_open == 0 || open[n_open - 1] != field.number) fail(begin, "a group ends that is not open");
                    --n_open;
                    continue;
                case 5:
                    field.wire = protobuf_wire::fixed32;
                    field.value = fixed(4);
                    break;
                default:
                    fail(begin, "field " + std::to_string(field.number) + " has an unknown type");
            }
            if (n_open == 0) return true;
        }
    }

private:
    [[nodiscard]] std::string place(std::size_t at) const { return "byte " + std::to_string(offset_ + at); }

    [[noreturn]] void fail(std::size_t at, std::string message) const {
        throw error(error_kind::syntax, place(at), std::move(message),
                    "the file may be damaged or cut off; fetch it again");
    }

    std::uint64_t varint() {
        std::size_t const begin = at_;
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 70; shift += 7) {
            if (at_ == bytes_.size()) fail(begin, "the data ends inside a number");
            auto const byte = static_cast<unsigned char>(bytes_[at_++]);
            if (shift == 63 && byte > 1) break;  // beyond 64 bits
            value |= std::uint64_t{byte & 0x7FU} << shift;
            if (byte < 0x80) return value;
        }
        fail(begin, "a number has more than 64 bits");
    }

    std::uint64_t fixed(std::size_t n) {
        if (bytes_.size() - at_ < n) fail(at_, "the data ends inside a number");
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < n; ++i)
            value |= std::uint64_t{static_cast<unsigned char>(bytes_[at_ + i])} << (8 * i);
        at_ += n;
        return value;
    }

    std::string_view bytes_;
    std::size_t offset_;
    std::size_t at_ = 0;
};

}  // namespace tessera::inline v0
