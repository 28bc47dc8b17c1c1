// Bytes as the units of words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <tessera/core/error.hpp>
#include <tessera/pool/concepts.hpp>

namespace tessera::inline v0 {

namespace detail {

/// @throws error  bad_id, always
[[noreturn]] inline void refuse_unit(std::int32_t id, std::string_view units) {
    throw error(error_kind::bad_id, "", std::to_string(id) + " is no unit of " + std::string(units),
                "check that the ids are of this pool, and lie where it puts units");
}

}  // namespace detail

/// A unit is a byte, plus `First`. Any bytes come back.
template <std::int32_t First>
class basic_byte_units {
    static_assert(First >= 0 && First < (1 << 30));

public:
    static constexpr std::int32_t first = First;
    static constexpr bool one_a_byte = true;
    struct scratch {};

    [[nodiscard]] static constexpr std::string_view name() noexcept { return First == 3 ? "byt5" : "bytes"; }
    [[nodiscard]] static constexpr std::size_t size() noexcept { return static_cast<std::size_t>(First) + 256; }
    [[nodiscard]] static constexpr bool is_unit(std::int32_t id) noexcept { return id >= First && id - First < 256; }
    [[nodiscard]] static constexpr bool is_lossless() noexcept { return true; }
    [[nodiscard]] static constexpr std::size_t bytes_of(std::int32_t) noexcept { return 1; }

    [[nodiscard]] static constexpr std::size_t count(std::string_view word) noexcept { return word.size(); }
    [[nodiscard]] static constexpr std::size_t prefix_bytes(std::string_view, std::size_t n) noexcept { return n; }
    static std::int32_t* write(std::string_view word, std::int32_t* out) noexcept {
        auto const* const bytes = reinterpret_cast<unsigned char const*>(word.data());
        for (std::size_t i = 0; i < word.size(); ++i) out[i] = bytes[i] + First;
        return out + word.size();
    }
    /// @see PlainUnits
    [[nodiscard]] static constexpr bool is_plain(char const*, std::size_t) noexcept { return true; }
    template <class Sink>
    void encode(std::string_view word, scratch&, Sink&& sink) const {
        for (char const c : word) sink(static_cast<unsigned char>(c) + First);
    }
    void decode(std::span<std::int32_t const> ids, std::string& out) const {
        for (std::int32_t const id : ids) {
            if (!is_unit(id)) detail::refuse_unit(id, name());
            out += static_cast<char>(static_cast<unsigned char>(id - First));
        }
    }

    friend bool operator==(basic_byte_units, basic_byte_units) = default;
};

using byte_units = basic_byte_units<0>;
/// The ids of google/byt5-small, whose ids 0 to 2 are `<pad>`, `</s>` and `<unk>`: with 0 as the id of padding, those
/// of the paper.
using byt5_units = basic_byte_units<3>;

static_assert(PlainUnits<byte_units> && PlainUnits<byt5_units>);

}  // namespace tessera::inline v0
