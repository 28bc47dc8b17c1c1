// Writes GGUF files, version 3: metadata, made anew or taken from another file with changes, and tensors.
// Source: ggml's specification gguf.md.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/io/detail/shown.hpp>
#include <tessera/io/file.hpp>
#include <tessera/io/gguf.hpp>
#include <tessera/io/gguf_tensors.hpp>
#include <tessera/io/tensor_source.hpp>

namespace tessera::inline v0 {

/// Key-value pairs to write, in order. Setting a key that is there replaces its value and keeps its place.
class gguf_pairs {
public:
    gguf_pairs() = default;
    /// All pairs of a file of any version, in its order.
    explicit gguf_pairs(gguf_metadata const& metadata) {
        std::vector<gguf_value const*> values;
        for (gguf_value const& value : metadata.values()) values.push_back(&value);
        std::sort(values.begin(), values.end(),
                  [](auto const* a, auto const* b) { return a->key().data() < b->key().data(); });
        for (gguf_value const* const value : values) pairs_.push_back({std::string(value->key()), encode(*value)});
    }

    /// A pair of another file, as it is there.
    void set(gguf_value const& value) { put(value.key(), encode(value)); }
    void set_string(std::string_view key, std::string_view value) {
        std::string bytes;
        append(static_cast<std::uint32_t>(gguf_type::string), bytes);
        append_string(value, bytes);
        put(key, std::move(bytes));
    }
    void set_bool(std::string_view key, bool value) { put_number(key, gguf_type::boolean, std::uint8_t{value}); }
    void set_uint32(std::string_view key, std::uint32_t value) { put_number(key, gguf_type::uint32, value); }
    void set_float(std::string_view key, float value) {
        put_number(key, gguf_type::float32, std::bit_cast<std::uint32_t>(value));
    }
    void set_strings(std::string_view key, std::span<std::string const> values) {
        std::string bytes;
        append_array_head(gguf_type::string, values.size(), bytes);
        for (std::string const& value : values) append_string(value, bytes);
        put(key, std::move(bytes));
    }
    /// An array of uint8.
    void set_bytes(std::string_view key, std::string_view values) {
        std::string bytes;
        append_array_head(gguf_type::uint8, values.size(), bytes);
        bytes += values;
        put(key, std::move(bytes));
    }
    void set_int32s(std::string_view key, std::span<std::int32_t const> values) {
        std::string bytes;
        append_array_head(gguf_type::int32, values.size(), bytes);
        for (std::int32_t const value : values) append(static_cast<std::uint32_t>(value), bytes);
        put(key, std::move(bytes));
    }
    void set_floats(std::string_view key, std::span<float const> values) {
        std::string bytes;
        append_array_head(gguf_type::float32, values.size(), bytes);
        for (float const value : values) append(std::bit_cast<std::uint32_t>(value), bytes);
        put(key, std::move(bytes));
    }

    /// Takes out a pair, if it is there.
    void erase(std::string_view key) {
        std::erase_if(pairs_, [&](pair const& p) { return p.key == key; });
    }
    /// Takes out all pairs whose keys begin with `prefix`.
    void erase_all(std::string_view prefix) {
        std::erase_if(pairs_, [&](pair const& p) { return p.key.starts_with(prefix); });
    }
    [[nodiscard]] bool has(std::string_view key) const noexcept { return find(key) < pairs_.size(); }
    [[nodiscard]] std::size_t size() const noexcept { return pairs_.size(); }

    /// All pairs as they stand in a file.
    [[nodiscard]] std::string bytes() const {
        std::string out;
        for (pair const& p : pairs_) {
            append_string(p.key, out);
            out += p.value;
        }
        return out;
    }

private:
    struct pair {
        std::string key;
        std::string value;  // with its type
    };

    template <class Number>
    static void append(Number value, std::string& out) {
        for (std::size_t i = 0; i < sizeof(Number); ++i)
            out += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
    }
    static void append_string(std::string_view text, std::string& out) {
        append(std::uint64_t{text.size()}, out);
        out += text;
    }
    static void append_array_head(gguf_type type, std::size_t size, std::string& out) {
        append(static_cast<std::uint32_t>(gguf_type::array), out);
        append(static_cast<std::uint32_t>(type), out);
        append(std::uint64_t{size}, out);
    }
    static std::string encode(gguf_value const& value) {
        std::string bytes;
        if (value.is_array()) {
            append_array_head(value.type(), value.size(), bytes);
            if (value.type() == gguf_type::string) {
                value.for_each_string([&](std::string_view text) { append_string(text, bytes); });
            } else {
                bytes += value.raw();
            }
        } else {
            append(static_cast<std::uint32_t>(value.type()), bytes);
            if (value.type() == gguf_type::string) {
                append_string(value.string(), bytes);
            } else {
                bytes += value.raw();
            }
        }
        return bytes;
    }

