// The characters that a corpus has, numbered without gaps: a table of embeddings needs no row for any other.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/pool/code_point_units.hpp>
#include <tessera/pool/concepts.hpp>

namespace tessera::inline v0 {

/// Collects the characters of texts.
class character_set {
public:
    void add(std::string_view text) {
        detail::for_each_character(text, [&](std::int32_t id) { seen_[static_cast<std::size_t>(id)] = true; });
    }
    void add(character_set const& other) {
        for (std::size_t i = 0; i < seen_.size(); ++i) seen_[i] = seen_[i] || other.seen_[i];
    }
    /// In order: code points, then 0x110000 + byte for bytes of ill-formed UTF-8.
    [[nodiscard]] std::vector<std::int32_t> characters() const {
        std::vector<std::int32_t> all;
        for (std::size_t i = 0; i < seen_.size(); ++i) {
            if (seen_[i]) all.push_back(static_cast<std::int32_t>(i));
        }
        return all;
    }

private:
    std::vector<bool> seen_ = std::vector<bool>(detail::n_characters, false);
};

/// A unit is a character's place in a list, as the paper numbers the characters of its data.
class character_units {
public:
    struct scratch {};

    /// @throws error  bad_token: what is no character, or a character twice
    explicit character_units(std::vector<std::int32_t> characters)
        : characters_(std::move(characters)), ids_(detail::n_characters, -1) {
        for (std::size_t i = 0; i < characters_.size(); ++i) {
            std::int32_t const c = characters_[i];
            if (!detail::is_character(c) || ids_[static_cast<std::size_t>(c)] >= 0) {
                throw error(error_kind::bad_token, "characters[" + std::to_string(i) + "]",
                            std::to_string(c) + (detail::is_character(c) ? " occurs twice" : " is no character"));
            }
            ids_[static_cast<std::size_t>(c)] = static_cast<std::int32_t>(i);
        }
    }

    [[nodiscard]] std::vector<std::int32_t> const& characters() const noexcept { return characters_; }
    [[nodiscard]] static constexpr std::string_view name() noexcept { return "characters"; }
    [[nodiscard]] std::size_t size() const noexcept { return characters_.size(); }
    [[nodiscard]] bool is_unit(std::int32_t id) const noexcept {
        return id >= 0 && static_cast<std::size_t>(id) < characters_.size();
    }
    [[nodiscard]] static constexpr bool is_lossless() noexcept { return true; }
    [[nodiscard]] std::size_t bytes_of(std::int32_t id) const noexcept {
        return detail::bytes_of_character(characters_[static_cast<std::size_t>(id)]);
    }

    [[nodiscard]] static std::size_t count(std::string_view word) noexcept { return code_point_units::count(word); }
    [[nodiscard]] static std::size_t prefix_bytes(std::string_view word, std::size_t n) noexcept {
        return detail::bytes_of_characters(word, n);
    }
    /// @throws error  bad_token: a character that is not in the list
    std::int32_t* write(std::string_view word, std::int32_t* out) const {
        detail::for_each_character(word, [&](std::int32_t c) { *out++ = id_of(c, word); });
        return out;
    }
    template <class Sink>
    void encode(std::string_view word, scratch&, Sink&& sink) const {
        detail::for_each_character(word, [&](std::int32_t c) { sink(id_of(c, word)); });
    }
    void decode(std::span<std::int32_t const> ids, std::string& out) const {
        for (std::int32_t const id : ids) {
            if (!is_unit(id)) detail::refuse_unit(id, name());
            detail::append_character(characters_[static_cast<std::size_t>(id)], out);
        }
    }

private:
    [[nodiscard]] std::int32_t id_of(std::int32_t c, std::string_view word) const {
        std::int32_t const id = ids_[static_cast<std::size_t>(c)];
        if (id < 0) {
            throw error(error_kind::bad_token, "",
                        "the word \"" + std::string(word.substr(0, 40)) +
                            "\" has a character without an id: " + std::to_string(c),
                        "collect the characters of all texts, or use code points");
        }
        return id;
    }

    std::vector<std::int32_t> characters_;
    std::vector<std::int32_t> ids_;  // by character; -1: none
};

static_assert(CountableUnits<character_units>);

}  // namespace tessera::inline v0