    template <class Number>
    void put_number(std::string_view key, gguf_type type, Number value) {
        std::string bytes;
        append(static_cast<std::uint32_t>(type), bytes);
        append(value, bytes);
        put(key, std::move(bytes));
    }

    [[nodiscard]] std::size_t find(std::string_view key) const noexcept {
        std::size_t i = 0;
        while (i < pairs_.size() && pairs_[i].key != key) ++i;
        return i;
    }
    void put(std::string_view key, std::string value) {
        if (key.empty() || key.size() > 65'535)
            throw error(error_kind::bad_option, detail::shown(key), "a key has 1 to 65,535 bytes");
        std::size_t const i = find(key);
        if (i < pairs_.size()) {
            pairs_[i].value = std::move(value);
        } else {
            pairs_.push_back({std::string(key), std::move(value)});
        }
    }

    std::vector<pair> pairs_;
};

namespace detail {

inline void append_little(std::uint64_t value, std::size_t n_bytes, std::string& out) {
    for (std::size_t i = 0; i < n_bytes; ++i) out += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
}

inline void append_gguf_tensor(tensor_source const& tensor, std::uint64_t offset, std::string& out) {
    auto const fail = [&](error_kind kind, std::string why, char const* remedy = "") {
        throw error(kind, "tensor " + shown(tensor.name), std::move(why), remedy);
    };
    auto const type = ggml_number(tensor.type);
    if (!type)
        fail(error_kind::unsupported, "GGUF has no type " + std::string(name_of(tensor.type)), "write it as F16");
    // llama.cpp has a zero behind the name.
    if (tensor.name.empty() || tensor.name.size() > 63) fail(error_kind::bad_option, "a name has 1 to 63 bytes");
    if (tensor.shape.size() > 4) fail(error_kind::bad_option, "it has more than 4 dimensions");
    append_little(tensor.name.size(), 8, out);
    out += tensor.name;
    append_little(tensor.shape.size(), 4, out);
    for (std::size_t i = tensor.shape.size(); i > 0; --i) append_little(tensor.shape[i - 1], 8, out);
    append_little(*type, 4, out);
    append_little(offset, 8, out);
}

}  // namespace detail

/// Writes a GGUF file: the pairs and the tensors in the given order, each tensor at the next multiple of what the pairs
/// have under `general.alignment`, of 32 if they have nothing. The file appears complete or not at all.
/// @throws error  io; bad_option, unsupported, limit: a tensor cannot be written, at `tensor "NAME"`; what a tensor's
///                function throws
/// @complexity    O(bytes); memory for the header and what the tensors' functions need
inline void write_gguf(std::filesystem::path const& path, gguf_pairs const& pairs,
                       std::span<tensor_source const> tensors, bool overwrite = false) {
    std::string const metadata = pairs.bytes();
    std::string head = "GGUF";
    detail::append_little(3, 4, head);
    detail::append_little(tensors.size(), 8, head);
    detail::append_little(pairs.size(), 8, head);
    head += metadata;
    gguf_metadata const read_back(head);  // the alignment, checked
    std::uint64_t const alignment = detail::gguf_alignment(read_back);
    auto const padding = [&](std::uint64_t n) { return (alignment - n % alignment) % alignment; };

    std::set<std::string_view> names;
    std::vector<std::uint64_t> sizes;
    std::uint64_t offset = 0;
    std::string list;
    for (tensor_source const& tensor : tensors) {
        if (!names.insert(tensor.name).second)
            throw error(error_kind::bad_option, "tensor " + detail::shown(tensor.name), "there are two of this name");
        sizes.push_back(detail::size_of(tensor));
        detail::append_gguf_tensor(tensor, offset, list);
        offset += sizes.back();
        offset += padding(offset);
    }

    output_file out(path, overwrite);
    out.write(head);
    out.write(list);
    auto const pad = [&](std::uint64_t n) { out.write(std::string(static_cast<std::size_t>(padding(n)), '\0')); };
    pad(head.size() + list.size());
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        detail::write_tensor(tensors[i], sizes[i], [&](std::string_view bytes) { out.write(bytes); });
        pad(sizes[i]);
    }
    out.commit();
}

}  // namespace tessera::inline v0
